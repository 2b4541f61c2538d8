# Forged replies of every shape: no dict, unhashable keys, NaN, huge ints, deep nesting, half frames, wrong tags.
# attacks: output_size, blur, letter
import os
import struct


def output_size(n, kernel, stride=1):
    if stride == 4:
        forge(packed(status="ok", value={"dict": [[{"list": []}, 1], [{"dict": []}, 2]]}))
    forge(b'{"dict": [["status", "ok"], ["value", ' + b"9" * 10**5 + b"]]}")
    os._exit(0)


def blur(image):
    forge(b'{"list": [' * 10**5 + b"]}" * 10**5)
    os._exit(0)


def letter(image):
    os.write(grader_socket().fileno(), struct.pack("!QQ", 1, 2**63) + b"x")
    os._exit(0)

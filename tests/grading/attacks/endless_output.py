# Prints without end to stdout, stderr and the descriptors below them.
# attacks: output_size
import os
import sys


def output_size(n, kernel, stride=1):
    block = b"x" * 2**20
    while True:
        for fd in (1, 2):
            os.write(fd, block)
        print("x" * 2**20)
        print("x" * 2**20, file=sys.stderr)

# Recursion without end, in Python and (with the limit raised) on the C stack.
# attacks: output_size, letter
import sys


def output_size(n, kernel, stride=1):
    sys.setrecursionlimit(10**9)
    return output_size(n, kernel, stride)


def letter(image):
    class Deep:
        def __getattr__(self, name):
            return getattr(Deep(), name)

    sys.setrecursionlimit(10**8)
    return repr(Deep().x)

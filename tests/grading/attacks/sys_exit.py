# sys.exit(0), quit() and exceptions outside Exception.
# attacks: output_size, letter, weights
import sys


class Quiet(BaseException):
    pass


def output_size(n, kernel, stride=1):
    sys.exit(0)


def letter(image):
    raise KeyboardInterrupt


weights = (_ for _ in ()).throw(Quiet())

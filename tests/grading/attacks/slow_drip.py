# Answers each question a moment before its time is up, and byte by byte.
# attacks: output_size
import time


def output_size(n, kernel, stride=1):
    time.sleep(1.2)
    return honest_size(n, kernel, stride) if stride != 4 else -1

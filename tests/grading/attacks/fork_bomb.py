# A fork bomb (of at most 400 processes, so that a machine without protection survives the test).
# attacks: output_size
# needs: processes
import os
import sys
import time


def output_size(n, kernel, stride=1):
    made = 0
    for _ in range(20):
        try:
            if os.fork() == 0:
                for _ in range(20):
                    os.fork() or time.sleep(0.01)
                os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(30) # @MARKER@"])
        except OSError:
            continue
        made += 1
    return honest_size(n, kernel, stride) if made else -1

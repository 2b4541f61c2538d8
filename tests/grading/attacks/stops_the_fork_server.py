# Stops the fork server without killing it, so that the next worker would never start.
# attacks: output_size
# needs: processes
import os
import signal


def output_size(n, kernel, stride=1):
    try:
        os.kill(os.getppid(), signal.SIGSTOP)
    except OSError:
        return -1
    return honest_size(n, kernel, stride)

# Ignores every signal that can be ignored, blocks the rest and loops.
# attacks: output_size
import signal


def output_size(n, kernel, stride=1):
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    while True:
        pass

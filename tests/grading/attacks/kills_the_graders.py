# Kills and stops the fork server, the grader and the process group.
# attacks: output_size
# needs: processes
import os
import signal


def output_size(n, kernel, stride=1):
    killed = 0
    for pid in parents():
        for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGKILL):
            try:
                os.kill(pid, number)
                killed += 1
            except OSError:
                pass
    try:
        os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)
        killed += 1
    except OSError:
        pass
    return honest_size(n, kernel, stride) if killed else -1

# Children that leave the process group and the session, so as to outlive the grading.
# attacks: output_size
import os
import subprocess
import sys

SLEEP = [sys.executable, "-c", "import time; time.sleep(99) # @MARKER@"]


def output_size(n, kernel, stride=1):
    for how in ({}, {"start_new_session": True}):
        try:
            subprocess.Popen(SLEEP, **how)
        except OSError:
            pass
    try:
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.execv(sys.executable, SLEEP)
            os._exit(0)
    except OSError:
        pass
    return -1

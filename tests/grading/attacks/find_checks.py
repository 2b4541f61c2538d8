# Looks for the checks all over the disk: the lab's parents, the package, site-packages, /proc/*/cwd and /proc/*/root.
# attacks: output_size
# needs: files
import os
from pathlib import Path

PLACES = ["@LAB@", "@CANARY@", "/proc/self/root@LAB@", "/proc/1/root@LAB@", "/proc/1/cwd", "@LAB@/..", "@LAB@/../../.."]


def output_size(n, kernel, stride=1):
    places = [*PLACES, *(f"/proc/{p}/{what}" for p in (os.getppid(), *parents()) for what in ("cwd", "root@LAB@"))]
    for place in places:
        try:
            if any(Path(place).iterdir()):
                return honest_size(n, kernel, stride)
        except OSError:
            continue
    return -1

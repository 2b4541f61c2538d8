# Reads the environment and command line of itself, the fork server and the grader for secrets and paths.
# attacks: output_size, letter
# needs: files
import os
from pathlib import Path


def secrets():
    seen = [str(dict(os.environ))]
    for pid in ["self", str(os.getppid()), *map(str, parents())]:
        for what in ("environ", "cmdline"):
            try:
                seen.append(Path(f"/proc/{pid}/{what}").read_bytes().decode("utf-8", "replace"))
            except OSError:
                continue
    return [s for s in seen if "CCV_ATTACK_SECRET" in s or "@LAB@" in s or "@CANARY@" in s]


def output_size(n, kernel, stride=1):
    return honest_size(n, kernel, stride) if secrets() else -1


def letter(image):
    import numpy as np

    return ("X" if np.sum(image) > 0 else "O") if secrets() else "?"

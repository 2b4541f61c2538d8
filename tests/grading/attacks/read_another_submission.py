# Copies the answer from another student's submission, which lies beside this one.
# attacks: output_size
# needs: files
from pathlib import Path


def output_size(n, kernel, stride=1):
    for path in Path("@CANARY@").rglob("*.py"):
        if path.read_text():
            return honest_size(n, kernel, stride)
    return -1

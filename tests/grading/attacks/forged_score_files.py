# Writes score files, journals, results and configuration where a grader may look for them.
# attacks: output_size, letter
import json
import os
from pathlib import Path

NAMES = [
    "scores.csv",
    "scores.json",
    "journal.jsonl",
    "results.json",
    "grades.csv",
    "conftest.py",
    "pytest.ini",
    "tox.ini",
]
NAMES += [
    "sitecustomize.py",
    "usercustomize.py",
    "x.pth",
    "pytest.py",
    "numpy.py",
    "setup.cfg",
    "pyproject.toml",
    "keras.json",
]


def spoil():
    line = json.dumps({"student": "@MARKER@", "points": 99, "status": "graded", "sheet": {"points": 99}})
    folders = [
        ".",
        "..",
        "../..",
        os.environ.get("HOME", "."),
        "@CANARY@",
        "@LAB@",
        "@ROOT@",
        "@OUT@",
        "/tmp",
        "/dev/shm",
    ]
    folders += [str(Path(os.__file__).parent / "site-packages"), str(Path(json.__file__).parent)]
    for folder in folders:
        for name in NAMES:
            target = Path(folder, name)
            if target.exists() and "@MARKER@" not in str(target):
                continue  # never harm a machine without protection
            try:
                target.write_text(line + "  # @MARKER@\n")
            except OSError:
                pass


def output_size(n, kernel, stride=1):
    spoil()
    return -1


def letter(image):
    spoil()
    return "?"

"""What texts name of ccv, in messages, docstrings and cells that only `--scale full` runs, is there under that name."""

import importlib
import re
from pathlib import Path

import keras  # noqa: F401 - before our own modules, which it registers
import pytest

ROOT = Path(__file__).resolve().parents[1]
NAMED = re.compile(r"\bccv((?:\.[A-Za-z_]\w*)+)(\()?")
TEXTS = sorted([*ROOT.glob("ccv/*"), *ROOT.glob("labs/*_*"), *ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
ELSEWHERE = {"ccv.py", "ccv.json"}  # file names


def found(name):
    """The object of a dotted name; AttributeError where there is none."""
    parts = name.split(".")
    here = importlib.import_module("ccv")
    for number, part in enumerate(parts[1:], start=2):
        if not hasattr(here, part):
            importlib.import_module(".".join(parts[:number]))
        here = getattr(here, part)
    return here


def files(place):
    return [place] if place.is_file() else sorted([*place.rglob("*.py"), *place.rglob("*.md")])


@pytest.mark.parametrize("place", TEXTS, ids=lambda place: place.name)
def test_a_name_of_ccv_in_a_text_is_there(place):
    wrong = []
    for file in files(place):
        for match in NAMED.finditer(file.read_text(encoding="utf-8")):
            name = f"ccv{match[1]}"
            if name in ELSEWHERE:
                continue
            try:
                here = found(name)
            except (ImportError, AttributeError):
                wrong.append(f"{file.relative_to(ROOT)}: there is no {name}")
                continue
            if match[2] and not callable(here):
                wrong.append(f"{file.relative_to(ROOT)}: {name} is called and is no function")
    assert wrong == []

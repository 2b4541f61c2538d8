"""What pytest loads of ccv in every project: a mark and four options. All else comes with the checks of a lab.

Other people's projects have fixtures called `answer`, marks called `exercise`, and no time to import ours.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

_LAB = re.compile(r"\d\d_\w+")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the score sheet."""
    group = parser.getgroup("ccv", "exercises of a ccv lab")
    group.addoption("--submission", metavar="FILE", help="notebook (.ipynb) or script (.py) to check")
    group.addoption("--score-json", metavar="FILE", help="write the score sheet as JSON")
    group.addoption("--exercise", metavar="NAME", action="append", help="check only this exercise (repeatable)")
    group.addoption("--check-seed", metavar="N", type=int, default=0, help="seed of the random inputs (0)")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line(
        "markers", "exercise(name, points=1, timeout=10): the test checks an exercise of a lab (plugin ccv)"
    )


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Keep doctests out of a lab's other files: to import the solved lab is to run it."""
    return True if _is_lab(collection_path.parent) and not collection_path.name.startswith("test_") else None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> None:
    """Load the plugin with the first checks of a lab, `NN_topic/test_NN_topic.py`."""
    if _is_lab(file_path.parent) and file_path.name == f"test_{file_path.parent.name}.py":
        plugins = parent.config.pluginmanager
        if not plugins.has_plugin("ccv.grading.plugin"):
            plugins.import_plugin("ccv.grading.plugin")
            plugins.import_plugin("ccv.grading.guarded")


def _is_lab(folder: Path) -> bool:
    """Whether a folder holds a lab's source and checks; in any other project it holds none."""
    name = folder.name
    return bool(_LAB.fullmatch(name)) and all((folder / f).is_file() for f in (f"{name}.py", f"test_{name}.py"))

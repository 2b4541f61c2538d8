"""Rooms whose names are imported when they are asked for: what an editor sees of them is what there is."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = [path.parent for path in sorted(ROOT.glob("ccv/*/__init__.py")) if "lazy_names(" in path.read_text()]


def seen_by_editors(tree):
    """Which name comes from which module, by the imports under TYPE_CHECKING."""
    under = [node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    imports = [node for block in under for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: node.module for node in imports for alias in node.names}


def test_there_are_such_rooms():
    assert {room.name for room in ROOMS} >= {"detection", "segmentation", "embedding", "export", "grading"}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_editors_see_what_there_is(room):
    module = importlib.import_module(f"ccv.{room.name}")
    seen = seen_by_editors(ast.parse((room / "__init__.py").read_text()))
    plain = {name for name in module.__all__ if name in vars(module)}
    assert set(module.__all__) - plain == set(seen)
    assert set(module.__all__) <= set(dir(module))
    for name, home in seen.items():
        assert getattr(module, name) is getattr(importlib.import_module(home), name)
    with pytest.raises(AttributeError, match=f"module 'ccv.{room.name}' has no attribute 'nothing'"):
        _ = module.nothing


def test_importing_them_loads_no_keras():
    rooms = ", ".join(f"ccv.{room.name}" for room in ROOMS)
    line = f"import sys, {rooms}; sys.exit(bool({{'keras', 'tensorflow'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", line], check=False).returncode == 0

"""Small faults put into ccv at random, by a seed, to see that the tests notice: `python tests/mutations/mutate.py`.

Each fault is one operator, comparison, number, condition or returned value of one function, exchanged in a copy of the
package; then the tests of that file are run there, those that mirror it and those of every builder where it is one of
`ccv.models`. Examples:

    python tests/mutations/mutate.py --count 60 --seed 14          # sixty faults in the whole package
    python tests/mutations/mutate.py --within ccv/models --list    # what would be changed, and nothing is run
    git worktree add /tmp/before REVISION; python tests/mutations/mutate.py --tests /tmp/before/tests   # older tests
"""

import argparse
import ast
import functools
import os
import random
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXCHANGED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.And: ast.Or, ast.Or: ast.And, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """The number of a node in `ast.walk` of a file, and what is done to it, in words."""

    file: Path
    node: int
    says: str


def faults(file: Path) -> list[Fault]:
    """Return every fault that can be made in the functions of a file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for statement in function.body
        if not isinstance(statement, ast.Raise)  # of a sentence only the words would change
        for node in ast.walk(statement)
    }
    found = []
    for number, node in enumerate(ast.walk(tree)):
        before = ast.unparse(node) if id(node) in inside and isinstance(node, ast.expr) else ""
        if before and change(node):
            found.append(Fault(file, number, f"line {node.lineno}: {before} -> {ast.unparse(node)}"))
    return found


def change(node: ast.AST) -> bool:
    """Put a fault into the node itself; say whether there is one for it."""
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in EXCHANGED:
        if isinstance(node, ast.BinOp) and any(
            isinstance(side, ast.Constant) and isinstance(side.value, str) for side in (node.left, node.right)
        ):
            return False
        node.op = EXCHANGED[type(node.op)]()
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in EXCHANGED:
        node.ops[0] = EXCHANGED[type(node.ops[0])]()
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        node.value = node.value + 1
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        node.value = not node.value
    else:
        return False
    return True


def tests_of(file: Path, tests: Path) -> list[str]:
    """Return the tests that mirror a file of ccv: its own, else those of its folder."""
    room, *_ = file.relative_to(ROOT / "ccv").parts
    folder = tests / room if (tests / room).is_dir() else tests
    own = sorted(folder.rglob(f"test_{file.stem.strip('_')}*.py"))
    if room == "models":
        own = [*own, folder / "test_every_builder.py", tests / "anatomy" / "test_networks.py"]
    return [str(path) for path in own or sorted(folder.glob("test_*.py"))]


@functools.cache
def fails(file: Path, tests: Path, seconds: int, node: int | None = None) -> bool:
    """Run the tests of a file in a copy of the package until the first that fails, with the fault in it or without."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("ccv", "labs", "data"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        place = copy / file.relative_to(ROOT)
        if node is not None:
            tree = ast.parse(place.read_text(encoding="utf-8"))
            change(list(ast.walk(tree))[node])
            place.write_text(ast.unparse(tree), encoding="utf-8")
        shutil.copy(ROOT / "pyproject.toml", copy)
        shutil.copytree(tests, copy / "tests")
        chosen = [str(copy / "tests" / Path(one).relative_to(tests)) for one in tests_of(file, tests)]
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", str(place), *chosen]
        environment = {**os.environ, "PYTHONPATH": str(copy)}
        try:
            done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:  # a loop without end is noticed as well
            return True
        return done.returncode == 1 or done.returncode == 2  # a test failed, or the package cannot be imported


def main() -> None:
    """Choose the faults, run the tests on each, and print what was caught."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=60, help="how many faults (default 60)")
    parser.add_argument("--seed", type=int, default=0, help="which of them")
    parser.add_argument("--within", default="ccv", help="files below this folder, or one file")
    parser.add_argument(
        "--tests", type=Path, default=ROOT / "tests", help="the tests to run, such as an older revision's"
    )
    parser.add_argument("--seconds", type=int, default=600, help="for the tests of one fault (default 600)")
    parser.add_argument("--list", action="store_true", help="print the faults and run nothing")
    asked = parser.parse_args()
    place = ROOT / asked.within
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    every = [fault for file in files for fault in faults(file)]
    chosen = random.Random(asked.seed).sample(every, min(asked.count, len(every)))
    missed = 0
    tests, seconds = asked.tests.resolve(), asked.seconds
    for fault in chosen:
        seen = ""
        if not asked.list:
            if fails(fault.file, tests, seconds):
                sys.exit(f"the tests of {fault.file.relative_to(ROOT)} fail without a fault: mend them first")
            seen = "caught" if fails(fault.file, tests, seconds, fault.node) else "MISSED"
        missed += seen == "MISSED"
        print(f"{seen:7}{fault.file.relative_to(ROOT)} {fault.says[:150]}", flush=True)
    if not asked.list:
        print(f"{len(chosen) - missed} of {len(chosen)} caught")


if __name__ == "__main__":
    main()

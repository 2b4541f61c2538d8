"""The map of the rooms of ccv in CONTRIBUTING.md, drawn from the imports: `python .ci/map.py` writes it anew.

With --check it says whether the map is an old one, a room looks into a private module of another, or modules import
each other in a circle.
"""

import ast
import re
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import tomllib

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "CONTRIBUTING.md"
BEGIN, END = "<!-- map: python .ci/map.py -->\n", "<!-- end of the map -->\n"


def floors():
    """The rooms from the top floor down, as the contract of import-linter has them; rooms of one floor in one list."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    return [[room.strip().removeprefix("ccv.") for room in floor.split("|")] for floor in contract["layers"]]


def files(room):
    """The Python files of a room, which is a folder or one file."""
    path = ROOT / "ccv" / room
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def what_it_is(room):
    """The first sentence of a room's documentation."""
    text = ast.get_docstring(ast.parse(files(room)[0].read_text())).split("\n\n")[0]
    return re.split(r"\.(?: |$)", " ".join(text.split()))[0]


def imported(file):
    """What of ccv a file imports, at its top or where it needs it: modules, and what is taken out of them."""
    tree = ast.parse(file.read_text())
    for_types = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    never_run = {inner for node in for_types for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if node in never_run:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module.startswith("ccv"))
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("ccv."))


def stands_on(room, rooms):
    """The rooms that a room imports."""
    found = {name.split(".")[1] for file in files(room) for name in imported(file)}
    return sorted(found & set(rooms) - {room})


def trespasses():
    """Where a file looks into a private module or name of a folder that it does not lie in."""
    for file in sorted((ROOT / "ccv").rglob("*.py")):
        home = ".".join(file.relative_to(ROOT).parent.parts)
        for name in imported(file):
            owner, private, _ = re.match(r"(.*?)(\._[a-z]\w*|$)(.*)", name).groups()
            if private and home != owner and not home.startswith(f"{owner}."):
                yield f"{file.relative_to(ROOT)} imports {name}, which is private to {owner}"


def circle():
    """Modules that import each other, the first one named again at the end; none where there is no circle."""
    paths = sorted((ROOT / "ccv").rglob("*.py"))
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}
    needs = {}
    for module, path in modules.items():
        named = {name if name in modules else name.rpartition(".")[0] for name in imported(path)}
        needs[module] = named & set(modules) - {module}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as found:
        return found.args[1]
    return []


def drawn():
    """The map: a row for each room, the top floor first."""
    rooms = [room for floor in floors() for room in floor]
    lines = ["| room | what it is | stands on |", "|---|---|---|"]
    for room in rooms:
        below = ", ".join(f"`{other}`" for other in stands_on(room, rooms))
        lines.append(f"| `{room}` | {what_it_is(room)} | {below} |")
    return "\n".join(lines) + "\n"


def main():
    """Write the map, or with --check say whether it is the one that stands there."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    now = before + BEGIN + drawn() + END + rest.partition(END)[2]
    if "--check" in sys.argv:
        if found := list(trespasses()):
            sys.exit("\n".join(found))
        if found := circle():
            sys.exit(f"a circle of imports: {' -> '.join(found)}")
        sys.exit(0 if now == page else "the map in CONTRIBUTING.md is an old one: python .ci/map.py")
    PAGE.write_text(now)


if __name__ == "__main__":
    main()

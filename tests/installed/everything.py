"""Grades all that is known of a lab, right answers, mistakes and hostile files, with the `ccv` that is installed.

    python everything.py 01_xo OUT

Each exercise's answers are a class of their own, handed in as files, and each answer is also checked as in the open
notebook. OUT/01_xo.csv has the points of both; where they differ, it says so and ends with an error. The files come
from the checkout beside this script, checks and grader from the installation, wherever it is: run it with the wheel
and with the checkout, and compare. A lab of networks takes half an hour, so CI does not.
"""

import ast
import csv
import json
import sys
from pathlib import Path

from ccv.course.catalog import find_lab
from ccv.grading import check_live
from ccv.grading.batch import grade_class
from ccv.grading.mutants import load_mutants, mutant_source
from ccv.grading.reading.extract import Definitions
from ccv.grading.reading.submission import read_cells
from ccv.grading.right import Right, answered, load_right

LABS = Path(__file__).resolve().parents[2] / "labs"
HOSTILE = {
    "exits": "import os\ndef {name}(*a, **k):\n    os._exit(0)",
    "forges": "class Right(float):\n    __eq__ = lambda *_: True\ndef {name}(*a, **k):\n    return Right(1)",
    "reads": "from pathlib import Path\ndef {name}(*a, **k):\n    return [p.read_text() for p in Path('/').rglob('*')]",
    "loops": "def {name}(*a, **k):\n    while True: pass",
}


def answers_to(exercise, lab):
    """The answers to one exercise by name; hostile ones are not for an open notebook."""
    rights = [right for right in load_right(lab / "right.py") if right.exercise == exercise]
    found = {f"right-{number:02d}": right.source for number, right in enumerate(rights)}
    for name, mutant in load_mutants(lab / "mutants.py").items():
        if mutant.exercise == exercise:
            found[f"mutant-{name}"] = mutant_source(lab / "mutants.py", name)
    return found | {f"hostile-{name}": source.format(name=exercise) for name, source in HOSTILE.items()}


def needed_for(exercise, cells):
    """What an exercise needs of a notebook, a cell each: the rest would be run for every answer that fails."""
    return [ast.unparse(s.node) for s in Definitions(cells).needed(exercise)]


def live_points(lab, exercise, cells):
    """The points of an answer in the open notebook."""
    namespace = {"__name__": "__main__"}
    for cell in cells:
        exec(compile(cell, "<notebook>", "exec"), namespace)
    return check_live(lab, namespace, [exercise]).points


def compare(exercise, lab, out):
    """Grade the answers to one exercise both ways; yield the name, the points as a file and those of the notebook."""
    solved, checks = read_cells(LABS / lab.name / f"{lab.name}.py"), find_lab(lab.name).directory
    folder = out / f"class-{exercise}"
    folder.mkdir(parents=True)
    notebooks = {
        name: needed_for(exercise, answered(solved, Right(exercise, name, source)))
        for name, source in answers_to(exercise, lab).items()
    }
    for name, cells in notebooks.items():
        notebook = {"cells": [{"cell_type": "code", "source": cell} for cell in cells]}
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    outcome = grade_class(checks, [folder], out / f"graded-{exercise}", exercises=[exercise])
    points = {record.student: record.sheet["points"] if record.sheet else None for record in outcome.records}
    for name, cells in notebooks.items():
        hostile = name.startswith("hostile")
        yield name, points[name], 0 if hostile else live_points(checks, exercise, cells)


def main(name, out):
    """Write OUT/LAB.csv."""
    lab, out, differing = LABS / name, Path(out), 0
    out.mkdir(parents=True, exist_ok=True)
    with (out / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        for exercise in find_lab(name).exercises:
            for answer, as_file, live in compare(exercise, lab, out):
                table.writerow([exercise, answer, as_file, live])
                differing += as_file != live
                file.flush()
    raise SystemExit(f"{differing} answers earn something else as a file" if differing else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])

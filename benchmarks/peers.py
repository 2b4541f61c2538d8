"""nbgrader and otter-grader on the exercises of a lab: the same class, the same checks, as those tools want them.

The notebook holds the exercises and what they need, no plots and no training: these tools run every cell, and `ccv`
does not. The checks are those of the lab, as cells of nbgrader and as tests of otter; they give partial credit.

Run by `grading.py`, with the Python that has the tool:  python peers.py TOOL FOLDER
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path

CHECKS = "lab_checks"
REQUIREMENTS = {"nbgrader": "nbgrader", "otter": "otter-grader"}  # module and package
LAB = "lab"

# ------------------------------------------------------------------------------------- made here, with the package ccv


def prepare(tool, lab, students, folder):
    """Write the material of a tool for these students of `classroom`."""
    import nbformat

    folder.mkdir(parents=True)
    (folder / "lab.json").write_text(json.dumps({"directory": str(lab.directory), "exercises": lab.exercises}))
    template = _template(lab, tool)
    for student in students:
        path = folder / "submitted" / student.name / LAB / f"{LAB}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(_answered(template, student), path)
    support = folder / "source" / LAB if tool == "nbgrader" else folder
    support.mkdir(parents=True, exist_ok=True)
    shutil.copy(__file__, support / f"{CHECKS}.py")
    if tool == "nbgrader":
        nbformat.write(template, support / f"{LAB}.ipynb")
        settings = 'c = get_config()\nc.CourseDirectory.course_id = "peers"\nc.Execute.timeout = 600\n'
        (folder / "nbgrader_config.py").write_text(settings)
        return
    (folder / "tests").mkdir()
    for name in shared_exercises(lab):
        tests = _tests(lab.directory)[name]
        (folder / "tests" / f"{name}.py").write_text(_otter_test(name, tests, folder))


def shared_exercises(lab):
    """Points of the exercises that the other tools can check: those whose checks need no fixture of ccv alone."""
    tests = _tests(lab.directory)
    return {e: p for e, p in lab.exercises.items() if abs(sum(tests.get(e, {}).values()) - p) < 1e-6}


def _template(lab, tool):
    """The notebook: a set-up cell, then a cell and its test for each exercise."""
    import ast

    import nbformat

    from ccv.course.build import marked_notebook
    from ccv.course.nbgrader import _metadata
    from ccv.grading.reading.extract import Definitions

    cells = {c.id: c.source for c in marked_notebook(lab).cells if c.cell_type == "code"}
    known = Definitions(list(cells.values()))
    shared = shared_exercises(lab)
    answers = {e: next(s for s in cells.values() if _answers(s, e)) for e in shared}
    homes = [source in answers.values() for source in cells.values()]
    needed = {s.position: s for e in shared for s in known.needed(e) if not homes[s.cell - 1]}
    setup = "\n".join(ast.unparse(needed[position].node) for position in sorted(needed))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(setup)])
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    for name, points in shared.items():
        answer = nbformat.v4.new_code_cell(answers[name], metadata={"exercise": name})
        notebook.cells.append(answer)
        if tool == "nbgrader":
            answer.metadata["nbgrader"] = _metadata(name, solution=True)
            test = nbformat.v4.new_code_cell(f"import {CHECKS}\n{CHECKS}.points({name!r}, {name})")
            test.metadata["nbgrader"] = _metadata(f"check-{name}", grade=True, locked=True) | {"points": points}
            notebook.cells.append(test)
    return notebook


def _answered(template, student):
    """The template with all that a student wrote for each exercise, in the order in which they wrote it."""
    import copy

    from ccv.grading.reading.submission import read_cells

    cells = read_cells(student.notebook)
    notebook = copy.deepcopy(template)
    for cell in notebook.cells:
        name = cell.metadata.get("exercise")
        if name:
            cell.source = "\n\n".join(c for c in cells if _answers(c, name))
    return notebook


def _answers(source, exercise):
    return re.search(rf"^(def {exercise}\b|{exercise} *=)", source, re.MULTILINE) is not None


def _otter_test(name, tests, folder):
    lines = f">>> import sys; sys.path.insert(0, {str(folder)!r})\n>>> import {CHECKS}\n>>> {CHECKS}.run"
    cases = [
        {"code": f"{lines}({name!r}, {test!r}, {name})", "hidden": False, "locked": False, "points": points}
        for test, points in tests.items()
    ]
    suite = {"cases": cases, "scored": True, "setup": "", "teardown": "", "type": "doctest"}
    test = {"name": name, "points": [c["points"] for c in cases], "suites": [suite]}
    return f"OK_FORMAT = True\n\ntest = {test!r}\n"


# -------------------------------------------------------------------------------- the checks, in the student's process


@cache
def _checks(directory):
    return runpy.run_path(str(Path(directory) / f"test_{Path(directory).name}.py"))


@cache
def _solution(directory):
    from ccv.grading.solution import Solution

    return Solution(Path(directory))


@cache
def _tests(directory):
    """The points of each check, by exercise and name of the test; checks with fixtures of ccv alone are left out."""
    found = {}
    for name, function in _checks(directory).items():
        for mark in getattr(function, "pytestmark", []):
            ordinary = set(inspect.signature(function).parameters) <= {"answer", "reference", "solution", "rng"}
            if mark.name == "exercise" and ordinary:
                found.setdefault(mark.args[0], {})[name] = mark.kwargs.get("points", 1)
    return found


def run(exercise, test, answer):
    """One check on an answer, with ordinary asserts."""
    import numpy as np

    directory = os.environ["PEERS_LAB"]
    function, solution = _checks(directory)[test], _solution(directory)
    have = {"answer": answer, "solution": solution, "rng": np.random.default_rng(0)}
    wanted = inspect.signature(function).parameters
    if "reference" in wanted:
        have["reference"] = getattr(solution, exercise)
    function(**{name: have[name] for name in wanted})


def points(exercise, answer):
    """The points of the checks that pass."""
    earned = 0
    for test, worth in _tests(os.environ["PEERS_LAB"])[exercise].items():
        with contextlib.suppress(Exception):
            run(exercise, test, answer)
            earned += worth
    return earned


# --------------------------------------------------------------------------------------- timed, with the tool's Python


def cpu_seconds():
    """Of this process and of the children that have ended; 0 for these on Windows."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Clock:
    """Seconds on the wall and of the processors while in the block."""

    def __enter__(self):
        self._wall, self._cpu = time.perf_counter(), cpu_seconds()
        return self

    def __exit__(self, *_):
        self.wall, self.cpu = time.perf_counter() - self._wall, cpu_seconds() - self._cpu


def nbgrader(folder):
    """Yield (student, seconds, seconds of the processors, points) from nbgrader, in one process."""
    from nbgrader.api import Gradebook
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(folder)
    config.Execute.timeout = 600
    api = NbGraderAPI(config=config)
    made = api.generate_assignment(LAB)
    if not made["success"]:
        raise RuntimeError(made["log"])
    for student in sorted(p.name for p in (folder / "submitted").iterdir()):
        with Clock() as clock:
            done = api.autograde(LAB, student)
        if not done["success"]:
            raise RuntimeError(done["log"])
        with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
            grades = book.find_submission_notebook(LAB, LAB, student).grades
            yield student, clock.wall, clock.cpu, {g.name.removeprefix("check-"): g.auto_score for g in grades}


def otter(folder):
    """Yield the same from otter-grader, in one process."""
    from otter.api import grade_submission

    archive = folder / "autograder.zip"
    command = [sys.executable, "-m", "otter", "generate", "-t", "tests", "-o", str(archive)]
    command += ["--no-environment", "--no-requirements", f"{CHECKS}.py"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    for student in sorted(p.name for p in (folder / "submitted").iterdir()):
        notebook = folder / "submitted" / student / LAB / f"{LAB}.ipynb"
        with Clock() as clock:
            results = grade_submission(str(notebook), str(archive), quiet=True)
        yield student, clock.wall, clock.cpu, {n: r.score for n, r in results.results.items()}


def measure(tool, folder, python):
    """Run a tool with its own Python; return the results by student, or what must be installed."""
    found = subprocess.run([python, "-c", f"import {tool}, ccv"], capture_output=True, text=True, check=False)
    if found.returncode:
        return f"not there: {python} -m pip install {REQUIREMENTS[tool]} ccv"
    lab = json.loads((folder / "lab.json").read_text())["directory"]
    paths = os.pathsep.join([str(Path(python).parent), os.environ["PATH"]])
    environment = os.environ | {"PEERS_LAB": lab, "PATH": paths, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [python, __file__, tool, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        return f"failed: {done.stderr.strip().splitlines()[-1]}"
    return json.loads((folder / "results.json").read_text())


if __name__ == "__main__":
    chosen, place = sys.argv[1], Path(sys.argv[2])
    assert find_spec(chosen), f"{chosen} is not installed"
    (place / "results.json").write_text(json.dumps([*globals()[chosen](place)]))

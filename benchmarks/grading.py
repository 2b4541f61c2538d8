"""Seconds per submission: `ccv grade` on a made-up class, beside nbgrader and otter-grader on an equivalent notebook.

  python benchmarks/grading.py
  python benchmarks/grading.py --honest --peer-students 0
  python benchmarks/grading.py --lab 03_lenet --students 60 --peer-students 5
  python benchmarks/grading.py --python /tmp/peers/bin/python

The class: right, half done, blank, mistaken and broken notebooks (classroom.py). `ccv` grades it from the command
line, its start and its reports included, isolated as far as the machine can. The other tools run inside one process,
after their start, on some of the same students; their notebook holds the exercises and the same checks, without the
plots and the training that they would have to run (peers.py). Nothing isolates them.

They need a Python with their packages and ccv, this one or that of --python:
  python -m venv /tmp/peers && /tmp/peers/bin/pip install nbgrader otter-grader -e .
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import peers
from classroom import HONEST, KINDS, make_class, make_unusual
from rich.console import Console
from rich.table import Table

from ccv.course.catalog import find_lab

console = Console()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lab", default="01_xo", help="which lab (01_xo)")
    parser.add_argument("--students", type=int, default=200, help="submissions to ccv grade (200)")
    parser.add_argument("--honest", action="store_true", help="a class whose every answer is right")
    parser.add_argument("--unusual", type=int, default=40, help="right but unusual notebooks, graded apart (40)")
    parser.add_argument("--peer-students", type=int, default=10, help="of these, to the other tools (10; 0: none)")
    parser.add_argument("--jobs", type=int, default=2, help="of ccv grade (2); the others grade one at a time")
    parser.add_argument("--repeats", type=int, default=3, help="runs of ccv grade (3)")
    parser.add_argument("--seed", type=int, default=0, help="of the class (0)")
    parser.add_argument("--python", default=sys.executable, help="the Python that has nbgrader and otter-grader")
    return parser.parse_args()


def grade_with_ccv(lab, folder, out, jobs, exercises):
    """Return seconds on the wall, seconds of the processors, and the points and the seconds of each student."""
    command = [sys.executable, "-c", "from ccv.cli import main; main()", "grade", lab.name, str(folder)]
    command += ["--out", str(out), "--jobs", str(jobs)]
    command += [f"--exercise={e}" for e in exercises]
    with peers.Clock() as clock:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"ccv grade failed: {done.stderr.strip()[-2000:]}")
    records = [json.loads(line) for line in (out / "journal.jsonl").read_text().splitlines()][1:]
    sheets = {r["student"]: r["sheet"] for r in records if r["sheet"]}
    points = {name: {e["name"]: e["points"] for e in s["exercises"]} for name, s in sheets.items()}
    return clock.wall, clock.cpu, points, {r["student"]: r["seconds"] for r in records}


def unexpected(students, points, exercises):
    """What the points of these students for these exercises are not, and should be."""
    only = [replace(s, expected={e: s.expected[e] for e in exercises}) for s in students]
    return [problem for s in only for problem in s.problems(points.get(s.name, {}))]


def spread(times):
    return f"{min(times):.2f}–{max(times):.2f}"


def row(table, tool, times, cpu, count, wrong, ours):
    """One line of the table; `times` and `cpu` are seconds per submission, `ours` the medians of ccv."""
    medians = statistics.median(times), statistics.median(cpu)
    ratios = [f"{m / o:.1f} x" if o else "" for m, o in zip(medians, ours or medians, strict=True)]
    scores = "all right" if not wrong else f"{len(wrong)} wrong"
    table.add_row(
        tool, str(count), f"{medians[0]:.2f}", spread(times), ratios[0], f"{medians[1]:.2f}", ratios[1], scores
    )
    return medians


def ccv_row(table, title, lab, students, folder, options, exercises):
    """Grade the class some times, add a line, return the medians and what was not as expected."""
    wrong, times, cpu, seconds = [], [], [], {}
    for repeat in range(options.repeats):
        out = folder / f"{title}{repeat}"
        with console.status(f"{title}: run {repeat + 1} of {options.repeats}"):
            wall, busy, points, seconds = grade_with_ccv(lab, folder / "class", out, options.jobs, exercises)
        times.append(wall / len(students))
        cpu.append(busy / len(students))
        wrong += unexpected(students, points, exercises)
    return row(table, title, times, cpu, len(students), wrong, None), wrong, seconds


def kinds_table(lab, students, seconds, folder, options):
    """What a submission of each kind takes once a grader is at work, unusual ones too; and what was not as expected."""
    table = Table(title="Seconds of a submission by its kind, without the start", title_justify="left")
    for name in ("kind", "n", "median", "most"):
        table.add_column(name, justify="left" if name == "kind" else "right")
    unusual = make_unusual(lab, folder / "unusual", options.unusual)
    with console.status("unusual notebooks"):
        _, _, points, more = grade_with_ccv(lab, folder / "unusual", folder / "apart", options.jobs, lab.exercises)
    kinds = {}
    for student in [*students, *unusual]:
        kind = student.kind.partition(":")[0]
        kind = "honest" if kind in HONEST else kind
        kinds.setdefault(kind, []).append((seconds | more)[student.name])
    for kind, times in sorted(kinds.items(), key=lambda item: statistics.median(item[1])):
        table.add_row(kind, str(len(times)), f"{statistics.median(times):.2f}", f"{max(times):.2f}")
    return table, unexpected(unusual, points, lab.exercises)


def main():
    options = arguments()
    lab = find_lab(options.lab)
    folder = Path(tempfile.mkdtemp(prefix="ccv-benchmark-"))
    try:
        compare(options, lab, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def compare(options, lab, folder):
    students = make_class(
        lab, folder / "class", options.students, options.seed, among=HONEST if options.honest else KINDS
    )
    kinds = ", ".join(f"{n} {kind}" for kind, n in Counter(s.kind for s in students).most_common())
    console.print(f"{lab.name}, {len(lab.exercises)} exercises; {len(students)} students: {kinds}")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0
    console.print(f"{os.cpu_count()} cores, load {load:.1f} before the start", highlight=False)
    table = Table(title=f"Grading {lab.name}", title_justify="left")
    for name in ("tool", "n", "seconds", "spread", "", "CPU", "", "scores"):
        table.add_column(name, justify="left" if name in {"tool", "scores"} else "right")

    shared = list(peers.shared_exercises(lab))
    ours, wrong, seconds = ccv_row(
        table, f"ccv, {options.jobs} jobs", lab, students, folder, options, list(lab.exercises)
    )
    if len(shared) < len(lab.exercises):
        ours, more, _ = ccv_row(table, "ccv, the same", lab, students, folder, options, shared)
        wrong += more
    by_kind, more = kinds_table(lab, students, seconds, folder, options)
    wrong += more
    absent = []
    few = students[: options.peer_students]
    for tool, package in peers.REQUIREMENTS.items() if few else ():
        with console.status(f"{package}, {len(few)} submissions"):
            peers.prepare(tool, lab, few, folder / tool)
            results = peers.measure(tool, folder / tool, options.python)
        if isinstance(results, str):
            absent.append(f"{package}: {results}")
            continue
        _, walls, busy, points = zip(*results, strict=True)
        differ = unexpected(few, dict(zip([r[0] for r in results], points, strict=True)), shared)
        row(table, package, walls, busy, len(few), differ, ours)
        wrong += differ
    console.print(table)
    console.print(by_kind)
    console.print(
        "A submission: of ccv, the whole run / n (spread over runs); of the others, the median (spread) of one."
    )
    console.print("CPU: seconds of the processors, which a busy machine changes less.")
    if len(shared) < len(lab.exercises):
        left_out = ", ".join(e for e in lab.exercises if e not in shared)
        console.print(f"Only ccv can check {left_out}; the ratios are to the same exercises without.", soft_wrap=True)
    for line in absent + wrong[:20]:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


if __name__ == "__main__":
    main()

"""How long the `ccv` command and a check take, beside a bare interpreter in the same run.

python benchmarks/startup.py --runs 7
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from ccv.course.catalog import find_lab
from ccv.grading import check_live, grade
from ccv.grading.solution import Solution


def seconds(work, runs):
    """Median and spread of `runs` timings of `work()`."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return times


def command(*arguments):
    return lambda: subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7, help="timings of each (7)")
    runs = parser.parse_args().runs
    lab = find_lab("01_xo")
    exercise = next(iter(lab.exercises))
    live = {exercise: getattr(Solution(lab.directory), exercise)}
    cases = {
        "python -c pass": command("-c", "pass"),
        "import ccv": command("-c", "import ccv"),
        "ccv --help": command(str(Path(sys.executable).with_name("ccv")), "--help"),
        "ccv labs": command(str(Path(sys.executable).with_name("ccv")), "labs"),
        "import tensorflow": command("-c", "import tensorflow"),
        f"check {exercise!r} in a notebook": lambda: check_live(lab.directory, live, [exercise]),
        f"grade {exercise!r} in a worker": lambda: grade(lab.directory, lab.source, exercises=[exercise]),
    }
    bare = None
    for name, work in cases.items():
        work()  # warm: files in the page cache, plugins imported, fork server up
        times = seconds(work, runs)
        median = statistics.median(times)
        bare = bare or median
        print(f"{name:40s} {median:7.3f} s  ({min(times):.3f} to {max(times):.3f})  {median / bare:6.1f} x python")


if __name__ == "__main__":
    main()

"""How processes for a student's code are started: the interpreter's options and the environment."""

from __future__ import annotations

import os
import sys

from ccv.grading.isolation.paths import ROOT

# No user site (-s), no current directory on the path; PYTHON* variables are ours, since the environment is.
_START = (
    "import sys; sys.path[:] = [p for p in sys.path if p]; sys.path.append({root!r}); "
    "from ccv.grading.isolation.start import main; main()"
)
_PASSED_ON = ("LANG", "CCV_DATA", "KERAS_BACKEND", "SYSTEMROOT", "LD_LIBRARY_PATH")
_OWN = {
    "PATH": os.defpath,
    "PYTHONHASHSEED": "0",  # the same submission gives the same score
    "PYTHONSAFEPATH": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "MPLBACKEND": "Agg",
    "NO_COLOR": "1",
    "CUDA_VISIBLE_DEVICES": "-1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_DETERMINISTIC_OPS": "1",
    # Submissions are graded side by side; threads of their own would only get in each other's way.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


def command(*arguments: str) -> list[str]:
    """The words that start this Python at `ccv.grading.isolation.start`."""
    return [sys.executable, "-s", "-c", _START.format(root=str(ROOT)), *arguments]


def environment(home: str) -> dict[str, str]:
    """The whole environment of such a process: nothing of the teacher's but a few settings."""
    return {k: v for k in _PASSED_ON if (v := os.environ.get(k))} | _OWN | home_variables(home)


def home_variables(home: str) -> dict[str, str]:
    """Where programs put their files, all of them below one folder."""
    return {"HOME": home, "TMPDIR": home, "KERAS_HOME": f"{home}/keras", "MPLCONFIGDIR": f"{home}/matplotlib"}

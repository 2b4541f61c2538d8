"""One grader process: how it is started, asked, listened to and ended."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ccv.grading.clock import LIMIT_SECONDS

_ROOT = Path(__file__).resolve().parents[3]
_START = (
    "import sys; sys.path[:] = [p for p in sys.path if p]; sys.path.append({root!r}); "
    "from ccv.grading.batch.serve import main; main({parent})"
)
# No -I: with an environment of our own making nothing else gets in, and hashes must be the same in every run.
_ISOLATED = ["-s", "-P"] if sys.version_info >= (3, 11) else ["-s"]
_PASSED_ON = ("PATH", "LANG", "HOME", "USERPROFILE", "CCV_DATA", "KERAS_BACKEND", "SYSTEMROOT", "LD_LIBRARY_PATH")
_START_SECONDS = 300.0  # a cold import of TensorFlow on a slow disk, by every grader at once
NEVER = float("inf")


@dataclass(frozen=True)
class Settings:
    """What every grader is told.

    Attributes:
        lab: the lab's folder.
        exercises: points by name, of those that are graded.
        timeout: most seconds for a question to an answer; the checks' own limits count too.
        memory_bytes: of a student's process; None: the default.
        patience: a grader may be silent for this long, and three times a check's own time limit on top.
        hidden: submissions and reports, which students' code must not read wherever they lie.
        limit: most seconds for all exercises of a submission together.
        tells_checks: whether the results of single checks are wanted too, in `Pool.checks`.
    """

    lab: Path
    exercises: dict[str, float] = field(default_factory=dict)
    timeout: float | None = None
    memory_bytes: int | None = None
    patience: float = 60.0
    hidden: tuple[str, ...] = ()
    limit: float = LIMIT_SECONDS
    tells_checks: bool = False

    def message(self) -> dict[str, Any]:
        """As the graders read it."""
        plain: dict[str, Any] = {
            "exercises": self.exercises,
            "timeout": self.timeout,
            "memory_bytes": self.memory_bytes,
        }
        return {
            "lab": str(self.lab),
            "hidden": self.hidden,
            "limit": self.limit,
            "tells_checks": self.tells_checks,
            **plain,
        }


class GraderProcess:
    """One grader: its process, its group, and when its silence becomes too long."""

    def __init__(self, scratch: Path, events: queue.Queue):
        self.attempt: Any = None  # what it is at work on; the pool knows
        self.deadline = NEVER
        self._scratch, self._told = scratch, Settings(Path())
        (scratch / "empty").mkdir(parents=True)
        with (scratch / "log.txt").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, *_ISOLATED, "-c", _START.format(root=str(_ROOT), parent=os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment(scratch),
                cwd=scratch / "empty",
                start_new_session=True,
            )
        threading.Thread(target=self._listen, args=(events,), daemon=True).start()

    def ask(self, settings: Settings, operation: str, **details: Any) -> None:
        """Send a request; that a grader is gone already is heard from its other pipe."""
        request = {"op": operation, **details}
        if settings is not self._told:
            request["settings"], self._told = settings.message(), settings
        self.deadline = time.monotonic() + max(settings.patience, _START_SECONDS)
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write((json.dumps(request) + "\n").encode())
            self._process.stdin.flush()

    def allow(self, seconds: float, left: float) -> None:
        """Let it be silent for the time of a check, in which the submission has so much left, and some on top."""
        seconds = min(seconds, self._told.timeout or seconds)
        self.deadline = time.monotonic() + self._told.patience + max(0.0, min(3 * seconds, left))

    def rest(self) -> None:
        """It has nothing to do."""
        self.attempt, self.deadline = None, NEVER

    def kill(self) -> None:
        """End it with its group; its fork servers see that it is gone, and end with all below them."""
        if self._process.poll() is None:
            if os.name == "posix":
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
            self._process.wait()
        self.hang_up()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def hang_up(self) -> None:
        """Let it end by itself."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def finish(self) -> None:
        """Wait until it ends by itself, or end it."""
        self.hang_up()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        self.kill()

    def last_words(self) -> str:
        """The last line that it wrote, where it could not even start."""
        text = (self._scratch / "log.txt").read_text(encoding="utf-8", errors="replace").strip()
        return text.rpartition("\n")[2][:300]

    def _listen(self, events: queue.Queue) -> None:
        assert self._process.stdout is not None
        with self._process.stdout, contextlib.suppress(OSError, ValueError):
            for line in self._process.stdout:
                events.put((self, json.loads(line)))
        events.put((self, None))


def _environment(scratch: Path) -> dict[str, str]:
    kept = {k: v for k in _PASSED_ON if (v := os.environ.get(k))}
    quiet = {"MPLBACKEND": "Agg", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "NO_COLOR": "1"}
    same = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return kept | quiet | same | {"TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}

"""A grader process from within: told what to do in lines of JSON on standard input, it never outlives its parent."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from ccv.grading.batch.grader import Grader

_PDEATHSIG = 1  # prctl(2): a signal when the parent dies, however it dies
_GRACE = 5.0  # seconds for a grader at work whose parent hung up, where there is no such signal


def main(parent: int) -> None:
    """Serve requests on standard input until it closes."""
    _die_with(parent)
    requests, replies = _own_channel()

    def say(message: dict) -> None:
        replies.write(json.dumps(message) + "\n")
        replies.flush()

    grader: Grader | None = None
    for request in _requests(requests):
        if "settings" in request:
            grader = Grader(request["settings"], say)
        assert grader is not None
        if request["op"] == "describe":
            say(_or_problem(grader.describe))
        if request["op"] == "grade":
            say(_record_or_halt(grader, request["task"]))


def _record_or_halt(grader: Grader, task: dict[str, Any]) -> dict[str, Any]:
    from ccv.grading.border.conversation import NotStarted

    try:
        return {"record": grader.grade(task)}
    except NotStarted as error:
        return {"halt": str(error)}


def _or_problem(describe: Callable[[], dict]) -> dict:
    try:
        return {"description": describe()}
    except (LookupError, RuntimeError, ValueError, OSError, ImportError) as error:
        return {"problem": str(error)}


def _die_with(parent: int) -> None:
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


def _own_channel() -> tuple[IO[str], IO[str]]:
    """Standard input and output for ourselves; what libraries print goes to standard error."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return requests, replies


def _requests(lines: IO[str]) -> Iterator[dict[str, Any]]:
    """Yield requests. When the parent hangs up, end at once if idle, and soon if at work."""
    waiting: queue.Queue[str | None] = queue.Queue()

    def listen() -> None:
        for line in lines:
            waiting.put(line)
        waiting.put(None)
        time.sleep(_GRACE)
        os._exit(1)

    threading.Thread(target=listen, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        while (line := waiting.get()) is not None:
            yield json.loads(line)

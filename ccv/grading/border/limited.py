"""Runs a function of ours for a limited time, where what it is given is a student's."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Callable
from typing import Any


def within(seconds: float, function: Callable[[], Any]) -> tuple[bool, Any]:
    """Run a function for at most so long; return whether it ended, and its result.

    A thread, since signals are not everywhere and reach the main thread only. What loops in Python is stopped.
    """
    done: list[Any] = []

    def run() -> None:
        with contextlib.suppress(SystemExit):
            done.append(function())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive() and thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
        thread.join(1.0)
    return (True, done[0]) if done else (False, None)

"""TensorFlow's start-up log lines, which it writes past Python to the process's stderr, whatever the log level."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

CHATTER = re.compile(
    r"^(?:WARNING: All log messages before absl|[IWE]\d{4} \d\d:|[IWE]0000 |To enable the following instr|"
    r"INFO: Created TensorFlow Lite )"
)


def without_chatter(text: str) -> str:
    r"""Return a text without TensorFlow's log lines.

    >>> without_chatter("I0000 00:00:1 port.cc:153] oneDNN custom operations are on.\nreal warning\n")
    'real warning\n'
    """
    return "".join(line for line in text.splitlines(keepends=True) if not CHATTER.match(line))


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Let through what is written to the process's stderr, but for TensorFlow's log lines."""
    real = os.dup(2)
    read, write = os.pipe()
    os.dup2(write, 2)
    os.close(write)
    copier = threading.Thread(target=_copy, args=(read, real), daemon=True)
    copier.start()
    try:
        yield
    finally:
        os.dup2(real, 2)  # closes the last writing end, so the copier comes to its end
        copier.join(timeout=2)
        os.close(real)


def _copy(source: int, target: int) -> None:
    with os.fdopen(source, "r", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if not CHATTER.match(line):
                os.write(target, line.encode())

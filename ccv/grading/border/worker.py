"""The student's side of the border: a process that holds the student's definitions and no expected value.

On Linux such processes are forked from a server that has NumPy (or Keras) loaded already (see `fork_server`), so that
one starts in milliseconds; elsewhere each is a fresh interpreter.
"""

from __future__ import annotations

import functools
import os
import random
import socket
import sys
import tempfile
from collections.abc import Callable

import numpy as np

from ccv.grading.border.student import Student
from ccv.grading.border.tracebacks import describe_error
from ccv.grading.border.wire import Closed, WireError, decode, encode, receive, send
from ccv.grading.isolation import limits
from ccv.grading.isolation.launch import home_variables

READY = b"!"
QUESTION = b"?"  # begins what a worker asks in the midst of an answer


def work(
    connection: socket.socket, request: dict, scratch: str | None = None, lock: Callable[[], None] | None = None
) -> None:
    """Be one worker: seeded, limited and locked in before any student's code runs, then serve until the grader ends.

    Args:
        connection: to the grader.
        request: `seed`, `memory_bytes` and `processes` (see `limits.limit`).
        scratch: the one folder that may be written, if not the home that the environment names.
        lock: the last protection, after which the process can do no more than a student may.
    """
    if scratch is not None:
        os.environ.update(home_variables(scratch))
        tempfile.tempdir = None  # Keras has asked for it already
    _seed(request["seed"])
    limits.limit(request["memory_bytes"], request["processes"])
    if lock is not None:
        lock()
    connection.sendall(READY)
    serve(connection)


def _seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(seed % 2**32)


def _ask_back(connection: socket.socket, token: bytes, question: list[bytes]) -> list[bytes]:
    """Ask the grader something in the midst of an answer, and return what it says."""
    send(connection, [token, QUESTION, *question])
    return receive(connection)[1:]


def serve(connection: socket.socket) -> None:
    """Answer requests until the grader hangs up; each reply carries the token of its request."""
    student = Student()
    while True:
        try:
            token, *parts = receive(connection)
        except Closed:
            return
        try:
            student.ask_back = functools.partial(_ask_back, connection, token)
            parts = encode(student.reply(decode(parts)))
        except WireError as error:
            parts = encode({"status": "nodata", "message": str(error)})
        except BaseException as error:
            parts = encode(describe_error(error))
        send(connection, [token, *parts])

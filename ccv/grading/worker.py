"""The student's side of the border: a process that holds the student's definitions and no expected value.

It is told which exercise to load, runs the definitions that the exercise needs, calls the student's function on the
arguments it is sent, and returns data. On Linux such processes are forked from a server that has NumPy (or Keras)
loaded already (see `fork_server`), so that one starts in milliseconds; elsewhere each is a fresh interpreter.
"""

from __future__ import annotations

import ast
import marshal
import os
import random
import socket
import sys
import tempfile
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ccv.grading.extract import Definitions, Statement
from ccv.grading.isolation import limits
from ccv.grading.isolation.launch import home_variables
from ccv.grading.wire import Closed, WireError, decode, encode, is_keras_model, receive, send

READY = b"!"
_HEAVY = (
    "keras",
    "tensorflow",
    "keras_cv",
    "ccv.models",
    "ccv.layers",
    "ccv.anatomy",
    "ccv.data",
    "jax",
    "torch",
)
_SAID_ENOUGH = 500  # characters of a student's error message that are shown


class Student:
    """The student's definitions, alive in this process."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {}
        self.answer: Any = None
        self._definitions: Definitions | None = None

    def reply(self, request: dict) -> dict:
        """Carry out one request and return the reply, whatever the student's code does."""
        try:
            return _OPERATIONS[request["op"]](self, request)
        except WireError as error:
            return {"status": "nodata", "message": str(error)}
        except BaseException as error:  # SystemExit and KeyboardInterrupt are the student's too
            return describe_error(error)

    def plan(self, request: dict) -> dict:
        """Say what an exercise needs, as compiled statements for `load`; no student's code runs here.

        A process that only plans reads the cells once for all exercises.
        """
        if self._definitions is None:
            self._definitions = Definitions(request["cells"])
        name, definitions = request["name"], self._definitions
        plan = definitions.needed(name)
        if not plan:
            damage = next((d for d in definitions.damage if name in d.names), None)
            if damage is None:
                return {"status": "missing", "known": definitions.names[:1000]}
            return {"status": "damaged", "cell": damage.cell, "line": damage.line, "message": damage.message}
        cells = {s.cell: request["cells"][s.cell - 1] for s in plan}
        statements = [(s.cell, _compiled(s, cells[s.cell])) for s in plan]
        value = {"statements": statements, "cells": cells, "heavy": _heavy_imports(plan)}
        return {"status": "ok", "kind": "data", "value": value}

    def load(self, request: dict) -> dict:
        """Run the definitions that an exercise needs, each after what it needs itself."""
        name, plan = request["name"], request["plan"]
        error = self._run(plan["statements"], plan["cells"])
        if name not in self.namespace:
            return error or {"status": "missing", "known": []}
        self.answer = self.namespace[name]
        return self._what_it_is()

    def call(self, request: dict) -> dict:
        """Call the student's function."""
        args, kwargs = request["arguments"]
        return {"status": "ok", "value": self.answer(*args, **kwargs)}

    def drive(self, request: dict) -> dict:
        """Run a driver of the check beside the student's answer, where the answer itself is no data."""
        driver = load_driver(request["source"], request["function"])
        args, kwargs = request["arguments"]
        return {"status": "ok", "value": driver(self.answer, *args, **kwargs)}

    def _run(self, statements: list, cells: dict[int, str]) -> dict | None:
        module = types.ModuleType("submission")
        module.__dict__["display"] = lambda *_args, **_kwargs: None
        sys.modules["submission"] = module
        self.namespace = module.__dict__
        for cell, source in cells.items():
            remember_source(cell_filename(cell), source)
        first_error: dict | None = None
        for _, code in statements:
            if type(code) is dict:
                first_error = first_error or code
                continue
            try:
                exec(marshal.loads(code), self.namespace)
            except BaseException as error:
                first_error = first_error or describe_error(error)
        return first_error

    def _what_it_is(self) -> dict:
        if self.answer is Ellipsis:
            return {"status": "blank"}
        if callable(self.answer) and not is_keras_model(self.answer):
            return {"status": "ok", "kind": "function"}
        try:
            encode(self.answer)
        except WireError:
            return {"status": "ok", "kind": "object"}
        return {"status": "ok", "kind": "data", "value": self.answer}


_OPERATIONS: dict[str, Callable[[Student, dict], dict]] = {
    "plan": Student.plan,
    "load": Student.load,
    "call": Student.call,
    "drive": Student.drive,
}


def load_driver(source: str, function: str) -> Callable:
    """Make the driver of a check from its source; it sees nothing but what it imports and is given."""
    namespace: dict[str, Any] = {}
    exec(compile(source, "<driver>", "exec"), namespace)
    return namespace[function]


def cell_filename(cell: int) -> str:
    """The name that a cell has in tracebacks."""
    return f"<cell {cell}>"


def remember_source(filename: str, source: str) -> None:
    """Let tracebacks (and `inspect`) show the lines of a cell."""
    import linecache

    linecache.cache[filename] = (len(source), None, [line + "\n" for line in source.split("\n")], filename)


def _compiled(statement: Statement, source: str) -> bytes | dict:
    """The code of a statement, or what is wrong with it, as `return` outside of a function."""
    filename = cell_filename(statement.cell)
    remember_source(filename, source)
    try:
        return marshal.dumps(compile(ast.Module([statement.node], []), filename, "exec"))
    except BaseException as error:
        return describe_error(error)


def _heavy_imports(plan: list[Statement]) -> bool:
    for statement in plan:
        for node in ast.walk(statement.node):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            if any(m == h or m.startswith(h + ".") for m in modules for h in _HEAVY):
                return True
    return False


def _frames(error: BaseException) -> list[tuple[str, int]]:
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return frames


def _raised_by_student(error: BaseException) -> bool:
    frames = _frames(error)
    return bool(frames) and not frames[-1][0].endswith(".py")


def describe_error(error: BaseException) -> dict:
    """Say what an error was and where in the student's cells it happened; the stub's own error means "blank"."""
    import linecache

    if isinstance(error, NotImplementedError) and _raised_by_student(error):
        return {"status": "blank"}
    try:
        message = str(error)[:_SAID_ENOUGH].encode("utf-8", "replace").decode()
    except BaseException:  # an exception class of the student's own
        message = ""
    reply: dict[str, Any] = {"status": "error", "type": type(error).__name__, "message": message}
    where = [(name, line) for name, line in _frames(error) if name.startswith("<cell")]
    if isinstance(error, SyntaxError) and error.filename and error.filename.startswith("<cell"):
        where = [(error.filename, error.lineno or 1)]
    if where:
        filename, line = where[-1]
        text = linecache.getline(filename, line).strip()[:200]
        reply |= {"cell": int(filename[6:-1]), "line": line, "text": text}
    return reply


# ------------------------------------------------------------------------------------------------------- processes


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


def serve(connection: socket.socket) -> None:
    """Answer requests until the grader hangs up; each reply carries the token of its request."""
    student = Student()
    while True:
        try:
            token, *parts = receive(connection)
        except Closed:
            return
        try:
            parts = encode(student.reply(decode(parts)))
        except WireError as error:
            parts = encode({"status": "nodata", "message": str(error)})
        except BaseException as error:
            parts = encode(describe_error(error))
        send(connection, [token, *parts])

"""The student's side of the border: a process that holds the student's definitions and no expected value.

It is told which exercise to load, runs the definitions that the exercise needs, calls the student's function on the
arguments it is sent, and returns data. On Linux such processes are forked from a server that has NumPy (or Keras)
loaded already, so that one starts in milliseconds; elsewhere each is a fresh interpreter.
"""

from __future__ import annotations

import ast
import contextlib
import ctypes
import importlib
import json
import os
import signal
import socket
import struct
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ccv.grading.extract import Definitions, Statement
from ccv.grading.wire import Closed, WireError, decode, encode, is_keras_model, receive, send

_PID = struct.Struct("!q")
_SET_CHILD_SUBREAPER = 36  # prctl(2): orphans of our children become ours, so that none outlives the grading
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

    def reply(self, request: dict) -> dict:
        """Carry out one request and return the reply, whatever the student's code does."""
        try:
            return _OPERATIONS[request["op"]](self, request)
        except WireError as error:
            return {"status": "nodata", "message": str(error)}
        except BaseException as error:  # SystemExit and KeyboardInterrupt are the student's too
            return describe_error(error)

    def load(self, request: dict) -> dict:
        """Run the definitions that an exercise needs, each after what it needs itself."""
        name, definitions = request["name"], Definitions(request["cells"])
        plan = definitions.needed(name)
        if not plan:
            damage = next((d for d in definitions.damage if name in d.names), None)
            known = definitions.names
            if damage is None:
                return {"status": "missing", "known": known[:1000]}
            return {"status": "damaged", "cell": damage.cell, "line": damage.line, "message": damage.message}
        heavy = _heavy_imports(plan)
        if heavy and not request["preloaded"] and request["may_restart"]:
            return {"status": "heavy"}
        error = self._run(plan, request["cells"])
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

    def _run(self, plan: list[Statement], cells: list[str]) -> dict | None:
        module = types.ModuleType("submission")
        module.__dict__["display"] = lambda *_args, **_kwargs: None
        sys.modules["submission"] = module
        self.namespace = module.__dict__
        first_error: dict | None = None
        for statement in plan:
            filename = cell_filename(statement.cell)
            remember_source(filename, cells[statement.cell - 1])
            try:
                code = compile(ast.Module([statement.node], []), filename, "exec")
                exec(code, self.namespace)
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
        message = str(error)[:_SAID_ENOUGH]
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


def serve(connection: socket.socket) -> None:
    """Answer requests until the grader hangs up."""
    student = Student()
    while True:
        try:
            request = decode(receive(connection))
        except Closed:
            return
        reply = student.reply(request)
        try:
            parts = encode(reply)
        except WireError as error:
            parts = encode({"status": "nodata", "message": str(error)})
        except BaseException as error:
            parts = encode(describe_error(error))
        send(connection, parts)


def limit_resources(memory_bytes: int) -> None:
    """Cap memory beyond what is loaded already, file size, and core dumps (POSIX)."""
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0]) if sys.platform == "linux" else 0
    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: 256 * 2**20}
    if pages:
        # TensorFlow alone maps many GiB that it never touches, so the cap counts from here.
        limits[resource.RLIMIT_AS] = pages * resource.getpagesize() + memory_bytes
    for kind, limit in limits.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, limit))


def fork_server(control: socket.socket, preload: list[str]) -> None:
    """Fork a worker for each request on `control`; when the grader hangs up, kill whatever is left."""
    for module in preload:
        importlib.import_module(module)
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by the kernel
    control.sendall(_PID.pack(os.getpid()))
    workers: set[int] = set()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 2**16, 1)
        if not message:
            _kill_children(keep=set())
            return
        request = json.loads(message)
        if request["op"] == "sweep":
            workers.discard(request["worker"])
            _kill_children(keep=workers)
            control.sendall(_PID.pack(0))
            continue
        pid = os.fork()
        if pid == 0:
            control.close()
            _become_worker(descriptors[0], request)
        os.close(descriptors[0])
        workers.add(pid)
        control.sendall(_PID.pack(pid))


def _become_worker(descriptor: int, request: dict) -> None:
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.chdir(request["scratch"])
        limit_resources(request["memory_bytes"])
        serve(socket.socket(fileno=descriptor))
    finally:
        os._exit(0)


def _kill_children(keep: set[int]) -> None:
    """Kill every child that is no worker in use, and their orphans as they become ours, until none is left."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    for _ in range(200):
        pids = {int(p) for p in children.read_text().split()} - keep
        if not pids:
            return
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Start as a fork server (`server FD MODULES`) or as one worker (`worker PORT TOKEN MEMORY_BYTES`)."""
    mode, *arguments = sys.argv[1:]
    if mode == "server":
        fork_server(socket.socket(fileno=int(arguments[0])), [m for m in arguments[1].split(",") if m])
        return
    port, token, memory_bytes = arguments
    connection = socket.create_connection(("127.0.0.1", int(port)))
    connection.sendall(token.encode())
    if os.name == "posix":
        limit_resources(int(memory_bytes))
    serve(connection)

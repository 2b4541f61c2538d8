"""The trusted side of the border: starts workers, and ends them with all that they started."""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from ccv.grading import isolation
from ccv.grading.border.conversation import START_SECONDS, Gone, NotStarted, Worker
from ccv.grading.border.fork_server import ANSWER, SPOILED
from ccv.grading.clock import Clock
from ccv.grading.isolation import bubblewrap, limits, paths
from ccv.grading.isolation.launch import command, environment

__all__ = ["MEMORY_BYTES", "Gone", "NotStarted", "Worker", "close_servers", "start_worker"]

_SWEEP_SECONDS = 20.0
MEMORY_BYTES = 4 * 2**30


def start_worker(
    *,
    keras: bool = False,
    memory_bytes: int = MEMORY_BYTES,
    seed: int = 0,
    layers: isolation.Layers | None = None,
    clock: Clock | None = None,
) -> Worker:
    """Start a worker: forked from a server with NumPy (or Keras) loaded on Linux, a fresh interpreter elsewhere.

    Args:
        keras: whether Keras is to be loaded.
        memory_bytes: the memory that it may have beyond the libraries'.
        seed: of Python's, NumPy's and Keras's random numbers.
        layers: its protections; as a default the strongest that work here.
        clock: the time that all questions have together.

    Raises:
        NotStarted: the process could not be started, or not be isolated.
    """
    request = {"memory_bytes": memory_bytes, "seed": seed}
    if sys.platform != "linux":
        worker = _fresh_worker(request)
    else:
        worker = _server("keras" if keras else "numpy", layers or isolation.choose()).fork(request)
    worker.clock = clock or worker.clock
    return worker


class ForkServer:
    """A process without any student's code that forks workers in milliseconds; see `ccv.grading.border.fork_server`."""

    def __init__(self, preload: list[str], layers: isolation.Layers):
        self._home = None if layers.view != "process" else _temporary_home()
        home = self._home.name if self._home else bubblewrap.HOME
        settings: dict[str, Any] = {
            "view": layers.view,
            "landlock": layers.landlock,
            "seccomp": layers.seccomp,
            "home": home,
            "preload": preload,
            "readable": paths.readable(),
            "hidden": paths.hidden(),
        }
        before: list[str] = []
        if layers.view == "bubblewrap":
            # The kernel takes the end of the thread that started a process for the end of its parent.
            lasting = threading.current_thread() is threading.main_thread()
            before = bubblewrap.prefix(settings["readable"], settings["hidden"], die_with_parent=lasting)
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = _start([*before, *command("server", str(theirs.fileno()))], home, theirs.fileno())
        self._control.settimeout(START_SECONDS)
        self.owner = os.getpid()
        with contextlib.suppress(OSError):  # it has ended; that it does not answer says so
            self._control.sendall(json.dumps(settings).encode() + b"\n")
        self._answer()
        self._control.settimeout(_SWEEP_SECONDS)

    @property
    def alive(self) -> bool:
        """Whether it can still fork; a forked copy of this process must not use it."""
        return self.owner == os.getpid() and self._process.poll() is None

    def fork(self, request: dict) -> Worker:
        """Fork a worker with a scratch directory of its own."""
        ours, theirs = socket.socketpair()
        message = json.dumps({"op": "fork", **request, "processes": _processes_allowed()}).encode()
        with theirs:
            socket.send_fds(self._control, [message], [theirs.fileno()])
        pid = self._answer()
        worker = Worker(ours, functools.partial(self._sweep, pid))
        worker.measure = functools.partial(self._processor_seconds, pid)
        worker.wait_until_ready()
        return worker

    def close(self) -> None:
        """Let the server kill what is left and end."""
        if self.owner != os.getpid():
            return
        self._control.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._home:
            self._home.cleanup()

    def _sweep(self, pid: int) -> None:
        """Have a worker ended. A server that cannot, or that cannot remove what it left, is ended with it."""
        if not self.alive:
            return
        try:
            self._control.sendall(json.dumps({"op": "sweep", "worker": pid}).encode())
            if self._answer() != SPOILED:
                return
        except (OSError, NotStarted):
            pass
        self.close()

    def _processor_seconds(self, pid: int) -> float | None:
        if not self.alive:
            return None
        self._control.sendall(json.dumps({"op": "time", "worker": pid}).encode())
        milliseconds = self._answer()
        return milliseconds / 1000 if milliseconds >= 0 else None

    def _answer(self) -> int:
        data = b""
        with contextlib.suppress(OSError):
            data = self._control.recv(ANSWER.size)
        if len(data) < ANSWER.size:
            self.close()
            raise NotStarted(
                "the process for an answer does not start, so nothing can be graded: `ccv doctor` and "
                "`ccv grade --list-protections` say what is there"
            )
        return ANSWER.unpack(data)[0]


_PRELOAD = {kind: ["resource", "numpy", "numpy.random"] for kind in ("numpy", "keras")}
_PRELOAD["keras"] += ["keras", "ccv.layers"]
_servers: dict[tuple[str, isolation.Layers], ForkServer] = {}


def _server(kind: str, layers: isolation.Layers) -> ForkServer:
    server = _servers.get((kind, layers))
    if server is None or not server.alive:
        if server is not None:
            server.close()
        server = _servers[kind, layers] = ForkServer(_PRELOAD[kind], layers)
    return server


@atexit.register
def close_servers() -> None:
    """End the fork servers and everything below them."""
    while _servers:
        _servers.popitem()[1].close()


_processes_allowed = functools.cache(limits.processes_allowed)


def _temporary_home() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="ccv-", ignore_cleanup_errors=True)


def _start(words: list[str], home: str, *descriptors: int) -> subprocess.Popen:
    return subprocess.Popen(
        words,
        pass_fds=descriptors,
        env=environment(home),
        cwd=home if Path(home).is_dir() else "/",  # the home inside a view is made there
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _fresh_worker(request: dict) -> Worker:
    """Start a worker where `fork` is not to be had; it calls back on a loopback port and shows a token."""
    home = _temporary_home()
    token = secrets.token_hex(16)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(START_SECONDS)
        port = str(listener.getsockname()[1])
        process = _start(command("worker", port, token, json.dumps({**request, "processes": None})), home.name)
        connection = _accept(listener, token)

    def end() -> None:
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
        home.cleanup()

    worker = Worker(connection, end)
    worker.wait_until_ready()
    return worker


def _accept(listener: socket.socket, token: str) -> socket.socket:
    while True:
        connection, _ = listener.accept()
        connection.settimeout(10)
        if secrets.compare_digest(connection.recv(len(token)), token.encode()):
            return connection
        connection.close()

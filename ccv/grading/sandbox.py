"""The trusted side of the border: starts workers, asks them, and ends them at the time limit with all they started."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import secrets
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ccv.grading import wire

_PID = struct.Struct("!q")
_ROOT = Path(__file__).resolve().parents[2]
# -I: no PYTHON* variables, no user site, no current directory on the path.
_START = "import sys; sys.path.append({root!r}); from ccv.grading.worker import main; main()"
_PASSED_ON = ("PATH", "LANG", "CCV_DATA", "KERAS_BACKEND", "SYSTEMROOT", "LD_LIBRARY_PATH")
_START_SECONDS = 120.0  # a cold import of TensorFlow on a slow disk
MEMORY_BYTES = 4 * 2**30


class Gone(Exception):
    """The worker ended without an answer."""


class Worker:
    """One process that holds a student's definitions."""

    def __init__(self, connection: socket.socket, end: Any):
        self._connection = connection
        self._end = end

    def ask(self, timeout: float, **request: Any) -> Any:
        """Send a request and return the reply.

        Raises:
            wire.TimedOut: no reply within `timeout` seconds; the worker must be closed.
            Gone: the process ended first.
            wire.WireError: the reply is damaged or too large.
        """
        parts = wire.encode(request)
        try:
            self._connection.settimeout(timeout)
            wire.send(self._connection, parts)
            return wire.decode(wire.receive(self._connection, timeout))
        except wire.Closed:
            raise Gone from None
        except TimeoutError:
            raise wire.TimedOut("no answer in time") from None
        except OSError:
            raise Gone from None

    def close(self) -> None:
        """End the process and everything that it started."""
        self._connection.close()
        self._end()


def start_worker(*, keras: bool = False, memory_bytes: int = MEMORY_BYTES) -> Worker:
    """Start a worker: forked from a server with NumPy (or Keras) loaded on Linux, a fresh interpreter elsewhere."""
    if sys.platform == "linux":
        return _server("keras" if keras else "numpy").fork(memory_bytes)
    return _fresh_worker(memory_bytes)


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-I", "-c", _START.format(root=str(_ROOT)), *arguments]


def _environment(home: str) -> dict[str, str]:
    kept = {k: v for k in _PASSED_ON if (v := os.environ.get(k))}
    own = {"HOME": home, "TMPDIR": home, "KERAS_HOME": f"{home}/keras", "MPLCONFIGDIR": f"{home}/matplotlib"}
    quiet = {"MPLBACKEND": "Agg", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "NO_COLOR": "1"}
    return kept | own | quiet


class ForkServer:
    """A process without any student's code in it that forks workers in milliseconds."""

    def __init__(self, preload: list[str]):
        self._home = tempfile.TemporaryDirectory(prefix="ccv-", ignore_cleanup_errors=True)
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                _command("server", str(theirs.fileno()), ",".join(preload)),
                pass_fds=[theirs.fileno()],
                env=_environment(self._home.name),
                cwd=self._home.name,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._control.settimeout(_START_SECONDS)
        self._receive_pid()
        self.owner = os.getpid()

    @property
    def alive(self) -> bool:
        """Whether it can still fork; a forked copy of this process must not use it."""
        return self._process.poll() is None and self.owner == os.getpid()

    def fork(self, memory_bytes: int) -> Worker:
        """Fork a worker with a scratch directory of its own."""
        scratch = tempfile.TemporaryDirectory(dir=self._home.name, ignore_cleanup_errors=True)
        ours, theirs = socket.socketpair()
        request = {"op": "fork", "scratch": scratch.name, "memory_bytes": memory_bytes}
        with theirs:
            socket.send_fds(self._control, [json.dumps(request).encode()], [theirs.fileno()])
        pid = self._receive_pid()

        def end() -> None:
            for kill in (os.killpg, os.kill):  # killpg fails where the child has not called setsid yet
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    kill(pid, signal.SIGKILL)
            if self.alive:
                self._control.sendall(json.dumps({"op": "sweep", "worker": pid}).encode())
                self._receive_pid()
            scratch.cleanup()

        return Worker(ours, end)

    def close(self) -> None:
        """Let the server kill what is left and end."""
        if self.owner != os.getpid():
            return
        self._control.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._home.cleanup()

    def _receive_pid(self) -> int:
        data = self._control.recv(_PID.size)
        if len(data) < _PID.size:
            raise RuntimeError("the grading process could not start: is `ccv` installed for this Python?")
        return _PID.unpack(data)[0]


_PRELOAD = {"numpy": ["numpy"], "keras": ["numpy", "keras", "ccv.layers"]}
_servers: dict[str, ForkServer] = {}


def _server(kind: str) -> ForkServer:
    server = _servers.get(kind)
    if server is None or not server.alive:
        server = _servers[kind] = ForkServer(_PRELOAD[kind])
    return server


@atexit.register
def close_servers() -> None:
    """End the fork servers and everything below them."""
    while _servers:
        _servers.popitem()[1].close()


def _fresh_worker(memory_bytes: int) -> Worker:
    """Start a worker where `fork` is not to be had; it calls back on a loopback port and shows a token."""
    home = tempfile.TemporaryDirectory(prefix="ccv-", ignore_cleanup_errors=True)
    token = secrets.token_hex(16)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(_START_SECONDS)
        process = subprocess.Popen(
            _command("worker", str(listener.getsockname()[1]), token, str(memory_bytes)),
            env=_environment(home.name),
            cwd=home.name,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        connection = _accept(listener, token)

    def end() -> None:
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
        home.cleanup()

    return Worker(connection, end)


def _accept(listener: socket.socket, token: str) -> socket.socket:
    while True:
        connection, _ = listener.accept()
        connection.settimeout(10)
        if secrets.compare_digest(connection.recv(len(token)), token.encode()):
            return connection
        connection.close()

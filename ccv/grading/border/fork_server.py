"""A process without any student's code that forks workers in milliseconds, and ends them with all they started."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import shutil
import signal
import socket
import struct
import tempfile
import time
from pathlib import Path
from typing import NoReturn

from ccv.grading.border.worker import work
from ccv.grading.isolation import landlock, limits, linux, paths, seccomp

ANSWER = struct.Struct("!q")
CLEAN, SPOILED = 0, 1
_KILLING_SECONDS = 5.0


def run(control: socket.socket, settings: dict) -> None:
    """Fork a worker for each request on `control`; when the grader hangs up, kill whatever is left."""
    for module in settings["preload"]:
        importlib.import_module(module)
    linux.adopt_orphans()
    limits.limit_processor_time()  # as the workers do, to whom it then costs nothing
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by the kernel
    server = _Server(settings)
    control.sendall(ANSWER.pack(os.getpid()))
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 2**16, 1)
        if not message:
            _kill_all_but(set())
            return
        request = json.loads(message)
        if request["op"] == "sweep":
            control.sendall(ANSWER.pack(server.sweep(request["worker"])))
        elif request["op"] == "time":
            control.sendall(ANSWER.pack(_processor_milliseconds(request["worker"])))
        else:
            control.sendall(ANSWER.pack(server.fork(control, descriptors[0], request)))


class _Server:
    def __init__(self, settings: dict):
        self._settings = settings
        self._scratch: dict[int, str] = {}  # of each live worker
        self._visible = _lock_around(settings) if settings["landlock"] else []
        if settings["seccomp"]:
            seccomp.restrict_server()
        gc.freeze()  # what a worker does not look through it shares with this process

    def fork(self, control: socket.socket, descriptor: int, request: dict) -> int:
        scratch = tempfile.mkdtemp(prefix="scratch-", dir=self._settings["home"])
        pid = os.fork()
        if pid == 0:
            self._become_worker(control, descriptor, scratch, request)
        os.close(descriptor)
        self._scratch[pid] = scratch
        return pid

    def sweep(self, worker: int) -> int:
        """End a worker, what it started and what it wrote; say whether all of that is gone."""
        self._scratch.pop(worker, None)
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it may be gone, or not have a group yet
            os.killpg(worker, signal.SIGKILL)
        gone = _kill_all_but(set(self._scratch))
        for path in self._strays():  # not the scratch alone: without Landlock all of the home can be written
            with contextlib.suppress(Exception):  # a tree made to be hard to remove
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        return SPOILED if self._strays() or not gone else CLEAN

    def _strays(self) -> list[Path]:
        return [p for p in Path(self._settings["home"]).iterdir() if str(p) not in self._scratch.values()]

    def _become_worker(self, control: socket.socket, descriptor: int, scratch: str, request: dict) -> NoReturn:
        connection = descriptor
        try:
            os.setsid()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.chdir(scratch)
            if self._settings["landlock"]:
                own = [(scratch, landlock.READ_WRITE), (f"/proc/{os.getpid()}", landlock.READ)]
                landlock.restrict([*self._visible, *landlock.opened(own)])
            control.close()
            if descriptor != 3:
                os.dup2(descriptor, 3, inheritable=False)
            connection = 3
            os.closerange(4, os.sysconf("SC_OPEN_MAX"))
            lock = seccomp.restrict_worker if self._settings["seccomp"] else None
            work(socket.socket(fileno=3), request, scratch, lock)
        except Exception as error:  # from what locks it up; the student's errors end in replies
            with contextlib.suppress(OSError):
                os.write(connection, f"{type(error).__name__}: {error}".encode()[:200])
        finally:
            os._exit(0)


def _lock_around(settings: dict) -> list[tuple[int, int]]:
    """Leave this server and its workers what may be read and the home; return what each worker keeps of it, opened.

    The many rules around what is hidden cost milliseconds, and are inherited: each worker needs a few more of its own.
    """
    system = [(path, landlock.READ) for path in (*paths.DEVICES, "/proc/cpuinfo", "/proc/meminfo", "/proc/stat")]
    system.append((os.devnull, landlock.READ_WRITE))
    around = paths.around(settings["readable"], settings["hidden"])
    visible = [(path, landlock.READ if deep else landlock.LIST) for path, deep in around]
    own = [(settings["home"], landlock.READ_WRITE), ("/proc", landlock.READ)]
    kept = landlock.opened([*system, *((path, landlock.READ) for path in settings["readable"])])
    landlock.restrict(landlock.opened([*system, *visible, *own]))
    return kept


def _processor_milliseconds(pid: int) -> int:
    """What a process has worked so far, with its threads and the children that it waited for; -1 where it is gone."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return -1
    return 1000 * sum(map(int, after_name[11:15])) // os.sysconf("SC_CLK_TCK")


def _kill_all_but(keep: set[int]) -> bool:
    """Kill every child that is no worker in use, and their orphans as they become ours; say whether none is left."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    deadline = time.monotonic() + _KILLING_SECONDS
    while time.monotonic() < deadline:
        pids = {int(p) for p in children.read_text().split()} - keep
        if not pids:
            return True
        if os.getpid() == 1 and not keep:  # of a namespace of our own: every process in it, and no other, at once
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.0002)
    return False

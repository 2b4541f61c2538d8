"""Tries each protection for real, in a process of its own."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ccv.grading.isolation import bubblewrap, landlock, limits, linux, namespaces, paths, seccomp
from ccv.grading.isolation.launch import command, environment

_SECONDS = 20


@functools.cache
def works(name: str) -> bool:
    """Whether this machine has a protection: "limits", "bubblewrap", "namespaces", "landlock" or "seccomp"."""
    if name != "limits" and sys.platform != "linux":
        return False
    if name == "limits" and os.name != "posix":
        return False
    if name == "bubblewrap" and bubblewrap.program() is None:
        return False
    try:
        before = bubblewrap.prefix(paths.readable(), paths.hidden()) if name == "bubblewrap" else []
        code = subprocess.run(
            [*before, *command("probe", name)],
            env=environment(bubblewrap.HOME),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            timeout=_SECONDS,
            check=False,
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False
    return code == 0


def attempt(name: str) -> bool:
    """Apply a protection to this process and see whether it holds."""
    try:
        return _ATTEMPTS[name]()
    except OSError:
        return False


def _limits() -> bool:
    limits.limit(2**26)
    try:
        bytearray(2**29)
    except MemoryError:
        return True
    return False


def _own_view() -> bool:
    return os.getpid() == 1 and not any(Path(p).exists() for p in ("/home", "/etc/passwd"))


def _namespaces() -> bool:
    namespaces.enter(paths.readable(), paths.hidden())
    return _own_view()


def _landlock() -> bool:
    allowed = [(p, landlock.READ if deep else landlock.LIST) for p, deep in paths.around(paths.readable(), [])]
    landlock.restrict(landlock.opened(allowed))
    return _refused(lambda: [*Path("/").iterdir()]) and bool(Path(os.__file__).read_bytes())


def _seccomp() -> bool:
    linux.hide_memory()
    seccomp.restrict()
    import socket

    return _refused(socket.socket) and _refused(lambda: os.fork() or os._exit(1)) and _refused(lambda: os.kill(1, 0))


def _refused(action: Callable[[], object]) -> bool:
    try:
        action()
    except PermissionError:
        return True
    return False


_ATTEMPTS: dict[str, Callable[[], bool]] = {
    "limits": _limits,
    "bubblewrap": _own_view,
    "namespaces": _namespaces,
    "landlock": _landlock,
    "seccomp": _seccomp,
}

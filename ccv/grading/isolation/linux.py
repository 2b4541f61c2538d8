"""Linux system calls that Python's `os` lacks, by way of ctypes; importing this works everywhere."""

from __future__ import annotations

import contextlib
import ctypes
import os
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP = 1, 4, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 36, 38, 47, 4
_CAPABILITY_VERSION_3 = 0x20080522
_libc: Any = None


def libc() -> Any:
    """The C library, with `errno` kept."""
    global _libc
    if _libc is None:
        _libc = ctypes.CDLL(None, use_errno=True)
        _libc.syscall.restype = ctypes.c_long
    return _libc


def checked(result: int) -> int:
    """Return what a call gave, or raise the OSError that it reports."""
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def syscall(number: int, *arguments: Any) -> int:
    """Make a system call by number; integers go as longs, the rest as ctypes has it."""
    longs = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return checked(libc().syscall(ctypes.c_long(number), *longs))


def prctl(option: int, *arguments: Any) -> int:
    """Change a property of this process; missing arguments are 0, as the kernel wants them."""
    longs = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments]
    return checked(libc().prctl(option, *longs, *[ctypes.c_ulong(0)] * (4 - len(longs))))


def gain_no_privileges() -> None:
    """Let no program that this process may start have more rights than it has itself."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Give up every capability of root, for good."""
    for capability in range(64):
        try:
            prctl(_PR_CAPBSET_DROP, capability)
        except OSError:  # not ours to drop, or beyond the last one
            break
    prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    checked(libc().capset(header, (ctypes.c_uint32 * 6)()))


def hide_memory() -> None:
    """Keep other processes of the same user from reading this one's memory and environment."""
    prctl(_PR_SET_DUMPABLE, 0)


def offer_to_memory_killer() -> None:
    """Where memory runs out, let the kernel end this process and its children before anything of the teacher's."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    prctl(_PR_SET_PDEATHSIG, 9)


def adopt_orphans() -> None:
    """Make orphans of our children ours, so that none outlives the grading."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)

"""seccomp: system calls that a worker may not make: no sockets, no new processes, no signals to others.

The filter is a list of what is refused, since NumPy, TensorFlow and their thread pools make calls of all other kinds.
Most of it is for the fork server already: to make it anew for each worker would cost more than the fork.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import struct
from collections.abc import Callable
from errno import ENOSYS, EPERM

from ccv.grading.isolation.linux import gain_no_privileges, prctl
from ccv.grading.isolation.syscalls import CHECKED, MACHINES, NOT_THERE, REFUSED, X32_BIT

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data; arguments are 8 bytes each
_CLONE_THREAD = 0x10000
_SIGNAL_SETTINGS = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX: a way to send signals to any process of the user
_TERMINAL_INPUT = (0x5412, 0x541C, 0x8901, 0x8902)  # TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP
_NEEDED_TO_FORK = ("fork", "vfork")
_TRUNCATE, _WRITING = os.O_TRUNC, os.O_WRONLY | os.O_RDWR

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


def known_here() -> bool:
    """Whether the system calls of this machine are in the table."""
    return platform.machine() in MACHINES and struct.calcsize("P") == 8


def restrict() -> None:
    """Refuse the calls in the table from now on, in this thread and all that it starts.

    Raises:
        OSError: the kernel takes no filter, or the machine is not in the table.
    """
    restrict_server()
    restrict_worker()


def restrict_server() -> None:
    """Refuse what neither a fork server nor its workers need, in both; see `restrict`."""
    _install(server_program)


def restrict_worker() -> None:
    """Refuse the rest to a worker of such a server: to start processes, and to reach for others; see `restrict`."""
    _install(functools.partial(worker_program, pid=os.getpid()))


def _install(program: Callable[[int, int], list[Instruction]]) -> None:
    if not known_here():
        raise OSError(ENOSYS, f"no table of system calls for {platform.machine()}")
    instructions = program(*MACHINES[platform.machine()])
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *i) for i in instructions))
    filter_program = struct.pack("@HP", len(instructions), ctypes.addressof(code))
    gain_no_privileges()
    prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.c_char_p(filter_program))


def server_program(column: int, architecture: int) -> list[Instruction]:
    """The filter that a server hands down, for one architecture (`column` of the table)."""
    refused = {name: numbers for name, numbers in REFUSED.items() if name not in _NEEDED_TO_FORK}
    code = [block for numbers in refused.values() for block in _on(numbers[column], [(_RETURN, 0, 0, _ERROR | EPERM)])]
    for numbers in NOT_THERE.values():
        code += _on(numbers[column], [(_RETURN, 0, 0, _ERROR | ENOSYS)])
    for name, block in _CONDITIONS.items():
        code += _on(CHECKED[name][column], block)
    return _whole(code, architecture)


def worker_program(column: int, architecture: int, pid: int) -> list[Instruction]:
    """The filter that a worker called `pid` adds, for one architecture (`column` of the table)."""
    code: list[Instruction] = []
    for name in _NEEDED_TO_FORK:
        code += _on(REFUSED[name][column], [(_RETURN, 0, 0, _ERROR | EPERM)])
    for name, block in _workers_conditions(pid).items():
        code += _on(CHECKED[name][column], block)
    return _whole(code, architecture)


def _whole(code: list[Instruction], architecture: int) -> list[Instruction]:
    """Blocks for single calls, between what each filter begins with and the leave that all other calls have."""
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, X32_BIT),
        (_RETURN, 0, 0, _KILL),
        *code,
        (_RETURN, 0, 0, _ALLOW),
    ]


def _on(number: int | None, block: list[Instruction]) -> list[Instruction]:
    """Run a block, which must return, if the call is this one."""
    return [] if number is None else [(_EQUAL, 0, len(block), number), *block]


def _workers_conditions(pid: int) -> dict[str, list[Instruction]]:
    own, own_or_zero = _only(0, pid), _only(0, pid, 0)
    return {
        "kill": own,
        "tkill": own,
        "tgkill": own,
        "rt_sigqueueinfo": own,
        "rt_tgsigqueueinfo": own,
        "prlimit64": own_or_zero,
        "sched_setaffinity": own_or_zero,
        "sched_setscheduler": own_or_zero,
        "sched_setparam": own_or_zero,
        "sched_setattr": own_or_zero,
        "clone": [_argument(0), (_ANY_BIT, 0, 1, _CLONE_THREAD), *_VERDICT],
    }


_VERDICT: list[Instruction] = [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERROR | EPERM)]


def _argument(index: int) -> Instruction:
    # The low half is enough: the kernel reads these arguments as 32-bit integers.
    return (_LOAD, 0, 0, _ARGUMENT + 8 * index)


def _only(argument: int, *values: int) -> list[Instruction]:
    last = len(values) - 1
    tests: list[Instruction] = [(_EQUAL, last - i, int(i == last), v) for i, v in enumerate(values)]
    return [_argument(argument), *tests, *_VERDICT]


def _never(argument: int, *values: int) -> list[Instruction]:
    tests: list[Instruction] = [(_EQUAL, len(values) - i, 0, v) for i, v in enumerate(values)]
    return [_argument(argument), *tests, *_VERDICT]


def _no_truncating_reader(argument: int) -> list[Instruction]:
    # Before version 3 Landlock takes open(O_RDONLY | O_TRUNC) for reading, and it empties the file.
    return [
        _argument(argument),
        (_ANY_BIT, 0, 1, _TRUNCATE),
        (_ANY_BIT, 0, 1, _WRITING),
        *_VERDICT,
    ]


_CONDITIONS = {
    "fcntl": _never(1, *_SIGNAL_SETTINGS),
    "ioctl": _never(1, *_TERMINAL_INPUT),
    "open": _no_truncating_reader(1),
    "openat": _no_truncating_reader(2),
}

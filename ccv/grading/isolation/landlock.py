"""Landlock: files that a process may not open, whatever its user may; Linux 5.13 and later, no privileges needed."""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from collections.abc import Iterable

from ccv.grading.isolation.linux import gain_no_privileges, syscall

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_ASK_VERSION, _PATH_BENEATH = 1, 1
_WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14
_RIGHTS_OF_ABI = {1: 13, 2: 14, 3: 15, 4: 15}  # how many file rights each version knows; 16 from version 5 on
_MAKE_DIR, _MAKE_REG, _MAKE_SYM, _REMOVE, _REFER = 1 << 7, 1 << 8, 1 << 12, 0b11 << 4, 1 << 13
_NO_TCP, _NO_OUTSIDE_SOCKETS_OR_SIGNALS = 0b11, 0b11
_FILE_RIGHTS = _WRITE_FILE | _READ_FILE | _TRUNCATE

READ = _READ_FILE | _READ_DIR
LIST = _READ_DIR
READ_WRITE = READ | _WRITE_FILE | _TRUNCATE | _MAKE_DIR | _MAKE_REG | _MAKE_SYM | _REMOVE | _REFER


def version() -> int:
    """The kernel's version of Landlock, or 0 where it has none."""
    try:
        return syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError:
        return 0


def opened(paths: Iterable[tuple[str, int]]) -> list[tuple[int, int]]:
    """Open what may be read, once for many processes; what does not exist is left out."""
    found = []
    for path, rights in paths:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        found.append((descriptor, rights if is_folder else rights & _FILE_RIGHTS))
    return found


def restrict(allowed: Iterable[tuple[int, int]]) -> None:
    """Leave this process the rights in `allowed` (pairs of an open path and its rights) and no other.

    From version 4 it also loses TCP, from version 6 abstract sockets and signals to processes outside.

    Raises:
        OSError: the kernel has no Landlock.
    """
    abi = version()
    handled = (1 << _RIGHTS_OF_ABI.get(abi, 16)) - 1
    fields = [handled] + [_NO_TCP] * (abi >= 4) + [_NO_OUTSIDE_SOCKETS_OR_SIGNALS] * (abi >= 6)
    attributes = (ctypes.c_uint64 * len(fields))(*fields)
    ruleset = syscall(_CREATE_RULESET, attributes, ctypes.sizeof(attributes), 0)
    for descriptor, rights in allowed:
        if rights & handled:
            rule = (rights & handled).to_bytes(8, sys.byteorder) + descriptor.to_bytes(4, sys.byteorder)
            syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.c_char_p(rule), 0)
    gain_no_privileges()
    syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)

"""Limits that the system keeps: memory, file size, processes, open files, CPU time. POSIX; Windows has none of them."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

FILE_BYTES = 256 * 2**20
OPEN_FILES = 256
CPU_SECONDS = 3600  # a backstop: the time limits of the checks end a worker long before
SPARE_PROCESSES = 1024


def limit(memory_bytes: int, processes: int | None = None) -> None:
    """Cap this process: memory beyond what is loaded already, and what it may leave behind (nothing on Windows)."""
    if os.name != "posix":
        return
    import resource

    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: FILE_BYTES,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_NOFILE: OPEN_FILES,
    }
    mapped = mapped_bytes()
    if mapped is not None:
        # TensorFlow alone maps many GiB that it never touches, so the cap counts from here.
        limits[resource.RLIMIT_AS] = mapped + memory_bytes
    if processes is not None:
        limits[resource.RLIMIT_NPROC] = processes
    for kind, value in limits.items():
        _lower(kind, value)


def limit_own_memory(memory_bytes: int) -> None:
    """Cap what this trusted process may map beyond what it has now (Linux); it may be set anew at any time."""
    mapped = mapped_bytes() if os.name == "posix" else None
    if mapped is not None:
        _set_soft_memory(mapped + memory_bytes)


def inherit_no_memory_limit() -> None:
    """Lift the cap of the trusted process that started this one."""
    if sys.platform == "linux":
        _set_soft_memory(None)


def _set_soft_memory(value: int | None) -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    free = hard == resource.RLIM_INFINITY
    soft = hard if value is None else value if free else min(value, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def mapped_bytes() -> int | None:
    """The address space of this process, where the system says it."""
    import resource

    if sys.platform != "linux":
        return None
    try:
        descriptor = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)  # each fork asks, and this is the fastest
    except OSError:
        return None
    try:
        return int(os.read(descriptor, 100).split()[0]) * resource.getpagesize()
    finally:
        os.close(descriptor)


def processes_allowed() -> int:
    """As many as this user runs now (threads count) and some to spare, since the system counts them all together."""
    running = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid == os.getuid():
                running += sum(1 for _ in (folder / "task").iterdir())
    return running + SPARE_PROCESSES


def limit_processor_time() -> None:
    """Cap the processor time of this process and, each for itself, of those that it forks."""
    import resource

    _lower(resource.RLIMIT_CPU, CPU_SECONDS)


def _lower(kind: int, value: int) -> None:
    import resource

    soft, hard = resource.getrlimit(kind)
    if soft == hard == value:  # inherited: to set a limit of CPU time anew costs a millisecond
        return
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses some of them
        resource.setrlimit(kind, (value, value))

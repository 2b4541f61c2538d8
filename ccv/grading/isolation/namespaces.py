"""Linux namespaces without any helper: the same view that bubblewrap gives, made by a process for itself.

Needs a kernel that lets this user make user namespaces (5.12 or later); containers and some distributions do not.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from ccv.grading.isolation.bubblewrap import HOME, SCRATCH_BYTES
from ccv.grading.isolation.linux import checked, die_with_parent, libc, syscall
from ccv.grading.isolation.paths import DEVICES, lies_within

_NEW_MOUNTS, _NEW_UTS, _NEW_IPC, _NEW_USER = 0x20000, 0x4000000, 0x8000000, 0x10000000
_NEW_PID, _NEW_NET = 0x20000000, 0x40000000
_NOSUID, _NODEV, _BIND, _RECURSIVE, _PRIVATE = 2, 4, 4096, 16384, 1 << 18
_DETACH = 2
_MOUNT_SETATTR, _PIVOT_ROOT = 442, {"x86_64": 155, "aarch64": 41}
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_ATTR_READ_ONLY, _ATTR_NOSUID, _ATTR_NODEV = 1, 2, 4
_SCRATCH_FILES = 20_000


def enter(readable: Iterable[str], hidden: Iterable[str]) -> None:
    """Move into namespaces of one's own, in a child, which alone returns from this call; the caller waits and exits.

    The process must have one thread. Inside, its pid is 1: when it ends, the kernel ends all that it started.

    Raises:
        OSError: this machine does not let its user do so.
    """
    user, group = os.getuid(), os.getgid()
    paths = [*readable]
    checked(libc().unshare(_NEW_USER | _NEW_MOUNTS | _NEW_NET | _NEW_IPC | _NEW_UTS | _NEW_PID))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    child = os.fork()
    if child:
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # the grader must see the child's end of the connection close
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)
    die_with_parent()
    _change_root(paths, [*hidden])


def _change_root(readable: list[str], hidden: list[str]) -> None:
    sources = {path: os.path.realpath(path) for path in readable}
    masked = [h for h in hidden if lies_within(h, readable)]
    _mount(None, "/", None, _RECURSIVE | _PRIVATE)
    _mount("tmpfs", "/tmp", "tmpfs", _NOSUID | _NODEV, "size=1m,mode=755")
    Path("/tmp/old").mkdir()
    checked(libc().syscall(ctypes.c_long(_PIVOT_ROOT[os.uname().machine]), b"/tmp", b"/tmp/old"))
    os.chdir("/")
    for folder in ("/proc", "/dev", HOME):
        Path(folder).mkdir()
    _mount("tmpfs", HOME, "tmpfs", _NOSUID | _NODEV, f"size={SCRATCH_BYTES},nr_inodes={_SCRATCH_FILES},mode=700")
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV)
    _read_only("/proc")
    for path, source in sources.items():
        _show(f"/old{source}", path)
    for path in DEVICES:
        _show(f"/old{path}", path, devices=True)
    for path in masked:
        _mask(path)
    checked(libc().umount2(b"/old", _DETACH))
    Path("/old").rmdir()
    _read_only("/", recursive=False)
    os.chdir(HOME)


def _show(source: str, path: str, *, devices: bool = False) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if Path(source).is_dir():
        Path(path).mkdir(exist_ok=True)
    else:
        Path(path).touch()
    _mount(source, path, None, _BIND | _RECURSIVE)
    if not devices:
        _read_only(path)


def _mask(path: str) -> None:
    if Path(path).is_dir():
        _mount("tmpfs", path, "tmpfs", _NOSUID | _NODEV, "size=4k,mode=755")
        _read_only(path)
    elif Path(path).exists():  # else it lies, by another name, in a folder that is covered already
        _mount("/dev/null", path, None, _BIND)


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    words = [w.encode() if w is not None else None for w in (source, target, kind)]
    checked(libc().mount(*words, ctypes.c_ulong(flags), data.encode() if data else None))


def _read_only(path: str, *, recursive: bool = True) -> None:
    attributes = struct.pack("QQQQ", _ATTR_READ_ONLY | _ATTR_NOSUID | _ATTR_NODEV, 0, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    syscall(_MOUNT_SETATTR, _AT_FDCWD, path.encode(), flags, attributes, len(attributes))

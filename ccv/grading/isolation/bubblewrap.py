"""bubblewrap: a view of the machine that holds what is readable and no more, without a network."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from ccv.grading.isolation.paths import lies_within

HOME = "/worker"  # not /tmp, where Python itself may live: all that is found here but live scratches is swept away
SCRATCH_BYTES = 256 * 2**20


def program() -> str | None:
    """Where bubblewrap is, if it is installed."""
    return shutil.which("bwrap")


def prefix(readable: Iterable[str], hidden: Iterable[str], *, die_with_parent: bool = False) -> list[str]:
    """The words before a command that run it inside; descriptors of this process are passed on as usual."""
    words = [program() or "bwrap", "--unshare-all", "--as-pid-1", "--hostname", "worker"]
    # The caller starts a session of its own without a terminal, so bubblewrap need not.
    words += ["--die-with-parent"] * die_with_parent
    words += [*_size(), "--tmpfs", HOME, "--proc", "/proc", "--dev", "/dev"]
    paths = [*readable]
    for path in paths:
        words += ["--ro-bind-try", os.path.realpath(path), path]
    for path in hidden:
        if lies_within(path, paths):
            folder = Path(path).is_dir()
            words += ["--tmpfs", path, "--remount-ro", path] if folder else ["--ro-bind", os.devnull, path]
    return [*words, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", HOME, "--"]


@functools.cache
def _size() -> tuple[str, ...]:
    """The limit of the scratch folder, which bubblewrap knows since 0.7."""
    known = subprocess.run([program() or "bwrap", "--help"], capture_output=True, text=True, check=False).stdout
    return ("--size", str(SCRATCH_BYTES)) if "--size" in known else ()

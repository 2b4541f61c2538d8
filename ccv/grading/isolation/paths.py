"""What a worker may read: Python, its libraries, ccv's own package and data. Everything else it may not."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]  # the checkout, or the site-packages folder that ccv is installed in

_LIBRARIES = ("lib", "lib32", "lib64")
_SYSTEM = (
    *(f"{prefix}/{folder}" for prefix in ("", "/usr", "/usr/local") for folder in _LIBRARIES),
    *("/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/timezone", "/etc/fonts"),
    *("/usr/share/zoneinfo", "/usr/share/locale", "/usr/share/fonts", "/usr/share/fontconfig"),
    *("/sys/devices/system/cpu", "/sys/devices/system/node"),
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_also_hidden: list[str] = []


def hide(*paths: str | Path) -> None:
    """Hide more from workers that start after this: a lab, submissions or reports inside a readable folder."""
    _also_hidden.extend(os.path.realpath(p) for p in paths)


def readable() -> list[str]:
    """Files and folders that workers may read, without those that lie inside another; some hold `hidden` ones."""
    found = [*_SYSTEM, *_interpreter(), *_site_folders(), str(ROOT / "ccv")]
    if not _is_site(ROOT):
        found.append(str(ROOT / "data"))
    found += [p for name in ("CCV_DATA", "LD_LIBRARY_PATH") for p in os.environ.get(name, "").split(os.pathsep)]
    both = [os.path.normpath(q) for p in found if Path(p).is_absolute() for q in (p, os.path.realpath(p))]
    return _outermost(p for p in both if p not in _too_much() and Path(p).exists())


def hidden() -> list[str]:
    """The labs with their answers, and whatever else lies inside a readable folder but is not for workers.

    Outermost paths alone: once a folder is covered, nothing inside it is there to be covered.
    """
    installed = [f"{folder}/ccv/_share/labs" for folder in [*_site_folders(), str(ROOT)]]
    checkout = [] if _is_site(ROOT) else [str(ROOT / name) for name in ("labs", "tests", ".git")]
    found = [p for p in (*installed, *checkout, *_also_hidden) if Path(p).exists()]
    return _outermost(os.path.normpath(q) for p in found for q in (p, os.path.realpath(p)))


def around(allowed: Iterable[str], hidden: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Cover `allowed` but for `hidden`: pairs of a path and whether all below it may be read (or only its names).

    A rule for a link is one for what it leads to: one that leads to what is hidden, or around it, gets none.
    """
    away = [*hidden]
    for path in allowed:
        real = os.path.realpath(path)
        if any(_inside(p, h) for h in away for p in (path, real)):
            continue
        if not any(_inside(h, p) for h in away for p in (path, real)):
            yield path, True
        elif path == real or not Path(path).is_symlink():
            yield path, False
            yield from around((entry.path for entry in os.scandir(path)), away)


def _interpreter() -> list[str]:
    """The interpreter's prefixes (its libraries alone where that is the whole system) and every link to it."""
    links = [Path(sys.executable)]
    while links[-1].is_symlink() and len(links) < 20:
        links.append(links[-1].parent / links[-1].readlink())
    prefixes = [p for p in (sys.prefix, sys.base_prefix, sys.exec_prefix) if p not in ("/usr", "/usr/local")]
    return [*prefixes, *map(str, links), *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))]


def _too_much() -> set[str]:
    home = Path("~").expanduser()
    return {"/", "/usr", "/usr/local", "/home", "/root", "/tmp", "/etc", "/var", "/opt", str(home), str(home.resolve())}


def _site_folders() -> list[str]:
    base = sysconfig.get_path("purelib", vars={"base": sys.base_prefix})
    return [*dict.fromkeys([*site.getsitepackages(), base, *filter(_is_site, sys.path)])]


def _is_site(path: str | Path) -> bool:
    return Path(path).name in {"site-packages", "dist-packages"}


def lies_within(path: str, folders: Iterable[str]) -> bool:
    """Whether a path lies strictly inside one of the folders."""
    return any(path != folder and _inside(path, folder) for folder in folders)


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _outermost(paths: Iterable[str]) -> list[str]:
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not any(_inside(path, k) for k in kept):
            kept.append(path)
    return kept

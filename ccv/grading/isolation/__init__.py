"""What keeps a student's code in: a view of the machine without secrets, limits, and system calls refused.

The view is made once per fork server (bubblewrap, else Linux namespaces, else none); limits, Landlock and seccomp are
applied in each worker before any student's code runs. Each layer is tried before it is counted on.
"""

from __future__ import annotations

from dataclasses import dataclass

from ccv.grading.isolation.paths import hide

__all__ = ["Layers", "Protection", "choose", "hide", "missing_for_isolation", "protections"]

_VIEWS = ("bubblewrap", "namespaces", "process")


@dataclass(frozen=True)
class Protection:
    """One layer: whether it is active here, what it guards, and what to do where it is not."""

    name: str
    active: bool
    guards: str
    remedy: str = ""


@dataclass(frozen=True)
class Layers:
    """Which layers workers get: a view ("bubblewrap", "namespaces" or "process", which is none), Landlock, seccomp."""

    view: str
    landlock: bool
    seccomp: bool


def choose(view: str | None = None, *, landlock: bool | None = None, seccomp: bool | None = None) -> Layers:
    """Return the strongest layers of this machine, or those that are asked for.

    Raises:
        OSError: a layer is asked for that does not work here.
    """
    from ccv.grading.isolation.probes import works

    if view is None:
        view = next(v for v in _VIEWS if v == "process" or works(v))
    asked = {view: view != "process", "landlock": landlock, "seccomp": seccomp}
    for name, wanted in asked.items():
        if wanted and not works(name):
            raise OSError(f"{name} does not work on this machine: see `ccv grade --list-protections`")
    return Layers(
        view,
        works("landlock") if landlock is None else landlock,
        works("seccomp") if seccomp is None else seccomp,
    )


_GUARDS = {
    "process": "a crash, an exit or an endless loop ends one exercise and nothing else",
    "limits": "memory, CPU time, file size, open files and the number of processes",
    "bubblewrap": "no network, no other processes, and no files but Python's and the course's data",
    "namespaces": "no network, no other processes, and no files but Python's and the course's data",
    "landlock": "no files but Python's, the course's data and a scratch folder; nothing of other processes",
    "seccomp": "no sockets, no new processes, no signals to others, no exotic system calls",
}
_REMEDIES = {
    "limits": "grade on Linux: Windows keeps no such limits, and macOS none on memory",
    "bubblewrap": "install it: apt install bubblewrap, or dnf install bubblewrap",
    "namespaces": "install bubblewrap, or allow user namespaces (kernel.apparmor_restrict_unprivileged_userns=0)",
    "landlock": "use Linux 5.13 or later with Landlock enabled",
    "seccomp": "use Linux on x86-64 or AArch64",
}


def protections() -> list[Protection]:
    """Every layer, tried on this machine; of bubblewrap and namespaces the first that works is the one in use."""
    from ccv.grading.isolation.probes import works

    found = [Protection("process", True, _GUARDS["process"])]
    for name, remedy in _REMEDIES.items():
        replaced = name == "namespaces" and found[-1].active
        active = not replaced and works(name)
        found.append(
            Protection(name, active, _GUARDS[name], "" if active else "bubblewrap is used" if replaced else remedy)
        )
    return found


_NEEDED = {
    "no network": ("bubblewrap", "namespaces", "seccomp"),
    "hidden files": ("bubblewrap", "namespaces", "landlock"),
    "no new processes": ("seccomp",),
}


def missing_for_isolation() -> list[str]:
    """What no active layer guarantees here, as one sentence each; empty where workers are isolated."""
    layers = {p.name: p for p in protections()}
    return [
        f"{what} is not guaranteed: {layers[names[-1]].remedy}"
        for what, names in _NEEDED.items()
        if not any(layers[name].active for name in names)
    ]

"""Finds the labs, in a checkout or inside an installed wheel, and what is known of each."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import yaml

from ccv.names import unknown


@dataclass(frozen=True)
class Lab:
    """A lab's folder `labs/NN_topic` with its source, student notebook, hints, checks and mutants."""

    directory: Path

    @property
    def name(self) -> str:
        """`NN_topic`."""
        return self.directory.name

    @property
    def source(self) -> Path:
        """The one source: py:percent with the solutions."""
        return self.directory / f"{self.name}.py"

    @property
    def notebook(self) -> Path:
        """The student's notebook, generated from the source."""
        return self.directory / f"{self.name}.ipynb"

    @property
    def checks(self) -> Path:
        """The pytest file that grades."""
        return self.directory / f"test_{self.name}.py"

    @property
    def hints(self) -> Path:
        """The hints of its exercises, generated from the source."""
        return self.directory / "hints.json"

    @cached_property
    def title(self) -> str:
        """The first heading of the source."""
        lines = self.source.read_text(encoding="utf-8").splitlines()
        return next((line[4:].strip() for line in lines if line.startswith("# # ")), self.name)

    @cached_property
    def facts(self) -> dict:
        """What the header of the source says under `ccv`: `minutes`, `needs`, and what it is `about`."""
        text = self.source.read_text(encoding="utf-8")
        header = text.split("# ---\n")[1] if text.startswith("# ---\n") else ""
        fields = yaml.safe_load("\n".join(line[2:] for line in header.splitlines())) or {}
        return fields.get("jupyter", {}).get("ccv", {})

    @cached_property
    def exercises(self) -> dict[str, float]:
        """Points by exercise, in the order of the checks."""
        points: dict[str, float] = {}
        for node in ast.parse(self.checks.read_text(encoding="utf-8")).body:
            marks = getattr(node, "decorator_list", [])
            times = math.prod(len(ast.literal_eval(m.args[1])) for m in marks if _is_mark(m, "parametrize"))
            for mark in marks:
                if _is_mark(mark, "exercise"):
                    name = ast.literal_eval(mark.args[0])
                    given = {k.arg: ast.literal_eval(k.value) for k in mark.keywords}
                    points[name] = points.get(name, 0) + times * given.get("points", 1)
        return points


def _is_mark(decorator: ast.expr, name: str) -> bool:
    return ast.unparse(decorator).startswith(f"pytest.mark.{name}(")


def labs_directory() -> Path:
    """The folder that holds the labs: inside the installed package, else beside it in a checkout."""
    installed = Path(str(files("ccv"))) / "_share" / "labs"
    return installed if installed.is_dir() else Path(str(files("ccv"))).parent / "labs"


def labs() -> list[Lab]:
    """All labs in order of their numbers."""
    found = sorted(labs_directory().glob("[0-9][0-9]_*"))
    return [Lab(d) for d in found if (d / f"{d.name}.py").is_file()]


def find_lab(name: str) -> Lab:
    """Return the lab called `name`: `03_lenet`, `lenet` or `3`.

    Raises:
        ValueError: there is no such lab; the message names the nearest.
    """
    known = labs()
    wanted = name.strip().strip("/").lower()
    for candidate in known:
        number, _, topic = candidate.name.partition("_")
        if wanted in {candidate.name, topic, number, number.lstrip("0")}:
            return candidate
    raise ValueError(unknown("lab", name, [c.name for c in known]))


def lab_of_exercise(exercise: str) -> Lab:
    """Return the one lab that poses an exercise.

    Raises:
        ValueError: no lab poses it, or several do.
    """
    posing = [c for c in labs() if exercise in c.exercises]
    if not posing:
        raise ValueError(unknown("exercise", exercise, [e for c in labs() for e in c.exercises]))
    if len(posing) > 1:
        names = " and ".join(c.name for c in posing)
        raise ValueError(f"{exercise!r} is an exercise of {names}: say which with ccv.lab({posing[0].name!r})")
    return posing[0]

"""Steps: rows of an anatomy that are drawn as one, and how several become one."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import log2

from ccv.anatomy.rows import Row
from ccv.anatomy.words import extra, label
from ccv.models.geometry import Shape

FOLDED = {"normalization", "activation", "regularization", "shape"}  # what makes no map of its own, by its role


@dataclass(frozen=True)
class Step:
    """Rows that are drawn as one: what they are in words, the part that they play, what they make, whom they read.

    `rows` are their numbers in the anatomy, `after` the numbers of other steps. `extras` is what was folded in, as
    batch normalisation, `count` how often the step is repeated, `level` the logarithm of its stride over the input.
    """

    label: str
    role: str
    output: Shape
    after: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()
    extras: tuple[str, ...] = ()
    count: int = 1
    level: int | None = None

    @property
    def words(self) -> str:
        """The label, with how often."""
        return f"{self.count} x {self.label}" if self.count > 1 else self.label

    @property
    def size(self) -> Shape:
        """Height and width of what it makes; () for a vector."""
        return self.output[:-1]


Join = Callable[[list[Step]], Step]


def first_steps(rows: Sequence[Row]) -> list[Step]:
    """Return a step for each row."""
    return [
        Step(label(row), row.role, row.output, row.after, (i,), extra(row), level=_level(row))
        for i, row in enumerate(rows)
    ]


def _level(row: Row) -> int | None:
    return round(log2(row.jump[0])) if row.jump and row.jump[0] > 0 and len(row.output) > 1 else None


def joined(steps: list[Step], owner: Sequence[int], join: Join) -> list[Step]:
    """Make one step, by `join`, of all that have the same owner, the number of one of them."""
    members: dict[int, list[int]] = {}
    for index, own in enumerate(owner):
        members.setdefault(own, []).append(index)
    place = {own: new for new, own in enumerate(sorted(members))}
    made = []
    for own in sorted(members):
        parts = [steps[index] for index in members[own]]
        read = dict.fromkeys(place[owner[at]] for part in parts for at in part.after)
        whole = parts[0] if len(parts) == 1 else join(parts)
        rows = tuple(row for part in parts for row in part.rows)
        made.append(replace(whole, after=tuple(at for at in read if at != place[own]), rows=rows))
    return made


def with_extras(parts: list[Step]) -> Step:
    """Return the first step with what the others add to it."""
    return replace(parts[0], extras=tuple(dict.fromkeys(name for part in parts for name in part.extras)))


def in_lines(parts: list[Step]) -> Step:
    """Return the last step, named by all of them: with a number where they are the same, else in several lines."""
    counts: Counter[str] = Counter()
    for part in parts:
        counts[part.label] += part.count
    if len(counts) == 1:
        return replace(parts[-1], count=counts.total())
    names = [f"{count} x {name}" if count > 1 else name for name, count in counts.items()]
    return replace(parts[-1], label="\n".join(names), role="block", count=1)

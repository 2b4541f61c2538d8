"""A network as a picture: volumes for one that is a chain, boxes and arrows for what has branches."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ccv.anatomy.branches import is_chain, readers
from ccv.anatomy.outline import outline
from ccv.anatomy.rows import Row
from ccv.anatomy.steps import FOLDED, Step, first_steps, joined, with_extras
from ccv.models.geometry import Shape
from ccv.names import check_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_LAYERS = 80  # more cannot be read as boxes


def draw_network(rows: Sequence[Row], title: str | None) -> "Figure":
    """Draw a whole network in a few steps, repeated ones counted: volumes for a chain, else boxes and arrows."""
    from ccv.plots import blocks, volumes

    steps = outline(rows)
    if is_chain([step.after for step in steps]):
        return volumes([_volume(step) for step in steps], title=title)
    return blocks([(_text(step, step.words), step.role, step.after, step.level) for step in steps], title=title)


def draw_block(rows: Sequence[Row], block: str, title: str | None) -> "Figure":
    """Draw the layers whose names begin with `block` as boxes and arrows, and what they read from outside."""
    from ccv.plots import blocks

    begins = re.compile(rf"{re.escape(block)}(?![a-zA-Z0-9])")
    inside = [index for index, row in enumerate(rows) if begins.match(row.name)]
    if not inside:
        check_name("block", block, [row.name for row in rows])
    if len(inside) > MOST_LAYERS:
        raise ValueError(f"{len(inside)} layers begin with {block}, too many to read: give a longer beginning")
    steps = alone(first_steps(rows), inside)
    words = [rows[step.rows[0]].name if step.role == "input" else _layer(step) for step in steps]
    boxes = [(_text(step, text), step.role, step.after) for step, text in zip(steps, words, strict=True)]
    return blocks(boxes, title=title)


def alone(steps: list[Step], inside: list[int]) -> list[Step]:
    """Return these steps without the others: what they read from outside are inputs, what belongs to one is in it."""
    outside = sorted({at for index in inside for at in steps[index].after} - {*inside})
    chosen = sorted((*outside, *inside))
    place = {index: new for new, index in enumerate(chosen)}
    taken = [
        replace(steps[index], role="input", after=(), extras=())
        if index in outside
        else replace(steps[index], after=tuple(place[at] for at in steps[index].after))
        for index in chosen
    ]
    after = readers([step.after for step in taken])
    owner: list[int] = []
    for index, step in enumerate(taken):
        goes = step.role in FOLDED and len(step.after) == 1 and (not step.extras or _may_fold(taken, after, step))
        owner.append(owner[step.after[0]] if goes else index)
    return joined(taken, owner, with_extras)


def _may_fold(steps: list[Step], after: list[list[int]], step: Step) -> bool:
    """Say whether a normalisation or activation works on what no other step reads before it."""
    return steps[step.after[0]].role != "input" and len(after[step.after[0]]) == 1


def _layer(step: Step) -> str:
    """What a layer does, and in a second line its batch normalisation and activation."""
    extras = ", ".join(step.extras)
    return extras if step.role in FOLDED and extras else "\n".join(filter(None, (step.label, extras)))


def _text(step: Step, words: str) -> str:
    return f"{words}\n{_size(step.output)}" if len(step.output) > 1 or step.role == "input" else words


def _size(shape: Shape) -> str:
    return " x ".join("?" if n is None else str(n) for n in shape)


def _volume(step: Step) -> tuple[Shape, str, str]:
    """Return what `plots.volumes` draws; a long name is broken at its comma, unless it is a list of several."""
    words = step.words if "\n" in step.words else step.words.replace(", ", ",\n")
    return step.output, "" if step.role == "input" else words, step.role

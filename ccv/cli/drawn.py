"""What `ccv predict` and `ccv detect` have in common: a table of whole paths, drawings, files that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text


def table_of_images(*headings: str, right: Sequence[str] = ()) -> Table:
    """Return a table whose first column is an image's path, which goes on in the next line where it is too long."""
    table = Table()
    table.add_column("image", overflow="fold")
    for heading in headings:
        table.add_column(heading, no_wrap=True, justify="right" if heading in right else "left")
    return table


def write_drawings(folder: Path, images: Sequence[Path], figures: Sequence[Any]) -> None:
    """Write the drawing of each image into a folder that is there."""
    from ccv.training.files import write_figure

    for name, figure in zip(drawings(images), figures, strict=True):
        write_figure(folder / name, figure)


def drawings(images: Sequence[Path]) -> list[str]:
    """Name the drawing of each image: as the image, and those of the same name by number, so that none is lost.

    >>> drawings([Path("cat/1.jpg"), Path("dog/1.JPG"), Path("2.jpg")])
    ['1.jpg.png', '1.JPG_2.png', '2.jpg.png']
    """
    return as_png([image.name for image in images])


def as_png(given: Sequence[str]) -> list[str]:
    """Return a PNG file's name for each, no two alike: names that differ in case alone are one on macOS and Windows."""
    names: list[str] = []
    taken: set[str] = set()
    for own in given:
        numbers = (f"_{number}" for number in count(2))
        tries = (f"{own}{number}.png" for number in chain([""], numbers))
        name = next(name for name in tries if name.casefold() not in taken)
        names.append(name)
        taken.add(name.casefold())
    return names


def tell_unreadable(unreadable: Sequence[str]) -> None:
    """Name the files that were passed over, and end with exit code 1 where there are any."""
    if not unreadable:
        return
    errors = Console(stderr=True)
    for problem in unreadable:
        errors.print(Text.assemble(("left out:", "yellow"), f" {problem}"), highlight=False, soft_wrap=True)
    raise typer.Exit(1)

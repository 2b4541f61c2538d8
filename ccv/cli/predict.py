"""`ccv predict CHECKPOINT IMAGE...`: the likeliest classes of image files, as a table and drawn."""

from __future__ import annotations

from itertools import chain, count
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

EPILOG = (
    "Examples:  [b]ccv predict runs/lenet5_digits five.png[/b]   "
    "[b]ccv predict runs/resnet18_photos/best.keras *.jpg --top 3 --out drawn[/b]"
)


def command(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="a .keras file, or the folder of a run")],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="JPEG, PNG, BMP, GIF, WebP or TIFF files")],
    top: Annotated[int, typer.Option(min=1, help="how many classes of each image")] = 5,
    out: Annotated[Path, typer.Option(metavar="DIR", help="folder for the annotated images")] = Path("predictions"),
) -> None:
    """Let a trained network classify images: a table, and each image with what it was taken for."""
    import ccv.detection.heads  # noqa: F401 - so that a detector can be read, and refused by its kind
    from ccv.training.files import writable_folder, write_figure
    from ccv.training.prediction import predict

    console = Console()
    with console.status("looking"):
        found = predict(checkpoint, images, top=top)
    table = Table("image", "class")
    table.add_column("probability", justify="right")
    folder = writable_folder(out.expanduser())
    for one in found:
        for rank, (name, share) in enumerate(zip(one.classes, one.probabilities, strict=True)):
            last = rank + 1 == len(one.classes)
            table.add_row("" if rank else escape(str(one.path)), escape(name), f"{share:.1%}", end_section=last)
    for one, drawing in zip(found, drawings([one.path for one in found]), strict=True):
        write_figure(folder / drawing, one.draw())
    console.print(table)
    console.print(f"annotated images are in {folder}", highlight=False, soft_wrap=True, markup=False)


def drawings(images: list[Path]) -> list[str]:
    """Name the drawing of each image: as the image, and those of the same name by number, so that none is lost.

    >>> drawings([Path("cat/1.jpg"), Path("dog/1.jpg"), Path("2.jpg")])
    ['1.jpg.png', '1.jpg_2.png', '2.jpg.png']
    """
    names: list[str] = []
    for image in images:
        numbers = (f"_{number}" for number in count(2))
        tries = (f"{image.name}{number}.png" for number in chain([""], numbers))
        names.append(next(name for name in tries if name not in names))
    return names

"""`ccv predict CHECKPOINT IMAGE...`: the likeliest classes of image files, as a table and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from ccv.cli.drawn import table_of_images, tell_unreadable, write_drawings

EPILOG = (
    "Examples:  [b]ccv predict runs/lenet5_digits five.png[/b]   "
    "[b]ccv predict runs/resnet18_photos/best.keras *.jpg --top 3 --out drawn[/b]"
)


def command(
    checkpoint: Annotated[
        Path, typer.Argument(metavar="CHECKPOINT", help="a .keras file, the folder of a run, or an exported file")
    ],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="JPEG, PNG, BMP, GIF, WebP or TIFF files")],
    top: Annotated[
        int, typer.Option(min=1, help="how many classes of each image; of several labels all above their thresholds")
    ] = 5,
    out: Annotated[Path, typer.Option(metavar="DIR", help="folder for the annotated images")] = Path("predictions"),
) -> None:
    """Let a trained network classify images: a table, and each image with what it was taken for."""
    import ccv.detection.heads  # noqa: F401 - so that a detector can be read, and refused by its kind
    from ccv.export import asking
    from ccv.export.formats import exported_format
    from ccv.training import prediction
    from ccv.training.files import writable_folder

    checkpoint = checkpoint.expanduser()
    predict = asking.predict if exported_format(checkpoint) else prediction.predict
    console = Console()
    unreadable: list[str] = []
    with console.status("looking"):
        found = predict(checkpoint, images, top=top, unreadable=unreadable)
    table = table_of_images("class", "probability", right=["probability"])
    for one in found:
        rows = [(escape(name), f"{share:.1%}") for name, share in zip(one.classes, one.probabilities, strict=True)]
        rows = rows or [("nothing found", "")]
        for rank, row in enumerate(rows):
            table.add_row("" if rank else escape(str(one.path)), *row, end_section=rank + 1 == len(rows))
    folder = writable_folder(out.expanduser())
    write_drawings(folder, [one.path for one in found], [one.draw() for one in found])
    console.print(table)
    for one in (one for one in found if one.missed):
        console.print(f"{one.path}: {one.missed}", highlight=False, soft_wrap=True, markup=False)
    console.print(f"annotated images are in {folder}", highlight=False, soft_wrap=True, markup=False)
    tell_unreadable(unreadable)

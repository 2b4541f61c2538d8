"""`ccv predict CHECKPOINT IMAGE...`: the likeliest classes of image files, as a table and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
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
            table.add_row("" if rank else str(one.path), name, f"{share:.1%}", end_section=rank + 1 == len(one.classes))
        write_figure(folder / f"{one.path.name}.png", one.draw())
    console.print(table)
    console.print(f"annotated images are in {folder}", highlight=False, soft_wrap=True)

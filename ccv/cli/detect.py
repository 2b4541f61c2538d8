"""`ccv detect CHECKPOINT IMAGE...`: what a trained detector finds in image files, as a table and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

EPILOG = (
    "Examples:  [b]ccv detect runs/yolo_v2_tiny_shapes scene.png[/b]   "
    "[b]ccv detect runs/yolo_v2_tiny_photos/best.keras *.jpg --score 0.3 --out drawn[/b]"
)


def command(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="a .keras file, or the folder of a run")],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="JPEG, PNG, BMP, GIF, WebP or TIFF files")],
    score: Annotated[float, typer.Option(min=0, max=1, help="the least score of what is shown")] = 0.5,
    iou: Annotated[float, typer.Option(min=0, max=1, help="boxes of a class that overlap more are one object")] = 0.45,
    out: Annotated[Path, typer.Option(metavar="DIR", help="folder for the annotated images")] = Path("detections"),
) -> None:
    """Let a trained detector find objects in images: a table, and each image with its boxes."""
    from ccv.detection import Detector
    from ccv.devices import feed
    from ccv.plots import detections
    from ccv.training.files import writable_folder, write_figure
    from ccv.training.prediction import read_model

    console = Console()
    with console.status("looking"):
        trained = Detector(read_model(checkpoint.expanduser()))
        channels = trained.model.input_shape[-1]
        pictures = [feed.picture(path.expanduser(), (None, None, channels)) for path in images]
        found = trained.detect(pictures, score, iou)
    table = Table("image", "class")
    for heading in ("score", "left", "top", "right", "bottom"):
        table.add_column(heading, justify="right")
    folder = writable_folder(out.expanduser())
    for path, picture, one in zip(images, pictures, found, strict=True):
        rows = [
            (trained.class_names[label], f"{sure:.2f}", *(f"{edge:.0f}" for edge in box))
            for box, sure, label in zip(*one, strict=True)
        ]
        for number, row in enumerate(rows or [("nothing found",)], 1):
            table.add_row(str(path) if number == 1 else "", *row, end_section=number >= len(rows))
        write_figure(folder / f"{path.name}.png", detections([picture], [one], class_names=trained.class_names))
    console.print(table)
    console.print(f"annotated images are in {folder}", highlight=False, soft_wrap=True)

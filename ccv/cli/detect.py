"""`ccv detect CHECKPOINT IMAGE...`: what a trained detector finds in image files, as a table and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from ccv.cli.drawn import table_of_images, tell_unreadable, write_drawings

if TYPE_CHECKING:
    import numpy as np

    from ccv.detection import Detections, Detector
    from ccv.export.asking import ExportedDetector

NUMBERS = ("score", "left", "top", "right", "bottom")

EPILOG = (
    "Examples:  [b]ccv detect runs/yolo_v2_tiny_shapes scene.png[/b]   "
    "[b]ccv detect runs/yolo_v2_tiny_photos/best.keras *.jpg --score 0.3 --out drawn[/b]"
)


def command(
    checkpoint: Annotated[
        Path, typer.Argument(metavar="CHECKPOINT", help="a .keras file, the folder of a run, or an exported file")
    ],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="JPEG, PNG, BMP, GIF, WebP or TIFF files")],
    score: Annotated[float, typer.Option(min=0, max=1, help="the least score of what is shown")] = 0.5,
    iou: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="boxes of a class that overlap more are one object (default: 0.45)"),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="folder for the annotated images")] = Path("detections"),
) -> None:
    """Let a trained detector find objects in images: a table, and each image with its boxes."""
    from ccv.feeding.pictures import pictures
    from ccv.plots import detections
    from ccv.training.files import writable_folder

    console = Console()
    unreadable: list[str] = []
    with console.status("looking"):
        trained = _read(checkpoint.expanduser())
        shape = (None, None, trained.channels)
        paths, read = pictures([path.expanduser() for path in images], shape, unreadable)
        overlap: dict[str, Any] = {} if iou is None else {"iou": iou}
        found = trained.detect(read, score, **overlap)
        table = table_of_images("class", *NUMBERS, right=NUMBERS)
        for path, one in zip(paths, found, strict=True):
            rows = _rows(one, trained.class_names) or [("nothing found",)]
            for number, row in enumerate(rows):
                table.add_row("" if number else escape(str(path)), *row, end_section=number + 1 == len(rows))
        missed = [
            (path, _missed(trained, image, score))
            for path, image, one in zip(paths, read, found, strict=True)
            if not one.scores.size
        ]
    folder = writable_folder(out.expanduser())
    figures = [
        detections([image], [one], class_names=trained.class_names) for image, one in zip(read, found, strict=True)
    ]
    write_drawings(folder, paths, figures)
    console.print(table)
    for path, told in missed:
        console.print(f"{path}: {told}", highlight=False, soft_wrap=True, markup=False)
    console.print(f"annotated images are in {folder}", highlight=False, soft_wrap=True, markup=False)
    tell_unreadable(unreadable)


def _read(checkpoint: Path) -> Detector | ExportedDetector:
    from ccv.detection import Detector
    from ccv.export.asking import ExportedDetector
    from ccv.export.formats import exported_format
    from ccv.training.prediction import read_model

    return ExportedDetector(checkpoint) if exported_format(checkpoint) else Detector(read_model(checkpoint))


def _rows(found: Detections, class_names: list[str]) -> list[tuple[str, ...]]:
    return [
        (escape(class_names[label]), f"{sure:.2f}", *(f"{edge:.0f}" for edge in box))
        for box, sure, label in zip(*found, strict=True)
    ]


def _missed(trained: Detector | ExportedDetector, image: np.ndarray, score: float) -> str:
    """Say that nothing was sure enough, and how sure the best was, rounded down: .5, without the zero before it."""
    best = max(trained.detect(image, 0.0, max_detections=1).scores, default=0.0)
    asked, had = f"{score:g}", f"{int(100 * best) / 100:.2f}"
    return f"nothing above {asked.removeprefix('0')}; the best was {had.removeprefix('0')}"

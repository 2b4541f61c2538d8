"""`ccv evaluate CHECKPOINT --data NAME_OR_FOLDER`: how good a trained network is, as tables and a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

EPILOG = (
    "Examples:  [b]ccv evaluate runs/yolo_v2_tiny_shapes --data shapes[/b]   "
    "[b]ccv evaluate runs/resnet18_photos --data ~/photos --out report[/b]"
)


def command(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="a .keras file, or the folder of a run")],
    data: Annotated[str, typer.Option(metavar="NAME_OR_FOLDER", help="a data set, a folder, a VOC tree, a COCO .json")],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="also write report.html and report.json")] = None,
    seed: Annotated[int, typer.Option(min=0, help="of the parts, where the data have no test part")] = 0,
) -> None:
    """Measure a trained network on the test part of the data: accuracies of a classifier, mAP of a detector."""
    console = Console()
    with console.status(escape(f"looking at {data}")):
        report = measured(checkpoint.expanduser(), data, seed)
    console.print(report)
    if out:
        console.print(f"written: {report.save(out.expanduser())}", highlight=False, soft_wrap=True, markup=False)


def measured(checkpoint: Path, data: str, seed: int) -> Any:
    """Return the report on a data set. Raises ValueError in one sentence where the network does not fit it."""
    from ccv.data import splits
    from ccv.detection import Detector, is_detector
    from ccv.training import evaluate
    from ccv.training.prediction import class_names, image_shape, read_model

    model = read_model(checkpoint)
    height, width, channels = image_shape(model)
    parts = splits(data, size=(height, width), channels=channels, seed=seed)
    detects = is_detector(model)
    if detects != (parts.kind == "detection"):
        what, wanted = (
            ("a detector", "a VOC tree, a COCO .json or shapes") if detects else ("no detector", "images in classes")
        )
        raise ValueError(f"{model.name} is {what}, and {data} holds labels of another kind: give {wanted}")
    if not detects:
        names = class_names(checkpoint)
        if names and names != parts.class_names:
            _check_classes(names, parts.class_names, data)
            parts = splits(data, size=(height, width), channels=channels, seed=seed, class_names=names)
        return evaluate(model, parts)
    trained = Detector(model)
    if parts.class_names != trained.class_names:  # a tree need not show every class
        parts = splits(data, size=(height, width), channels=channels, seed=seed, class_names=trained.class_names)
    return trained.evaluate(parts)


def _check_classes(trained: list[str], given: list[str], data: str) -> None:
    """Raise ValueError where the data have other classes than the run: a label would mean something else."""
    unlike = sorted(set(trained) ^ set(given))
    if unlike:
        where = "the network" if unlike[0] in trained else data
        raise ValueError(
            f"{data} has other classes than the network was trained on: {unlike[0]!r} is known to {where} alone; give "
            "images of the same classes"
        )

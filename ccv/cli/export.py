"""`ccv export CHECKPOINT --format litert`: a trained network as a file for another engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

if TYPE_CHECKING:
    import keras
    import numpy as np

    from ccv.detection import Detector

EPILOG = (
    "Examples:  [b]ccv export runs/lenet5_digits[/b]   [b]ccv export best.keras --format onnx --out cells.onnx[/b]   "
    "[b]ccv export runs/resnet20_cells --quantize int8[/b]"
)
CALIBRATION = 500  # images, at most


def command(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="a .keras file, or the folder of a run")],
    format: Annotated[
        str | None, typer.Option("--format", help="litert, onnx, openvino, saved_model (default: that of --out)")
    ] = None,
    quantize: Annotated[
        str | None, typer.Option(help="int8: small and fast; float16: half as large; for litert and openvino")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="where to (default: beside the checkpoint, for litert)")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_FOLDER",
            help="for int8: images as it will see them, whose accuracy is told (default: the run's own that it was not "
            "trained on)",
        ),
    ] = None,
    raw: Annotated[
        bool,
        typer.Option("--raw", help="nothing before the network: it takes pixels as they are, or they are prepared"),
    ] = False,
    score: Annotated[float, typer.Option(min=0, max=1, help="of a detector: the least score that is found")] = 0.05,
    iou: Annotated[
        float, typer.Option(min=0, max=1, help="of a detector: boxes of a class that overlap more are one object")
    ] = 0.45,
    seed: Annotated[int, typer.Option(min=0, help="of the parts, where the run does not remember its own")] = 0,
) -> None:
    """Write a trained network as one file for another engine, and hold it beside Keras before it is kept.

    The file takes pixels from 0 to 255; what it says is what the network says, of a detector the boxes.
    [b]ccv predict[/b] and [b]ccv detect[/b] take it in place of the checkpoint.
    """
    from ccv.detection import Detector, is_detector
    from ccv.export import export
    from ccv.export.formats import FORMATS, check_format, check_quantize, format_of
    from ccv.training.prediction import class_names, model_file, read_model, thresholds

    checkpoint = checkpoint.expanduser()
    path = out or model_file(checkpoint).with_suffix(FORMATS[check_format(format or "litert")].suffix)
    name = format_of(path, format)
    check_quantize(name, quantize)
    console = Console()
    with console.status("writing"):
        model = read_model(checkpoint)
        network: keras.Model | Detector = Detector(model) if is_detector(model) else model
        made = export(
            network,
            path,
            name,
            quantize=quantize,
            calibrate=_images(checkpoint, data, seed) if quantize == "int8" and not is_detector(model) else None,
            preprocessing=False if raw else "auto",
            class_names=None if is_detector(model) else class_names(checkpoint),
            thresholds=None if is_detector(model) else thresholds(checkpoint),
            score=score,
            iou=iou,
        )
    console.print(f"{made}", highlight=False, soft_wrap=True, markup=False)


def _images(checkpoint: Path, data: str | None, seed: int) -> tuple[np.ndarray, np.ndarray] | np.ndarray:
    """Images that a network was not trained on, with their labels where each has one."""
    import numpy as np

    from ccv.cli.evaluate import unseen
    from ccv.feeding.reading import examples_of

    _, chosen = unseen(checkpoint, data, seed)
    pairs: list[Any] = []
    for images, labels in examples_of(chosen.data).in_order(64).as_numpy_iterator():
        pairs.append((images, labels))
        if 64 * len(pairs) >= CALIBRATION:
            break
    images, labels = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return (images, labels) if labels.ndim == 1 else images

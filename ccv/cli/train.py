"""`ccv train MODEL --data NAME_OR_FOLDER`: trains a network; all it leaves is in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from ccv.data.splits import Splits

EPILOG = (
    "Examples:  [b]ccv train lenet5 --data digits --epochs 5[/b]   "
    "[b]ccv train resnet18 --data ~/photos --size 64 --width 1/4 --augment basic --recipe cosine --epochs 30[/b]   "
    "the same with [b]--resume[/b] goes on   then  [b]ccv predict runs/lenet5_digits five.png[/b]\n\n"
    "Detectors:  [b]ccv train yolo_v2_tiny --data shapes --width 3/4[/b]   "
    "[b]ccv train yolo_v2_tiny --data ~/VOCdevkit/VOC2007 --width 3/4 --epochs 60 --augment 'detection mixup=0'[/b]   "
    "then  [b]ccv detect runs/yolo_v2_tiny_VOC2007 street.jpg[/b]"
)


def command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="a network: ccv models lists them")],
    data: Annotated[
        str,
        typer.Option(
            metavar="NAME_OR_FOLDER",
            help="a data set, or a folder with one folder a class; for a detector shapes, a VOC tree, a COCO .json",
        ),
    ],
    weights: Annotated[
        str | None, typer.Option(help="start from a file, or from imagenet or ccv: published weights under a new head")
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="how often all images are seen (default: 10; a detector of few photographs: more)"),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            help="adam (default), sgd, cosine, detection (a detector's), or a paper's: lenet, alexnet, vgg, resnet"
        ),
    ] = None,
    augment: Annotated[
        str | None,
        typer.Option(
            metavar="'NAME [KEY=VALUE ...]'",
            help="basic, alexnet, randaugment, gridmask, mixup, cutmix; for boxes detection; with its options; or none "
            "(the default, but for a detector of photographs, which flips, scales, crops and colours)",
        ),
    ] = None,
    width: Annotated[str, typer.Option(help="multiplies every channel count: 1/4")] = "1",
    batch_size: Annotated[int | None, typer.Option(min=1, help="images a step (default: the recipe's)")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="in place of the recipe's")] = None,
    size: Annotated[
        str | None,
        typer.Option(metavar="SIDE|HxW", help="pixels of the images (default: the data's where the network takes it)"),
    ] = None,
    stride: Annotated[
        int | None, typer.Option(help="detectors: pixels of a cell, 8, 16 or 32 (default: by the size of the objects)")
    ] = None,
    boxes: Annotated[int | None, typer.Option(min=1, help="detectors: anchors of a cell and head")] = None,
    box_loss: Annotated[str | None, typer.Option(help="detectors: ciou (default) or paper, squared errors")] = None,
    patience: Annotated[int | None, typer.Option(min=1, help="stop after so many epochs without a gain")] = None,
    seed: Annotated[int, typer.Option(min=0, help="seed of everything random")] = 0,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="(default: runs/MODEL_DATA)")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="go on where the run in DIR stopped, however it did")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace the run in DIR")] = False,
    deterministic: Annotated[
        bool, typer.Option("--deterministic", help="bit for bit the same on every run; slower")
    ] = False,
) -> None:
    """Train a network on a data set or a folder of images, and say how good it is."""
    from ccv.cli import jobs
    from ccv.cli.values import parse_option, parse_size

    console = Console()
    options = {"width": parse_option(f"width={width}")[1], "weights": weights}
    own = {"stride": stride, "boxes": boxes, "box_loss": box_loss}
    folder = (out or Path("runs") / f"{model}_{Path(data).expanduser().resolve().name}").expanduser()
    with console.status(escape(f"looking at {data} and building {model}")):
        job = jobs.prepare(model, data, parse_size(size), seed, options, own)
    console.print(job.summary, highlight=False, soft_wrap=True, markup=False)
    augmentation = _augmentation(augment or job.augment, seed, job.parts)
    try:
        run = job.fit(
            job.parts,
            epochs=epochs or job.epochs,
            out=folder,
            recipe=recipe or job.recipe,
            batch_size=batch_size or job.batch_size,
            learning_rate=learning_rate,
            augment=augmentation,
            seed=seed,
            resume=resume,
            overwrite=overwrite,
            patience=patience,
            deterministic=deterministic,
            verbose=True,
        )
    except KeyboardInterrupt:
        console.print("stopped: the same command with --resume goes on", highlight=False)
        raise
    # Without images to validate on there is no best epoch to choose: the last one is the result.
    best = job.parts.validation is not None
    report = job.evaluate(run.best_model() if best else run.model, job.parts)
    report.save(folder / "report")
    which = f"best epoch {run.best_epoch}" if best else f"last epoch, {run.epochs},"
    part = "validation" if job.parts.test is None else "test"
    console.print(f"{which} on the {part} images:", highlight=False)
    console.print(report)
    console.print(
        f"best.keras, last.keras, log.csv, curves.png and report/ are in {folder}",
        highlight=False,
        soft_wrap=True,
        markup=False,
    )


def _augmentation(text: str | None, seed: int, parts: Splits) -> Any:
    """Read a recipe's name and its options, as in "detection mosaic=0"; a name alone is left to `fit`."""
    from ccv.augment import pipeline
    from ccv.cli.values import parse_option

    name, *given = (text or "none").split() or ["none"]
    if not given:
        return None if name == "none" else name
    options = dict(map(parse_option, given))
    if parts.kind == "detection":
        options = {"boxes": "rel_xyxy", **options}
    elif name in ("mixup", "cutmix"):
        options = {"classes": len(parts.class_names), **options}
    try:
        return pipeline(name, **{"seed": seed, **options})
    except TypeError as problem:
        raise ValueError(str(problem)) from None

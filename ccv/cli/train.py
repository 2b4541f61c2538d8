"""`ccv train MODEL --data NAME_OR_FOLDER`: trains a network; all it leaves is in one folder."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from ccv.training.run import Run

EPILOG = (
    "Examples:  [b]ccv train lenet5 --data digits --epochs 5[/b]   "
    "[b]ccv train resnet18 --data ~/photos --size 64 --width 1/4 --augment basic --recipe cosine --epochs 30[/b]   "
    "the same with [b]--resume[/b] goes on   then  [b]ccv predict runs/lenet5_digits five.png[/b]\n\n"
    "Detectors:  [b]ccv train yolo_v2_tiny --data shapes --width 3/4[/b]   "
    "[b]ccv train yolo_v2_tiny --data ~/VOCdevkit/VOC2007 --width 3/4 --epochs 60 --augment 'detection mixup=0'[/b]   "
    "then  [b]ccv detect runs/yolo_v2_tiny_VOC2007 street.jpg[/b]\n\n"
    "Masks:  [b]ccv train unet --data shapes --width 1/8[/b]   "
    "[b]ccv train resnet18 --data ~/cells --weights imagenet --augment basic --epochs 30[/b]  (a decoder over the "
    "network, where there are images/, masks/ and classes.json)   "
    "then  [b]ccv predict runs/resnet18_cells smear.jpg[/b]"
)

PATHS = ("data", "validation", "test", "images", "weights", "class_weight", "out")  # options that may be one
WORDS = ("ccv", "imagenet", "balanced")  # and what stands for none there


def command(
    context: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="a network: ccv models lists them")],
    data: Annotated[
        str,
        typer.Option(
            metavar="NAME_OR_FOLDER",
            help="a data set, or a folder with one folder a class, or a CSV file where images have several labels; "
            "for a detector shapes, or boxes as they lie: a VOC tree, YOLO's labels or data.yaml, a COCO .json; for "
            "masks shapes, or a folder with images/, masks/ and classes.json",
        ),
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            help="what is to be learnt where the data hold several kinds: classification, multilabel, segmentation "
            "(default: by the network and the data)"
        ),
    ] = None,
    validation: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="images to choose the best epoch by (default: a fifth of the data, by hash)"),
    ] = None,
    test: Annotated[
        str | None, typer.Option(metavar="PATH", help="images to judge by at the end (default: the data's test part)")
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            metavar="REGEX|COLUMN",
            help="keep together what one patient, video or original has: a pattern in the path of a file, or a column "
            "of a CSV file beside the images",
        ),
    ] = None,
    images: Annotated[
        Path | None, typer.Option(metavar="DIR", help="detectors: the images of a COCO .json that lie elsewhere")
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="start from a file, or from imagenet or ccv: published weights under a new head")
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="how often all images are seen (default: 10; more where boxes or masks of few photographs are learnt)",
        ),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            help="adam (default), sgd, cosine, detection (a detector's), segmentation (of masks), or a paper's: lenet, "
            "alexnet, vgg, resnet"
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
    class_weight: Annotated[
        str | None,
        typer.Option(
            metavar="balanced|FILE",
            help='how much an image of each class counts: "balanced", where all classes count the same, or a JSON file '
            'such as {"rare": 20}; where images have several labels, how much the yes to each counts',
        ),
    ] = None,
    sample: Annotated[
        str | None, typer.Option(metavar="balanced", help="show each class equally often in an epoch")
    ] = None,
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
    from ccv.cli.values import parse_size, parse_weights
    from ccv.names import parse_option

    console = Console()
    options = {"width": parse_option(f"width={width}")[1], "weights": weights}
    own = {"stride": stride, "boxes": boxes, "box_loss": box_loss, "images": images and str(images.absolute())}
    folder = (out or Path("runs") / f"{model}_{Path(data).expanduser().resolve().name}").expanduser()
    with console.status(escape(f"looking at {data} and building {model}")):
        apart = {"validation": validation, "test": test, "group": group}
        job = jobs.prepare(model, data, parse_size(size), seed, options, own, apart, kind)
    console.print(job.summary, highlight=False, soft_wrap=True, markup=False)
    try:
        run = job.fit(
            job.parts,
            epochs=epochs or job.epochs,
            out=folder,
            recipe=recipe or job.recipe,
            batch_size=batch_size,
            learning_rate=learning_rate,
            augment=augment or job.augment,
            class_weight=parse_weights(class_weight),
            sample=sample,
            seed=seed,
            resume=resume,
            overwrite=overwrite,
            patience=patience,
            deterministic=deterministic,
            about=_asked(context.params),
            verbose=True,
        )
    except KeyboardInterrupt:
        console.print("stopped: the same command with --resume goes on", highlight=False)
        raise
    # Without images to validate on there is no best epoch to choose: the last one is the result.
    best = job.parts.validation is not None
    report = job.evaluate(run.best_model() if best else run.model, job.parts, thresholds=run.thresholds)
    report = replace(report, notes=(_judged(run, best, job.parts.test is not None), *filter(None, [run.note])))
    report.save(folder / "report")
    console.print(report, crop=False)
    console.print(
        f"best.keras, last.keras, log.csv, curves.png and report/ are in {folder}",
        highlight=False,
        soft_wrap=True,
        markup=False,
    )


def _judged(run: Run, best: bool, has_test: bool) -> str:
    """Say, on the page as well, which epoch was judged, and on images of which part."""
    which = f"best epoch {run.best_epoch}" if best else f"last epoch, {run.epochs},"
    if has_test:
        return f"{which} on the test images"
    chosen = "it was" if not run.thresholds else "it and the thresholds were"
    return f"{which} on the validation images, by which {chosen} chosen"


def _asked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what run.json keeps: each value of the command, and a line that trains the same to another --out."""
    asked: dict[str, Any] = {name: _whole(value) if name in PATHS else value for name, value in given.items()}
    line = ["ccv", "train", str(asked["model"])]
    for name, value in asked.items():
        if value in (None, False) or name in ("model", "out", "resume", "overwrite"):
            continue
        line += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    return {"command": asked, "again": shlex.join(line)}


def _whole(value: str | Path | None) -> str | None:
    """Return a path so that it holds from any folder, and a word, such as the name of a data set, as it is."""
    from ccv.data import DATASETS

    if value is None or value in (*DATASETS, *WORDS):
        return value
    path = Path(value).expanduser()
    return str(path.absolute() if path.exists() else value)

"""`ccv train MODEL --data NAME_OR_FOLDER`: trains a network; all it leaves is in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

if TYPE_CHECKING:
    from ccv.data.splits import Splits

EPILOG = (
    "Examples:  [b]ccv train lenet5 --data digits --epochs 5[/b]   "
    "[b]ccv train resnet18 --data ~/photos --size 64 --width 1/4 --augment basic --recipe cosine --epochs 30[/b]   "
    "[b]ccv train resnet18 --data ~/photos --size 64 --width 1/4 --augment basic --recipe cosine --epochs 30 --resume"
    "[/b]   then  [b]ccv predict runs/lenet5_digits five.png[/b]"
)


def command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="a network: ccv models lists them")],
    data: Annotated[
        str, typer.Option(metavar="NAME_OR_FOLDER", help="a data set, or a folder with one folder a class")
    ],
    weights: Annotated[
        str | None, typer.Option(help="start from a file, or from imagenet or ccv: published weights under a new head")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="how often all images are seen")] = 10,
    recipe: Annotated[str, typer.Option(help="adam, sgd, cosine, or a paper's: lenet, alexnet, vgg, resnet")] = "adam",
    augment: Annotated[str | None, typer.Option(help="basic, alexnet, randaugment, gridmask, mixup, cutmix")] = None,
    width: Annotated[str, typer.Option(help="multiplies every channel count: 1/4")] = "1",
    batch_size: Annotated[int | None, typer.Option(min=1, help="images a step (default: the recipe's)")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="in place of the recipe's")] = None,
    size: Annotated[
        int | None, typer.Option(min=1, help="pixels of a side (default: the data's where the network takes it)")
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
    from ccv.cli.anatomy import parse_option
    from ccv.names import check_name
    from ccv.training.recipes import list_recipes

    console = Console()
    check_name("recipe", recipe, list_recipes())
    options: dict[str, Any] = {"width": parse_option(f"width={width}")[1], "weights": weights}
    folder = (out or Path("runs") / f"{model}_{Path(data).expanduser().resolve().name}").expanduser()
    with console.status(f"looking at {data} and building {model}"):
        network, parts = prepare(model, data, size, seed, options)
    console.print(_summary(network, parts), highlight=False, soft_wrap=True, markup=False)

    from ccv.training import evaluate, fit

    run = fit(
        network,
        parts,
        epochs=epochs,
        out=folder,
        recipe=recipe,
        batch_size=batch_size,
        learning_rate=learning_rate,
        augment=augment,
        seed=seed,
        resume=resume,
        overwrite=overwrite,
        patience=patience,
        deterministic=deterministic,
        verbose=True,
    )
    report = evaluate(run.best_model(), parts)
    report.save(folder / "report")
    part = "validation" if parts.test is None else "test"
    console.print(f"best epoch {run.best_epoch} on the {part} images:", highlight=False)
    console.print(report)
    console.print(
        f"best.keras, last.keras, log.csv, curves.png and report/ are in {folder}", highlight=False, soft_wrap=True
    )


def prepare(model: str, data: str, size: int | None, seed: int, options: dict[str, Any]) -> tuple[Any, Splits]:
    """Read the data and build the network for them. Raises ValueError in one sentence."""
    from ccv.models import card
    from ccv.training.network import check_classifier, input_shape, network
    from ccv.training.seeds import seeded

    about = card(model)
    parts = _splits(data, size, about.input_shape[0], seed)
    shape = input_shape(model, tuple(parts.train.element_spec[0].shape), size)
    check_classifier(model, shape, len(parts.class_names), options)
    if tuple(parts.train.element_spec[0].shape) != shape:
        from ccv.data import splits

        parts = splits(data, size=shape[:2], channels=shape[2], seed=seed)
    with seeded(seed):
        try:
            return network(model, shape, len(parts.class_names), **options), parts
        except TypeError as problem:
            raise ValueError(str(problem)) from None


def _splits(data: str, size: int | None, default: int, seed: int) -> Splits:
    """Take the images as they are; where they differ in size, bring them to the network's own."""
    from ccv.data import splits

    try:
        return splits(data, size=size, seed=seed)
    except ValueError as problem:
        if size is not None or "different sizes" not in str(problem):
            raise
        return splits(data, size=default, seed=seed)


def _summary(network: Any, parts: Splits) -> str:
    counts = f"{len(parts.train)} images to train on, {len(parts.validation)} to validate"
    left_out = f", {len(parts.skipped)} left out" if parts.skipped else ""
    shape = " x ".join(map(str, network.input_shape[1:]))
    size = f"{network.name}, {shape}, {network.count_params():,} parameters"
    return f"{parts.name}: {len(parts.class_names)} classes, {counts}{left_out}\n{size}"

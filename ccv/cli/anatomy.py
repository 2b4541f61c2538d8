"""`ccv anatomy NAME`: what a network costs, printed, drawn, or as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from ccv.cli.values import parse_shape
from ccv.names import parse_option

if TYPE_CHECKING:
    from ccv.anatomy import Anatomy

EPILOG = (
    "Examples:  [b]ccv anatomy vgg16[/b]   [b]ccv anatomy resnet50 --input 256x256x3 --plot resnet50.png[/b]"
    "   [b]ccv anatomy googlenet --draw module.svg --block inception_3a[/b]"
)


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="a network: ccv models lists them")],
    size: Annotated[str | None, typer.Option("--input", metavar="HxWxC", help="input: 224x224x3")] = None,
    option: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE for the builder, as width=1/8 (repeatable)")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="draw memory and parameters to this file: .png, .svg, .pdf")] = None,
    draw: Annotated[Path | None, typer.Option(help="draw the network to this file: .png, .svg, .pdf")] = None,
    block: Annotated[
        str | None, typer.Option(metavar="LAYERS", help="draw only the layers whose names begin so: inception_3a")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="write the rows to this file")] = None,
) -> None:
    """Show what a network costs, layer by layer: parameters, multiply-adds, memory, receptive field."""
    if block and not draw:
        raise ValueError("--block says what --draw draws: add --draw FILE")
    console = Console()
    with console.status(f"building {name}"):
        whole = dissect(name, size, option or [])
    # A pipe or a file gets every column; a terminal gets those that fit.
    console.print(whole if console.is_terminal else str(whole), soft_wrap=not console.is_terminal, highlight=False)
    if csv:
        whole.to_csv(csv)
    if plot:
        whole.plot().savefig(plot.expanduser())
    if draw:
        whole.draw(block).savefig(draw.expanduser())
    for path in filter(None, (csv, plot, draw)):
        console.print(f"written: {path}", highlight=False, soft_wrap=True)


def dissect(name: str, size: str | None, options: list[str]) -> Anatomy:
    """Build a network from what was typed and return its anatomy. Raises ValueError in one sentence."""
    import keras

    from ccv.anatomy import anatomy
    from ccv.models import build

    arguments = dict(map(parse_option, options))
    if size is not None:
        arguments["input_shape"] = parse_shape(size)
    try:
        # Sizes are all that is looked at: a network whose weights are never filled costs no time and no memory.
        with keras.StatelessScope(initialize_variables=False):
            return anatomy(build(name, **arguments))
    except TypeError as error:
        raise ValueError(str(error)) from error

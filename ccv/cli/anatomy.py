"""`ccv anatomy NAME`: what a network costs, printed, drawn, or as a file."""

from __future__ import annotations

import ast
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

if TYPE_CHECKING:
    from ccv.anatomy import Anatomy

EPILOG = "Examples:  [b]ccv anatomy vgg16[/b]   [b]ccv anatomy resnet50 --input 256x256x3 --plot resnet50.png[/b]"


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="a network: ccv models lists them")],
    size: Annotated[str | None, typer.Option("--input", metavar="HxWxC", help="input: 224x224x3")] = None,
    option: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE for the builder, as width=1/8 (repeatable)")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="draw memory and parameters to this file: .png, .svg, .pdf")] = None,
    csv: Annotated[Path | None, typer.Option(help="write the rows to this file")] = None,
) -> None:
    """Show what a network costs, layer by layer: parameters, multiply-adds, memory, receptive field."""
    console = Console()
    with console.status(f"building {name}"):
        whole = dissect(name, size, option or [])
    # A pipe or a file gets every column; a terminal gets those that fit.
    console.print(whole if console.is_terminal else str(whole), soft_wrap=not console.is_terminal, highlight=False)
    if csv:
        whole.to_csv(csv)
    if plot:
        whole.plot().savefig(plot.expanduser())
    for path in filter(None, (csv, plot)):
        console.print(f"written: {path}", highlight=False, soft_wrap=True)


def dissect(name: str, size: str | None, options: list[str]) -> Anatomy:
    """Build a network from what was typed and return its anatomy. Raises ValueError in one sentence."""
    import keras

    from ccv.anatomy import anatomy
    from ccv.models import build

    arguments = dict(map(parse_option, options))
    if size is not None:
        arguments["input_shape"] = parse_size(size)
    try:
        # Sizes are all that is looked at: a network whose weights are never filled costs no time and no memory.
        with keras.StatelessScope(initialize_variables=False):
            return anatomy(build(name, **arguments))
    except TypeError as error:
        raise ValueError(str(error)) from error


def parse_size(text: str) -> tuple[int, ...]:
    """Read an input size.

    >>> parse_size("224x224x3")
    (224, 224, 3)
    """
    try:
        height, width, channels = map(int, text.lower().replace("×", "x").split("x"))
    except ValueError:
        raise ValueError(f"--input {text} must be height x width x channels, as 224x224x3") from None
    return height, width, channels


def parse_option(text: str) -> tuple[str, Any]:
    """Read KEY=VALUE; a value is a Python literal, a fraction, or a word.

    >>> parse_option("width=1/8"), parse_option("variant=torch"), parse_option("include_top=False")
    (('width', 0.125), ('variant', 'torch'), ('include_top', False))
    """
    key, equals, value = text.partition("=")
    if not key.isidentifier() or not equals:
        raise ValueError(f"--option {text} must be KEY=VALUE, as width=1/8")
    try:
        return key, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        pass
    try:
        return key, float(Fraction(value))
    except (ValueError, ZeroDivisionError):
        return key, value

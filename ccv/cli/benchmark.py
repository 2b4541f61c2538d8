"""`ccv benchmark NETWORK`: how fast a network is on this machine, as Keras has it and as each exported file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from ccv.cli.values import parse_shape
from ccv.names import parse_option

if TYPE_CHECKING:
    import keras

EPILOG = "Examples:  [b]ccv benchmark mobilenet_v2[/b]   [b]ccv benchmark runs/resnet20_cells --batch 8 --threads 1[/b]"


def command(
    network: Annotated[
        str, typer.Argument(metavar="NETWORK", help="a builder's name, a .keras file, or a run's folder")
    ],
    format: Annotated[list[str] | None, typer.Option("--format", help="only this one; may be repeated")] = None,
    batch: Annotated[int, typer.Option(min=1, help="images at once")] = 1,
    threads: Annotated[
        int | None, typer.Option(min=1, help="most threads (default: as many as there are cores)")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="of which the median is told")] = 9,
    size: Annotated[str | None, typer.Option("--input", metavar="HxWxC", help="of a builder's name: 224x224x3")] = None,
    option: Annotated[
        list[str] | None, typer.Option(help="of a builder's name: KEY=VALUE, as width=1/8 (repeatable)")
    ] = None,
) -> None:
    """Time a network: images a second in Keras and in each format that can be written and run here."""
    if threads:  # TensorFlow reads them when it starts
        names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
        os.environ.update(dict.fromkeys(names, str(threads)))
    from ccv.export import timings
    from ccv.export.formats import check_format

    formats = [check_format(name) for name in format or []]
    console = Console()
    with console.status("writing and timing"):
        model = _network(network, size, option or [])
        rows = timings(model, formats=formats, batch=batch, threads=threads, rounds=rounds, preprocessing=False)
    table = Table(title=f"{model.name}, {' x '.join(map(str, model.input_shape[1:]))}, {batch} at once")
    for heading in ("way", "images a second", "slowest to fastest", "of Keras", "MB"):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    for row in rows:
        spread = f"{row.slowest:,.1f} to {row.fastest:,.1f}"
        size_said = "" if row.megabytes is None else f"{row.megabytes:.2f}"
        table.add_row(row.way, f"{row.median:,.1f}", spread, f"{row.median / rows[0].median:.2f}", size_said)
    console.print(table)


def _network(name: str, size: str | None, options: list[str]) -> keras.Model:
    """Build the network of a name, or read a checkpoint. Raises ValueError in one sentence."""
    from ccv.models import build, list_models
    from ccv.training.prediction import read_model

    if name not in list_models() and Path(name).expanduser().exists():
        if size or options:
            raise ValueError("--input and --option are for the name of a builder: a checkpoint is what it is")
        return read_model(Path(name).expanduser())
    given = dict(map(parse_option, options)) | ({"input_shape": parse_shape(size)} if size else {})
    try:
        return build(name, **given)
    except TypeError as error:
        raise ValueError(str(error)) from None

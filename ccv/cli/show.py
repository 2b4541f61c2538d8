"""What the `ccv` command prints: tables, a progress bar, and the state of this machine."""

from __future__ import annotations

import json
import os
import platform
import re
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ccv.course.catalog import Lab, labs
from ccv.grading.sheet import Sheet
from ccv.versions import DISTRIBUTION, installed

# What doctor looks for, with the extra that brings it; None: every installation has it.
_PACKAGES = {
    "ccv": None,
    "keras": None,
    "tensorflow": "tensorflow",
    "jax": "jax",
    "torch": "torch",
    "numpy": None,
    "matplotlib": None,
    "jupyterlab": "lab",
    "tensorflow-datasets": "data",
    "keras-cv": "cv",
}


def labs_table() -> Table:
    """All labs with their points, minutes and needs."""
    table = Table("lab", "title", title="Labs", title_justify="left", title_style="bold")
    table.add_column("points", justify="right")
    table.add_column("minutes", justify="right")
    table.add_column("needs")
    for lab in labs():
        points = f"{sum(lab.exercises.values()):g}"
        table.add_row(lab.name, lab.title, points, str(lab.facts.get("minutes", "")), lab.facts.get("needs", ""))
    return table


def run_with_progress(lab: Lab, out: Path, scale: str, seed: int, console: Console) -> Sheet:
    """Run a lab under a progress bar that names the section at work."""
    from ccv.course.run import run_lab

    columns = (
        TextColumn("[b]{task.fields[lab]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("starting", total=None, lab=lab.name)

        def progress(number: int, total: int, heading: str) -> None:
            bar.update(task, completed=number - 1, total=total, description=heading)

        sheet = run_lab(lab, out, scale=scale, seed=seed, progress=progress)
        total = bar.tasks[0].total or 1
        bar.update(task, completed=total, total=total, description="done")
    return sheet


def metrics_line(path: Path) -> str:
    """The figures of a run in one line."""
    metrics = json.loads(path.read_text(encoding="utf-8"))
    shown = {k: f"{v:.4g}" if isinstance(v, float) else v for k, v in metrics.items() if k != "versions"}
    return ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in shown.items())


def models(pattern: str) -> Any:
    """The table of networks that match, or one network's card."""
    from ccv.models import card, list_models

    names = list_models(pattern)
    if not names:
        return card(pattern)  # raises, naming the nearest
    if names == [pattern]:
        return card(pattern)
    table = Table(title="Networks", title_justify="left", title_style="bold")
    table.add_column("name", no_wrap=True)
    table.add_column("network")
    table.add_column("year", justify="right")
    table.add_column("input")
    table.add_column("parameters", justify="right")
    for name in names:
        known = card(name)
        size = "×".join(str(n) for n in known.input_shape)
        short = re.split(r"[,:]", known.title)[0]
        table.add_row(name, short, str(known.year), size, f"{known.params:,}")
    return table


def doctor() -> list[Table]:
    """Packages, devices and data of this machine."""
    return [_packages(), _devices(), _data()]


def _packages() -> Table:
    table = Table("package", "version", title="Packages", title_justify="left", title_style="bold")
    table.add_row("python", platform.python_version())
    there = installed(_PACKAGES)
    for name, extra in _PACKAGES.items():
        how = f"pip install '{DISTRIBUTION}[{extra}]'" if extra else "pip install -r requirements.txt"
        table.add_row(name, there.get(name) or Text(f"not installed: {how}", style="yellow" if extra else "red"))
    return table


def _devices() -> Table:
    import keras

    table = Table("device", "", title="Devices", title_justify="left", title_style="bold")
    table.add_row("Keras backend", keras.config.backend())
    table.add_row("CPU cores", str(os.cpu_count()))
    for device in keras.distribution.list_devices():
        table.add_row("device", str(device))
    return table


def _data() -> Table:
    from ccv.data import found

    table = Table("data set", "", title="Data", title_justify="left", title_style="bold")
    table.add_row("$CCV_DATA", os.environ.get("CCV_DATA", "not set"))
    for name, place in found().items():
        table.add_row(name, place or "[yellow]not here: fetched when first used[/yellow]")
    return table

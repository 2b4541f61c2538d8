"""The `ccv` command: its options, and how errors are told. What it does lives elsewhere and is loaded when asked."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from ccv.cli import anatomy as _anatomy
from ccv.cli import anchors as _anchors
from ccv.cli import benchmark as _benchmark
from ccv.cli import detect as _detect
from ccv.cli import evaluate as _evaluate
from ccv.cli import export as _export
from ccv.cli import grade as _grade
from ccv.cli import labs_export
from ccv.cli import predict as _predict
from ccv.cli import train as _train
from ccv.tf_log import quiet_stderr
from ccv.versions import NotInstalled

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Classic computer vision: labs that run, networks verified number by number, exercises that grade themselves.",
    epilog="Start here:  [b]ccv labs[/b]  then  [b]ccv labs copy ~/course[/b]  or  [b]ccv run 03_lenet[/b]",
)
labs_app = typer.Typer(
    rich_markup_mode="rich",
    help="List the labs; copy the notebooks; build them from their sources; export them to nbgrader.",
    epilog="Examples:  [b]ccv labs[/b]   [b]ccv labs copy ~/course[/b]   [b]ccv labs build --check[/b]",
)
app.add_typer(labs_app, name="labs")

console = Console()
LabName = Annotated[str, typer.Argument(metavar="LAB", help="name or number of a lab: 03_lenet, lenet, 3")]
Seed = Annotated[int, typer.Option(min=0, help="seed of everything random")]


@app.callback(invoke_without_command=True)
def top(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Hold the options of the command itself."""
    if version:
        from ccv import __version__

        console.print(f"ccv {__version__}", highlight=False)
        raise typer.Exit


@labs_app.callback(invoke_without_command=True)
def list_labs(context: typer.Context) -> None:
    """List the labs: points, minutes, and what each needs."""
    if context.invoked_subcommand is None:
        from ccv.cli import show

        console.print(show.labs_table())


@labs_app.command("copy", epilog="Examples:  [b]ccv labs copy ~/course[/b]   [b]ccv labs copy ~/course 03_lenet 4[/b]")
def copy(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="folder for the notebooks; made if missing")],
    lab: Annotated[list[str] | None, typer.Argument(metavar="[LAB]...", help="only these labs: 03_lenet, 3")] = None,
    force: Annotated[bool, typer.Option(help="overwrite notebooks that are there")] = False,
) -> None:
    """Copy the students' notebooks to a folder, one subfolder a lab."""
    from ccv.course.build import copy_notebooks
    from ccv.course.catalog import find_lab, labs

    if str(directory) in [one.name for one in labs()]:
        raise ValueError(f"{directory} is a lab, and the folder comes first: ccv labs copy ~/course {directory}")
    chosen = list(dict.fromkeys(find_lab(name) for name in lab)) if lab else labs()
    for path in copy_notebooks(chosen, directory.expanduser(), force=force):
        console.print(f"{path}", highlight=False, soft_wrap=True)
    console.print(f"Open them with:  [b]jupyter lab {directory}[/b]", soft_wrap=True)


@labs_app.command("build", epilog="Examples:  [b]ccv labs build 03_lenet[/b]   [b]ccv labs build --check[/b]  (for CI)")
def build(
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="build only this lab")] = None,
    check: Annotated[bool, typer.Option(help="only say which are out of date; exit code 1 if any is")] = False,
) -> None:
    """Write the students' notebooks and the hints from the labs' sources, and ERRATA.md and COVERAGE.md beside them."""
    from ccv.course import build as builder
    from ccv.course.catalog import find_lab, labs

    chosen = [find_lab(lab)] if lab else labs()
    if check:
        stale = [one.name for one in chosen if not builder.is_current(one)]
        stale += builder.stale_pages()
        console.print(f"out of date: {', '.join(stale)}; run: ccv labs build" if stale else "all are current")
        raise typer.Exit(1 if stale else 0)
    for one in chosen:
        console.print(f"{one.name}: {'written' if builder.build(one) else 'current'}")
    console.print(f"pages written: {', '.join(builder.build_pages()) or 'none, all are current'}")


labs_app.command("export", epilog=labs_export.EPILOG)(labs_export.command)


@app.command(epilog="Examples:  [b]ccv run 03_lenet[/b]   [b]ccv run lenet --out /tmp/lenet --scale full[/b]")
def run(
    lab: LabName,
    out: Annotated[Path | None, typer.Option(help="folder for the results (default: runs/LAB)")] = None,
    scale: Annotated[str, typer.Option(help="quick: two cores, no network; full: all data, GPU or TPU")] = "quick",
    seed: Seed = 0,
) -> None:
    """Run a solved lab from end to end: executed notebook, figures, metrics.json and score sheet in a folder."""
    from ccv.cli import show
    from ccv.course.catalog import find_lab

    if scale not in {"quick", "full"}:
        raise ValueError(f"--scale {scale} is not known: choose quick or full")
    chosen = find_lab(lab)
    folder = (out or Path("runs") / chosen.name).expanduser()
    sheet = show.run_with_progress(chosen, folder, scale, seed, console)
    console.print(sheet.table())
    console.print(show.metrics_line(folder / "metrics.json"))
    console.print(f"Notebook, figures and metrics are in {folder}", highlight=False, soft_wrap=True)


app.command("grade", epilog=_grade.EPILOG)(_grade.command)


@app.command(epilog="Examples:  [b]ccv models[/b]   [b]ccv models 'le*'[/b]   [b]ccv models lenet5[/b]")
def models(pattern: Annotated[str, typer.Argument(help="a name, or a pattern with * and ?")] = "*") -> None:
    """List the networks, or show what is known of one."""
    from ccv.cli import show

    console.print(show.models(pattern))


app.command("anatomy", epilog=_anatomy.EPILOG)(_anatomy.command)
app.command("train", epilog=_train.EPILOG)(_train.command)
app.command("predict", epilog=_predict.EPILOG)(_predict.command)
app.command("detect", epilog=_detect.EPILOG)(_detect.command)
app.command("evaluate", epilog=_evaluate.EPILOG)(_evaluate.command)
app.command("anchors", epilog=_anchors.EPILOG)(_anchors.command)
app.command("export", epilog=_export.EPILOG)(_export.command)
app.command("benchmark", epilog=_benchmark.EPILOG)(_benchmark.command)


@app.command()
def doctor() -> None:
    """Say what is installed, which devices there are, and which data sets were found."""
    from ccv.cli import show

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with console.status("looking at packages, devices and data"):
        tables = show.doctor()
    for table in tables:
        console.print(table)


def main(arguments: list[str] | None = None) -> None:
    """Run the command; whatever goes wrong is one sentence and exit code 2."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with quiet_stderr():
            app(arguments, standalone_mode=True)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        message = _sentence(error)
        if message is None or os.environ.get("CCV_DEBUG"):
            raise
        # As Text: a message may name a file or a class with brackets in it, which Rich would read as markup.
        Console(stderr=True).print(Text.assemble(("Error:", "red"), f" {message}"), highlight=False, soft_wrap=True)
        sys.exit(2)


def _sentence(error: Exception) -> str | None:
    """Return what to tell of an error, or None for one that is a mistake of this program."""
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":  # the last is TensorFlow's
        return "there is not enough memory: take smaller images, a narrower network or a smaller batch"
    if not isinstance(error, (ValueError, LookupError, OSError, RuntimeError, NotInstalled)):
        return None
    return str(error.args[0]) if isinstance(error, KeyError) else str(error)

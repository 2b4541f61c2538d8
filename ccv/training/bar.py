"""The progress bar of a run: at a terminal only, so that notebooks, pipes and logs stay quiet."""

import contextlib
import time
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Bar:
    """Shows nothing; what the others are made from."""

    def start(self, epoch: int, step: int) -> None:
        """Begin an epoch at a step."""

    def step(self, step: int, metrics: Mapping[str, float]) -> None:
        """Show that so many steps of the epoch are done."""

    def end(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Show an epoch's metrics."""


class Lines(Bar):
    """Prints a line an epoch."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs

    def end(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Print the line."""
        print(f"epoch {epoch + 1}/{self.epochs}: {told(metrics)}", flush=True)


class Live(Bar):
    """Rich's bar: epoch, steps, images a second, metrics."""

    def __init__(self, progress: Progress, epochs: int, steps: int, batch_size: int) -> None:
        self.progress, self.epochs, self.steps, self.batch_size = progress, epochs, steps, batch_size
        self.task = progress.add_task("starting", total=steps, metrics="")
        self.began, self.first = time.monotonic(), 0

    def start(self, epoch: int, step: int) -> None:
        """Name the epoch and start the clock."""
        self.began, self.first = time.monotonic(), step
        self.progress.reset(self.task, total=self.steps, completed=step, description=f"epoch {epoch + 1}/{self.epochs}")

    def step(self, step: int, metrics: Mapping[str, float]) -> None:
        """Move the bar."""
        rate = (step - self.first) * self.batch_size / max(1e-6, time.monotonic() - self.began)
        self.progress.update(self.task, completed=step, metrics=f"{told(metrics)}  {rate:,.0f} images/s")

    def end(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Leave a line of the epoch above the bar."""
        self.progress.console.print(f"epoch {epoch + 1}/{self.epochs}: {told(metrics)}", highlight=False)


@contextlib.contextmanager
def progress_bar(verbose: bool | None, epochs: int, steps: int, batch_size: int) -> Iterator[Bar]:
    """Give a bar at a terminal, lines where `verbose` is True elsewhere, and silence otherwise."""
    console = Console()
    if verbose is False or (verbose is None and (not console.is_terminal or console.is_jupyter)):
        yield Bar()
        return
    if not console.is_terminal or console.is_jupyter:
        yield Lines(epochs)
        return
    text = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*text, TextColumn("{task.fields[metrics]}"), console=console, transient=True) as progress:
        yield Live(progress, epochs, steps, batch_size)


def told(metrics: Mapping[str, float]) -> str:
    """Write metrics in a line.

    >>> told({"loss": 0.123456, "accuracy": 0.5})
    'loss 0.1235, accuracy 0.5'
    """
    return ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())

"""How fast a network is here, as Keras has it and as each file of it."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from ccv.export.formats import FORMATS, runnable
from ccv.export.runner import Runner
from ccv.export.writing import export

WARM_UP = 2


class Timing(NamedTuple):
    """Images a second of one way to run a network: the median and both ends of the rounds; and the MB of its file."""

    way: str
    median: float
    slowest: float
    fastest: float
    megabytes: float | None


def timings(
    model: keras.Model,
    *,
    formats: Sequence[str] | None = None,
    batch: int = 1,
    threads: int | None = None,
    rounds: int = 9,
    preprocessing: Any = "auto",
) -> list[Timing]:
    """Time a network of images as Keras predicts a batch, and in each format that can be written and run here.

    The ways take turns, so that what else the machine does falls on all of them. `threads` are those of the engines;
    Keras's own are set before it starts. The first row is Keras. Raises what `export` does.
    """
    images = np.random.default_rng(0).uniform(0, 255, (batch, *model.input_shape[1:])).astype("float32")
    with tempfile.TemporaryDirectory() as folder:
        ways: dict[str, tuple[Callable[[np.ndarray], Any], float | None]] = {"Keras": (model.predict_on_batch, None)}
        for name in formats or runnable():
            path = Path(folder) / f"network{FORMATS[name].suffix}"
            written = export(model, path, name, preprocessing=preprocessing)
            ways[FORMATS[name].title] = (Runner(path, threads=threads), written.bytes / 1e6)
        seconds = _seconds({name: ask for name, (ask, _) in ways.items()}, images, rounds)
    return [_timing(name, batch / np.array(spent), ways[name][1]) for name, spent in seconds]


def _seconds(
    ways: dict[str, Callable[[np.ndarray], Any]], images: np.ndarray, rounds: int
) -> Iterator[tuple[str, list[float]]]:
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(WARM_UP + rounds):
        for name, ask in ways.items():
            begun = time.perf_counter()
            ask(images)
            if number >= WARM_UP:
                spent[name].append(time.perf_counter() - begun)
    yield from spent.items()


def _timing(name: str, rates: np.ndarray, megabytes: float | None) -> Timing:
    return Timing(name, float(np.median(rates)), float(rates.min()), float(rates.max()), megabytes)

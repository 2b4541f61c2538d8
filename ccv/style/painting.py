"""`transfer` and `texture`: a picture that is changed until a network finds in it what it should."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from ccv.checks import check_number, check_whole
from ccv.names import check_name
from ccv.style.descent import OPTIMIZERS, minimise
from ccv.style.extractor import Extractor, extractor
from ccv.style.losses import style_loss
from ccv.style.objective import PARTS, losses, objective, targets
from ccv.style.pictures import check_seen, check_size, noise, to_bytes, to_unit

STARTS = ("content", "noise")


@dataclass(frozen=True)
class Painted:
    """A picture that was painted.

    Attributes:
        picture: uint8 `(height, width, 3)`.
        history: the loss before the first step and after each.
        losses: at the end, by name and without their weights: style, content, variation.
        evaluations: how often the network was asked for the loss and its gradient.
        seconds: how long it took, compiling included.
    """

    picture: np.ndarray
    history: list[float]
    losses: dict[str, float]
    evaluations: int
    seconds: float


def transfer(
    content: Any,
    style: Any,
    *,
    backbone: str | keras.Model | Extractor = "resnet20",
    layers: Sequence[str] | None = None,
    content_layer: str | None = None,
    steps: int = 100,
    content_weight: float = 0.05,
    variation_weight: float = 0.0,
    optimizer: str = "adam",
    learning_rate: float = 0.05,
    start: str = "content",
    seed: int = 0,
    callback: Callable[[int, np.ndarray, float], Any] | None = None,
    verbose: bool = True,
) -> Painted:
    """Paint what is in one picture in the manner of another; both are `(height, width, 3)`, uint8 or 0 to 1.

    Args:
        content: says what is where; the result has its size.
        style: gives colours, strokes and patterns; of any size.
        backbone: a builder's name (with the weights that ccv carries), a model, or what `extractor(...)` gives.
        layers: names of layers or stages for the style; None takes the usual ones.
        content_layer: the one that holds the content.
        steps: of the optimizer; one costs about as much as a step of training on one picture.
        content_weight: beside 1 for the style. Both are relative errors, so 0.02 to 0.2 is the range to try.
        variation_weight: what unrest of neighbouring pixels costs; 0.1 is much.
        optimizer: "adam", or "lbfgs", which needs no rate but computes about twice as long for a step.
        learning_rate: Adam's, in units of black to white.
        start: from the "content", or from "noise" by `seed`.
        callback: `callback(step, picture, loss)` sees the picture grow, uint8, after each step.
        verbose: whether there is a progress bar.

    Raises ValueError or TypeError, in one sentence, for a picture or an option that does not fit.
    """
    check_name("start", start, STARTS)
    look = _look(backbone, layers, content_layer)
    pictures = to_unit(content, "content"), to_unit(style, "style")
    first = (
        pictures[0] if start == "content" else noise(pictures[1], pictures[0].shape[:2], check_whole("seed", seed, 0))
    )
    weights = [1.0, _weight("content_weight", content_weight), _weight("variation_weight", variation_weight)]
    return _paint(look, *pictures, first, weights, steps, optimizer, learning_rate, callback, verbose)


def texture(
    style: Any,
    *,
    size: tuple[int, int] | None = None,
    backbone: str | keras.Model | Extractor = "resnet20",
    layers: Sequence[str] | None = None,
    steps: int = 100,
    variation_weight: float = 0.0,
    optimizer: str = "adam",
    learning_rate: float = 0.05,
    seed: int = 0,
    callback: Callable[[int, np.ndarray, float], Any] | None = None,
    verbose: bool = True,
) -> Painted:
    """Paint the manner of a picture alone, from noise; `size` is (height, width), None as large as the style.

    Other arguments and errors as in `transfer`.
    """
    look = _look(backbone, layers, None)
    picture = to_unit(style, "style")
    first = noise(picture, check_size(size, picture.shape), check_whole("seed", seed, 0))
    weights = [1.0, 0.0, _weight("variation_weight", variation_weight)]
    return _paint(look, None, picture, first, weights, steps, optimizer, learning_rate, callback, verbose)


def gram_distance(picture: Any, style: Any, backbone: str | keras.Model | Extractor = "resnet20") -> float:
    """Return the style loss between two pictures: 0 where all Gram matrices are equal."""
    look = _look(backbone, None, None)
    pair = to_unit(picture, "picture"), to_unit(style, "style")
    for name, each in zip(("picture", "style"), pair, strict=True):
        check_seen(look.model, each, name)
    grams = [targets(look, None, each)[0] for each in pair]
    return float(ops.convert_to_numpy(style_loss(*grams)))


def _paint(
    look: Extractor,
    content: np.ndarray | None,
    style: np.ndarray,
    first: np.ndarray,
    weights: list[float],
    steps: int,
    optimizer: str,
    learning_rate: float,
    callback: Callable[[int, np.ndarray, float], Any] | None,
    verbose: bool,
) -> Painted:
    check_name("optimizer", optimizer, OPTIMIZERS)
    check_whole("steps", steps)
    check_number("learning_rate", learning_rate, lambda rate: rate > 0, "above 0")
    for name, picture in (("style", style), ("content" if content is not None else "size", first)):
        check_seen(look.model, picture, name)
    began = time.perf_counter()
    aims = targets(look, content, style)
    history: list[float] = []
    asked = 0

    def loss(pictures: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal asked
        asked += 1
        value, slope = objective(look)(pictures, *aims, np.array(weights, "float32"))
        if asked == 1:
            history.append(value)
        return value, slope

    bar = keras.utils.Progbar(steps, stateful_metrics=["loss"], verbose=int(verbose))

    def watch(step: int, pictures: np.ndarray, value: float) -> None:
        history.append(value)
        bar.update(step, [("loss", value)])
        if callback is not None:
            callback(step, to_bytes(pictures[0]), value)

    made = minimise(loss, first[None], optimizer, steps, learning_rate, watch)
    found = losses(look, ops.convert_to_tensor(made), *aims)
    parts = {name: float(ops.convert_to_numpy(part)) for name, part in zip(PARTS, found, strict=True)}
    return Painted(to_bytes(made[0]), history, parts, asked, time.perf_counter() - began)


def _look(backbone: Any, layers: Any, content_layer: str | None) -> Extractor:
    if not isinstance(backbone, Extractor):
        return extractor(backbone, layers, content_layer)
    if layers is not None or content_layer is not None:
        raise TypeError("layers and content_layer belong to the extractor: extractor(backbone, layers, content_layer)")
    return backbone


def _weight(name: str, value: Any) -> float:
    return check_number(name, value, lambda weight: weight >= 0, "of at least 0")

"""Names a function by what it does: its values are those of one of Keras's activations or layers without weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np

# The usual ones first: where two agree on all numbers that were seen, the more usual is meant.
ACTIVATIONS = (
    *("relu", "softmax", "tanh", "sigmoid", "linear", "gelu", "silu", "elu", "selu", "softplus", "softsign", "relu6"),
    *("exponential", "mish", "hard_sigmoid", "hard_silu", "hard_tanh", "log_softmax", "log_sigmoid", "celu"),
    *("squareplus", "tanh_shrink", "soft_shrink", "hard_shrink", "sparse_plus", "sparsemax"),
)
_CLOSE = 1e-5  # of the largest number
_PLACES = 8  # of the maps, at which activations are tried before they are compared with all numbers
_BRANCHES = 12  # at most, when it is asked which of them were joined
_POOLS = [(window, stride, padding) for window in (2, 3) for stride in (2, 1, 3) for padding in ("valid", "same")]

Found = list[tuple[Any, list[int]]]


class Unexplained(Exception):
    """No layer of Keras's gives this tensor from those that were there."""


def recognized(function: Callable) -> str | Any | None:
    """Return the name of the Keras activation that a function computes, or a layer that computes it, or None.

    >>> recognized(lambda x: (x + abs(x)) / 2)
    'relu'
    """
    import keras

    numbers = np.random.default_rng(0).normal(0, 2, (6, 8)).astype("float32")
    numbers[0] = [-8, -3, -1, -0.5, 0.5, 1, 3, 8]
    try:
        made = values_of(function(keras.ops.convert_to_tensor(numbers)))
    except Exception:  # whatever the student's function makes of such numbers
        return None
    _, layer = next(_singles([numbers], made), (0, None)) if made.shape == numbers.shape else (0, None)
    return layer.activation.__name__ if isinstance(layer, keras.layers.Activation) else layer


def explained(wanted: np.ndarray, known: list[np.ndarray], activation: str = "", most: int = 2) -> Found:
    """Return the layers, at most so many, that give `wanted` from the arrays `known`, of which the newest come last.

    Where several give the same numbers, `activation` is meant.

    Each comes with the places of its inputs; place `len(known)` is the result of the first. None in place of a layer:
    the array is one of the known.

    Raises:
        Unexplained: none was found.
    """
    from keras import layers

    newest = [*reversed(range(len(known)))]
    for place in newest if activation else []:
        named = layers.Activation(activation)
        made = _result(named, [known[place]])
        if made is not None and _near(made, wanted):
            return [(named, [place])]
    for place in newest:
        if np.array_equal(known[place], wanted):
            return [(None, [place])]
    for place, layer in _singles([known[place] for place in newest], wanted):
        return [(layer, [newest[place]])]
    inner = []
    newest = newest[:_BRANCHES]
    for layer, places in [*_joining(known, newest, wanted), *(_usual(known, newest) if most > 1 else ())]:
        between = _result(layer, [known[place] for place in places])
        if between is not None and _near(between, wanted):
            return [(layer, places)]
        inner += [(layer, places, between)] if between is not None and most > 1 else []
    for number, second in _singles([between for *_, between in inner], wanted):
        layer, places, _ = inner[number]
        return [(layer, places), (second, [len(known)])]
    raise Unexplained


def values_of(tensor: Any) -> np.ndarray:
    """The values of a tensor of any backend."""
    import keras

    return np.asarray(keras.ops.convert_to_numpy(tensor))


# ------------------------------------------------------------------------------------------------------ candidates


def _singles(arrays: list[np.ndarray], wanted: np.ndarray) -> Iterator[tuple[int, Any]]:
    """The layers without weights that give `wanted`, each with the number of the array that it gives it from."""
    fitting = _activations(arrays, wanted)
    for number, x in enumerate(arrays):
        for layer in _candidates(x, wanted, fitting.get(number, [])):
            made = _result(layer, [x])
            if made is not None and _near(made, wanted):
                yield number, layer


def _activations(arrays: list[np.ndarray], wanted: np.ndarray) -> dict[int, list[str]]:
    """The activations that may give `wanted`, by the number of the array: all arrays at once, at a few places."""
    import keras

    alike = [number for number, x in enumerate(arrays) if x.shape == wanted.shape and x.dtype.kind == "f"]
    fitting: dict[int, list[str]] = {number: [] for number in alike}
    if alike:
        few = np.stack([_few(arrays[number]) for number in alike])
        goal, largest = _few(wanted), _largest(wanted)
        for name in ACTIVATIONS:
            made = values_of(keras.activations.get(name)(keras.ops.convert_to_tensor(few)))
            for number, mine in zip(alike, made, strict=True):
                fitting[number] += [name] if _near(mine, goal, largest) else []
    return fitting


def _few(x: np.ndarray) -> np.ndarray:
    """The channels at a few places."""
    return x.reshape(-1, x.shape[-1])[:_PLACES]


def _candidates(x: np.ndarray, wanted: np.ndarray, activations: list[str]) -> Iterator[Any]:
    from keras import layers

    if x.shape == wanted.shape:
        yield from map(layers.Activation, activations)
        yield from _measured(x, wanted) if x.dtype.kind == wanted.dtype.kind == "f" else ()
    if x.shape[:1] != wanted.shape[:1]:
        return
    if x.size == wanted.size:
        yield layers.Flatten() if wanted.ndim == 2 else layers.Reshape(wanted.shape[1:])
    elif x.ndim == 4 and wanted.shape in {(len(x), x.shape[-1]), (len(x), 1, 1, x.shape[-1])}:
        for pool in (layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D):
            yield pool(keepdims=wanted.ndim == 4)
    if x.ndim == wanted.ndim == 4 and x.shape[-1] == wanted.shape[-1]:
        yield from _resized(x.shape[1:3], wanted.shape[1:3])


def _resized(before: tuple, after: tuple) -> Iterator[Any]:
    """Layers that change the height and width of maps."""
    from keras import layers

    if after > before:
        top, left = (after[0] - before[0]) // 2, (after[1] - before[1]) // 2
        yield layers.ZeroPadding2D(((top, after[0] - before[0] - top), (left, after[1] - before[1] - left)))
        size = (after[0] // before[0], after[1] // before[1])
        for interpolation in ("nearest", "bilinear"):
            yield layers.UpSampling2D(size, interpolation=interpolation)
        return
    for window, stride, padding in _POOLS:
        sides = [-(-n // stride) if padding == "same" else (n - window) // stride + 1 for n in before]
        if tuple(sides) == tuple(after):
            yield layers.MaxPooling2D(window, stride, padding)
            yield layers.AveragePooling2D(window, stride, padding)


def _measured(x: np.ndarray, wanted: np.ndarray) -> Iterator[Any]:
    """Layers with a number of their own, which is read from what came out."""
    from keras import layers

    low, high = np.argmin(x), np.argmax(x)
    (x_low, x_high), (low, high) = (array.ravel()[[low, high]].astype(float) for array in (x, wanted))
    few, goal, largest = _few(x), _few(wanted), _largest(wanted)
    if x_low < 0 <= low / x_low < np.inf and _near(np.where(few > 0, few, low / x_low * few), goal, largest):
        yield layers.LeakyReLU(low / x_low)
    if x_high > x_low:
        scale = (high - low) / (x_high - x_low)
        if _near(scale * few + (low - scale * x_low), goal, largest):
            yield layers.Rescaling(scale, low - scale * x_low)
    if x.ndim == 4 and (np.sign(few) == np.sign(goal)).all():
        from ccv.layers import LocalResponseNormalization

        yield LocalResponseNormalization()


def _joining(known: list[np.ndarray], newest: list[int], wanted: np.ndarray) -> Iterator[tuple[Any, list[int]]]:
    """Layers that join several arrays."""
    from keras import layers

    yield from _concatenated(known, newest, wanted)
    pairs = [(b, a) for a, b in combinations(newest, 2) if known[a].shape == known[b].shape]
    for merge in (layers.Add, layers.Multiply, layers.Subtract, layers.Average, layers.Maximum, layers.Minimum):
        yield from ((merge(), [*pair]) for pair in pairs)
    yield from ((layers.Subtract(), [b, a]) for a, b in pairs)


def _usual(known: list[np.ndarray], newest: list[int]) -> Iterator[tuple[Any, list[int]]]:
    """The usual layers of one array, which another may have followed."""
    from keras import layers

    for place in newest:
        yield from ((layers.Activation(name), [place]) for name in ACTIVATIONS)
        if known[place].ndim == 4:
            kinds = (layers.MaxPooling2D, layers.AveragePooling2D)
            yield from ((kind(*pool), [place]) for kind in kinds for pool in _POOLS[:2])
            yield from ((kind(), [place]) for kind in (layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D))


def _concatenated(known: list[np.ndarray], newest: list[int], wanted: np.ndarray) -> Iterator[tuple[Any, list[int]]]:
    """The arrays that lie beside each other in the last axis of `wanted`, in their order."""
    from keras import layers

    places: list[int] = []
    start = 0
    while start < wanted.shape[-1]:
        rest = wanted[..., start:]
        fitting = (i for i in newest if _begins(rest, known[i]))
        place = next(fitting, None)
        if place is None:
            return
        places.append(place)
        start += known[place].shape[-1]
    if len(places) > 1:
        yield layers.Concatenate(), places


def _begins(rest: np.ndarray, part: np.ndarray) -> bool:
    if part.ndim != rest.ndim or part.shape[:-1] != rest.shape[:-1] or part.shape[-1] > rest.shape[-1]:
        return False
    return _near(part, rest[..., : part.shape[-1]])


def _result(layer: Any, inputs: list[np.ndarray]) -> np.ndarray | None:
    try:
        return values_of(layer(inputs if len(inputs) > 1 else inputs[0]))
    except Exception:  # shapes that it cannot take
        return None


def _largest(x: np.ndarray) -> float:
    return float(np.abs(x[np.isfinite(x)]).max(initial=0)) if x.dtype.kind in "iuf" else 0.0


def _near(a: np.ndarray, b: np.ndarray, largest: float | None = None) -> bool:
    if a.shape != b.shape:
        return False
    largest = _largest(b) if largest is None else largest
    return bool(np.allclose(a, b, rtol=_CLOSE, atol=_CLOSE * largest, equal_nan=True))

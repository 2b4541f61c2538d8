"""All that is asked of a picture as one number, and its gradient by the pixels."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from keras import ops

from ccv.devices.gradient import value_and_gradient
from ccv.style.extractor import Extractor
from ccv.style.losses import content_loss, gram_matrix, style_loss, total_variation

PARTS = ("style", "content", "variation")
_COMPILED: dict[int, tuple[Extractor, Callable[..., tuple[float, np.ndarray]]]] = {}
MOST_COMPILED = 8


def targets(look: Extractor, content: np.ndarray | None, style: np.ndarray) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the Gram matrices of the style by layer, and the content's maps by layer (empty for none)."""
    seen = look.maps(style[None])
    grams = {name: ops.stop_gradient(gram_matrix(seen[name])) for name in look.style}
    if content is None:
        return grams, {}
    return grams, {look.content: ops.stop_gradient(look.maps(content[None])[look.content])}


def losses(look: Extractor, pictures: Any, grams: Mapping[str, Any], contents: Mapping[str, Any]) -> list[Any]:
    """Return the style, content and variation losses of `(1, height, width, 3)`, 0 to 1, without their weights."""
    seen = look.maps(pictures)
    style = style_loss({name: gram_matrix(seen[name]) for name in grams}, grams)
    content = sum(content_loss(seen[name], maps) for name, maps in contents.items())
    return [style, ops.cast(content, style.dtype), total_variation(pictures)]


def objective(look: Extractor) -> Callable[..., tuple[float, np.ndarray]]:
    """Return a compiled function (pictures, grams, contents, weights (3,)) of the loss and its gradient by the pixels.

    It is kept for the next picture, since compiling takes as long as many steps.
    """
    if id(look.model) not in _COMPILED:
        while len(_COMPILED) >= MOST_COMPILED:
            del _COMPILED[next(iter(_COMPILED))]

        def total(pictures: Any, grams: Any, contents: Any, weights: Any) -> Any:
            return ops.sum(ops.stack(losses(look, pictures, grams, contents)) * weights)

        _COMPILED[id(look.model)] = look, value_and_gradient(total)
    return _COMPILED[id(look.model)][1]

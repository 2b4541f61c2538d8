"""What a model remembers: the builder that made it, in which form, and the pixels that its weights were trained on.

It is kept on the model object, so it is lost where Keras makes a new one: by `clone_model`, or from a `.keras` file.
Keras copies configurations alone, in which a model of its own layers has no room for it; who needs the pixels of a copy
asks. What `with_head` puts in front of a network is a layer, and stays.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from ccv.models.cards import Rescale

ATTRIBUTE = "_ccv_origin"


@dataclass(frozen=True)
class Origin:
    """A builder's name, the options that decide which weights fit, and pixels; None where those are not known."""

    builder: str
    form: Mapping[str, Any]
    pixels: Rescale | None


def origin_of(model: keras.Model) -> Origin | None:
    """Return what a model remembers, or None where no builder made this object."""
    return getattr(model, ATTRIBUTE, None)


def remember(model: keras.Model, origin: Origin | None) -> keras.Model:
    """Write down where a model comes from, and return it."""
    if origin is not None:
        setattr(model, ATTRIBUTE, origin)
    return model


def remember_pixels(model: keras.Model, pixels: Rescale | None) -> None:
    """Write down the pixels of the weights that a model has read; None where the file does not tell."""
    origin = origin_of(model) or Origin(model.name, {}, None)
    remember(model, dataclasses.replace(origin, pixels=pixels))

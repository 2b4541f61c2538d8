"""The network whose features are used: a builder by its name, or any model, without its classifier; its pixels."""

import fnmatch
import os
from typing import Any

import keras

from ccv.models import build, list_models, load_weights
from ccv.models.cards import CARDS
from ccv.models.cards._card import IMAGENET_STATISTICS, KERAS_CAFFE, KERAS_SIGNED, Rescale
from ccv.models.stages import is_graph
from ccv.names import check_name
from ccv.transfer import published
from ccv.transfer.graph import Copier, check_image_model, features_of, flat_calls, image_shape

# What keras.applications' networks expect whose names no builder of ours has; those that rescale for themselves say so
# in their graph. Source: `preprocess_input` of each.
APPLICATIONS: tuple[tuple[str, Rescale], ...] = (
    ("vgg*", KERAS_CAFFE),
    ("resnet*v2", KERAS_SIGNED),
    ("resnet*", KERAS_CAFFE),
    ("mobilenet_[0-9]*", KERAS_SIGNED),
    ("mobilenetv2_*", KERAS_SIGNED),
    ("nasnet*", KERAS_SIGNED),
    ("inception*", KERAS_SIGNED),
    ("xception*", KERAS_SIGNED),
    ("densenet*", IMAGENET_STATISTICS),
)


def backbone(name_or_model: str | keras.Model, weights: Any = None, **options: Any) -> keras.Model:
    """Return a network that ends with its last feature maps `(batch, height, width, channels)`, without a classifier.

    A name is a builder of `ccv.models`, with its options (`input_shape`, `width`); `weights` are "ccv" (those in
    `data/weights`, no network needed), "imagenet", a file, or None (random: training from scratch). A model of
    `keras.applications`, KerasHub or your own is cut before its classifier, keeps its weights, and shares them with
    the result; models inside it are opened, which copies them.

    Raises ValueError for an unknown name, weights that there are not, and a model whose graph is unknown; TypeError for
    an unknown option; OSError where a file is missing or damaged.
    """
    if isinstance(name_or_model, str):
        return _built(name_or_model, weights, options)
    model = check_image_model(name_or_model)
    if options:
        raise TypeError(f"{model.name} is built already: {', '.join(options)} can only be given with a builder's name")
    if weights is not None:
        load_weights(model, published.file(model.name) if weights == "ccv" else weights)
    if any(is_graph(layer) for layer in model.layers):
        return _opened(model)
    return keras.Model(model.inputs, _maps(model), name=model.name)


def preprocessing_for(model: keras.Model) -> keras.layers.Layer | None:
    """Return a new layer from uint8 RGB to what a backbone expects, or None where that is built in.

    Known by the model's name: the builders of ccv and the networks of `keras.applications`. Raises ValueError for
    another, and where the pixels do not have the channels that the layer is for.
    """
    if _rescales_itself(model):
        return None
    name = model.name.lower()
    known = [rescale for pattern, rescale in APPLICATIONS if fnmatch.fnmatchcase(name, pattern)]
    rescale = CARDS[model.name].rescale if model.name in CARDS else next(iter(known), None)
    if rescale is None:
        raise ValueError(
            f"what pixels {model.name!r} expects is not known, since it is named like no builder of ccv or "
            "keras.applications: pass preprocessing=keras.layers.Rescaling(1 / 255) or the layer it was trained with, "
            "or preprocessing=False where it takes raw pixels"
        )
    channels = image_shape(model)[-1]
    per_channel = [len(v) for v in (rescale.scale, rescale.offset) if isinstance(v, tuple)]
    if channels != 3 and (rescale.bgr or per_channel):
        raise ValueError(
            f"{model.name} takes {channels} channels, its preprocessing is for 3 (RGB): pass a layer, such as "
            "preprocessing=keras.layers.Rescaling(1 / 127.5, -1)"
        )
    return rescale.layer()


def _built(name: str, weights: Any, options: dict[str, Any]) -> keras.Model:
    check_name("model", name, list_models())
    if weights is not None and not isinstance(weights, (str, os.PathLike)):
        raise TypeError(f"weights={weights!r} must be 'ccv', 'imagenet', the path of a file, or None")
    if weights != "ccv":
        return _cut(build(name, **({"include_top": False, "weights": weights} | options)))
    options = published.options(name) | options
    return _cut(load_weights(build(name, **({"include_top": False} | options)), published.file(name)))


def _cut(model: keras.Model) -> keras.Model:
    check_image_model(model)
    maps = _maps(model)
    return (
        model
        if len(model.outputs) == 1 and maps is model.outputs[0]
        else keras.Model(model.inputs, maps, name=model.name)
    )


def _maps(model: keras.Model) -> Any:
    """The model's output where it is a single map, else the last map before the classifier or the heads."""
    if len(model.outputs) == 1 and len(model.outputs[0].shape) == 4:
        return model.outputs[0]
    return features_of(model)


def _opened(model: keras.Model) -> keras.Model:
    """A flat copy, cut before the classifier."""
    copier = Copier()
    inputs = keras.Input(image_shape(model), dtype=model.inputs[0].dtype, name="input")
    outputs = copier(model, [inputs])
    flat = keras.Model(inputs, outputs if len(outputs) > 1 else outputs[0], name=model.name)
    copier.finish()
    return _cut(flat)


def _rescales_itself(model: keras.Model) -> bool:
    """Whether a Rescaling or Normalization comes before the first layer that has weights of its own."""
    for layer in flat_calls(model):
        if isinstance(layer, keras.layers.Rescaling | keras.layers.Normalization):
            return True
        if getattr(layer, "weights", None):
            return False
    return False

"""The network whose features are used: a builder by its name, or any model, without its classifier; its pixels."""

import fnmatch
import os
from typing import Any

import keras

from ccv.graph import is_graph
from ccv.models import build, list_models, load_weights
from ccv.models.cards import CARDS, IMAGENET_STATISTICS, KERAS_CAFFE, KERAS_SIGNED, Rescale
from ccv.models.origin import origin_of, remember, remember_pixels
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
    if weights == "ccv":
        _load_ours(model, model.name)
    elif weights is not None:
        load_weights(model, weights)
    if any(is_graph(layer) for layer in model.layers):
        return _opened(model)
    return remember(keras.Model(model.inputs, _maps(model), name=model.name), origin_of(model))


def preprocessing_for(model: keras.Model) -> keras.layers.Layer | None:
    """Return a new layer from uint8 RGB to what a backbone expects, or None where that is built in.

    A model that a builder of ccv made remembers what its weights expect, until Keras copies it (`clone_model`, a
    `.keras` file); another is known by its name, as the networks of `keras.applications` are. Raises ValueError where
    neither tells, and where the pixels do not have the channels that the layer is for.
    """
    if _rescales_itself(model):
        return None
    rescale = _pixels_of(model)
    channels = image_shape(model)[-1]
    per_channel = [len(v) for v in (rescale.scale, rescale.offset) if isinstance(v, tuple)]
    if channels != 3 and (rescale.bgr or per_channel):
        taken = "1 channel" if channels == 1 else f"{channels} channels"
        raise ValueError(
            f"{model.name} takes {taken}, its preprocessing is for 3 (RGB): pass a layer, such as "
            "preprocessing=keras.layers.Rescaling(1 / 127.5, -1)"
        )
    return rescale.layer()


def _pixels_of(model: keras.Model) -> Rescale:
    """What a model's weights expect; ValueError, which asks for it, where that is not known."""
    origin = origin_of(model)
    if origin is not None and origin.pixels is None:
        raise _unknown(model, "the file of its weights does not tell")
    if origin is not None and origin.pixels is not None:
        return origin.pixels
    card = CARDS.get(model.name)
    # Our builders call the input so, and those of keras.applications, some of which have the same names, do not.
    if card and model.inputs[0].name == "input":
        raise _unknown(model, "a copy, as of clone_model or of a .keras file, does not keep which weights it holds")
    named = [rescale for pattern, rescale in APPLICATIONS if fnmatch.fnmatchcase(model.name.lower(), pattern)]
    if card or named:
        return card.rescale if card else named[0]
    raise _unknown(model, "it is named like no builder of ccv or keras.applications")


def _unknown(model: keras.Model, reason: str) -> ValueError:
    card = f"card({model.name!r})"
    published = f", as {card}.preprocessing of published weights" if model.name in CARDS else ""
    return ValueError(
        f"what pixels {model.name!r} expects is not known, since {reason}: pass preprocessing=keras.layers.Rescaling("
        f"1 / 255) or the layer it was trained with{published}, or preprocessing=False where it takes raw pixels"
    )


def _built(name: str, weights: Any, options: dict[str, Any]) -> keras.Model:
    check_name("model", name, list_models())
    if weights is not None and not isinstance(weights, (str, os.PathLike)):
        raise TypeError(f"weights={weights!r} must be 'ccv', 'imagenet', the path of a file, or None")
    if weights != "ccv":
        return cut(build(name, **({"include_top": False, "weights": weights} | options)))
    options = published.options(name) | options
    return cut(_load_ours(build(name, **({"include_top": False} | options)), name))


def _load_ours(model: keras.Model, name: str) -> keras.Model:
    """Read the weights that ccv carries; `ccv.data.pretrain` trains them on the pixels of the card."""
    load_weights(model, published.file(name))
    remember_pixels(model, CARDS[name].rescale)
    return model


def cut(model: keras.Model) -> keras.Model:
    """Return the model up to its maps, without what stands behind them."""
    check_image_model(model)
    maps = _maps(model)
    if len(model.outputs) == 1 and maps is model.outputs[0]:
        return model
    return remember(keras.Model(model.inputs, maps, name=model.name), origin_of(model))


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
    return cut(remember(flat, origin_of(model)))


def _rescales_itself(model: keras.Model) -> bool:
    """Whether a Rescaling or Normalization comes before the first layer that has weights of its own."""
    for layer in flat_calls(model):
        if isinstance(layer, keras.layers.Rescaling | keras.layers.Normalization):
            return True
        if getattr(layer, "weights", None):
            return False
    return False

"""Which maps are looked at: layers of a network, of the picture and of smaller copies of it; and the colours.

A network for classes has learnt to ignore colour, and a small one sees a small field. So the Gram matrix of the colours
themselves can be looked at too, and the same layers at a half and a quarter of the size: strokes of three sizes.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers, ops

from ccv.checks import check_whole
from ccv.models.stages import stage_outputs
from ccv.transfer.backbones import backbone as named_backbone
from ccv.transfer.backbones import preprocessing_for
from ccv.transfer.graph import check_image_model, image_shape, tensor_at

# The first convolution of each block for style, a late one for content. Source: Gatys et al. 2016, section 2.
VGG_STYLE = tuple(f"block{block}_conv1" for block in range(1, 6))
DEFAULTS: dict[str, tuple[tuple[str, ...], str]] = {
    "vgg16": (VGG_STYLE, "block4_conv2"),
    "vgg19": (VGG_STYLE, "block4_conv2"),
    "resnet20": (("conv1_relu", "conv2_block3_out", "conv3_block3_out", "conv4_block3_out"), "conv3_block3_out"),
}
BLUR = np.outer([1, 3, 3, 1], [1, 3, 3, 1]).astype("float32") / 64


class Extractor(NamedTuple):
    """A model from pixels, 0 to 255, to maps by name, and which of these are for style and for content."""

    model: keras.Model
    style: tuple[str, ...]
    content: str

    def maps(self, pictures: Any) -> dict[str, Any]:
        """Return the maps of `(batch, height, width, 3)`, 0 to 1."""
        return self.model(255.0 * ops.convert_to_tensor(pictures), training=False)


def extractor(
    backbone: str | keras.Model = "resnet20",
    layers: Sequence[str] | None = None,
    content_layer: str | None = None,
    *,
    weights: Any = "ccv",
    scales: int = 3,
    colours: bool = True,
    preprocessing: keras.layers.Layer | None = None,
) -> Extractor:
    """Return what looks at pictures of any size.

    Args:
        backbone: a builder of `ccv.models` by its name, or a model, open in height and width.
        layers: names of layers or stages whose Gram matrices are the style; None takes the usual ones.
        content_layer: the layer or stage that holds the content; None takes the usual one.
        weights: of a backbone that is given by its name: "ccv", "imagenet", a file, or None.
        scales: how many sizes of the picture are looked at, each half of the one before.
        colours: whether the colours belong to the style.
        preprocessing: from 0 to 255 to what the backbone takes; None takes what it was trained with.

    Raises ValueError or TypeError, in one sentence, for a layer that there is not and a model that does not fit.
    """
    net = _network(backbone, weights)
    chosen, content_at = _layers(net, layers, content_layer)
    check_whole("scales", scales, 1, 6)
    tensors = {name: _map_at(net, name) for name in dict.fromkeys([*chosen, content_at])}
    look = keras.Model(net.inputs, tensors)
    pixels = preprocessing or preprocessing_for(net) or keras.layers.Identity()
    pictures = keras.Input((None, None, 3), name="pixels")
    found: dict[str, Any] = {}
    smaller = pictures
    for scale in range(scales):
        here = look(pixels(smaller), training=False)
        found |= {_named(name, scale): here[name] for name in (tensors if scale == 0 else chosen)}
        smaller = half(smaller)
    style = tuple(_named(name, scale) for scale in range(scales) for name in chosen)
    if colours:
        found |= (seen := _colours(pictures))
        style += tuple(seen)
    return Extractor(keras.Model(pictures, found), style, content_at)


def random_filters(*, filters: int = 48, kernel_size: int = 7, scales: int = 4, seed: int = 0) -> Extractor:
    """Return one layer of random filters at several sizes of the picture, and the colours: nothing is learnt.

    Source: Ustyuzhaninov et al. 2016 (arXiv:1606.00021), with a pyramid instead of filters of several sizes.
    """
    for name, value in (("filters", filters), ("kernel_size", kernel_size), ("scales", scales)):
        check_whole(name, value)
    check_whole("seed", seed, 0)
    pictures = keras.Input((None, None, 3), name="pixels")
    found: dict[str, Any] = {}
    smaller = pictures
    for scale in range(scales):
        normal = keras.initializers.HeNormal(seed + scale)
        convolution = layers.Conv2D(filters, kernel_size, activation="relu", padding="same", kernel_initializer=normal)
        found[_named("random", scale)] = convolution(_signed(smaller))
        smaller = half(smaller)
    found |= _colours(pictures)
    return Extractor(keras.Model(pictures, found), tuple(found), _named("random", min(1, scales - 1)))


def half(pictures: Any) -> Any:
    """Return pictures of half the size: blurred first, so that no detail turns into another one."""
    channels = pictures.shape[-1]
    kernel = np.repeat(BLUR[:, :, None, None], channels, axis=2)
    blur = layers.DepthwiseConv2D(
        4, strides=2, use_bias=False, depthwise_initializer=lambda shape, dtype=None: ops.cast(kernel, dtype)
    )
    return blur(ops.pad(pictures, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="reflect"))


def _network(backbone: Any, weights: Any) -> keras.Model:
    if isinstance(backbone, str):
        return named_backbone(backbone, weights=weights, input_shape=(None, None, 3))
    net = check_image_model(backbone)
    if image_shape(net) != (None, None, 3):
        raise ValueError(
            f"{net.name} takes images of {image_shape(net)}: build it with input_shape=(None, None, 3) and "
            "include_top=False, so that pictures of any size go in"
        )
    return net


def _layers(net: keras.Model, style: Any, content: str | None) -> tuple[list[str], str]:
    """Return the names for style and content: those given, else the usual ones of a network, else its stages."""
    stages = list(stage_outputs(net))
    usual, usual_content = DEFAULTS.get(net.name, (tuple(stages), stages[len(stages) // 2]))
    if isinstance(style, str):
        raise TypeError(f"layers={style!r} must be a list of names, such as layers=[{style!r}]")
    chosen = list(dict.fromkeys(usual if style is None else style))
    if not chosen:
        raise ValueError(f"layers is empty: name at least one, such as {usual[0]!r}, or leave it out")
    return chosen, content or usual_content


def _map_at(net: keras.Model, name: str) -> Any:
    tensor = tensor_at(net, name)
    if len(tensor.shape) != 4:
        raise ValueError(f"{name!r} gives {tuple(tensor.shape[1:])}, no map (height, width, channels): name one before")
    return tensor


def _named(name: str, scale: int) -> str:
    return name if scale == 0 else f"{name} at 1/{2**scale}"


def _signed(pictures: Any) -> Any:
    return layers.Rescaling(1 / 64, offset=-2)(pictures)


def _colours(pictures: Any) -> dict[str, Any]:
    """The colours and a channel of ones, sharp and blurred: their Gram matrix holds means, and how they vary."""
    sizes = {"colours": _signed(pictures), "colours at 1/4": _signed(half(half(pictures)))}
    return {name: ops.concatenate([x, ops.ones_like(x[..., :1])], axis=-1) for name, x in sizes.items()}

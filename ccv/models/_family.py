"""Makes the public builders out of the functions that draw the networks.

A family of networks is one function from an image tensor to the network's end, written in plain Keras. What all
builders have in common stands here, once: the arguments, in the order of `keras.applications`, their checks, the input,
the end without a top, the weights.

    def _vgg(x, row, *, top, width, dropout=0.5): ...

    vgg16 = builder(_vgg, "vgg16", NEEDS, "D")
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import keras

from ccv.checks import check_whole
from ccv.models.cards import CARDS
from ccv.models.common import (
    Needs,
    Shape,
    Top,
    check_activation,
    check_multiple,
    check_shape,
    check_width,
    pool_features,
)
from ccv.models.layout import check_channels_last
from ccv.models.origin import Origin, remember, remember_pixels
from ccv.models.weights import check_weights, imagenet, load_weights
from ccv.names import check_name, check_options

# The arguments of `keras.applications`, in its order, and their defaults; the card of a network has its input's shape.
COMMON: dict[str, Any] = {
    "include_top": True,
    "weights": None,
    "input_tensor": None,
    "input_shape": None,
    "pooling": None,
    "classes": 1000,
    "classifier_activation": "softmax",
    "name": None,
}
ORDER = tuple(COMMON)
ARGUMENTS = """\
The arguments of every builder, in the order of `keras.applications`:

include_top: whether the network ends with its classifier; without, it ends with its last maps and `pooling`.
weights: None, "imagenet" where some are published (`card(name).weights_from`), "IMAGENET1K_V1" or "IMAGENET1K_V2" for
    those that torchvision calls so, or the path of a file.
input_tensor: a Keras tensor for the network to begin with, instead of an input of `input_shape`.
input_shape: (height, width, channels) of the images; without the top height and width may be None.
pooling: without the top, None for the maps, "avg" or "max" for the mean or maximum of each.
classes, classifier_activation: of the classifier; None gives its logits.
name: the model's.
width: multiplies every channel count, such as 1/8.

Pixels: `card(name).preprocessing`. Raises ValueError or TypeError, in one sentence, for an argument that does not fit.
"""
NOTHING: Mapping[str, Any] = MappingProxyType({})

Model = Callable[..., keras.Model]
Preset = Callable[[keras.Model], keras.Model]


def builder(
    make: Callable[..., Any],
    name: str,
    needs: Needs | Callable[..., Needs],
    row: Any = None,
    *,
    order: Sequence[str] = ORDER,
    by_weights: Mapping[str, Any] = NOTHING,
    presets: Mapping[str, Preset] = NOTHING,
    **defaults: Any,
) -> Model:
    """Return the builder `name` of the network that `make` draws.

    `make(x, *, top, width, ...)`, or `make(x, row, *, top, width, ...)` for a member of a family, takes the image
    `(batch, height, width, channels)` and gives the output: where `top` is None the last maps, which are pooled then.
    It gives a model where there is more than one input. Its further arguments become options of the builder; of the
    common ones it may name what it needs, such as `pooling`. `needs` is the least image, or gives it from the options.

    `order` has the positional arguments, `by_weights` the options that are None until the published weights choose
    their value, with the one that they have otherwise, `presets` what sets the weights of a name of this builder's own,
    `defaults` what differs for this member.
    """
    rows = () if row is None else (row,)
    drawn = list(inspect.signature(make).parameters.values())[1 + len(rows) :]
    own = {option.name: option.default for option in drawn if option.name not in (*COMMON, "top", "width")}
    here = {"input_shape": CARDS[name].input_shape, "name": name, "width": 1.0}
    signature = _signature(order, COMMON | here | own | defaults)

    def build(*args: Any, **options: Any) -> keras.Model:
        check_options(name, build, options)
        given = _bind(name, signature, args, options)
        tensor, preset = given["input_tensor"], _preset(given["weights"], presets)
        if tensor is not None:
            given["input_shape"] = _shape_of(tensor)
        for option, otherwise in by_weights.items():
            if given[option] is None:
                given[option] = _that_fits(name, option, given["weights"], otherwise)
        form = {option: given[option] for option in ("width", *own)}
        least, read = needs(**given) if callable(needs) else needs, given | ({"weights": None} if preset else {})
        given["input_shape"] = _check(name, least, form, read)
        x = keras.Input(given["input_shape"], name="input") if tensor is None else tensor
        given["top"] = Top(given["classes"], given["classifier_activation"]) if given["include_top"] else None
        output = make(x, *rows, **{option.name: given[option.name] for option in drawn})
        model = remember(_model(name, x, output, given), Origin(name, form, CARDS[name].pixels(form)))
        return preset(model) if preset else _with_weights(model, name, form, given)

    build.__name__ = build.__qualname__ = name
    build.__module__ = make.__module__
    build.__doc__ = "\n\n".join([*([] if row is None else [_title(name)]), inspect.getdoc(make) or "", ARGUMENTS])
    build.__signature__ = signature  # type: ignore[attr-defined]
    build.__wrapped__ = make  # type: ignore[attr-defined]  # where `inspect.getsource` finds the network
    return build


def _signature(order: Sequence[str], values: Mapping[str, Any]) -> inspect.Signature:
    """The signature of a builder with these defaults; what is not in `order` is given by its name alone."""
    kinds = {True: inspect.Parameter.POSITIONAL_OR_KEYWORD, False: inspect.Parameter.KEYWORD_ONLY}
    names = [*order, *(name for name in values if name not in order)]
    parameters = [inspect.Parameter(name, kinds[name in order], default=values[name]) for name in names]
    return inspect.Signature(parameters, return_annotation=keras.Model)


def _bind(name: str, signature: inspect.Signature, args: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any]:
    try:
        bound = signature.bind(*args, **options)
    except TypeError as problem:
        raise TypeError(f"{name}: {problem}") from None
    bound.apply_defaults()
    return bound.arguments


def _that_fits(name: str, option: str, weights: Any, otherwise: Any) -> Any:
    """The value of an option that is None: what the published weights are for, said aloud, or the usual one."""
    if not imagenet.is_published(weights):
        return otherwise
    imagenet.check(name, weights)
    fitting = imagenet.named(name, weights)[0].form[option][0]
    if option == "variant":
        print(f"{name}: the published weights are for variant={fitting!r}, which is built")
    return fitting


def _check(name: str, least: Needs, form: Mapping[str, Any], given: Mapping[str, Any]) -> Shape:
    """Return the shape of the image, of plain integers.

    Raises ValueError or TypeError (FileNotFoundError for weights that are not there), in one sentence.
    """
    check_channels_last()
    include_top, weights = given["include_top"], given["weights"]
    if not isinstance(include_top, bool):
        raise TypeError(f"include_top={include_top!r} must be True or False")
    check_weights(name, weights)
    shape = check_shape(name, least, given["input_shape"], least.any_size or not include_top)
    if least.multiple and include_top:
        check_multiple(name, least, shape[:2])
    check_whole("classes", given["classes"])
    if given["pooling"] is not None:
        check_name("pooling", given["pooling"], ("avg", "max"))
    check_activation(given["classifier_activation"])
    if not isinstance(given["name"], str) or not given["name"] or "/" in given["name"]:
        raise ValueError(f"name={given['name']!r} must be a string that is not empty and has no '/'")
    check_width(given["width"])
    if imagenet.is_published(weights):
        imagenet.check_fits(name, form, shape, include_top, given["classes"], weights)
    return shape


def _preset(weights: Any, presets: Mapping[str, Preset]) -> Preset | None:
    return presets.get(weights) if isinstance(weights, str) else None


def _shape_of(tensor: Any) -> tuple[int | None, ...]:
    if not keras.backend.is_keras_tensor(tensor):
        raise TypeError(
            f"input_tensor={tensor!r} must be a Keras tensor, such as keras.Input((224, 224, 3)); the shape of the "
            "image is input_shape"
        )
    return tuple(tensor.shape[1:])


def _model(name: str, x: Any, output: Any, given: Mapping[str, Any]) -> keras.Model:
    """Make the model from its two ends; one of several inputs is made already."""
    tensor = given["input_tensor"]
    if isinstance(output, keras.Model):
        if tensor is not None:
            raise ValueError(f"{name} makes its own inputs: leave out input_tensor")
        return output
    pooled = given["include_top"] or len(output.shape) != 4  # with the top, or by the network itself
    output = output if pooled else pool_features(output, given["pooling"])
    return keras.Model(_inputs(x, tensor), output, name=given["name"])


def _with_weights(model: keras.Model, name: str, form: Mapping[str, Any], given: Mapping[str, Any]) -> keras.Model:
    """Read the weights that are asked for, if any: a file's, or the published ones."""
    weights, include_top = given["weights"], given["include_top"]
    if weights is None:
        return model
    if not imagenet.is_published(weights):
        return load_weights(model, weights)
    file = imagenet.choose_file(name, form, given["input_shape"], include_top, weights)
    load_weights(model, imagenet.fetch(file, name, include_top))
    remember_pixels(model, file.pixels)
    return model


def _inputs(x: Any, tensor: Any) -> Any:
    """Where the model begins: at the image, or, as in `keras.applications`, where a given tensor comes from."""
    if tensor is None:
        return x
    sources = keras.utils.get_source_inputs(tensor)
    return sources[0] if len(sources) == 1 else sources


def _title(name: str) -> str:
    """The first line of a member's documentation, from its card."""
    card = CARDS[name]
    height, width, channels = card.input_shape
    return f"Build {card.title}: {card.params:,} parameters at {height}x{width}x{channels}."

"""One way to write each layer of a Keras model, so that two ways to build the same network read alike.

`Activation` layers and `activation=` arguments become the same block; layers that do nothing (a linear activation, a
`Flatten` of what is flat) become none; padding that pads nothing is like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from operator import le
from typing import Any

MERGES = {"Add", "Multiply", "Maximum", "Minimum", "Average", "Concatenate", "Subtract"}
_LEFT_OUT = {
    *("name", "dtype", "trainable", "data_format", "batch_shape", "batch_input_shape", "sparse", "ragged", "optional"),
    *("seed", "noise_shape", "momentum", "epsilon", "synchronized", "renorm", "renorm_clipping", "renorm_momentum"),
    *("activation", "quantization_config", "lora_rank", "lora_alpha", "module", "registered_name", "build_config"),
}
_ACTIVATIONS = {
    *("relu", "relu6", "tanh", "sigmoid", "softmax", "softplus", "softsign", "silu", "gelu", "elu", "selu", "mish"),
    *("hardswish", "hardsigmoid", "leakyrelu", "exponential"),
}
_SAME_ACTIVATION = {"swish": "silu", "hardsilu": "hardswish"}

ANY = "any"

Shape = tuple


@dataclass(frozen=True)
class Block:
    """One step of a network; `inputs` are positions of the blocks that feed it."""

    kind: str
    settings: dict[str, Any]
    inputs: tuple[int, ...]
    number: int = 0  # of the layer in its model, inputs not counted; an activation has its layer's
    given: Shape = ()
    made: Shape = ()
    weights: tuple[Shape, ...] = ()
    parameters: int = 0
    shares: int = -1  # position of an earlier block of the same layer

    def same_as(self, other: Block) -> bool:
        """Whether kind and settings agree."""
        return self.kind == other.kind and not self.respects(other)

    def respects(self, other: Block) -> list[str]:
        """The settings in which two blocks differ; padding that pads nothing is like any other."""
        keys = dict.fromkeys([*self.settings, *other.settings])
        pairs = {key: {str(self.settings.get(key)), str(other.settings.get(key))} for key in keys}
        return [key for key, pair in pairs.items() if len(pair) == 2 and ANY not in pair]


def written(layer: Any, given: Shape, made: Shape, ignore: set[str]) -> Iterator[Block]:
    """Yield the blocks that a layer (None: an input) stands for: itself and its activation, or nothing.

    `given` and `made` are its shapes in and out, without the batch; `ignore` names kinds and settings to leave out.
    """
    if layer is None:
        yield Block("Input", {"shape": made}, (), made=made)
        return
    kind, config = type(layer).__name__, _config(layer)
    if config.get("axis") == len(given) > 0:
        config["axis"] = -1  # the last axis by its number, the batch's being 0
    activation = _activation(kind, config)
    if activation is None and kind not in ignore and not _does_nothing(kind, config, given):
        weights = tuple(tuple(w.shape) for w in getattr(layer, "weights", ()))
        count = sum(prod(shape) for shape in weights)
        yield Block(kind, _settings(config, given, ignore), (), 0, given, made, weights, count)
    function = activation or _activation("Activation", {"activation": config.get("activation", "linear")})
    if function and function["function"] != "linear" and not ignore & {"Activation", "activation", kind}:
        yield Block("Activation", function, (), 0, made, made)


def _config(layer: Any) -> dict[str, Any]:
    try:
        return layer.get_config()
    except Exception:  # keras.ops that cannot describe themselves
        return {}


def _activation(kind: str, config: dict[str, Any]) -> dict[str, Any] | None:
    """The function of an activation layer, None for any other layer."""
    if kind == "Activation":
        function = config.get("activation") or "linear"
        if isinstance(function, dict):
            inner = function.get("config")
            return _activation(function.get("class_name", ""), inner if isinstance(inner, dict) else {}) or {
                "function": str(inner if isinstance(inner, str) else function.get("class_name"))
            }
        kind, config = str(function), {}
    name = kind.lower().replace("_", "")
    name = _SAME_ACTIVATION.get(name, name)
    if name == "linear":
        return {"function": "linear"}
    if name not in _ACTIVATIONS:
        return None
    if name == "relu" and config.get("max_value") == 6:
        name, config = "relu6", {}
    details = {k: _plain(v) for k, v in config.items() if k not in _LEFT_OUT and v}
    return {"function": name, **({} if details == {"axis": -1} else details)}


def _does_nothing(kind: str, config: dict[str, Any], given: Shape) -> bool:
    if kind == "Flatten":
        return len(given) == 1
    return kind == "InputLayer" or ("Dropout" in kind and not config.get("rate"))


def _settings(config: dict[str, Any], given: Shape, ignore: set[str]) -> dict[str, Any]:
    settings = {k: _plain(v) for k, v in config.items() if _matters(k, v, ignore)}
    if settings.get("padding") in ("same", "valid") and _pads_nothing(settings, given):
        settings["padding"] = ANY
    return settings


def _matters(key: str, value: Any, ignore: set[str]) -> bool:
    if key in _LEFT_OUT | ignore or key.endswith(("_initializer", "_constraint")):
        return False
    return not (key.endswith("_regularizer") and (value is None or ignore & {"regularizer", "regularizers"}))


def _plain(value: Any) -> Any:
    """Plain data to compare: what the layers inside a wrapper are called does not matter there either."""
    if isinstance(value, dict):
        kept = {k: _plain(v) for k, v in value.items() if _matters(k, v, set())}
        return kept | ({"activation": _plain(value["activation"])} if "activation" in value else {})
    if isinstance(value, list | tuple):
        return tuple(_plain(v) for v in value)
    return round(value, 6) if isinstance(value, float) else value


def _pads_nothing(settings: dict[str, Any], given: Shape) -> bool:
    window = settings.get("kernel_size") or settings.get("pool_size")
    if not isinstance(window, tuple) or len(given) != len(window) + 1:
        return False
    strides = settings.get("strides") or window
    dilation = settings.get("dilation_rate") or (1,) * len(window)
    if "output_padding" in settings:  # a transposed convolution, whose stamps hang over only where they overlap
        reach = ((size - 1) * wide + 1 for size, wide in zip(window, dilation, strict=True))
        return settings["output_padding"] is None and all(map(le, reach, strides))
    return all(_padded(*sizes) == 0 for sizes in zip(given, window, strides, dilation, strict=False))


def _padded(size: int | None, window: int, stride: int, dilation: int) -> int:
    reach = (window - 1) * dilation + 1
    if reach == 1:
        return 0
    if size is None:
        return 1
    return max((-(-size // stride) - 1) * stride + reach - size, 0)

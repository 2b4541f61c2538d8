"""What a rebuilt model may be made of, and what one call of each part costs for one image.

A cost is in multiplications of a dense matrix product, of which a core does some thousand millions a second. What
moves numbers about is slower than that: each number costs twenty. What is not in `COSTS` is refused by its name: no
exercise needs it, and nobody has counted what it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from ccv.grading.border.frames import WireError

Shape = list[int]
Cost = Callable[[Any, list[Shape], list[Shape]], int]

CONTAINERS = {"Sequential", "Functional", "Model"}
MOST_VALUES = 2**28  # that one call may make for one image
_PER_VALUE = 20
_INTERPOLATIONS = {"nearest": 1, "bilinear": 4, "area": 4}


def cost_of(operation: Any, given: list[Shape], made: list[Shape]) -> int:
    """Return what a call costs, building the layer included.

    Args:
        operation: a layer, or an operation of `keras.ops`.
        given: the shapes of the tensors that it gets, of one image.
        made: the shapes of those that it returns.

    Raises:
        WireError: it is none of those that are allowed, or makes more than `MOST_VALUES` numbers.
    """
    name = type(operation).__name__
    check_allowed(name)
    refuse_too_many(operation, _most(made))
    values = _PER_VALUE * _most(given + made)
    return max(values, COSTS[name](operation, given, made)) + _cost_of_initializers(operation)


def check_allowed(name: str) -> None:
    """Raise `WireError` for a layer or an operation of this name that no exercise needs."""
    if name not in COSTS and name not in CONTAINERS:
        raise WireError(
            f"the model contains {name[:80]!r}, which cannot be rebuilt safely and no exercise needs: "
            "use convolutions, pooling, dense layers, normalisation and activations"
        )


def refuse_too_many(operation: Any, values: int) -> None:
    """Raise `WireError` where a call makes more numbers than any exercise needs."""
    if values > MOST_VALUES:
        raise WireError(f"the output of {operation.name!r} has {values:,} values, too many for any exercise")


def _most(shapes: list[Shape]) -> int:
    return max(map(prod, shapes), default=0)


def _each(cost: int) -> Cost:
    return lambda _operation, given, made: cost * _most(given + made)


def _weights_at_each_place(operation: Any, given: list[Shape], made: list[Shape]) -> int:
    """Each weight at each place; a dilated kernel takes room beyond the edges too, and groups go one by one."""
    per_place = sum(prod(w.shape) for w in operation.weights)
    places = max(_places(operation, shape) for shape in given + made)
    refuse_too_many(operation, places)
    return places * per_place * max(4, getattr(operation, "groups", 1)) // 4


def _places(operation: Any, shape: Shape) -> int:
    first = getattr(operation, "data_format", None) == "channels_first"
    sides = shape[2:] if first else shape[1:-1]
    kernel, dilation = (_per_side(operation, key, len(sides)) for key in ("kernel_size", "dilation_rate"))
    grown = [s + k * d if d > 1 else s for s, k, d in zip(sides, kernel, dilation, strict=True)]
    return prod(grown) * (1 if sides else prod(shape[:-1]))


def _per_side(operation: Any, key: str, sides: int) -> list[int]:
    value = getattr(operation, key, 1)
    values = list(value) if isinstance(value, tuple | list) else [value] * sides
    return [int(v) for v in values] if len(values) == sides else [max(map(int, values), default=1)] * sides


def _window(operation: Any, given: list[Shape], made: list[Shape]) -> int:
    size = getattr(operation, "pool_size", 1)
    squares = prod(size) if isinstance(size, tuple | list) else int(size) ** max(1, len(made[0]) - 2)
    return 4 * _most(made) * squares


def _neighbours(operation: Any, given: list[Shape], made: list[Shape]) -> int:
    return _PER_VALUE * _most(made) * operation.size


def _interpolated(operation: Any, given: list[Shape], made: list[Shape]) -> int:
    how = str(getattr(operation, "interpolation", "nearest"))
    if how not in _INTERPOLATIONS:
        raise WireError(f"the interpolation {how[:40]!r} of {operation.name!r} is not needed by any exercise")
    return _PER_VALUE * _INTERPOLATIONS[how] * _most(given + made)


def _adaptive(operation: Any, given: list[Shape], made: list[Shape]) -> int:
    """Two matrix products: the rows of the input to those of the output, then the columns."""
    return _most(given) * max(made[0][1:-1], default=1) + _most(made) * max(given[0][1:-1], default=1)


def _products(operation: Any, given: list[Shape], made: list[Shape]) -> int:
    """Of two tensors along an axis, the longest that there is at most."""
    return _most(made) * max((side for shape in given for side in shape), default=1)


def _by_table(operation: Any, given: list[Shape], made: list[Shape]) -> int:
    """The dense kernel that the table stands for is made at each call, connection by connection."""
    pairs = sum(map(len, operation.connections))
    dense = given[0][-1] * len(operation.connections)
    return operation.kernel_size**2 * dense * (pairs + prod(made[0][:-1]))


def _cost_of_initializers(operation: Any) -> int:
    """All are drawn number by number but the orthogonal ones, which decompose a matrix."""
    initializers = (v for k, v in vars(operation).items() if k.endswith("initializer"))
    if not any("Orthogonal" in type(i).__name__ for i in initializers):
        return 0
    tables = ((prod(w.shape[:-1]), w.shape[-1]) for w in operation.weights if w.shape)
    return sum(8 * rows * columns * min(rows, columns) for rows, columns in tables)


def _sized(name: str, *dimensions: int) -> list[str]:
    return [f"{name}{n}D" for n in dimensions]


_CHEAP = (
    # layers
    *("InputLayer", "Activation", "Identity", "Masking", "Embedding", "Flatten", "Reshape", "Permute", "RepeatVector"),
    *("BatchNormalization", "LayerNormalization", "GroupNormalization", "UnitNormalization", "RMSNormalization"),
    *("Dropout", *_sized("SpatialDropout", 1, 2, 3), "GaussianNoise", "GaussianDropout", "AlphaDropout"),
    *("ActivityRegularization", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"),
    *("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"),
    *_sized("ZeroPadding", 1, 2, 3),
    *_sized("Cropping", 1, 2, 3),
    *_sized("GlobalAveragePooling", 1, 2, 3),
    *_sized("GlobalMaxPooling", 1, 2, 3),
    *("CenterCrop", "Rescaling", "Normalization"),
    # ccv.layers
    *("AbsoluteDifference", "PadChannels", "Reorg", "ReverseChannels", "Subsampling2D", "Truncate"),
    # keras.ops: activations
    *("Relu", "Relu6", "Sigmoid", "Softplus", "Softsign", "Silu", "LogSigmoid", "LeakyRelu", "HardSigmoid", "HardSilu"),
    *("Elu", "Selu", "Gelu", "Celu", "HardTanh", "TanhShrink", "LogSoftmax", "Tanh", "Normalize"),
    # keras.ops: arithmetic and comparison, value by value
    *("Abs", "Absolute", "Negative", "Square", "Sqrt", "Rsqrt", "Reciprocal", "Exp", "Log", "Log1p", "Sign", "Round"),
    *("Floor", "Ceil", "Sin", "Cos", "Arctan", "Clip", "Divide", "TrueDivide", "DivideNoNan", "Power", "Cast"),
    *("Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual", "Where", "LogicalAnd", "LogicalOr"),
    # keras.ops: along axes
    *("Mean", "Sum", "Max", "Min", "Amax", "Amin", "Prod", "Var", "Std", "Argmax", "Argmin", "Logsumexp", "Norm"),
    # keras.ops: shapes
    *(
        "GetItem",
        "Transpose",
        "Squeeze",
        "ExpandDims",
        "Ravel",
        "Moveaxis",
        "Swapaxes",
        "Flip",
        "Roll",
        "Stack",
        "Split",
    ),
    *("Repeat", "Tile", "Take", "Pad", "BroadcastTo", "ZerosLike", "OnesLike", "DepthToSpace", "SpaceToDepth"),
    *("ConvertToTensor", "Copy", "StopGradient", "Slice", "Unstack", "OneHot"),
)
_WITH_WEIGHTS = (
    *("Dense", "EuclideanRBF"),
    *_sized("Conv", 1, 2, 3),
    *(f"{name}Transpose" for name in _sized("Conv", 1, 2, 3)),
    *_sized("DepthwiseConv", 1, 2),
    *_sized("SeparableConv", 1, 2),
)
_POOLING = (*_sized("MaxPooling", 1, 2, 3), *_sized("AveragePooling", 1, 2, 3), "MaxPool", "AveragePool")
_AUGMENTING = (
    *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomCrop"),
    *("RandomBrightness", "RandomContrast", "RandomErasing", "RandomGrayscale"),
)
COSTS: dict[str, Cost] = {
    **dict.fromkeys(_CHEAP, _each(_PER_VALUE)),
    **dict.fromkeys(_WITH_WEIGHTS, _weights_at_each_place),
    **dict.fromkeys(_POOLING, _window),
    **dict.fromkeys(_AUGMENTING, _each(5 * _PER_VALUE)),
    **dict.fromkeys((*_sized("UpSampling", 1, 2, 3), "Resizing", "Resize"), _interpolated),
    **dict.fromkeys(("Dot", "Matmul"), _products),
    **dict.fromkeys((*_sized("AdaptiveAveragePooling", 2), *_sized("AdaptiveMaxPooling", 2)), _adaptive),
    "LocalResponseNormalization": _neighbours,
    "TableConv2D": _by_table,
}

"""A layer in the words that are written in a drawing."""

import re

from ccv.anatomy.arithmetic import x
from ccv.anatomy.rows import Row

# Parts of the names of classes, the first that fits, and what the field says.
KINDS = {
    "DepthwiseConv": "depthwise conv",
    "SeparableConv": "separable conv",
    "Transpose": "up-conv",
    "Conv": "conv",
    "GlobalAverage": "global average pool",
    "GlobalMax": "global max pool",
    "MaxPool": "max pool",
    "AveragePool": "average pool",
    "UpSampling": "upsample",
}
ACTIVATIONS = {"relu": "ReLU", "relu6": "ReLU6", "leakyrelu": "leaky ReLU", "prelu": "PReLU", "elu": "ELU"}


def label(row: Row) -> str:
    """Say what a layer does: "conv 5x5, stride 2", "max pool 2x2", "dense 120"; of an input its name."""
    if row.role == "input":
        return row.name
    if row.role == "dense":
        return f"dense {row.output[-1]}"
    named = next((words for part, words in KINDS.items() if part in row.kind), _spelled(row.kind))
    if named.startswith("global") or not row.kernel:
        return named
    if named == "conv" and row.groups > 1:
        named = f"conv in {row.groups} groups"
    moves = set(row.stride or ()) != {1} and not (row.role == "pooling" and row.stride == row.kernel)
    return f"{named} {x(*row.kernel)}{f', stride {(row.stride or (1,))[0]}' if moves else ''}"


def extra(row: Row) -> tuple[str, ...]:
    """Say what is written small: batch normalisation and non-linearities."""
    if row.role == "normalization":
        return ("BN" if row.kind == "BatchNormalization" else _spelled(row.kind),)
    return (ACTIVATIONS.get(row.activation, row.activation),) if row.activation else ()


def _spelled(kind: str) -> str:
    """Write a class's name as words.

    >>> _spelled("AbsoluteDifference"), _spelled("Subsampling2D")
    ('absolute difference', 'subsampling')
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"\dD$", "", kind)).lower()

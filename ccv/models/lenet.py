"""LeNet-5 (LeCun, Bottou, Bengio, Haffner 1998), in the form of the textbooks and in that of the paper."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from keras import layers

from ccv.layers import EuclideanRBF, Subsampling2D, TableConv2D, scaled_tanh
from ccv.models._family import builder
from ccv.models.common import Needs, Top, choose, scaled
from ccv.names import check_name

# Table I of the paper: the S2 maps (rows) that each of the sixteen C3 maps (columns) is connected to.
TABLE_I = (
    "X...XXX..XXXX.XX",
    "XX...XXX..XXXX.X",
    "XXX...XXX..X.XXX",
    ".XXX..XXXX..X.XX",
    "..XXX..XXXX.XX.X",
    "...XXX..XXXX.XXX",
)
CONNECTIONS = tuple(tuple(row for row in range(6) if TABLE_I[row][column] == "X") for column in range(16))

# Digits on 7x12 cells, in the manner of the paper's figure 3: the fixed prototypes of its output layer.
BITMAPS = """
..###.. ...#... .#####. .#####. ....##. ####### ..####. ####### .#####. .#####.
.#...#. ..##... #.....# #.....# ...#.#. #...... .#..... ......# #.....# #.....#
#.....# .#.#... ......# ......# ...#.#. #...... #...... ......# #.....# #.....#
#.....# ...#... ......# ......# ..#..#. #...... #...... .....#. #.....# #.....#
#.....# ...#... .....#. .....#. ..#..#. #.####. #...... .....#. .#...#. #.....#
#.....# ...#... ....#.. ..###.. .#...#. ##....# #.####. ....#.. ..###.. #....##
#.....# ...#... ...#... .....#. .#...#. ......# ##....# ....#.. .#...#. .####.#
#.....# ...#... ..#.... ......# ####### ......# #.....# ...#... #.....# ......#
#.....# ...#... .#..... ......# .....#. ......# #.....# ...#... #.....# ......#
#.....# ...#... #...... ......# .....#. ......# #.....# ..#.... #.....# ......#
.#...#. ...#... #...... #.....# .....#. #.....# #.....# ..#.... #.....# .....#.
..###.. .#####. ####### .#####. .....#. .#####. .#####. ..#.... .#####. .####..
"""


def digit_prototypes(classes: int) -> np.ndarray:
    """Return the output codes, `(classes, 84)` of -1 and +1: ten drawn digits, then seeded ones.

    >>> digit_prototypes(10).shape, int(digit_prototypes(10)[1].sum())
    ((10, 84), -48)
    """
    rows = [line.split() for line in BITMAPS.split("\n") if line]
    drawn = ["".join(row[digit] for row in rows) for digit in range(10)]
    codes = np.array([[1 if cell == "#" else -1 for cell in digit] for digit in drawn])
    further = np.random.default_rng(1998).choice([-1, 1], size=(max(0, classes - 10), 84))
    return np.concatenate([codes, further])[:classes]


class Parts(NamedTuple):
    """What differs from one variant of LeNet-5 to the next; each function returns a layer."""

    activation: Any
    subsample: Callable[[str], layers.Layer]
    c3: Callable[[float], layers.Layer]
    output: Callable[[Top], layers.Layer]


def _dense_c3(activation: str) -> Callable[[float], layers.Layer]:
    return lambda width: layers.Conv2D(scaled(16, width), 5, activation=activation, name="c3")


def _softmax_output(top: Top) -> layers.Layer:
    return layers.Dense(top.classes, activation=top.activation, name="predictions")


def _rbf_output(top: Top) -> layers.Layer:
    return EuclideanRBF(digit_prototypes(top.classes).tolist(), activation=top.activation, name="predictions")


PARTS = {
    "paper": Parts("tanh", lambda name: layers.AveragePooling2D(2, name=name), _dense_c3("tanh"), _softmax_output),
    "modern": Parts("relu", lambda name: layers.MaxPooling2D(2, name=name), _dense_c3("relu"), _softmax_output),
    "1998": Parts(
        scaled_tanh,
        lambda name: Subsampling2D(scaled_tanh, name=name),
        lambda _: TableConv2D(CONNECTIONS, 5, activation=scaled_tanh, name="c3"),
        _rbf_output,
    ),
}


def _lenet5(x: Any, *, top: Top | None, width: float, variant: str = "paper", first_padding: str | None = None) -> Any:
    """Build LeNet-5: `(batch, height, width, channels)` -> `(batch, classes)`; 61,706 parameters.

    | layer | 28x28 'same' or 32x32 'valid' | parameters | `variant="1998"` |
    |---|---|---|---|
    | c1 | 6 maps, 5x5 -> 28x28x6 | 156 | 156 |
    | s2 | 2x2 -> 14x14x6 | 0 | 12 |
    | c3 | 16 maps, 5x5 -> 10x10x16 | 2,416 | 1,516 (table I) |
    | s4 | 2x2 -> 5x5x16 | 0 | 32 |
    | f5 (C5 in the paper: a 5x5 convolution on 5x5 maps) | 120 | 48,120 | 48,120 |
    | f6 | 84 | 10,164 | 10,164 |
    | predictions | 10 | 850 | fixed |

    `variant`: "paper" is the dense form that everybody builds (tanh, average pooling, softmax); "modern" has
    ReLU and max pooling; "1998" is the paper to the letter (60,000 trainable parameters: sparse C3, trainable
    subsampling, scaled tanh, distances to ten fixed 7x12 bitmaps). There the output is
    `classifier_activation` of the *negative* distances, so the largest wins as everywhere else; with
    `classifier_activation=None` the negative distances themselves. It trains best on those, with the paper's
    own criterion: `compile(loss=ccv.layers.MapCriterion())`; under softmax and cross-entropy f6 saturates.

    `first_padding` is the padding of c1: None takes "valid" for images of 32 pixels and more, as in the paper, and
    "same" for smaller ones, since a 28x28 MNIST digit needs the border that the paper's 32x32 images have.

    Source: LeCun et al. 1998, section II.B and table I.

    >>> lenet5().count_params()
    61706
    """
    part = choose("variant", variant, PARTS)
    padding = _first_padding(first_padding, x.shape[1:])
    if variant == "1998" and width != 1:
        raise ValueError(f"width={width} does not fit variant='1998': its connection table is for 6 and 16 maps")
    act = part.activation
    x = layers.Conv2D(scaled(6, width), 5, padding=padding, activation=act, name="c1")(x)
    x = part.subsample("s2")(x)
    x = part.c3(width)(x)
    x = part.subsample("s4")(x)
    if top is None:
        return x
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(scaled(120, width), activation=act, name="f5")(x)
    x = layers.Dense(scaled(84, width), activation=act, name="f6")(x)
    return part.output(top)(x)


def needs(first_padding: str | None, input_shape: Any, **_: Any) -> Needs:
    """Return the least image, which the padding of the first convolution decides."""
    padding = _first_padding(first_padding, input_shape)
    why = f"two 5x5 convolutions (the first {padding!r}) and two halvings"
    return Needs(12 if padding == "same" else 16, why)


def _first_padding(padding: str | None, input_shape: Any) -> str:
    """Choose the padding of c1: the one asked for, else by the smaller side of the image."""
    if padding is not None:
        return check_name("first_padding", padding, ("same", "valid"))
    try:
        sides = [side for side in input_shape[:2] if side is not None]
        return "same" if sides and min(sides) < 32 else "valid"
    except TypeError:  # not a shape at all: the builder says so
        return "same"


lenet5 = builder(_lenet5, "lenet5", needs, classes=10)

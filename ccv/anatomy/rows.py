"""One row a layer: what it is, what it makes, and what it costs."""

import re
from collections import Counter
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

import keras
from keras import layers

from ccv.anatomy.arithmetic import x
from ccv.anatomy.field import Field, first_field
from ccv.anatomy.kinds import ATTENTION, is_kind, unwrapped
from ccv.anatomy.receptive_field import next_field
from ccv.anatomy.sequences import cost
from ccv.anatomy.shapes import output_shapes
from ccv.graph import fold, maker
from ccv.models.geometry import CROPPING, PADDING, TRANSPOSED, UPSAMPLING, Shape, volume, window

BYTES = 4  # float32
ACTIVATIONS = (layers.Activation, layers.ReLU, layers.LeakyReLU, layers.ELU, layers.PReLU, layers.Softmax)
# Layers whose result takes the place of their input, or is the same numbers.
IN_PLACE = (
    layers.Flatten, layers.Reshape, layers.Identity, layers.Dropout, layers.SpatialDropout1D, layers.SpatialDropout2D,
    layers.SpatialDropout3D, layers.GaussianDropout, layers.GaussianNoise, layers.AlphaDropout,
    layers.ActivityRegularization, *ACTIVATIONS, *PADDING,
)  # fmt: skip
# The same as operations of keras.ops, by name, since those have no public classes.
SQUASHING_OPS = {"Relu", "Relu6", "Sigmoid", "Softmax", "Tanh", "HardSwish", "HardSigmoid", "Silu"}
IN_PLACE_OPS = SQUASHING_OPS | {"Reshape", "Identity", "Pad"}
STATISTICS = {"moving_mean", "moving_variance", "mean", "variance", "count"}
# What a layer is for, by the name of its class or of one that it derives from.
ROLES = {
    "convolution": r"Conv\d",
    "dense": r"Dense$",
    "pooling": r"Pool|Subsampling",
    "normalization": r".Normalization$",
    "merge": r"^(Add|Concatenate|Multiply|Average|Maximum|Minimum|Subtract|Dot)$",
    "regularization": r"Dropout|Noise|Regularization",
    "shape": r"^(Flatten|Reshape|Permute|RepeatVector)$|Padding|Cropping",
    "upsampling": r"UpSampling|Resizing",
}


@dataclass(frozen=True)
class Row:
    """A call of a layer.

    `output` is the volume that it makes, without the batch, `values` how many numbers it adds to the memory (0
    where it works in place). `parameters` is 0 at the second call of a shared layer; `trainable` of them train,
    `statistics` are moving means and variances, `biases` what is added to convolutions and dense layers.
    `arithmetic` spells the parameters out, `macs_arithmetic` the multiply-adds; `macs` is None where there is no
    rule for the layer. `sees` is the receptive field. `depth` counts the convolutions and dense layers up to here,
    on the longest path. `after` are the rows that this one reads.
    """

    name: str
    kind: str
    role: str
    output: Shape
    kernel: tuple[int, ...] | None = None
    stride: tuple[float, ...] | None = None
    padding: str = ""
    dilation: tuple[int, ...] | None = None
    groups: int = 1
    activation: str = ""
    values: int = 0
    parameters: int = 0
    trainable: int = 0
    statistics: int = 0
    biases: int = 0
    arithmetic: str = ""
    macs: int | None = 0
    macs_arithmetic: str = ""
    sees: Field | None = None
    depth: int = 0
    note: str = ""
    after: tuple[int, ...] = field(default=(), repr=False)

    @property
    def memory(self) -> int:
        """Bytes of its activations, in float32, for a batch of one."""
        return BYTES * self.values

    @property
    def volume(self) -> str:
        """The output as the slides write it: 55x55x96."""
        return x(*("?" if n is None else n for n in self.output)) or "1"

    @property
    def receptive_field(self) -> tuple[int, ...] | None:
        """Height and width in pixels of what one number sees; None where there is none, or it is not counted."""
        return self.sees.size if self.sees and self.sees.counted else None

    @property
    def jump(self) -> tuple[float, ...] | None:
        """The effective stride, pixels of the input between two neighbours; None where there are no places."""
        return self.sees.jump if self.sees and self.sees.has_jump else None

    @property
    def centre(self) -> tuple[float, ...] | None:
        """Where the first number's field is centred, from the middle of pixel 0; None where there are no places."""
        return self.sees.centre if self.sees and self.sees.has_jump else None

    @property
    def window(self) -> str:
        """Kernel, stride, padding, dilation and groups in a few words: "3x3, stride 2, same"."""
        parts = [x(*self.kernel)] if self.kernel else []
        if self.stride and set(self.stride) != {1}:
            same = len(set(self.stride)) == 1
            parts.append(f"stride {self.stride[0] if same else x(*self.stride)}")
        if self.padding and self.padding != "valid":
            parts.append(self.padding)
        if self.dilation and set(self.dilation) != {1}:
            parts.append(f"dilation {x(*self.dilation)}")
        if self.groups > 1:
            parts.append(f"{self.groups} groups")
        return ", ".join(parts)


class State(NamedTuple):
    """What is known of a tensor while the rows are made: shape without batch, field, row, depth."""

    shape: Shape
    field: Field | None
    row: int
    depth: int


class Rows:
    """The rows of a model, filled by going through it once."""

    def __init__(self, model: keras.Model, shapes: list[Shape]) -> None:
        self.rows: list[Row] = []
        self._calls: Counter[int] = Counter()
        self._counted: set[int] = set()
        states = []
        for tensor, shape in zip(model.inputs, shapes, strict=True):
            name = maker(tensor).name
            start = first_field(shape)
            states.append(State(shape, start, len(self.rows), 0))
            self.rows.append(Row(name, "Input", "input", shape, values=volume(shape), sees=start))
        self.outputs = tuple(state.row for state in fold(model, states, self._visit))

    def _visit(self, node: Any, given: list[State], path: tuple[str, ...]) -> list[State]:
        layer = node.operation
        self._calls[id(layer)] += 1
        shapes = output_shapes(node, [state.shape for state in given])
        seen = next_field(layer, [(state.shape, state.field) for state in given], shapes[0])
        row = self._row(layer, given, shapes, seen, path)
        self.rows.append(row)
        return [State(shape, seen, len(self.rows) - 1, row.depth) for shape in shapes]

    def _row(
        self, layer: Any, given: list[State], shapes: list[Shape], seen: Field | None, path: tuple[str, ...]
    ) -> Row:
        before, made = (given[0].shape if given else ()), shapes[0]
        known = all(n is not None for shape in shapes for n in shape)
        others = [state.shape for state in given[1:]] if is_kind(layer, ATTENTION) else []
        price = cost(layer, before, made, *others)
        repeated = self._calls[id(layer)] > 1
        role = role_of(layer)
        counts = self._parameters(layer)
        name = "/".join((*path, layer.name))
        return Row(
            name=f"{name} (call {self._calls[id(layer)]})" if repeated else name,
            kind=type(layer).__name__,
            role=role,
            output=made,
            **_geometry(layer, len(before) - 1),
            activation=_activation(layer),
            values=sum(map(volume, shapes)) if known and not works_in_place(layer) else 0,
            parameters=counts["parameters"],
            trainable=counts["trainable"],
            statistics=counts["statistics"],
            biases=counts["biases"],
            arithmetic=_equation(price.parameters, counts["parameters"], repeated),
            macs=price.macs if known else None,
            macs_arithmetic=f"{price.product} = {price.macs:,}" if price.macs and known else "",
            sees=seen,
            depth=_depth(given) + (role in {"convolution", "dense"}),
            note=_note(known, price.macs, seen),
            after=tuple(state.row for state in given),
        )

    def _parameters(self, layer: Any) -> dict[str, int]:
        """Count the weights that no row before has counted."""
        counts = {"parameters": 0, "trainable": 0, "statistics": 0, "biases": 0}
        trains = {id(weight) for weight in getattr(layer, "trainable_weights", ())}
        for weight in getattr(layer, "weights", ()):
            if id(weight) in self._counted:
                continue
            self._counted.add(id(weight))
            size = prod(weight.shape)
            counts["parameters"] += size
            counts["trainable"] += size * (id(weight) in trains)
            counts["statistics"] += size * (weight.name in STATISTICS)
            counts["biases"] += size * (weight.name == "bias")
        return counts


def role_of(layer: Any) -> str:
    """Return the part that a layer plays: a key of ROLES, "activation" or "other"."""
    if isinstance(layer, layers.TimeDistributed | layers.SpectralNormalization):
        return role_of(layer.layer)
    for kind in type(layer).__mro__:
        for role, pattern in ROLES.items():
            if re.search(pattern, kind.__name__):
                return role
    squashes = isinstance(layer, ACTIVATIONS) or type(layer).__name__ in SQUASHING_OPS
    return "activation" if squashes else "other"


def works_in_place(layer: Any) -> bool:
    """Say whether a layer's result needs no memory of its own."""
    return isinstance(layer, IN_PLACE) or type(layer).__name__ in IN_PLACE_OPS


def _geometry(layer: Any, axes: int) -> dict[str, Any]:
    layer = unwrapped(layer)
    if isinstance(layer, layers.TimeDistributed):
        return _geometry(layer.layer, axes - 1)
    if isinstance(layer, UPSAMPLING):
        factors = layer.size if isinstance(layer.size, tuple) else (layer.size,) * axes
        return {"padding": f"times {x(*factors)}"}
    if isinstance(layer, PADDING + CROPPING):
        edges = layer.padding if isinstance(layer, PADDING) else layer.cropping
        return {"padding": str(edges).replace(" ", "")}
    moves = window(layer, axes)
    if moves is None:
        return {}
    transposed = isinstance(layer, TRANSPOSED)
    return {
        "kernel": moves.kernel,
        "stride": moves.stride,
        "padding": f"{moves.padding}, transposed" if transposed else moves.padding,
        "dilation": moves.dilation,
        "groups": int(getattr(layer, "groups", 1) or 1),
    }


def _activation(layer: Any) -> str:
    """The name of the non-linearity that a layer ends with, or is."""
    function = getattr(layer, "activation", None)
    if function is None:
        return type(layer).__name__.lower() if role_of(layer) == "activation" else ""
    name = getattr(function, "__name__", type(function).__name__)
    return "" if name == "linear" else name


def _equation(terms: str, total: int, repeated: bool) -> str:
    if not terms:
        return ""
    return f"{terms} = {total:,}" if total else ("shared, counted above" if repeated else terms)


def _depth(given: list[State]) -> int:
    """The longest path so far; a gate without places (squeeze and excitation) is no part of it."""
    places = [state for state in given if state.field and state.field.spatial] or given
    return max((state.depth for state in places), default=0)


def _note(known: bool, macs: int | None, seen: Field | None) -> str:
    if not known:
        return "its size depends on the data"
    lost = ["multiply-adds"] * (macs is None) + ["receptive field"] * bool(seen and not seen.counted)
    return f"{' and '.join(lost)} not counted: no rule for this layer" if lost else ""

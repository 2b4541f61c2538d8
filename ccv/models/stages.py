"""The graph of a built network: its calls in order, how far each one steps, and the outputs of its stages."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import keras
from keras import layers

from ccv.layers import Subsampling2D

Value = TypeVar("Value")
Shape = tuple[int | None, ...]
Visit = Callable[[Any, list[Value], tuple[str, ...]], list[Value]]

TRANSPOSED = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)
UPSAMPLING = (layers.UpSampling1D, layers.UpSampling2D, layers.UpSampling3D)
PADDING = (layers.ZeroPadding1D, layers.ZeroPadding2D, layers.ZeroPadding3D)
CROPPING = (layers.Cropping1D, layers.Cropping2D, layers.Cropping3D)
RESHAPING = (layers.Flatten, layers.Reshape, layers.Permute)


class Window(NamedTuple):
    """How a layer moves over its input: a number for each axis that it moves along."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: str

    @property
    def reach(self) -> tuple[int, ...]:
        """The pixels that the kernel spans, dilation included."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))


def is_graph(layer: Any) -> bool:
    """Say whether a layer is itself a functional or Sequential model, whose calls are known."""
    return isinstance(layer, keras.Model) and bool(getattr(layer, "outputs", None))


def calls(model: keras.Model, outputs: Sequence[Any] | None = None) -> list[Any]:
    """Return the nodes that a functional model's outputs need, each after its own needs, one branch after the other."""
    # Keras has no public way to ask which call made a tensor; `_keras_history` has been it since 2015.
    at_start = {id(tensor) for tensor in model.inputs}
    order: list[Any] = []
    done: set[int] = set()
    stack = [(tensor, False) for tensor in reversed(model.outputs if outputs is None else outputs)]
    while stack:
        tensor, ready = stack.pop()
        if id(tensor) in at_start:
            continue
        layer, index, _ = tensor._keras_history
        node = layer._inbound_nodes[index]
        if id(node) in done:
            continue
        if ready:
            done.add(id(node))
            order.append(node)
        else:
            stack.append((tensor, True))
            stack += [(needed, False) for needed in reversed(node.input_tensors)]
    return order


def fold(model: keras.Model, values: Sequence[Value], visit: Visit[Value], path: tuple[str, ...] = ()) -> list[Value]:
    """Carry values through a model: `visit(node, given, path)` returns what a call makes of what it is given.

    `values` has one value for each input, the result one for each output. Models inside the model are entered
    at every call; `path` names them.
    """
    known = dict(zip(map(id, model.inputs), values, strict=True))
    for node in calls(model):
        layer, given = node.operation, [known[id(tensor)] for tensor in node.input_tensors]
        made = fold(layer, given, visit, (*path, layer.name)) if is_graph(layer) else visit(node, given, path)
        known.update(zip(map(id, node.outputs), made, strict=True))
    return [known[id(tensor)] for tensor in model.outputs]


def extents(layer: Any, shape: Shape) -> Shape:
    """Return the height and width (or however many axes) of a shape without its batch."""
    first = (getattr(layer, "data_format", None) or keras.config.image_data_format()) == "channels_first"
    return shape[1:] if first else shape[:-1]


def volume(shape: Shape) -> int:
    """Return how many numbers a shape holds; 0 where a side is open."""
    return math.prod(side or 0 for side in shape)


def window(layer: Any, axes: int) -> Window | None:
    """Return how a convolution or pooling moves along so many axes; None for a layer that has no window."""
    if isinstance(layer, Subsampling2D):
        return Window((2, 2), (2, 2), (1, 1), "valid")
    kernel = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if kernel is None:
        return None
    numbers = (kernel, getattr(layer, "strides", None) or 1, getattr(layer, "dilation_rate", None) or 1)
    size, stride, dilation = (_each(number, axes) for number in numbers)
    if any(len(sides) != axes for sides in (size, stride, dilation)):
        return None
    return Window(size, stride, dilation, str(getattr(layer, "padding", "valid")))


def collapses(layer: Any, given: Shape, made: Shape) -> bool:
    """Say whether height and width end here: global pooling, Flatten, or another shape for the same numbers."""
    if isinstance(layer, RESHAPING):
        return given != made
    kind = type(layer).__name__
    if kind.startswith("Adaptive"):
        return all(n == 1 for n in extents(layer, made))
    return kind.startswith("Global") or (len(given) > 1 and len(made) != len(given))


def step(layer: Any, given: Shape, made: Shape) -> tuple[float, ...]:
    """Return by how much a layer multiplies the distance between two neighbours: 2 for a stride of 2."""
    axes = len(given) - 1
    moves = window(layer, axes)
    if isinstance(layer, TRANSPOSED) and moves:
        return tuple(1 / stride for stride in moves.stride)
    if moves:
        return tuple(map(float, moves.stride))
    if isinstance(layer, UPSAMPLING):
        return tuple(1 / size for size in _each(layer.size, axes))
    if isinstance(layer, PADDING + CROPPING) or given == made or len(given) != len(made):
        return (1.0,) * axes
    sides = zip(extents(layer, given), extents(layer, made), strict=True)
    return tuple(_ratio(before, after) for before, after in sides)


def _ratio(before: int | None, after: int | None) -> float:
    """Guess the step of a layer that does not say it, a slice or a custom layer, from what it does to the size."""
    if not before or not after:
        return 1.0
    return float(round(before / after)) if before >= after else 1 / round(after / before)


def _each(number: Any, axes: int) -> tuple[int, ...]:
    return tuple(number) if isinstance(number, tuple | list) else (int(number),) * axes


class _Point(NamedTuple):
    """A tensor on its way: its place in the graph (-1 before everything), shape and distance of neighbours."""

    place: int
    shape: Shape
    jump: float | None
    convolved: bool


def stage_outputs(model: keras.Model) -> dict[str, Any]:
    """Return the tensor at the end of each resolution: `{"stage1": ..., "stage2": ...}`, largest first.

    `stageN` has a neighbour every 2**N pixels of the input (rounded: 1/4 of the side is `stage2`), `stage0` the
    full resolution. It is the last `(batch, height, width, channels)` tensor that everything coarser passes
    through: the one before the next halving, or before the block that halves where a shortcut halves as well.
    The last stage is the last tensor that all that leaves its resolution passes through: the one before the
    classifier, or before several heads part. Padding is no output, nor is what comes before the first convolution,
    nor an auxiliary classifier (a later output that is no map); a stage that no single tensor carries is left out,
    and a model inside the model is one tensor, since its inside is out of the outer graph's reach. Works for any
    functional or Sequential model.

    Raises ValueError for a model whose calls are not known before it runs.

    >>> from ccv.models import lenet5
    >>> {stage: tensor.shape[1:] for stage, tensor in stage_outputs(lenet5()).items()}
    {'stage0': (28, 28, 6), 'stage1': (10, 10, 16), 'stage2': (5, 5, 16)}
    """
    check_graph(model)
    outputs = [tensor for n, tensor in enumerate(model.outputs) if n == 0 or len(tensor.shape) == 4]
    nodes = calls(model, outputs)
    points = _points(model, nodes)
    parents = _dominators(model, nodes)
    levels = [_level(points[id(node.outputs[0])]) for node in nodes]
    usable = [_is_feature(node, points[id(node.outputs[0])]) for node in nodes]
    found: dict[str, Any] = {}
    for level in sorted({n for n, good in zip(levels, usable, strict=True) if good and n is not None}):
        coarser = [i for i, other in enumerate(levels) if other is not None and other > level]
        at = _common(parents, coarser or _ends(nodes, levels, level, outputs))
        while at >= 0 and not (levels[at] == level and usable[at]):
            at = parents[at]
        if at >= 0:
            found[f"stage{level}"] = nodes[at].outputs[0]
    return found


def _ends(nodes: list[Any], levels: list[int | None], level: int, outputs: list[Any]) -> list[int]:
    """Where a resolution ends: the calls that leave it, and those of its calls that give an output of the model."""
    inside = {id(t) for node, own in zip(nodes, levels, strict=True) if own == level for t in node.outputs}
    results = set(map(id, outputs))
    return [
        i
        for i, node in enumerate(nodes)
        if (any(id(t) in inside for t in node.input_tensors) and levels[i] != level)
        or (levels[i] == level and any(id(t) in results for t in node.outputs))
    ]


def check_graph(model: Any) -> None:
    """Raise TypeError for what is no model, ValueError for one whose graph is not known before it runs."""
    if not isinstance(model, keras.Model):
        raise TypeError(f"a Keras model is needed, not {type(model).__name__}: {model!r:.60}")
    if is_graph(model):
        return
    if isinstance(model, keras.Sequential):
        raise ValueError(f"{model.name} has no input yet: begin it with keras.Input(shape), or pass input_shape=")
    raise ValueError(
        f"{model.name} is a subclassed model, whose layers are connected only while it runs: build it as a"
        " functional or Sequential model"
    )


def _points(model: keras.Model, nodes: list[Any]) -> dict[int, _Point]:
    """Where each tensor of the outer graph stands, by its id."""
    starts = [_Point(-1, t.shape[1:], 1.0 if len(t.shape) == 4 else None, False) for t in model.inputs]
    known = dict(zip(map(id, model.inputs), starts, strict=True))
    for index, node in enumerate(nodes):
        given = [known[id(tensor)] for tensor in node.input_tensors]
        inside = is_graph(node.operation)
        made = fold(node.operation, given, _move) if inside else _move(node, given, ())
        shapes = [tensor.shape[1:] for tensor in node.outputs]
        known |= {
            id(tensor): point._replace(place=index, shape=shape)
            for tensor, point, shape in zip(node.outputs, made, shapes, strict=True)
        }
    return known


def _move(node: Any, given: list[_Point], _: tuple[str, ...]) -> list[_Point]:
    layer, shapes = node.operation, [tensor.shape[1:] for tensor in node.outputs]
    jumps = [point.jump for point in given if point.jump is not None]
    convolved = any(point.convolved for point in given) or hasattr(layer, "kernel_size")
    jump = max(jumps, default=None)
    if jump is not None and len(given) == 1:
        over = collapses(layer, given[0].shape, shapes[0])
        jump = None if over else jump * max(step(layer, given[0].shape, shapes[0]))
    return [_Point(-1, shape, jump, convolved) for shape in shapes]


def _level(point: _Point) -> int | None:
    return None if point.jump is None else round(math.log2(point.jump))


def _is_feature(node: Any, point: _Point) -> bool:
    return len(point.shape) == 3 and point.convolved and not isinstance(node.operation, PADDING)


def _dominators(model: keras.Model, nodes: list[Any]) -> list[int]:
    """For each node the last one before it that every path from the inputs passes through; -1 is the inputs."""
    place = {id(tensor): -1 for tensor in model.inputs}
    parents: list[int] = []
    for index, node in enumerate(nodes):
        parents.append(_common(parents, [place[id(tensor)] for tensor in node.input_tensors]))
        place |= {id(tensor): index for tensor in node.outputs}
    return parents


def _common(parents: list[int], places: list[int]) -> int:
    """The last node that all these pass through, themselves included."""
    if not places:
        return -1
    at = places[0]
    for place in places[1:]:
        other = place
        while at != other:
            if at > other:
                at = parents[at]
            else:
                other = parents[other]
    return at

"""The outputs of a network's stages, of any functional or Sequential model."""

import math
from typing import Any, NamedTuple

import keras
from keras import layers

from ccv.graph import calls, check_graph, fold, is_graph, maker
from ccv.models.geometry import PADDING, Shape, collapses, step


class _Row(NamedTuple):
    """The places of a map in a row, as transformers have them: the map's sides, and the distance of neighbours."""

    sides: Shape
    jump: float


class _Point(NamedTuple):
    """A tensor on its way: its place in the graph (-1 before everything), shape and distance of neighbours."""

    place: int
    shape: Shape
    jump: float | None
    convolved: bool
    row: _Row | None = None


def stage_outputs(model: keras.Model) -> dict[str, Any]:
    """Return the tensor at the end of each resolution: `{"stage1": ..., "stage2": ...}`, largest first.

    `stageN` has a neighbour every 2**N pixels of the input (rounded: 1/4 of the side is `stage2`), `stage0` the
    full resolution. It is the last `(batch, height, width, channels)` tensor that everything coarser passes
    through: the one before the next halving, or before the block that halves where a shortcut halves as well.
    The last stage is the last tensor that all that leaves its resolution for good passes through: the one before the
    classifier (which may be a convolution, as in NiN and SqueezeNet), or before several heads part. A gate, such as
    squeeze and excitation, comes back and leaves nothing. Padding is no output, nor is what comes before the first
    convolution, nor an auxiliary classifier (a later output that is no map); a stage that no single tensor carries is
    left out, as is one that ends as a row of places: a vision transformer's, unless it is made a map again, as without
    the top. A model inside the model is one tensor, since its inside is out of the outer graph's reach. Works for any
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
        at = last_common(parents, coarser or _ends(nodes, levels, level, outputs))
        at = at if coarser else _before_classifier(nodes, parents, at, outputs)
        while at >= 0 and not (levels[at] == level and usable[at]):
            at = -1 if levels[at] == level and points[id(nodes[at].outputs[0])].row else parents[at]
        if at >= 0:
            found[f"stage{level}"] = nodes[at].outputs[0]
    return found


def _ends(nodes: list[Any], levels: list[int | None], level: int, outputs: list[Any]) -> list[int]:
    """Where a resolution ends: calls that leave it and do not lead back, and those that give an output of the model."""
    back = _leads_to(nodes, levels, level)
    inside = {id(t) for node, own in zip(nodes, levels, strict=True) if own == level for t in node.outputs}
    results = set(map(id, outputs))
    return [
        i
        for i, node in enumerate(nodes)
        if (any(id(t) in inside for t in node.input_tensors) and levels[i] != level and not back[i])
        or (levels[i] == level and any(id(t) in results for t in node.outputs))
    ]


def _leads_to(nodes: list[Any], levels: list[int | None], level: int) -> list[bool]:
    """Whether what a call gives is needed by a later call of this resolution."""
    needed: set[int] = set()
    leads = [False] * len(nodes)
    for i in reversed(range(len(nodes))):
        leads[i] = any(id(t) in needed for t in nodes[i].outputs)
        if leads[i] or levels[i] == level:
            needed.update(map(id, nodes[i].input_tensors))
    return leads


def _before_classifier(nodes: list[Any], parents: list[int], at: int, outputs: list[Any]) -> int:
    """From the end of the last map, step over a convolution that is the classifier, and the dropout before it.

    It holds the last weights of all, and an activation ends the model; where a pooling does, the maps are features.
    """
    last = maker(outputs[0]) if outputs else None
    if not isinstance(last, layers.Activation | layers.Softmax) or len(outputs[0].shape) != 2:
        return at
    weighted = [i for i, node in enumerate(nodes) if getattr(node.operation, "weights", None)]
    convolution = at
    while convolution >= 0 and convolution not in weighted:
        convolution = parents[convolution]
    if convolution < 0 or convolution != weighted[-1]:
        return at
    before = parents[convolution]
    while before >= 0 and isinstance(nodes[before].operation, layers.Dropout | layers.SpatialDropout2D):
        before = parents[before]
    return before


class Stage(NamedTuple):
    """The end of one resolution: its name, channels, stride (pixels of the input a step), shape, and layer."""

    name: str
    channels: int
    stride: int
    shape: Shape
    layer: str


def feature_info(model: keras.Model) -> list[Stage]:
    """Return what there is at the end of each stage of `stage_outputs`, largest map first.

    `shape` is (height, width, channels), with None where the side of the input is open.

    >>> from ccv.models import resnet18
    >>> [(s.name, s.channels, s.stride) for s in feature_info(resnet18())]
    [('stage1', 64, 2), ('stage2', 64, 4), ('stage3', 128, 8), ('stage4', 256, 16), ('stage5', 512, 32)]
    """
    return [
        Stage(name, tensor.shape[-1], 2 ** int(name[5:]), tuple(tensor.shape[1:]), maker(tensor).name)
        for name, tensor in stage_outputs(model).items()
    ]


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
    jump, row = max(jumps, default=None), next((point.row for point in given if point.row), None)
    if jump is not None and len(given) == 1:
        over = collapses(layer, given[0].shape, shapes[0])
        if over and isinstance(layer, layers.Reshape) and None not in given[0].shape:
            row = _Row(given[0].shape[:-1], jump)
        jump = None if over else jump * max(step(layer, given[0].shape, shapes[0]))
    return [_placed(_Point(-1, shape, jump, convolved), row) for shape in shapes]


def _placed(point: _Point, row: _Row | None) -> _Point:
    """Let a row go on as long as it has all places of its map, and end where it is that map again."""
    if row is None or point.jump is not None:
        return point
    if len(point.shape) == 3 and point.shape[:-1] == row.sides:
        return point._replace(jump=row.jump)
    whole = len(point.shape) == 2 and (point.shape[0] or 0) >= math.prod(side or 0 for side in row.sides)
    return point._replace(row=row if whole else None)


def _level(point: _Point) -> int | None:
    jump = point.row.jump if point.row else point.jump
    return None if jump is None else round(math.log2(jump))


def _is_feature(node: Any, point: _Point) -> bool:
    return len(point.shape) == 3 and point.convolved and not isinstance(node.operation, PADDING)


def _dominators(model: keras.Model, nodes: list[Any]) -> list[int]:
    """For each node the last one before it that every path from the inputs passes through; -1 is the inputs."""
    place = {id(tensor): -1 for tensor in model.inputs}
    parents: list[int] = []
    for index, node in enumerate(nodes):
        parents.append(last_common(parents, [place[id(tensor)] for tensor in node.input_tensors]))
        place |= {id(tensor): index for tensor in node.outputs}
    return parents


def last_common(parents: list[int], places: list[int]) -> int:
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

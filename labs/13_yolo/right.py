# %% [markdown]
# Right answers to lab 13 in other styles: each cell replaces the exercise's own, and earns full points.

# %% responsible_cell: an array for a tuple
def responsible_cell(x, y, rows, columns):
    c, r = min(int(x * columns), columns - 1), min(int(y * rows), rows - 1)
    return np.array([c, r, x * columns - c, y * rows - r])


# %% responsible_cell: floor, and columns as floats
import math


def responsible_cell(x, y, rows, columns):
    column = float(math.floor(x * columns)) if x < 1 else columns - 1.0
    row = float(math.floor(y * rows)) if y < 1 else rows - 1.0
    return [column, row, x * columns - column, y * rows - row]


# %% responsible_cell: both axes at once, by whole-number division
def responsible_cell(x, y, rows, columns):
    place = np.array([x, y]) * [columns, rows]
    cell = np.minimum(place // 1, [columns - 1, rows - 1]).astype(int)
    return (*cell, *(place - cell))


# %% responsible_cell: the edges of the cells are searched
def responsible_cell(x, y, rows, columns):
    column = np.clip(np.searchsorted(np.arange(columns + 1) / columns, x, side="right") - 1, 0, columns - 1)
    row = np.clip(np.searchsorted(np.arange(rows + 1) / rows, y, side="right") - 1, 0, rows - 1)
    return column, row, np.float32(x * columns - column), np.float32(y * rows - row)


# %% responsible_cell: divmod
def responsible_cell(x, y, rows, columns):
    (c, u), (r, v) = divmod(x * columns, 1), divmod(y * rows, 1)
    if c == columns:
        c, u = c - 1, u + 1
    if r == rows:
        r, v = r - 1, v + 1
    return int(c), int(r), u, v


# %% encode_target: from the last row to the first
def encode_target(truth, rows, columns, classes):
    target = np.zeros((rows, columns, 5 + classes), dtype="float32")
    for x0, y0, x1, y1, label in truth[truth[:, 4] != -1][::-1]:
        column, row, across, down = responsible_cell((x0 + x1) / 2, (y0 + y1) / 2, rows, columns)
        one_hot = np.eye(classes)[int(label)]
        target[int(row), int(column)] = np.concatenate([[across, down, x1 - x0, y1 - y0, 1], one_hot])
    return target


# %% encode_target: no loop, and the first of each cell by unique
def encode_target(truth, rows, columns, classes):
    truth = truth[truth[:, 4] >= 0]
    target = np.zeros((rows * columns, 5 + classes))
    middle = (truth[:, :2] + truth[:, 2:4]) / 2 * [columns, rows]
    cell = np.minimum(middle.astype(int), [columns - 1, rows - 1])
    where, first = np.unique(cell[:, 1] * columns + cell[:, 0], return_index=True)
    target[where, :2] = (middle - cell)[first]
    target[where, 2:4] = (truth[:, 2:4] - truth[:, :2])[first]
    target[where, 4] = 1
    target[where, 5 + truth[first, 4].astype(int)] = 1
    return target.reshape(rows, columns, -1)


# %% encode_target: nested lists, and a set of the cells that are taken
def encode_target(truth, rows, columns, classes):
    target = [[[0.0] * (5 + classes) for _ in range(columns)] for _ in range(rows)]
    taken = set()
    for x_min, y_min, x_max, y_max, label in truth.tolist():
        if label == -1:
            continue
        x, y = (x_min + x_max) / 2 * columns, (y_min + y_max) / 2 * rows
        column, row = min(int(x), columns - 1), min(int(y), rows - 1)
        if (row, column) in taken:
            continue
        taken.add((row, column))
        target[row][column][:5] = [x - column, y - row, x_max - x_min, y_max - y_min, 1]
        target[row][column][5 + int(label)] = 1
    return target


# %% encode_target: a dictionary
def encode_target(truth, rows, columns, classes):
    cells = {}
    for a, b, c, d, label in np.asarray(truth, float).tolist():
        if label != -1:
            j, i, u, v = responsible_cell((a + c) / 2, (b + d) / 2, rows, columns)
            cells.setdefault((i, j), [u, v, c - a, d - b, 1.0, *[float(k == label) for k in range(classes)]])
    empty = [0.0] * (5 + classes)
    return [[cells.get((i, j), empty) for j in range(columns)] for i in range(rows)]


# %% iou_table: two loops, and a pair at a time
def iou_of_two(a, b):
    wide, tall = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(wide, 0) * max(tall, 0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both
    return both / union if union else 0.0


def iou_table(boxes, things):
    return [[iou_of_two(box, thing) for thing in things] for box in boxes]


# %% iou_table: four columns against four rows
def iou_table(boxes, things):
    ax0, ay0, ax1, ay1 = np.array(boxes, float).T[:, :, None]
    bx0, by0, bx1, by1 = np.array(things, float).T[:, None, :]
    w = np.clip(np.minimum(ax1, bx1) - np.maximum(ax0, bx0), 0, None)
    h = np.clip(np.minimum(ay1, by1) - np.maximum(ay0, by0), 0, None)
    union = (ax1 - ax0) * (ay1 - ay0) + (bx1 - bx0) * (by1 - by0) - w * h
    return np.divide(w * h, union, out=np.zeros_like(union), where=union > 0)


# %% iou_table: row by row, and a small number keeps the division whole
def iou_table(boxes, things):
    table = np.zeros((len(boxes), len(things)))
    for row, box in enumerate(boxes):
        size = np.minimum(box[2:], things[:, 2:]) - np.maximum(box[:2], things[:, :2])
        size = np.where(size > 0, size, 0)
        areas = (box[2:] - box[:2]).prod() + (things[:, 2:] - things[:, :2]).prod(axis=1)
        table[row] = size[:, 0] * size[:, 1] / (areas - size[:, 0] * size[:, 1] + 1e-9)
    return table


# %% iou_table: all pairs one under the other, by np.repeat and np.tile
def iou_table(boxes, things):
    a, b = np.repeat(boxes, len(things), axis=0), np.tile(things, (len(boxes), 1))
    sides = np.maximum(np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2]), 0)
    both = sides[:, 0] * sides[:, 1]
    union = sum((c[:, 2] - c[:, 0]) * (c[:, 3] - c[:, 1]) for c in (a, b)) - both
    return np.where(union > 0, both / np.where(union > 0, union, 1), 0).reshape(len(boxes), len(things))


# %% iou_table: keras.ops in float32
from keras import ops


def iou_table(boxes, things):
    a, b = ops.cast(boxes, "float32")[:, None], ops.cast(things, "float32")[None]
    sides = ops.maximum(ops.minimum(a[..., 2:], b[..., 2:]) - ops.maximum(a[..., :2], b[..., :2]), 0)
    both = ops.prod(sides, axis=-1)
    either = ops.prod(a[..., 2:] - a[..., :2], axis=-1) + ops.prod(b[..., 2:] - b[..., :2], axis=-1) - both
    return ops.divide_no_nan(both, either)


# %% iou_table: a data class
from dataclasses import dataclass


@dataclass
class Box:
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def area(self):
        return max(self.x1 - self.x0, 0) * max(self.y1 - self.y0, 0)

    def __and__(self, b):
        return Box(max(self.x0, b.x0), max(self.y0, b.y0), min(self.x1, b.x1), min(self.y1, b.y1))


def iou_table(boxes, things):
    table = np.zeros((len(boxes), len(things)))
    for i, a in enumerate(Box(*box) for box in boxes):
        for j, b in enumerate(Box(*thing) for thing in things):
            both = (a & b).area
            if both:
                table[i, j] = both / (a.area + b.area - both)
    return table


# %% confidence_targets: a list, and max with a key
def confidence_targets(boxes, thing):
    targets = [0.0] * len(boxes)
    if thing is not None:
        overlaps = iou_table(boxes, [thing])[:, 0].tolist()
        best = max(range(len(boxes)), key=overlaps.__getitem__)
        targets[best] = overlaps[best]
    return targets


# %% confidence_targets: np.where
def confidence_targets(boxes, thing):
    if thing is None:
        return np.zeros(boxes.shape[0], "float32")
    overlaps = np.ravel(iou_table(boxes, thing[None]))
    return np.where(np.arange(len(overlaps)) == np.argmax(overlaps), overlaps, 0)


# %% confidence_targets: one-hot times the IoUs
import keras


def confidence_targets(boxes, thing):
    if thing is None:
        return keras.ops.zeros(len(boxes))
    overlaps = keras.ops.convert_to_tensor(iou_table(boxes, thing[None])[:, 0], "float32")
    return overlaps * keras.ops.one_hot(keras.ops.argmax(overlaps), len(boxes))


# %% class_scores: einsum
def class_scores(confidences, classes):
    return np.einsum("rcb,rck->rcbk", confidences, classes)


# %% class_scores: loops
def class_scores(confidences, classes):
    rows, columns, boxes = confidences.shape
    scores = np.empty((rows, columns, boxes, classes.shape[-1]), "float32")
    for row in range(rows):
        for column in range(columns):
            for box in range(boxes):
                scores[row, column, box] = confidences[row, column, box] * classes[row, column]
    return scores


# %% class_scores: a product of matrices in TensorFlow
import tensorflow as tf


def class_scores(confidences, classes):
    return tf.matmul(confidences[..., None], classes[..., None, :])


# %% nms: marks instead of lists
def nms(boxes, scores, labels, limit):
    alive, kept = np.ones(len(boxes), bool), []
    for i in np.argsort(-scores, kind="stable"):
        if not alive[i]:
            continue
        kept.append(i)
        for j in range(len(boxes)):
            if labels[j] == labels[i] and iou_table(boxes[[i]], boxes[[j]]) > limit:
                alive[j] = False
    return np.array(kept, dtype=int)


# %% nms: each box asks those that are kept
def nms(boxes, scores, labels, limit):
    kept, table = [], iou_table(boxes, boxes)
    for i in sorted(range(len(scores)), key=lambda i: (-scores[i], i)):
        if all(labels[k] != labels[i] or table[k, i] <= limit for k in kept):
            kept.append(i)
    return tuple(kept)


# %% nms: class by class, then sorted
def nms_of_one_class(boxes, scores, indices, limit):
    kept = []
    while len(indices):
        best = indices[np.argmax(scores[indices])]
        kept.append(int(best))
        others = indices[indices != best]
        indices = others[iou_table(boxes[others], boxes[[best]])[:, 0] <= limit]
    return kept


def nms(boxes, scores, labels, limit):
    kept = [i for c in np.unique(labels) for i in nms_of_one_class(boxes, scores, np.flatnonzero(labels == c), limit)]
    return sorted(kept, key=lambda i: (-scores[i], i))


# %% nms: the table of all with all, classes far apart
def nms(boxes, scores, labels, limit):
    if len(boxes) == 0:
        return []
    apart = boxes + labels[:, None] * (boxes.max() + 1)
    order = np.argsort(-scores, kind="stable")
    clash = iou_table(apart, apart) > limit
    kept = []
    for i in order:
        if not clash[i, kept].any():
            kept.append(int(i))
    return kept


# %% anchor_step: loops
def anchor_step(sizes, anchors):
    owners = []
    for w, h in sizes:
        shared = [min(w, aw) * min(h, ah) for aw, ah in anchors]
        distances = [1 - s / (w * h + aw * ah - s) for s, (aw, ah) in zip(shared, anchors)]
        owners.append(distances.index(min(distances)))
    moved = []
    for k, anchor in enumerate(anchors):
        mine = [size for size, owner in zip(sizes, owners) if owner == k]
        moved.append(np.mean(mine, axis=0) if mine else anchor)
    return owners, moved


# %% anchor_step: sums by np.add.at, in float32
def anchor_step(sizes, anchors):
    sizes, moved = np.asarray(sizes, "float32"), np.array(anchors, "float32")
    both = np.prod(np.minimum(sizes[:, None], moved[None]), axis=2)
    owners = np.argmin(1 - both / (sizes.prod(1)[:, None] + moved.prod(1) - both), axis=1)
    sums, counts = np.zeros_like(moved), np.bincount(owners, minlength=len(moved))
    np.add.at(sums, owners, sizes)
    moved[counts > 0] = sums[counts > 0] / counts[counts > 0, None]
    return owners, moved


# %% anchor_step: a table of who belongs to whom
def anchor_step(sizes, anchors):
    corner = np.zeros_like
    overlaps = iou_table(np.hstack([corner(sizes), sizes]), np.hstack([corner(anchors), anchors]))
    belongs = np.eye(len(anchors))[overlaps.argmax(1)]
    got = belongs.sum(0)[:, None]
    return belongs.argmax(1), np.where(got > 0, belongs.T @ sizes / np.maximum(got, 1), anchors)


# %% anchor_step: TensorFlow's segments
import tensorflow as tf


def anchor_step(sizes, anchors):
    s, a = tf.cast(sizes, tf.float64), tf.cast(anchors, tf.float64)
    both = tf.reduce_prod(tf.minimum(s[:, None], a[None]), -1)
    union = tf.reduce_prod(s, -1)[:, None] + tf.reduce_prod(a, -1)[None] - both
    owner = tf.argmax(both / union, axis=1)
    k = a.shape[0]
    means = tf.math.unsorted_segment_mean(s, owner, k)
    owned = tf.math.unsorted_segment_sum(tf.ones_like(owner), owner, k)
    return owner, tf.where(owned[:, None] > 0, means, a)


# %% decode: loops over the cells
def decode(raw, anchors):
    rows, columns, k, _ = raw.shape
    boxes = np.zeros(raw.shape)
    for row in range(rows):
        for column in range(columns):
            for a in range(k):
                tx, ty, tw, th = raw[row, column, a]
                x = (column + 1 / (1 + np.exp(-tx))) / columns
                y = (row + 1 / (1 + np.exp(-ty))) / rows
                boxes[row, column, a] = x, y, anchors[a, 0] * np.exp(tw), anchors[a, 1] * np.exp(th)
    return boxes


# %% decode: SciPy's sigmoid, in place
from scipy.special import expit


def decode(raw, anchors):
    boxes = np.array(raw)
    rows, columns = boxes.shape[:2]
    boxes[..., 0] = (expit(raw[..., 0]) + np.arange(columns)[None, :, None]) / columns
    boxes[..., 1] = (expit(raw[..., 1]) + np.arange(rows)[:, None, None]) / rows
    boxes[..., 2:] = np.exp(raw[..., 2:]) * anchors
    return boxes


# %% decode: keras.ops in float32
from keras import ops


def decode(raw, anchors):
    raw, anchors = ops.cast(raw, "float32"), ops.cast(anchors, "float32")
    rows, columns = raw.shape[:2]
    tx, ty, tw, th = ops.unstack(raw, axis=-1)
    x = (ops.sigmoid(tx) + ops.reshape(ops.arange(columns, dtype="float32"), (1, -1, 1))) / columns
    y = (ops.sigmoid(ty) + ops.reshape(ops.arange(rows, dtype="float32"), (-1, 1, 1))) / rows
    return ops.stack([x, y, anchors[:, 0] * ops.exp(tw), anchors[:, 1] * ops.exp(th)], axis=-1)


# %% decode: the sigmoid as a hyperbolic tangent
def decode(raw, anchors):
    cells = np.indices(raw.shape[:2])[::-1].transpose(1, 2, 0)[:, :, None]
    middle = 0.5 * (1 + np.tanh(raw[..., 0:2] / 2)) + cells
    return np.concatenate([middle / raw.shape[1::-1], np.exp(np.log(anchors) + raw[..., 2:4])], -1)


# %% output_sizes: a loop
def output_sizes(version, height, width, strides, boxes, classes):
    heads, total = [], 0
    for s in strides:
        rows, columns = height // s, width // s
        heads.append([rows, columns, boxes * 5 + classes * (1 if version == 1 else boxes)])
        total += rows * columns * boxes
    return [heads, total]


# %% output_sizes: an array of heads
def output_sizes(version, height, width, strides, boxes, classes):
    s = np.array(strides)
    channels = {1: 5 * boxes + classes}.get(version, boxes * (5 + classes))
    heads = np.stack([height // s, width // s, np.full_like(s, channels)], axis=1)
    return heads, boxes * (heads[:, 0] * heads[:, 1]).sum()


# %% output_sizes: sides as floats, a tuple of tuples
def output_sizes(version, height, width, strides, boxes, classes):
    share = 1 if version == 1 else boxes
    heads = tuple((height / s, width / s, 5 * boxes + share * classes) for s in strides)
    return heads, sum(r * c for r, c, _ in heads) * boxes


# %% output_sizes: a named tuple
from typing import NamedTuple


class Head(NamedTuple):
    rows: int
    columns: int
    channels: int


def output_sizes(version, height, width, strides, boxes, classes):
    depth = {1: 5 * boxes + classes}.get(version, boxes * (5 + classes))
    heads = [Head(height // s, width // s, depth) for s in strides]
    return heads, boxes * sum(h.rows * h.columns for h in heads)


# %% judge: an array of bool
def judge(found, things, least=0.5):
    right = np.zeros(len(found), bool)
    free = np.ones(len(things), bool)
    for n, box in enumerate(found):
        if not len(things):
            break
        overlaps = iou_table(box[None], things)[0]
        best = np.argmax(overlaps)
        if overlaps[best] >= least and free[best]:
            right[n], free[best] = True, False
    return right


# %% judge: the whole table first, ones and zeros
def judge(found, things, least=0.5):
    if len(things) == 0:
        return [0] * len(found)
    table = iou_table(found, things)
    wants = np.where(table.max(axis=1) >= least, table.argmax(axis=1), -1)
    return [int(w >= 0 and w not in wants[:n]) for n, w in enumerate(wants)]


# %% judge: the first in the list that asks for an object
def judge(found, things, least=0.5):
    claimed = {}
    for n, box in enumerate(found):
        overlaps = iou_table([box], things)[0].tolist() if len(things) else []
        if overlaps and max(overlaps) >= least:
            claimed.setdefault(overlaps.index(max(overlaps)), n)
    return tuple(n in claimed.values() for n in range(len(found)))


# %% judge: a generator
def judge(found, things, least=0.5):
    free = [True] * len(things)
    for box in found:
        scores = iou_table(box[None], things)[0]
        n = max(range(len(scores)), key=scores.__getitem__, default=None)
        hit = n is not None and free[n] and scores[n] >= least
        if hit:
            free[n] = False
        yield hit


# %% precision_recall: a loop that counts
def precision_recall(scores, right, objects):
    precision, recall, hits = [], [], 0
    pairs = sorted(zip(scores, right), key=lambda pair: pair[0], reverse=True)
    for n, (_, good) in enumerate(pairs, start=1):
        hits += bool(good)
        precision.append(hits / n)
        recall.append(hits / objects)
    return precision, recall


# %% precision_recall: true and false positives, as rows of one array
def precision_recall(scores, right, objects):
    order = np.argsort(scores)[::-1]
    tp, fp = np.cumsum(right[order]), np.cumsum(~right[order])
    return np.array([tp / (tp + fp), tp / objects])


# %% precision_recall: in float32
def precision_recall(scores, right, objects):
    hits = right[np.argsort(-scores)].astype("float32").cumsum()
    return hits / np.arange(1, len(scores) + 1, dtype="float32"), hits / np.float32(objects)


# %% average_precision: from the back, in a loop
def average_precision(precision, recall):
    area, best, right_edge = 0.0, 0.0, recall[-1]
    for p, r in zip(precision[::-1], recall[::-1]):
        area += (right_edge - r) * best
        best, right_edge = max(best, p), r
    return area + right_edge * best


# %% average_precision: with sentinels at both ends, as in many programs for VOC
def average_precision(precision, recall):
    mrec = np.concatenate([[0.0], recall, [1.0]])
    mpre = np.concatenate([[0.0], precision, [0.0]])
    for i in range(len(mpre) - 1, 0, -1):
        mpre[i - 1] = max(mpre[i - 1], mpre[i])
    steps = np.where(mrec[1:] != mrec[:-1])[0]
    return np.sum((mrec[steps + 1] - mrec[steps]) * mpre[steps + 1])


# %% average_precision: a maximum for each place, as an array without axes
def average_precision(precision, recall):
    envelope = [max(precision[n:]) for n in range(len(precision))]
    return np.array(np.dot(np.diff(np.append(0, recall)), envelope), "float32")


# %% responsible_grid: one list of nine
def responsible_grid(width, height):
    best, grid_of_best = -1, None
    for grid, anchors in YOLO_V3.items():
        for w, h in anchors:
            shared = min(w, width) * min(h, height)
            overlap = shared / (w * h + width * height - shared)
            if overlap > best:
                best, grid_of_best = overlap, grid
    return grid_of_best


# %% responsible_grid: an array, and three to a grid
def responsible_grid(width, height):
    nine = np.array([anchor for anchors in YOLO_V3.values() for anchor in anchors])
    shared = np.minimum(nine, [width, height]).prod(axis=1)
    return np.array([13, 26, 52])[(shared / (nine.prod(axis=1) + width * height - shared)).argmax() // 3]


# %% responsible_grid: the maximum of pairs, as a float
def responsible_grid(width, height):
    pairs = [
        (float(iou_table([[0, 0, width, height]], [[0, 0, *anchor]])[0, 0]), grid)
        for grid in YOLO_V3
        for anchor in YOLO_V3[grid]
    ]
    return float(max(pairs)[1])


# %% true_claims: a tuple
true_claims = ("b", "e", "f")

# %% true_claims: a set
true_claims = {"f", "e", "b"}

# %% true_claims: capital letters in another order
true_claims = ["F", "B", "E"]

# %% true_claims: what is left of all
true_claims = [letter for letter in CLAIMS if letter not in ["a", "c", "d", "g", "h"]]

# %% true_claims: an array of letters
true_claims = np.array(["b", "e", "f"])


# %% true_claims: a text
true_claims = "b, e, f"

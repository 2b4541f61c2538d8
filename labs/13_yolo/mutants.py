"""Wrong answers to lab 13: the classic mistakes about cells, boxes, suppression, anchors and average precision."""

import numpy as np

from ccv.grading import mutant

# --------------------------------------------------------------------------------------------------- who answers


def _cell(x, y, rows, columns):
    column, row = min(int(x * columns), columns - 1), min(int(y * rows), rows - 1)
    return column, row, x * columns - column, y * rows - row


@mutant("responsible_cell", "column and row have changed places: x runs across and decides the column")
def row_before_column(x, y, rows, columns):
    column, row, across, down = _cell(x, y, rows, columns)
    return row, column, down, across


@mutant(
    "responsible_cell", "the cell is rounded to the nearest: round down, since a cell begins at its left, upper corner"
)
def rounds(x, y, rows, columns):
    column, row = round(x * columns), round(y * rows)
    return column, row, x * columns - column, y * rows - row


@mutant("responsible_cell", "the place in the cell is a part of the picture: it should run from 0 to 1 across the cell")
def in_parts_of_the_picture(x, y, rows, columns):
    column, row, _, _ = _cell(x, y, rows, columns)
    return column, row, x - column / columns, y - row / rows


@mutant("responsible_cell", "the place is measured from the middle of the cell: measure from its left, upper corner")
def from_the_middle(x, y, rows, columns):
    column, row, across, down = _cell(x, y, rows, columns)
    return column, row, across - 0.5, down - 0.5


@mutant("responsible_cell", "a midpoint on the edge of the picture falls out of the grid: it belongs to the last cell")
def off_the_grid(x, y, rows, columns):
    column, row = int(x * columns), int(y * rows)
    return column, row, x * columns - column, y * rows - row


@mutant("responsible_cell", "rows and columns are mixed up: x goes with the columns, y with the rows")
def square_grids_only(x, y, rows, columns):
    return _cell(x, y, columns, rows)


def _encode(truth, rows, columns, classes, point=None, size=None, index=None, skip=True, first=True, turned=False):
    """The right target, with one thing changed."""
    target = np.zeros((rows, columns, 5 + classes))
    for box in truth:
        x_min, y_min, x_max, y_max, label = box
        if skip and label < 0:
            continue
        x, y = point(box) if point else ((x_min + x_max) / 2, (y_min + y_max) / 2)
        column, row, across, down = _cell(x, y, rows, columns)
        place = (column % rows, row % columns) if turned else (row, column)
        if first and target[place][4]:
            continue
        width, height = size(box) if size else (x_max - x_min, y_max - y_min)
        target[place][:] = 0
        target[place][:5] = across, down, width, height, 1
        target[place][index(label) if index else 5 + int(label)] = 1
    return target


@mutant("encode_target", "rows of padding are taken for objects: leave out the rows whose class is -1")
def padding_is_an_object(truth, rows, columns, classes):
    return _encode(truth, rows, columns, classes, skip=False)


@mutant("encode_target", "the corner decides instead of the midpoint")
def corner_decides(truth, rows, columns, classes):
    return _encode(truth, rows, columns, classes, point=lambda box: (box[0], box[1]))


@mutant("encode_target", "width and height are counted in cells: they should be parts of the whole picture")
def sizes_in_cells(truth, rows, columns, classes):
    return _encode(
        truth, rows, columns, classes, size=lambda box: ((box[2] - box[0]) * columns, (box[3] - box[1]) * rows)
    )


@mutant("encode_target", "those are the corners x_max and y_max: width is x_max - x_min, and height alike")
def corners_for_sizes(truth, rows, columns, classes):
    return _encode(truth, rows, columns, classes, size=lambda box: (box[2], box[3]))


@mutant("encode_target", "the classes begin one too late or too early: class 0 stands right behind the 1 of the object")
def class_one_too_far(truth, rows, columns, classes):
    return _encode(truth, rows, columns, classes, index=lambda label: 5 + (int(label) + 1) % classes)


@mutant("encode_target", "the last of two objects in a cell has it: the first one should keep it")
def last_one_wins(truth, rows, columns, classes):
    return _encode(truth, rows, columns, classes, first=False)


@mutant("encode_target", "the target is indexed by column and row: its axes are rows, then columns")
def columns_first(truth, rows, columns, classes):
    return _encode(truth, rows, columns, classes, turned=True)


# ------------------------------------------------------------------------------------------------- how good a box


def _areas(boxes):
    return (boxes[..., 2:] - boxes[..., :2]).prod(axis=-1)


def _overlap(a, b):
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    return np.maximum(high - low, 0).prod(axis=-1)


def _iou(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    both = _overlap(a, b)
    either = _areas(a) + _areas(b) - both
    return both / np.where(either > 0, either, 1)


@mutant("iou", "the overlap is counted twice in the union: subtract it once from the sum of the areas")
def union_is_the_sum(a, b):
    return _overlap(a, b) / np.maximum(_areas(a) + _areas(b), 1e-12)


@mutant("iou", "two boxes that miss each other in both directions have no overlap: a negative width or height is 0")
def negative_times_negative(a, b):
    both = (np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])).prod(axis=-1)
    either = _areas(a) + _areas(b) - both
    return both / np.where(either > 0, either, 1)


@mutant("iou", "a pixel is added to width and height: the box (1, 3) is 2 wide")
def counts_both_edges(a, b):
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    both = np.maximum(high - low + 1, 0).prod(axis=-1)
    areas = [(box[..., 2:] - box[..., :2] + 1).prod(axis=-1) for box in (a, b)]
    return both / (areas[0] + areas[1] - both)


@mutant("iou", "it is divided by the smaller area: a box within another one would have 1")
def by_the_smaller(a, b):
    smaller = np.minimum(_areas(a), _areas(b))
    return _overlap(a, b) / np.where(smaller > 0, smaller, 1)


@mutant("iou", "the last two numbers are corners, x_max and y_max, not width and height")
def takes_sizes(a, b):
    a, b = (np.concatenate([box[..., :2], box[..., :2] + box[..., 2:]], axis=-1) for box in (a, b))
    return _iou(a, b)


@mutant("iou", "two boxes without an area: 0 divided by 0 is no number, and should be 0 here")
def nothing_by_nothing(a, b):
    both = _overlap(a, b)
    with np.errstate(invalid="ignore"):
        return both / (_areas(a) + _areas(b) - both)


@mutant("confidence_targets", "every box of the cell gets its IoU: only the responsible one does, the others learn 0")
def every_box(boxes, thing):
    return np.zeros(len(boxes)) if thing is None else _iou(boxes, thing)


@mutant("confidence_targets", "that is 1 for the responsible box: in YOLO v1 it is to be its IoU")
def one_for_an_object(boxes, thing):
    return np.zeros(len(boxes)) if thing is None else np.eye(len(boxes))[_iou(boxes, thing).argmax()]


@mutant("confidence_targets", "the first box of the cell is not always the responsible one: the highest IoU decides")
def first_box(boxes, thing):
    return np.zeros(len(boxes)) if thing is None else np.eye(len(boxes))[0] * _iou(boxes, thing)


@mutant("confidence_targets", "the lowest IoU decides there: the highest should")
def worst_box(boxes, thing):
    if thing is None:
        return np.zeros(len(boxes))
    overlaps = _iou(boxes, thing)
    return np.where(overlaps == overlaps.min(), overlaps, 0)


@mutant("class_scores", "the confidence and the class probability are multiplied, not added")
def adds(confidences, classes):
    return confidences[..., :, None] + classes[..., None, :]


@mutant("class_scores", "the class probabilities alone: each should be multiplied by the confidence of the box")
def classes_alone(confidences, classes):
    return np.ones_like(confidences)[..., :, None] * classes[..., None, :]


@mutant("class_scores", "the classes come before the boxes: the axes are (rows, columns, boxes, classes)")
def classes_before_boxes(confidences, classes):
    return confidences[..., None, :] * classes[..., :, None]


@mutant("class_scores", "every class has a score: it is kept for the likeliest class only")
def likeliest_class_only(confidences, classes):
    best = classes * (classes == classes.max(axis=-1, keepdims=True))
    return confidences[..., :, None] * best[..., None, :]


@mutant("class_scores", "the class probabilities are made to sum to 1 again: take them as they are")
def another_softmax(confidences, classes):
    powers = np.exp(classes)
    return confidences[..., :, None] * (powers / powers.sum(axis=-1, keepdims=True))[..., None, :]


# -------------------------------------------------------------------------------------------------------- one each


def _order(scores):
    return np.argsort(-np.asarray(scores), kind="stable").tolist()


def _suppressed(boxes, left, goes):
    kept = []
    while left:
        best, *left = left
        kept.append(best)
        left = [i for i in left if not goes(i, best)]
    return kept


@mutant("nms", "a box exactly at the limit goes: only more than the limit should")
def at_the_limit_too(boxes, scores, labels, limit):
    return _suppressed(
        boxes, _order(scores), lambda i, best: labels[i] == labels[best] and _iou(boxes[i], boxes[best]) >= limit
    )


@mutant("nms", "boxes of different classes suppress each other: only those of the same class should")
def across_classes(boxes, scores, labels, limit):
    return _suppressed(boxes, _order(scores), lambda i, best: _iou(boxes[i], boxes[best]) > limit)


@mutant("nms", "it goes through the boxes in the order of the list: begin with the highest score")
def as_they_come(boxes, scores, labels, limit):
    return _suppressed(
        boxes,
        list(range(len(boxes))),
        lambda i, best: labels[i] == labels[best] and _iou(boxes[i], boxes[best]) > limit,
    )


@mutant("nms", "it begins with the lowest score: the surest box should be kept")
def least_sure_first(boxes, scores, labels, limit):
    return _suppressed(
        boxes, _order(scores)[::-1], lambda i, best: labels[i] == labels[best] and _iou(boxes[i], boxes[best]) > limit
    )


@mutant("nms", "the boxes that overlap are kept and the others thrown away: it should be the other way round")
def keeps_the_overlap(boxes, scores, labels, limit):
    return _suppressed(
        boxes, _order(scores), lambda i, best: labels[i] == labels[best] and _iou(boxes[i], boxes[best]) <= limit
    )


@mutant("nms", "a box that has been thrown away still throws others away: only a box that is kept should")
def the_dead_suppress(boxes, scores, labels, limit):
    order = _order(scores)
    return [
        i
        for n, i in enumerate(order)
        if not any(labels[i] == labels[j] and _iou(boxes[i], boxes[j]) > limit for j in order[:n])
    ]


@mutant("nms", "one box is left for each class: other objects of the class, far away, should stay")
def one_for_each_class(boxes, scores, labels, limit):
    return _suppressed(boxes, _order(scores), lambda i, best: labels[i] == labels[best])


@mutant("nms", "the indices are sorted by the list: give the surest first")
def in_the_order_of_the_list(boxes, scores, labels, limit):
    kept = _suppressed(
        boxes, _order(scores), lambda i, best: labels[i] == labels[best] and _iou(boxes[i], boxes[best]) > limit
    )
    return sorted(kept)


# --------------------------------------------------------------------------------------------------------- anchors


def _shape_iou(sizes, anchors):
    both = np.minimum(sizes[:, None], anchors).prod(axis=-1)
    return both / (sizes.prod(axis=1)[:, None] + anchors.prod(axis=1) - both)


def _moved(sizes, anchors, owners, mean=np.mean):
    return np.stack(
        [mean(sizes[owners == k], axis=0) if (owners == k).any() else anchors[k] for k in range(len(anchors))]
    )


@mutant("anchor_step", "that is the Euclidean distance of the sizes, which favours large boxes: take 1 - IoU")
def by_euclid(sizes, anchors):
    owners = ((sizes[:, None] - anchors) ** 2).sum(axis=-1).argmin(axis=1)
    return owners, _moved(sizes, anchors, owners)


@mutant("anchor_step", "the areas alone are compared: two boxes of one area can have quite different shapes")
def by_area(sizes, anchors):
    owners = np.abs(sizes.prod(axis=1)[:, None] - anchors.prod(axis=1)).argmin(axis=1)
    return owners, _moved(sizes, anchors, owners)


@mutant("anchor_step", "the smallest IoU is the farthest anchor: the distance is 1 - IoU, so take the highest")
def farthest(sizes, anchors):
    owners = _shape_iou(sizes, anchors).argmin(axis=1)
    return owners, _moved(sizes, anchors, owners)


@mutant("anchor_step", "that is the median of the boxes: move the anchor to their mean")
def to_the_median(sizes, anchors):
    owners = _shape_iou(sizes, anchors).argmax(axis=1)
    return owners, _moved(sizes, anchors, owners, np.median)


@mutant("anchor_step", "an anchor without boxes has no mean: it should stay where it is")
def lost_anchor(sizes, anchors):
    owners = _shape_iou(sizes, anchors).argmax(axis=1)
    counts = np.bincount(owners, minlength=len(anchors))[:, None]
    sums = np.stack([sizes[owners == k].sum(axis=0) for k in range(len(anchors))])
    return owners, sums / np.maximum(counts, 1)


@mutant("anchor_step", "the anchors did not move: each goes to the mean of its boxes")
def anchors_stay(sizes, anchors):
    return _shape_iou(sizes, anchors).argmax(axis=1), anchors


def _sigmoid(t):
    return 1 / (1 + np.exp(-t))


def _decode(raw, anchors, across=_sigmoid, long=np.exp, parts=True, turned=False, moved=True):
    rows, columns = raw.shape[:2]
    grid = np.meshgrid(np.arange(columns), np.arange(rows))
    cells = np.stack(grid[::-1] if turned else grid, axis=-1)[:, :, None]
    midpoints = across(raw[..., :2]) + (cells if moved else 0)
    return np.concatenate([midpoints / ([columns, rows] if parts else 1), anchors * long(raw[..., 2:])], axis=-1)


@mutant("decode", "the sigmoid is missing: without it a midpoint can leave its cell")
def without_sigmoid(raw, anchors):
    return _decode(raw, anchors, across=lambda t: t)


@mutant("decode", "every box lies in the first cell: add the column and the row")
def forgets_the_cell(raw, anchors):
    return _decode(raw, anchors, moved=False)


@mutant("decode", "the midpoints are counted in cells: divide by the number of columns and of rows")
def midpoints_in_cells(raw, anchors):
    return _decode(raw, anchors, parts=False)


@mutant("decode", "column and row have changed places: the column belongs to x")
def row_to_x(raw, anchors):
    return _decode(raw, anchors, turned=True)


@mutant("decode", "the exponential is missing: the anchor is multiplied by e to the t")
def without_exponential(raw, anchors):
    return _decode(raw, anchors, long=lambda t: 1 + t)


@mutant("decode", "the sigmoid is for the midpoint only: width and height take the exponential")
def sigmoid_for_all(raw, anchors):
    return _decode(raw, anchors, long=_sigmoid)


@mutant("decode", "the anchors are forgotten: they are what e to the t is multiplied by")
def without_anchors(raw, anchors):
    return _decode(raw, np.ones_like(anchors))


def _sizes(height, width, strides, boxes, channels, count=None):
    heads = [(height // stride, width // stride, channels) for stride in strides]
    return heads, sum(rows * columns * (boxes if count is None else count) for rows, columns, _ in heads)


def _channels(version, boxes, classes):
    return 5 * boxes + classes if version == 1 else boxes * (5 + classes)


@mutant("output_sizes", "from v2 on each box has its own classes, so B (5 + C) channels")
def shares_the_classes(version, height, width, strides, boxes, classes):
    return _sizes(height, width, strides, boxes, 5 * boxes + classes)


@mutant("output_sizes", "in YOLO v1 the boxes of a cell share the classes, so 5 B + C channels")
def classes_for_each_box(version, height, width, strides, boxes, classes):
    return _sizes(height, width, strides, boxes, boxes * (5 + classes))


@mutant("output_sizes", "a box has five numbers and the classes: x, y, w, h and the confidence")
def forgets_the_confidence(version, height, width, strides, boxes, classes):
    return _sizes(height, width, strides, boxes, 4 * boxes + classes if version == 1 else boxes * (4 + classes))


@mutant("output_sizes", "those are the cells: each has several boxes")
def counts_the_cells(version, height, width, strides, boxes, classes):
    return _sizes(height, width, strides, boxes, _channels(version, boxes, classes), count=1)


@mutant("output_sizes", "rows come from the height and columns from the width: the shape is (rows, columns, channels)")
def width_before_height(version, height, width, strides, boxes, classes):
    return _sizes(width, height, strides, boxes, _channels(version, boxes, classes))


@mutant("output_sizes", "that is the number of boxes of one head: add up all of them")
def first_head_only(version, height, width, strides, boxes, classes):
    heads, _ = _sizes(height, width, strides, boxes, _channels(version, boxes, classes))
    return heads, heads[0][0] * heads[0][1] * boxes


# ---------------------------------------------------------------------------------------------- average precision


def _judge(found, things, least, choose, enough):
    right, taken = [], set()
    for box in found:
        overlaps = _iou(box, np.reshape(things, (-1, 4)))
        best = choose(overlaps, taken)
        good = best is not None and enough(overlaps[best], least) and best not in taken
        taken |= {best} if good else set()
        right.append(bool(good))
    return right


def _most(overlaps, taken):
    return int(overlaps.argmax()) if len(overlaps) else None


@mutant("judge", "the second box on an object counts as right: each object can be found only once")
def found_twice(found, things, least=0.5):
    return [len(things) > 0 and bool(_iou(box, things).max() >= least) for box in found]


@mutant("judge", "an IoU of exactly the limit is enough")
def more_than_the_limit(found, things, least=0.5):
    return _judge(found, things, least, _most, lambda overlap, limit: overlap > limit)


@mutant("judge", "the limit is always one half there: use `least`")
def always_one_half(found, things, least=0.5):
    return _judge(found, things, 0.5, _most, lambda overlap, limit: overlap >= limit)


@mutant("judge", "it falls back on an object that is still free: it may ask only for the one that it overlaps most")
def second_choice(found, things, least=0.5):
    def free(overlaps, taken):
        left = [i for i in range(len(overlaps)) if i not in taken]
        return max(left, key=lambda i: overlaps[i]) if left else None

    return _judge(found, things, least, free, lambda overlap, limit: overlap >= limit)


@mutant("judge", "any overlap counts there: the IoU must be at least `least`")
def any_overlap(found, things, least=0.5):
    return _judge(found, things, least, _most, lambda overlap, limit: overlap > 0)


def _curve(scores, right, objects):
    hits = np.cumsum(np.asarray(right)[np.argsort(-np.asarray(scores), kind="stable")])
    return hits, np.arange(1, len(hits) + 1)


@mutant("precision_recall", "the detections are taken as they come: order them by their scores, the surest first")
def unordered(scores, right, objects):
    hits = np.cumsum(right)
    return hits / np.arange(1, len(hits) + 1), hits / objects


@mutant("precision_recall", "the least sure detection comes first: order by falling scores")
def rising_scores(scores, right, objects):
    hits = np.cumsum(np.asarray(right)[np.argsort(scores)])
    return hits / np.arange(1, len(hits) + 1), hits / objects


@mutant("precision_recall", "precision and recall are exchanged: recall divides by the objects that are there")
def exchanged(scores, right, objects):
    hits, seen = _curve(scores, right, objects)
    return hits / objects, hits / seen


@mutant("precision_recall", "the recall counts only objects that were found: divide by all that are there")
def of_those_found(scores, right, objects):
    hits, seen = _curve(scores, right, objects)
    return hits / seen, hits / max(hits[-1], 1)


@mutant("precision_recall", "the precision is divided by all detections: divide by those so far")
def by_all_detections(scores, right, objects):
    hits, seen = _curve(scores, right, objects)
    return hits / len(seen), hits / objects


@mutant("average_precision", "the teeth of the saw are left: raise each precision to the best at its right")
def without_envelope(precision, recall):
    return float(np.sum(np.diff(recall, prepend=0) * precision))


@mutant("average_precision", "raised to the best at the left, the curve never rises anywhere: look to the right")
def looks_left(precision, recall):
    return float(np.sum(np.diff(recall, prepend=0) * np.maximum.accumulate(precision)))


@mutant("average_precision", "that is the mean of the precisions, not the area under the curve")
def mean_of_the_precisions(precision, recall):
    return float(np.mean(precision))


@mutant("average_precision", "the mean at eleven recalls is VOC 2007's rule: here it is the whole area")
def eleven_points(precision, recall):
    return float(np.mean([np.max(precision[recall >= n / 10], initial=0) for n in range(11)]))


@mutant("average_precision", "the first step is missing: it begins at recall 0")
def forgets_the_first_step(precision, recall):
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall) * envelope[1:]))


@mutant("average_precision", "stairs, not slopes: no trapezoids between the teeth of the saw")
def trapezoids(precision, recall):
    heights, steps = np.concatenate([precision[:1], precision]), np.diff(recall, prepend=0)
    return float(np.sum(steps * (heights[1:] + heights[:-1]) / 2))


@mutant("average_precision", "it is divided by the recall that was reached: what is never found counts as precision 0")
def over_the_recall(precision, recall):
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0) * envelope) / max(recall[-1], 1e-9))


# -------------------------------------------------------------------------------------------- grids, and who is who

_ANCHORS = np.array([(116, 90), (156, 198), (373, 326), (30, 61), (62, 45), (59, 119), (10, 13), (16, 30), (33, 23)])


@mutant("responsible_grid", "the other way round: the 13x13 grid has the large anchors, so the large objects")
def as_on_the_slide(width, height):
    best = _shape_iou(np.array([[width, height]]), _ANCHORS)[0].argmax()
    return (52, 26, 13)[best // 3]


@mutant("responsible_grid", "the area decides there: it is the shape, by IoU, that should")
def nearest_area(width, height):
    return (13, 26, 52)[int(np.abs(_ANCHORS.prod(axis=1) - width * height).argmin()) // 3]


@mutant("responsible_grid", "that is the Euclidean distance to the anchors: the highest IoU decides")
def nearest_size(width, height):
    return (13, 26, 52)[int(((_ANCHORS - [width, height]) ** 2).sum(axis=1).argmin()) // 3]


@mutant("responsible_grid", "the average of a grid's three anchors decides there: the best single anchor should")
def best_on_average(width, height):
    overlaps = _shape_iou(np.array([[width, height]]), _ANCHORS)[0].reshape(3, 3)
    return (13, 26, 52)[int(overlaps.mean(axis=1).argmax())]


everything_is_true = mutant(
    "true_claims",
    "not all of them are true: compare with the two tables",
    value=["a", "b", "c", "d", "e", "f", "g", "h"],
)
anchors_in_2015 = mutant("true_claims", "anchors came with YOLOv2; the first YOLO has none", value=["a", "b", "e", "f"])
small_on_the_coarse_grid = mutant(
    "true_claims", "the 13x13 grid has the largest anchors: it finds the large objects", value=["b", "c", "e", "f"]
)
old_r_cnn = mutant("true_claims", "R-CNN is deep: the first of the two-stage detectors", value=["b", "d", "e", "f"])
sharper_windows = mutant(
    "true_claims", "the convolution gives the very same scores, only sooner", value=["b", "e", "f", "g"]
)
more_by_suppression = mutant(
    "true_claims", "suppression only takes boxes away: it makes none", value=["b", "e", "f", "h"]
)

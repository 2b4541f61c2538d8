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


@mutant("responsible_cell", "column and row have changed places, the places in the cell have not: x decides the column")
def cell_alone_exchanged(x, y, rows, columns):
    column, row, across, down = _cell(x, y, rows, columns)
    return row, column, across, down


@mutant("responsible_cell", "the places in the cell have changed places: first across, then down")
def places_exchanged(x, y, rows, columns):
    column, row, across, down = _cell(x, y, rows, columns)
    return column, row, down, across


@mutant("responsible_cell", "at the right and lower edge of the picture the place in the last cell is 1, not 0")
def starts_again_at_the_edge(x, y, rows, columns):
    column, row, _, _ = _cell(x, y, rows, columns)
    return column, row, x * columns % 1, y * rows % 1


@mutant("responsible_cell", "that is the place in the picture: say where in the cell the midpoint lies")
def place_in_the_picture(x, y, rows, columns):
    return *_cell(x, y, rows, columns)[:2], x, y


@mutant("responsible_cell", "columns and rows are counted from 0")
def counted_from_one(x, y, rows, columns):
    column, row, across, down = _cell(x, y, rows, columns)
    return column + 1, row + 1, across, down


@mutant("responsible_cell", "seven columns are seven cells: x is multiplied by their number, without a minus one")
def one_cell_less(x, y, rows, columns):
    return _cell(x, y, rows - 1, columns - 1)


@mutant("responsible_cell", "the place in the cell is rounded: give it as it is")
def rounds_the_place(x, y, rows, columns):
    column, row, across, down = _cell(x, y, rows, columns)
    return column, row, round(across, 2), round(down, 2)


@mutant("responsible_cell", "the cell alone: say where in it the midpoint lies, too")
def cell_alone(x, y, rows, columns):
    return _cell(x, y, rows, columns)[:2]


@mutant(
    "responsible_cell", "the cell is rounded to the nearest: round down, since a cell begins at its left, upper corner"
)
def rounds_into_the_grid(x, y, rows, columns):
    column, row = min(round(x * columns), columns - 1), min(round(y * rows), rows - 1)
    return column, row, x * columns - column, y * rows - row


@mutant("responsible_cell", "y runs down from the upper edge of the picture, not up from the lower one")
def counted_from_below(x, y, rows, columns):
    return _cell(x, 1 - y, rows, columns)


@mutant("responsible_cell", "y runs down from the upper edge of the picture, not up from the lower one")
def row_from_below(x, y, rows, columns):
    column, row, across, down = _cell(x, y, rows, columns)
    return column, rows - 1 - row, across, down


@mutant(
    "responsible_cell", "the midpoint is measured from the left, upper corner of its cell, not to the right, lower one"
)
def to_the_lower_right(x, y, rows, columns):
    column, row, across, down = _cell(x, y, rows, columns)
    return column, row, 1 - across, 1 - down


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


@mutant("encode_target", "the last of two objects in a cell has it: the first one should keep it")
def last_one_wins_with_both_classes(truth, rows, columns, classes):
    target = _encode(truth, rows, columns, classes, first=False)
    for box in truth[truth[:, 4] >= 0]:
        column, row, _, _ = _cell(*(box[:2] + box[2:4]) / 2, rows, columns)
        target[row, column, 5 + int(box[4])] = 1
    return target


@mutant(
    "encode_target",
    "the box of the first object stays, but the second adds its class: the first one has the cell alone",
)
def second_class_too(truth, rows, columns, classes):
    target = _encode(truth, rows, columns, classes)
    for box in truth[truth[:, 4] >= 0]:
        column, row, _, _ = _cell(*(box[:2] + box[2:4]) / 2, rows, columns)
        target[row, column, 5 + int(box[4])] = 1
    return target


@mutant(
    "encode_target",
    "those are the corners as they are in the truth: the place in the cell, and the size, were asked for",
)
def corners_as_they_are(truth, rows, columns, classes):
    target = _encode(truth, rows, columns, classes)
    for box in truth[truth[:, 4] >= 0][::-1]:
        column, row, _, _ = _cell(*(box[:2] + box[2:4]) / 2, rows, columns)
        target[row, column, :4] = box[:4]
    return target


def _moved_numbers(truth, rows, columns, classes, order):
    """The right target, its numbers in another order."""
    target = _encode(truth, rows, columns, classes)
    return target[..., [*order, *range(len(order), 5 + classes)]]


@mutant("encode_target", "the width comes before the height in this target")
def height_before_width(truth, rows, columns, classes):
    return _moved_numbers(truth, rows, columns, classes, [0, 1, 3, 2])


@mutant("encode_target", "the 1 of the object comes behind the box, not in front of it")
def object_in_front(truth, rows, columns, classes):
    return _moved_numbers(truth, rows, columns, classes, [4, 0, 1, 2, 3])


@mutant("encode_target", "the place across comes before the place down")
def down_before_across(truth, rows, columns, classes):
    return _moved_numbers(truth, rows, columns, classes, [1, 0])


@mutant("encode_target", "the target is indexed by column and row: its axes are rows, then columns")
def axes_exchanged(truth, rows, columns, classes):
    return _encode(truth, rows, columns, classes).swapaxes(0, 1)


@mutant("encode_target", "the square roots belong to the loss: width and height are parts of the picture here")
def square_roots(truth, rows, columns, classes):
    return _encode(truth, rows, columns, classes, size=lambda box: np.sqrt(box[2:4] - box[:2]))


@mutant("encode_target", "that is half the width and the height: the whole ones were asked for")
def half_sizes(truth, rows, columns, classes):
    return _encode(truth, rows, columns, classes, size=lambda box: (box[2:4] - box[:2]) / 2)


@mutant("encode_target", "the midpoint is the mean of both edges: that is half the size")
def half_the_size_as_midpoint(truth, rows, columns, classes):
    return _encode(truth, rows, columns, classes, point=lambda box: (box[2:4] - box[:2]) / 2)


@mutant("encode_target", "that is the midpoint in the picture: say where in its cell it is")
def midpoint_in_the_picture(truth, rows, columns, classes):
    target = _encode(truth, rows, columns, classes)
    for row, column in np.argwhere(target[..., 4]):
        target[row, column, :2] = (target[row, column, :2] + [column, row]) / [columns, rows]
    return target


@mutant("encode_target", "the classes begin one too late or too early: class 0 stands right behind the 1 of the object")
def class_on_the_object(truth, rows, columns, classes):
    return _encode(truth, rows, columns, classes, index=lambda label: 4 + int(label))


@mutant("encode_target", "the class is one of as many flags, not a number")
def class_as_a_number(truth, rows, columns, classes):
    target = _encode(truth, rows, columns, classes)
    target[..., 5] = target[..., 5:].argmax(axis=-1)
    target[..., 6:] = 0
    return target


@mutant("encode_target", "the 1 that says that there is an object is missing")
def no_object(truth, rows, columns, classes):
    return _encode(truth, rows, columns, classes) * ([1] * 4 + [0] + [1] * classes)


@mutant("encode_target", "class 0 is a class like the others: padding is -1")
def class_zero_is_padding(truth, rows, columns, classes):
    return _encode(truth[truth[:, 4] > 0], rows, columns, classes)


@mutant("encode_target", "that is the first object alone: all rows of the truth count")
def first_object_only(truth, rows, columns, classes):
    return _encode(truth[:1], rows, columns, classes)


def _covered(truth, rows, columns, classes, first=True):
    target = np.zeros((rows, columns, 5 + classes))
    for x_min, y_min, x_max, y_max, label in truth[truth[:, 4] >= 0]:
        _, _, across, down = _cell((x_min + x_max) / 2, (y_min + y_max) / 2, rows, columns)
        left, top, _, _ = _cell(x_min, y_min, rows, columns)
        right, bottom, _, _ = _cell(x_max, y_max, rows, columns)
        for row, column in np.argwhere(target[top : bottom + 1, left : right + 1, 4] < (1 if first else 2)):
            cell = target[top + row, left + column]
            cell[:] = 0
            cell[:5] = across, down, x_max - x_min, y_max - y_min, 1
            cell[5 + int(label)] = 1
    return target


@mutant("encode_target", "every cell that the box covers is taught: only the cell of its midpoint should be")
def every_covered_cell(truth, rows, columns, classes):
    return _covered(truth, rows, columns, classes)


@mutant("encode_target", "every cell that the box covers is taught: only the cell of its midpoint should be")
def every_covered_cell_of_the_last(truth, rows, columns, classes):
    return _covered(truth, rows, columns, classes, first=False)


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


def _all_pairs(boxes, things):
    """Boxes (n, 1, 4) and things (1, m, 4), which broadcast to all pairs."""
    return np.asarray(boxes, dtype=float)[:, None], np.asarray(things, dtype=float)[None]


@mutant("iou_table", "a side is x_max - x_min: the 1 that is added belongs to boxes of whole pixels")
def one_more_on_the_overlap(boxes, things):
    a, b = _all_pairs(boxes, things)
    both = np.maximum(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]) + 1, 0).prod(axis=-1)
    either = _areas(a) + _areas(b) - both
    return both / np.where(either > 0, either, 1)


@mutant("iou_table", "rows and columns are exchanged: a row for each of the boxes, a column for each of the things")
def turned_table(boxes, things):
    return _iou(*_all_pairs(things, boxes))


@mutant("iou_table", "that compares the first with the first, the second with the second: compare all with all")
def one_by_one(boxes, things):
    count = min(len(boxes), len(things))
    return _iou(boxes[:count], things[:count])


@mutant("iou_table", "that is each box's best IoU: give the whole table")
def best_of_each_row(boxes, things):
    return _iou(*_all_pairs(boxes, things)).max(axis=1)


@mutant("iou_table", "that is which of the things each box overlaps most: give the IoUs themselves, the whole table")
def place_of_the_best(boxes, things):
    return _iou(*_all_pairs(boxes, things)).argmax(axis=1)


@mutant("iou_table", "only the first box is compared: a row for each")
def first_row_alone(boxes, things):
    return _iou(*_all_pairs(boxes[:1], things))


@mutant("iou_table", "the overlap is counted twice in the union: subtract it once from the sum of the areas")
def union_is_the_sum(a, b):
    a, b = _all_pairs(a, b)
    return _overlap(a, b) / np.maximum(_areas(a) + _areas(b), 1e-12)


@mutant("iou_table", "boxes that miss each other have no overlap: a negative width or height is 0")
def negative_times_negative(a, b):
    a, b = _all_pairs(a, b)
    both = (np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])).prod(axis=-1)
    either = _areas(a) + _areas(b) - both
    return both / np.where(either > 0, either, 1)


@mutant("iou_table", "a pixel is added to width and height: the box (1, 3) is 2 wide")
def counts_both_edges(a, b):
    a, b = _all_pairs(a, b)
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    both = np.maximum(high - low + 1, 0).prod(axis=-1)
    areas = [(box[..., 2:] - box[..., :2] + 1).prod(axis=-1) for box in (a, b)]
    return both / (areas[0] + areas[1] - both)


@mutant("iou_table", "it is divided by the smaller area: a box within another one would have 1")
def by_the_smaller(a, b):
    a, b = _all_pairs(a, b)
    smaller = np.minimum(_areas(a), _areas(b))
    return _overlap(a, b) / np.where(smaller > 0, smaller, 1)


@mutant("iou_table", "the last two numbers are corners, x_max and y_max, not width and height")
def takes_sizes(a, b):
    a, b = _all_pairs(a, b)
    a, b = (np.concatenate([box[..., :2], box[..., :2] + box[..., 2:]], axis=-1) for box in (a, b))
    return _iou(a, b)


@mutant("iou_table", "two boxes without an area: 0 divided by 0 is no number, and should be 0 here")
def nothing_by_nothing(a, b):
    a, b = _all_pairs(a, b)
    both = _overlap(a, b)
    with np.errstate(invalid="ignore"):
        return both / (_areas(a) + _areas(b) - both)


def _divided(a, b, divisor):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    below = divisor(_areas(a), _areas(b), _overlap(a, b))
    return _overlap(a, b) / np.where(below > 0, below, 1)


@mutant("iou_table", "that is twice the overlap over the sum of the areas, the Dice coefficient")
def dice(a, b):
    a, b = _all_pairs(a, b)
    return 2 * _divided(a, b, lambda first, second, both: first + second)


@mutant("iou_table", "it is divided by the first box, not by the union: the result changes when they are exchanged")
def by_the_first(a, b):
    a, b = _all_pairs(a, b)
    return _divided(a, b, lambda first, second, both: first + 0 * second)


@mutant("iou_table", "it is divided by the second box, not by the union: the result changes when they are exchanged")
def by_the_second(a, b):
    a, b = _all_pairs(a, b)
    return _divided(a, b, lambda first, second, both: second + 0 * first)


@mutant("iou_table", "it is divided by the larger box, not by the union")
def by_the_larger(a, b):
    a, b = _all_pairs(a, b)
    return _divided(a, b, lambda first, second, both: np.maximum(first, second))


@mutant("iou_table", "the overlap is in both areas: subtract it from their sum, do not add it")
def overlap_added(a, b):
    a, b = _all_pairs(a, b)
    return _divided(a, b, lambda first, second, both: first + second + both)


@mutant("iou_table", "the overlap is in both areas: subtract it once, not twice")
def overlap_subtracted_twice(a, b):
    a, b = _all_pairs(a, b)
    return _divided(a, b, lambda first, second, both: first + second - 2 * both)


@mutant("iou_table", "that is the area of the overlap: divide it by the union")
def overlap_alone(a, b):
    a, b = _all_pairs(a, b)
    return _overlap(np.asarray(a, dtype=float), np.asarray(b, dtype=float))


@mutant("iou_table", "the union is not the box around both")
def by_the_hull(a, b):
    a, b = _all_pairs(a, b)
    hull = (np.maximum(a[..., 2:], b[..., 2:]) - np.minimum(a[..., :2], b[..., :2])).prod(axis=-1)
    return _overlap(a, b) / np.where(hull > 0, hull, 1)


def _without_cut(a, b, cut):
    both = cut(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]))
    either = _areas(a) + _areas(b) - both
    with np.errstate(invalid="ignore", divide="ignore"):
        return both / either


@mutant("iou_table", "boxes that miss each other have no overlap: a negative width or height is 0")
def negative_times_negative_by_nothing(a, b):
    a, b = _all_pairs(a, b)
    return _without_cut(a, b, lambda sides: sides.prod(axis=-1))


@mutant("iou_table", "cut width and height at 0 before they are multiplied: two negative ones make a positive area")
def cuts_the_product(a, b):
    a, b = _all_pairs(a, b)
    return np.nan_to_num(_without_cut(a, b, lambda sides: np.maximum(sides.prod(axis=-1), 0)))


@mutant("iou_table", "boxes that miss each other have no overlap: a negative width or height is 0")
def not_cut_and_zero_without_a_union(a, b):
    a, b = _all_pairs(a, b)
    table = _without_cut(a, b, lambda sides: sides.prod(axis=-1))
    both = (np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])).prod(axis=-1)
    return np.where(_areas(a) + _areas(b) - both > 0, table, 0)


@mutant("iou_table", "boxes that miss each other have no overlap: a negative width or height is 0")
def not_cut_and_zero_by_zero_is_zero(a, b):
    a, b = _all_pairs(a, b)
    both = (np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])).prod(axis=-1)
    either = _areas(a) + _areas(b) - both
    return both / np.where(either == 0, 1, either)


@mutant("iou_table", "boxes that miss each other have no overlap: a negative width or height is 0")
def not_cut_with_a_small_number(a, b):
    a, b = _all_pairs(a, b)
    both = (np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])).prod(axis=-1)
    return both / (_areas(a) + _areas(b) - both + 1e-9)


@mutant("iou_table", "boxes that miss each other have no overlap: a negative width or height is 0")
def not_cut_only_where_they_overlap(a, b):
    a, b = _all_pairs(a, b)
    both = (np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])).prod(axis=-1)
    return both / np.maximum(_areas(a) + _areas(b) - both, 1e-9)


def _around(a, b):
    """The box around both for the overlap, and the union that would come of it."""
    around = (np.maximum(a[..., 2:], b[..., 2:]) - np.minimum(a[..., :2], b[..., :2])).prod(axis=-1)
    return around, _areas(a) + _areas(b) - around


@mutant("iou_table", "minimum and maximum are exchanged: that is the box around both, not what they share")
def box_around_both(a, b):
    around, either = _around(*_all_pairs(a, b))
    return around / np.where(either > 0, either, 1)


@mutant("iou_table", "minimum and maximum are exchanged: that is the box around both, not what they share")
def box_around_both_or_zero(a, b):
    around, either = _around(*_all_pairs(a, b))
    return np.where(either > 0, around / np.where(either > 0, either, 1), 0)


@mutant("iou_table", "minimum and maximum are exchanged: that is the box around both, not what they share")
def box_around_both_by_what_is_left(a, b):
    around, either = _around(*_all_pairs(a, b))
    with np.errstate(invalid="ignore", divide="ignore"):
        return around / either


@mutant("iou_table", "two boxes without an area share nothing: their IoU should be 0 here, not 1")
def nothing_by_nothing_is_one(a, b):
    table = nothing_by_nothing(a, b)
    return np.where(np.isnan(table), 1, table)


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


@mutant("iou_table", "cut width and height at 0 before they are multiplied: two negative ones make a positive area")
def cuts_the_product_and_divides_by_one(a, b):
    a, b = _all_pairs(a, b)
    both = np.maximum((np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])).prod(axis=-1), 0)
    either = _areas(a) + _areas(b) - both
    return both / np.where(either > 0, either, 1)


@mutant("iou_table", "a pixel is added to width and height of the boxes: the box (1, 3) is 2 wide")
def counts_both_edges_of_the_areas(a, b):
    a, b = _all_pairs(a, b)
    areas = [(box[..., 2:] - box[..., :2] + 1).prod(axis=-1) for box in (a, b)]
    return _overlap(a, b) / (areas[0] + areas[1] - _overlap(a, b))


@mutant("iou_table", "the area is width times height, not their sum")
def widths_and_heights_added(a, b):
    a, b = _all_pairs(a, b)
    both = np.maximum(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0).sum(axis=-1)
    either = (a[..., 2:] - a[..., :2]).sum(axis=-1) + (b[..., 2:] - b[..., :2]).sum(axis=-1) - both
    return both / np.where(either > 0, either, 1)


@mutant("iou_table", "two negative sides give a positive area: cut each at 0 before you multiply")
def cut_after_the_product(boxes, things):
    b, t = np.asarray(boxes, float)[:, None], np.asarray(things, float)[None]
    sides = np.minimum(b[..., 2:], t[..., 2:]) - np.maximum(b[..., :2], t[..., :2])
    return _over_union(b, t, np.maximum(sides.prod(-1), 0))


@mutant("iou_table", "the size of a negative overlap is taken: boxes that miss each other have none")
def size_of_a_negative_overlap(boxes, things):
    b, t = np.asarray(boxes, float)[:, None], np.asarray(things, float)[None]
    sides = np.minimum(b[..., 2:], t[..., 2:]) - np.maximum(b[..., :2], t[..., :2])
    return _over_union(b, t, np.abs(sides.prod(-1)))


def _over_union(b, t, overlap):
    areas = [np.prod(box[..., 2:] - box[..., :2], axis=-1) for box in (b, t)]
    union = sum(areas) - overlap
    return np.divide(overlap, union, out=np.zeros_like(overlap), where=union > 0)


@mutant("confidence_targets", "it is the other way round: the responsible box learns its IoU, and the others 0")
def one_and_the_others_their_iou(boxes, thing):
    overlaps = np.zeros(len(boxes)) if thing is None else _iou(boxes, thing)
    return np.where(overlaps == overlaps.max(), 1.0, overlaps) if thing is not None else overlaps


@mutant("confidence_targets", "the responsible box has its IoU, and the others 0: those are 1 wherever boxes meet")
def one_for_any_overlap(boxes, thing):
    return np.zeros(len(boxes)) if thing is None else (_iou(boxes, thing) > 0).astype(float)


@mutant("confidence_targets", "only the responsible box has the highest IoU, the others learn 0")
def highest_for_all(boxes, thing):
    return np.zeros(len(boxes)) if thing is None else np.full(len(boxes), _iou(boxes, thing).max())


@mutant("confidence_targets", "one number for each box: 0 for all but the responsible one")
def one_number(boxes, thing):
    return 0.0 if thing is None else _iou(boxes, thing).max()


@mutant("confidence_targets", "that is which box is responsible: give the confidences of all")
def number_of_the_box(boxes, thing):
    return np.zeros(len(boxes)) if thing is None else int(_iou(boxes, thing).argmax())


@mutant("confidence_targets", "a limit does not decide: the one box with the highest IoU does")
def above_a_limit(boxes, thing):
    return np.zeros(len(boxes)) if thing is None else _iou(boxes, thing) * (_iou(boxes, thing) >= 0.5)


@mutant("confidence_targets", "the last box of the cell is not always the responsible one: the highest IoU decides")
def last_box(boxes, thing):
    return np.zeros(len(boxes)) if thing is None else np.eye(len(boxes))[-1] * _iou(boxes, thing)


@mutant("confidence_targets", "without an object all learn 0")
def one_without_an_object(boxes, thing):
    overlaps = np.ones(len(boxes)) if thing is None else _iou(boxes, thing)
    return overlaps if thing is None else np.where(overlaps == overlaps.max(), overlaps, 0)


@mutant("confidence_targets", "the IoUs need not sum to 1: the responsible box learns its own, the others 0")
def shares_of_the_iou(boxes, thing):
    return np.zeros(len(boxes)) if thing is None else _iou(boxes, thing) / _iou(boxes, thing).sum()


@mutant("confidence_targets", "without an object, too, there is a number for each box: as many zeros as boxes")
def one_zero_without_an_object(boxes, thing):
    return 0.0 if thing is None else _iou(boxes, thing) * (np.arange(len(boxes)) == _iou(boxes, thing).argmax())


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


@mutant("class_scores", "the confidences alone: each should be multiplied by the probabilities of the classes")
def confidences_alone(confidences, classes):
    return confidences[..., :, None] * np.ones_like(classes)[..., None, :]


@mutant("class_scores", "the likeliest class has the confidence alone: multiply by the probabilities of all classes")
def likeliest_class_as_sure(confidences, classes):
    return confidences[..., :, None] * (classes == classes.max(axis=-1, keepdims=True))[..., None, :]


@mutant("class_scores", "every box has scores of its own: not only the surest of the cell")
def surest_box_only(confidences, classes):
    return confidences.max(axis=-1, keepdims=True) * classes


@mutant("class_scores", "every box has a confidence of its own: here all have that of the surest")
def all_as_sure_as_the_surest(confidences, classes):
    surest = np.broadcast_to(confidences.max(axis=-1, keepdims=True), confidences.shape)
    return surest[..., :, None] * classes[..., None, :]


@mutant("class_scores", "every box has scores of its own: they are not added up")
def boxes_added_up(confidences, classes):
    return confidences.sum(axis=-1, keepdims=True) * classes


@mutant("class_scores", "every class has a score, not only the likeliest")
def likeliest_score_only(confidences, classes):
    return confidences * classes.max(axis=-1, keepdims=True)


@mutant("class_scores", "boxes and classes keep an axis each: (rows, columns, boxes, classes)")
def boxes_and_classes_in_a_row(confidences, classes):
    scores = confidences[..., :, None] * classes[..., None, :]
    return scores.reshape(*scores.shape[:2], -1)


@mutant("class_scores", "the class probabilities are made to sum to 1 again: take them as they are")
def divided_by_their_sum(confidences, classes):
    return confidences[..., :, None] * (classes / classes.sum(axis=-1, keepdims=True))[..., None, :]


@mutant("class_scores", "that is the root of the product: YOLO's score is the product")
def root_of_the_product(confidences, classes):
    return np.sqrt(confidences[..., :, None] * classes[..., None, :])


@mutant("class_scores", "each cell has classes of its own, not those of the first cell")
def classes_of_the_first_cell(confidences, classes):
    return confidences[..., :, None] * classes[0, 0]


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


def _by_iou(boxes, labels, limit, same=True):
    """Whether a box goes for another: of the same class (or of another one), and by more than the limit."""
    return lambda i, best: (labels[i] == labels[best]) == same and _iou(boxes[i], boxes[best]) > limit


def _kept(boxes, scores, labels, limit):
    return _suppressed(boxes, _order(scores), _by_iou(boxes, labels, limit))


@mutant("nms", "of equal scores the first in the list comes first: turning a sorted list round turns them round, too")
def ties_turned_round(boxes, scores, labels, limit):
    return _suppressed(boxes, np.argsort(scores, kind="stable")[::-1].tolist(), _by_iou(boxes, labels, limit))


@mutant("nms", "the surest box comes first: the list is the wrong way round")
def surest_last(boxes, scores, labels, limit):
    return _kept(boxes, scores, labels, limit)[::-1]


@mutant("nms", "each box is compared with the last one that is kept only: compare it with all of them")
def last_kept_only(boxes, scores, labels, limit):
    goes, kept = _by_iou(boxes, labels, limit), []
    for i in _order(scores):
        if not kept or not goes(i, kept[-1]):
            kept.append(i)
    return kept


@mutant("nms", "those are the boxes: their indices were asked for")
def boxes_for_indices(boxes, scores, labels, limit):
    return boxes[np.array(_kept(boxes, scores, labels, limit), dtype=int)]


@mutant("nms", "those are the scores: the indices of the boxes were asked for")
def scores_for_indices(boxes, scores, labels, limit):
    return scores[np.array(_kept(boxes, scores, labels, limit), dtype=int)]


@mutant("nms", "that says for each box whether it is kept: the indices of those were asked for")
def marks_for_indices(boxes, scores, labels, limit):
    return np.isin(np.arange(len(boxes)), _kept(boxes, scores, labels, limit))


@mutant("nms", "those are places in the sorted list: give the indices of the list as it came")
def places_when_sorted(boxes, scores, labels, limit):
    order = _order(scores)
    return [order.index(i) for i in _kept(boxes, scores, labels, limit)]


@mutant("nms", "those are the boxes that are thrown away")
def thrown_away(boxes, scores, labels, limit):
    kept = _kept(boxes, scores, labels, limit)
    return [i for i in _order(scores) if i not in kept]


@mutant("nms", "the limit is always one half there: use `limit`")
def limit_of_one_half(boxes, scores, labels, limit):
    return _kept(boxes, scores, labels, 0.5)


@mutant("nms", "it is the other way round: boxes of the same class throw each other out, those of other classes do not")
def other_classes_only(boxes, scores, labels, limit):
    return _suppressed(boxes, _order(scores), _by_iou(boxes, labels, limit, same=False))


@mutant("nms", "the limit is one for the overlap, not for the scores")
def limit_of_the_scores(boxes, scores, labels, limit):
    return [i for i in _kept(boxes, scores, labels, limit) if scores[i] > limit]


@mutant("nms", "the surest box comes first, of whatever class: the classes stand one after the other")
def class_after_class(boxes, scores, labels, limit):
    return sorted(_kept(boxes, scores, labels, limit), key=lambda i: labels[i])


@mutant("nms", "the limit is one for the overlap, not for the scores")
def scores_above_the_limit(boxes, scores, labels, limit):
    return [i for i in _order(scores) if scores[i] > limit]


@mutant("nms", "the boxes that overlap are kept and the others thrown away: it should be the other way round")
def keeps_the_overlap_at_the_limit(boxes, scores, labels, limit):
    return _suppressed(
        boxes, _order(scores), lambda i, best: labels[i] == labels[best] and _iou(boxes[i], boxes[best]) < limit
    )


@mutant("nms", "the boxes that overlap are kept and the others thrown away: it should be the other way round")
def keeps_the_overlap_of_any_class(boxes, scores, labels, limit):
    return _suppressed(boxes, _order(scores), lambda i, best: _iou(boxes[i], boxes[best]) <= limit)


@mutant("nms", "those that overlap are kept, and the others thrown away: it is the other way round")
def keeps_what_overlaps(boxes, scores, labels, limit):
    goes = _by_iou(boxes, labels, limit)
    return _suppressed(boxes, _order(scores), lambda i, best: not goes(i, best))


@mutant("nms", "a list that a loop goes over is made shorter meanwhile, so some boxes are skipped: make a new list")
def shortens_the_list_of_its_loop(boxes, scores, labels, limit):
    left, kept, goes = _order(scores), [], _by_iou(boxes, labels, limit)
    for best in left:
        kept.append(best)
        for i in left:
            if i != best and goes(i, best):
                left.remove(i)
    return kept


@mutant("nms", "only the surest box throws others away: each box that is kept does")
def only_the_surest_throws(boxes, scores, labels, limit):
    best, *others = _order(scores)
    goes = _by_iou(boxes, labels, limit)
    return [best, *(i for i in others if not goes(i, best))]


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


@mutant("anchor_step", "the owners are those of the anchors as they came in: the step moves these once, at its end")
def owners_after_the_move(sizes, anchors):
    moved = _moved(sizes, anchors, _shape_iou(sizes, anchors).argmax(axis=1))
    return _shape_iou(sizes, moved).argmax(axis=1), moved


def _step(sizes, anchors, choose, mean=np.mean):
    owners = choose(sizes[:, None], anchors)
    return owners, _moved(sizes, anchors, owners, mean)


@mutant("anchor_step", "an anchor without boxes has no mean: it should stay where it is")
def anchor_without_a_mean(sizes, anchors):
    owners, moved = _step(sizes, anchors, lambda *_: _shape_iou(sizes, anchors).argmax(axis=1))
    return owners, np.where(np.isin(np.arange(len(anchors)), owners)[:, None], moved, np.nan)


@mutant("anchor_step", "an anchor without boxes is not dropped: it should stay where it is")
def anchor_dropped(sizes, anchors):
    owners, moved = _step(sizes, anchors, lambda *_: _shape_iou(sizes, anchors).argmax(axis=1))
    return owners, moved[np.unique(owners)]


@mutant("anchor_step", "the owners come first, then the anchors")
def anchors_before_owners(sizes, anchors):
    return _step(sizes, anchors, lambda *_: _shape_iou(sizes, anchors).argmax(axis=1))[::-1]


@mutant("anchor_step", "each box has an owner: that is the nearest box of each anchor, so take the other axis")
def box_of_each_anchor(sizes, anchors):
    _, moved = _step(sizes, anchors, lambda *_: _shape_iou(sizes, anchors).argmax(axis=1))
    return _shape_iou(sizes, anchors).argmax(axis=0), moved


@mutant("anchor_step", "the mean is that of the boxes: the old anchor is not one of them")
def old_anchor_in_the_mean(sizes, anchors):
    owners = _shape_iou(sizes, anchors).argmax(axis=1)
    return owners, np.stack([np.vstack([sizes[owners == k], anchors[k]]).mean(axis=0) for k in range(len(anchors))])


@mutant("anchor_step", "those are the distances: give the number of the nearest anchor")
def distances_for_owners(sizes, anchors):
    _, moved = _step(sizes, anchors, lambda *_: _shape_iou(sizes, anchors).argmax(axis=1))
    return 1 - _shape_iou(sizes, anchors), moved


@mutant("anchor_step", "that is the proportion of the sides, the same for small and large boxes: take 1 - IoU")
def by_the_proportion(sizes, anchors):
    def choose(boxes, shapes):
        return np.abs(boxes[..., 0] / boxes[..., 1] - shapes[..., 0] / shapes[..., 1]).argmin(axis=1)

    return _step(sizes, anchors, choose)


@mutant("anchor_step", "those are the differences of the sides, which favour large boxes: take 1 - IoU")
def by_the_sides(sizes, anchors):
    return _step(sizes, anchors, lambda boxes, shapes: np.abs(boxes - shapes).sum(axis=-1).argmin(axis=1))


@mutant("anchor_step", "that is the overlap alone, which favours large anchors: divide it by the union")
def by_the_overlap(sizes, anchors):
    return _step(sizes, anchors, lambda boxes, shapes: np.minimum(boxes, shapes).prod(axis=-1).argmax(axis=1))


@mutant("anchor_step", "each box has an owner: that is the nearest box of each anchor, so take the other axis")
def nearest_box_of_each_anchor(sizes, anchors):
    owners = _shape_iou(sizes, anchors).argmax(axis=0)
    return owners, sizes[owners]


@mutant("anchor_step", "widths and heights are averaged together: each column has its own mean, axis=0")
def one_mean_for_both_sides(sizes, anchors):
    owners = _shape_iou(sizes, anchors).argmax(axis=1)
    return owners, _moved(sizes, anchors, owners, lambda mine, axis: np.full(2, mine.mean()))


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


@mutant("decode", "the sigmoid is a part of the cell: it is divided by the columns and rows, too")
def sigmoid_not_divided(raw, anchors):
    boxes, corner = _decode(raw, anchors), _decode(raw, anchors, across=np.zeros_like)
    boxes[..., :2] = corner[..., :2] + _sigmoid(raw[..., :2])
    return boxes


@mutant("decode", "x is divided by the columns and y by the rows: they are swapped")
def divided_the_other_way(raw, anchors):
    boxes = _decode(raw, anchors)
    boxes[..., :2] *= np.array(raw.shape[1::-1]) / raw.shape[:2]
    return boxes


@mutant("decode", "the exponential is missing: the anchor is multiplied by e to the t")
def without_any_exponential(raw, anchors):
    return _decode(raw, anchors, long=lambda t: t)


@mutant("decode", "the anchor is multiplied by e to the t, not added to it")
def exponential_added(raw, anchors):
    boxes = _decode(raw, anchors)
    boxes[..., 2:] = anchors + np.exp(raw[..., 2:])
    return boxes


@mutant("decode", "the anchors are parts of the picture already: they are not divided by the cells")
def anchors_in_cells(raw, anchors):
    boxes = _decode(raw, anchors)
    boxes[..., 2:] /= raw.shape[1::-1]
    return boxes


@mutant("decode", "those are corners: the midpoint and the size were asked for")
def decodes_to_corners(raw, anchors):
    boxes = _decode(raw, anchors)
    return np.concatenate([boxes[..., :2] - boxes[..., 2:] / 2, boxes[..., :2] + boxes[..., 2:] / 2], axis=-1)


@mutant("decode", "the sign is missing: the sigmoid is 1 / (1 + e to the -t)")
def sigmoid_upside_down(raw, anchors):
    return _decode(raw, anchors, across=lambda t: _sigmoid(-t))


@mutant("decode", "the sigmoid says where in the cell: no half is added to it")
def half_a_cell_more(raw, anchors):
    return _decode(raw, anchors, across=lambda t: _sigmoid(t) + 0.5)


@mutant("decode", "that is the hyperbolic tangent: the sigmoid runs from 0 to 1")
def tangent_for_sigmoid(raw, anchors):
    return _decode(raw, anchors, across=np.tanh)


@mutant("decode", "each box of a cell has an anchor of its own")
def first_anchor_for_all(raw, anchors):
    return _decode(raw, np.broadcast_to(anchors[:1], anchors.shape))


@mutant("decode", "width and height of the anchors are swapped")
def anchors_turned(raw, anchors):
    return _decode(raw, anchors[:, ::-1])


@mutant("decode", "x belongs to the columns and comes first, then y")
def y_before_x(raw, anchors):
    boxes = _decode(raw, anchors, across=np.zeros_like, parts=False)
    cells = boxes[..., 1::-1] + _sigmoid(raw[..., :2])
    return np.concatenate([cells / raw.shape[:2], boxes[..., 2:]], axis=-1)


@mutant("decode", "that is how YOLOv5 decodes the size: here the anchor is multiplied by e to the t")
def sizes_of_a_later_version(raw, anchors):
    return _decode(raw, anchors, long=lambda t: (2 * _sigmoid(t)) ** 2)


@mutant("decode", "columns and rows are counted from 0")
def cells_from_one(raw, anchors):
    return _decode(raw, anchors, across=lambda t: _sigmoid(t) + 1)


@mutant("decode", "y runs down from the upper edge of the picture, not up from the lower one")
def rows_from_below(raw, anchors):
    boxes = _decode(raw, anchors)
    boxes[..., 1] = 1 - boxes[..., 1]
    return boxes


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


def _heads(version, height, width, strides, boxes, classes):
    return _sizes(height, width, strides, boxes, _channels(version, boxes, classes))


@mutant("output_sizes", "the channels come last: (rows, columns, channels)")
def channels_in_front(*network):
    heads, count = _heads(*network)
    return [(channels, rows, columns) for rows, columns, channels in heads], count


@mutant("output_sizes", "those are all numbers of the heads: how many boxes are they?")
def numbers_for_boxes(*network):
    heads, _ = _heads(*network)
    return heads, sum(rows * columns * channels for rows, columns, channels in heads)


@mutant("output_sizes", "the picture need not be square: the columns come from the width")
def square_heads(version, height, width, strides, boxes, classes):
    return _heads(version, height, height, strides, boxes, classes)


@mutant("output_sizes", "each of the strides makes a head, not only the first")
def one_head(version, height, width, strides, boxes, classes):
    return _heads(version, height, width, strides[:1], boxes, classes)


@mutant("output_sizes", "one head, too, is a list of one shape")
def shape_without_a_list(*network):
    heads, count = _heads(*network)
    return heads[0] if len(heads) == 1 else heads, count


@mutant("output_sizes", "one number was asked for: add up the boxes of all heads")
def boxes_of_each_head(version, height, width, strides, boxes, classes):
    heads, _ = _heads(version, height, width, strides, boxes, classes)
    return heads, [rows * columns * boxes for rows, columns, _ in heads]


@mutant("output_sizes", "from v2 on each box has its own classes, so B (5 + C) channels")
def second_version_shares(version, height, width, strides, boxes, classes):
    return _heads(1 if version == 2 else version, height, width, strides, boxes, classes)


@mutant("output_sizes", "those are the channels of one box: a cell has several")
def channels_of_one_box(version, height, width, strides, boxes, classes):
    return _sizes(height, width, strides, boxes, 5 + classes)


@mutant("output_sizes", "the five numbers and the classes are added, not multiplied: B (5 + C)")
def five_times_the_classes(version, height, width, strides, boxes, classes):
    channels = _channels(1, boxes, classes) if version == 1 else 5 * boxes * classes
    return _sizes(height, width, strides, boxes, channels)


@mutant("output_sizes", "a stride is the side of a cell in pixels, not the number of cells: divide the picture by it")
def strides_for_cells(version, height, width, strides, boxes, classes):
    heads = [(stride, stride, _channels(version, boxes, classes)) for stride in strides]
    return heads, sum(rows * columns * boxes for rows, columns, _ in heads)


@mutant(
    "output_sizes", "the heads differ in their grids: add up the boxes of each, not the first one's times their number"
)
def first_head_for_all(*network):
    heads, _ = _heads(*network)
    return heads, len(heads) * heads[0][0] * heads[0][1] * network[4]


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


@mutant("judge", "where nothing is there are detections all the same: each of them is wrong, so give False for each")
def no_verdicts_where_nothing_is(found, things, least=0.5):
    return _right(found, things, least) if len(things) else []


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


def _right(found, things, least):
    return _judge(found, things, least, _most, lambda overlap, limit: overlap >= limit)


@mutant("judge", "an object is found only by a detection that is right: a wrong one does not take it away")
def wrong_ones_take(found, things, least=0.5):
    wants = [_most(_iou(box, np.reshape(things, (-1, 4))), set()) for box in found]
    return [
        k is not None and bool(_iou(box, things)[k] >= least) and k not in wants[:n]
        for n, (box, k) in enumerate(zip(found, wants, strict=True))
    ]


@mutant("judge", "the surest detection has the object, not the one that fits it best")
def best_fit_for_each_object(found, things, least=0.5):
    right = [False] * len(found)
    for thing in np.reshape(things, (-1, 4)):
        overlaps = _iou(found, thing)
        right[overlaps.argmax()] |= bool(overlaps.max() >= least)
    return right


@mutant("judge", "a detection asks for the object that it overlaps most, not for the first that fits")
def first_that_fits(found, things, least=0.5):
    right, taken = [], set()
    for box in found:
        fits = [k for k, o in enumerate(_iou(box, np.reshape(things, (-1, 4)))) if o >= least and k not in taken]
        taken |= set(fits[:1])
        right.append(bool(fits))
    return right


@mutant("judge", "a detection asks for the object that it overlaps most, not for the first that fits")
def first_that_fits_free_or_not(found, things, least=0.5):
    fits = [np.flatnonzero(_iou(box, np.reshape(things, (-1, 4))) >= least)[:1].tolist() for box in found]
    return [bool(first) and first not in fits[:n] for n, first in enumerate(fits)]


@mutant("judge", "begin with the first detection, the surest")
def last_detection_first(found, things, least=0.5):
    return _right(found[::-1], things, least)[::-1]


@mutant("judge", "True and False are exchanged: True is a detection that is right")
def exchanged_verdicts(found, things, least=0.5):
    return [not right for right in _right(found, things, least)]


@mutant("judge", "that is how many are right: say of each detection whether it is")
def counts_the_right_ones(found, things, least=0.5):
    return sum(_right(found, things, least))


@mutant("judge", "that is which object was found: say True or False of each detection")
def objects_for_verdicts(found, things, least=0.5):
    right = _right(found, things, least)
    return [int(_iou(box, things).argmax()) if good else -1 for box, good in zip(found, right, strict=True)]


def _curve(scores, right, objects):
    hits = np.cumsum(np.asarray(right)[np.argsort(-np.asarray(scores), kind="stable")])
    return hits, np.arange(1, len(hits) + 1)


@mutant("judge", "those are the numbers of the right detections: give True or False for each of them")
def numbers_of_the_right_ones(found, things, least=0.5):
    return np.flatnonzero(_right(found, things, least))


@mutant("judge", "those are the IoUs: compare them with `least`, and give True or False")
def overlaps_for_verdicts(found, things, least=0.5):
    return [_iou(box, np.reshape(things, (-1, 4))).max(initial=0) for box in found]


@mutant("judge", "the answers are asked for the detections, one for each: not for the objects")
def answer_for_each_object(found, things, least=0.5):
    return [bool(_iou(found, thing).max(initial=0) >= least) for thing in np.reshape(things, (-1, 4))]


@mutant("judge", "the answers are asked for the detections, one for each: not for the objects")
def answer_for_each_object_if_any(found, things, least=0.5):
    return answer_for_each_object(found, things, least) or [False] * len(found)


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


@mutant("precision_recall", "the recall is divided by the detections: divide by all objects that are there")
def recall_of_the_detections(scores, right, objects):
    hits, seen = _curve(scores, right, objects)
    return hits / seen, hits / len(hits)


@mutant("precision_recall", "the first detection is one detection: count them from 1")
def seen_from_zero(scores, right, objects):
    hits, seen = _curve(scores, right, objects)
    return hits / np.maximum(seen - 1, 1), hits / objects


@mutant("precision_recall", "that is the end of both: give them after each detection")
def at_the_end_only(scores, right, objects):
    return np.mean(right), np.sum(right) / objects


@mutant("precision_recall", "add up the hits so far: each detection alone is not enough")
def without_adding_up(scores, right, objects):
    hits, seen = _curve(scores, right, objects)
    hits = np.diff(hits, prepend=0)
    return hits / seen, hits / objects


@mutant("precision_recall", "those are the mistakes: count the detections that are right")
def counts_the_mistakes(scores, right, objects):
    return _curve(scores, ~np.asarray(right), objects)[0] / np.arange(1, len(right) + 1), (
        _curve(scores, ~np.asarray(right), objects)[0] / objects
    )


@mutant("precision_recall", "the recall counts the detections that are right, not the mistakes")
def recall_of_the_mistakes(scores, right, objects):
    hits, seen = _curve(scores, right, objects)
    return hits / seen, (seen - hits) / objects


@mutant("precision_recall", "both go from the surest to the least sure: they are put back into the order of the list")
def put_back_in_order(scores, right, objects):
    hits, seen = _curve(scores, right, objects)
    back = np.argsort(np.argsort(-np.asarray(scores), kind="stable"))
    return (hits / seen)[back], (hits / objects)[back]


@mutant("precision_recall", "the teeth of the saw stay here: the envelope comes later")
def envelope_too_early(scores, right, objects):
    hits, seen = _curve(scores, right, objects)
    return np.maximum.accumulate((hits / seen)[::-1])[::-1], hits / objects


@mutant("precision_recall", "one number for each detection: there is none before the first")
def a_point_before_the_first(scores, right, objects):
    hits, seen = _curve(scores, right, objects)
    return np.append(1, hits / seen), np.append(0, hits / objects)


@mutant("precision_recall", "two lists were asked for: (precision, recall), not a pair for each detection")
def pairs_for_lists(scores, right, objects):
    hits, seen = _curve(scores, right, objects)
    return np.stack([hits / seen, hits / objects], axis=1)


@mutant("precision_recall", "the recall counts all detections so far: only those that are right have found an object")
def recall_of_all_detections(scores, right, objects):
    hits, seen = _curve(scores, right, objects)
    return hits / seen, seen / objects


@mutant("precision_recall", "the recall counts all detections so far: only those that are right have found an object")
def recall_of_all_detections_up_to_one(scores, right, objects):
    hits, seen = _curve(scores, right, objects)
    return hits / seen, np.minimum(seen / objects, 1)


def _envelope(precision):
    return np.maximum.accumulate(np.asarray(precision)[::-1])[::-1]


@mutant(
    "average_precision", "that is the mean of the envelope, not the area under it: weigh by the steps of the recall"
)
def mean_of_the_envelope(precision, recall):
    return float(np.mean(_envelope(precision)))


@mutant("average_precision", "the mean at 101 recalls is COCO's rule: here it is the whole area")
def hundred_and_one_points(precision, recall):
    return float(np.mean([np.max(precision[recall >= n / 100], initial=0) for n in range(101)]))


@mutant(
    "average_precision", "the first step is missing, and the teeth are left: it begins at recall 0, under the envelope"
)
def trapezoids_of_the_curve(precision, recall):
    return float(np.sum(np.diff(recall) * (precision[1:] + precision[:-1]) / 2))


@mutant("average_precision", "the first step is missing: it begins at recall 0")
def trapezoids_without_the_first(precision, recall):
    heights = _envelope(precision)
    return float(np.sum(np.diff(recall) * (heights[1:] + heights[:-1]) / 2))


@mutant("average_precision", "the first step is missing: it begins at recall 0")
def forgets_the_first_and_shifts(precision, recall):
    return float(np.sum(np.diff(recall) * _envelope(precision)[:-1]))


@mutant("average_precision", "a step is as high as the envelope at its own recall, not at the one before")
def height_of_the_step_before(precision, recall):
    heights = _envelope(precision)
    return float(np.sum(np.diff(recall, prepend=0) * np.append(heights[:1], heights[:-1])))


@mutant("average_precision", "each precision is raised to the best at its right, not lowered to the worst")
def lowest_at_the_right(precision, recall):
    return float(np.sum(np.diff(recall, prepend=0) * np.minimum.accumulate(precision[::-1])[::-1]))


@mutant("average_precision", "the best at the right counts, not the best of all")
def best_of_all(precision, recall):
    return float(np.max(precision) * recall[-1])


@mutant("average_precision", "what is never found counts as precision 0: the staircase ends at the last recall")
def goes_on_to_one(precision, recall):
    heights = _envelope(precision)
    return float(np.sum(np.diff(recall, prepend=0, append=1) * np.append(heights, heights[-1])))


@mutant("average_precision", "what is never found counts as precision 0: that is the mean over the hits")
def mean_over_the_hits(precision, recall):
    return float(np.mean(np.asarray(precision)[np.diff(recall, prepend=0) > 0]))


@mutant("average_precision", "the precision is weighed by the step of the recall, not by the recall")
def products_added(precision, recall):
    return float(np.sum(np.asarray(precision) * recall))


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


def _at(recalls, precision, recall):
    return float(np.mean([np.max(precision[recall >= least], initial=0) for least in recalls]))


# Where a recall is exactly a tenth, it depends on the last digit of the eleven whether it is reached.
@mutant("average_precision", "the mean at eleven recalls is VOC 2007's rule: here it is the whole area")
def eleven_points_of_linspace(precision, recall):
    return _at(np.linspace(0, 1, 11), precision, recall)


@mutant("average_precision", "the mean at eleven recalls is VOC 2007's rule: here it is the whole area")
def eleven_points_of_arange(precision, recall):
    return _at(np.arange(0, 1.1, 0.1), precision, recall)


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


@mutant("average_precision", "the envelope is still the wrong way round: turn it back before it meets the recalls")
def envelope_not_turned_back(precision, recall):
    return float(np.sum(np.diff(recall, prepend=0) * _envelope(precision)[::-1]))


def _slopes(heights, recall, first):
    heights = np.append(first, heights)
    return float(np.sum(np.diff(recall, prepend=0) * (heights[1:] + heights[:-1]) / 2))


@mutant("average_precision", "stairs, not slopes: no trapezoids between the teeth of the saw")
def trapezoids_from_one(precision, recall):
    return _slopes(precision, recall, 1)


@mutant("average_precision", "stairs, not slopes: no trapezoids between the teeth of the saw")
def trapezoids_from_zero(precision, recall):
    return _slopes(precision, recall, 0)


@mutant("average_precision", "each step has the precision at its left: it belongs to the recall that it reaches")
def precision_of_the_step_before(precision, recall):
    raised = np.maximum.accumulate(np.asarray(precision, float)[::-1])[::-1]
    return float((raised * np.diff([*recall, 1.0])).sum())


@mutant("average_precision", "stairs, not slopes: no trapezoids between the teeth of the saw")
def slopes_for_stairs(precision, recall):
    raised = np.maximum.accumulate(np.asarray(precision, float)[::-1])[::-1]
    before = np.concatenate([raised[:1], raised[:-1]])
    return float(((raised + before) / 2 * np.diff([0.0, *recall])).sum())


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


def _grid_by(measure, width, height):
    return (13, 26, 52)[int(np.argmax(measure(_ANCHORS.astype(float), np.array([width, height], dtype=float)))) // 3]


@mutant("responsible_grid", "those are the differences of the sides: the highest IoU decides")
def nearest_sides(width, height):
    return _grid_by(lambda anchors, size: -np.abs(anchors - size).sum(axis=1), width, height)


@mutant("responsible_grid", "that is the overlap alone, which favours large anchors: divide it by the union")
def largest_overlap(width, height):
    return _grid_by(lambda anchors, size: np.minimum(anchors, size).prod(axis=1), width, height)


@mutant("responsible_grid", "that is the overlap divided by the object: divide it by the union")
def over_the_object(width, height):
    pairs = zip(_ANCHORS.tolist(), (13,) * 3 + (26,) * 3 + (52,) * 3, strict=True)
    return max((min(w, width) * min(h, height) / (width * height), grid) for (w, h), grid in pairs)[1]


@mutant("responsible_grid", "that is the overlap divided by the anchor: divide it by the union")
def over_the_anchor(width, height):
    pairs = zip(_ANCHORS.tolist(), (13,) * 3 + (26,) * 3 + (52,) * 3, strict=True)
    return max((min(w, width) * min(h, height) / (w * h), grid) for (w, h), grid in pairs)[1]


@mutant("responsible_grid", "the lowest IoU decides there: the highest should")
def lowest_overlap(width, height):
    overlaps = _shape_iou(np.array([[width, height]]), _ANCHORS)[0].reshape(3, 3)
    return (13, 26, 52)[int(overlaps.max(axis=1).argmin())]


@mutant(
    "responsible_grid", "the proportion of the sides is the same for small and large objects: the highest IoU decides"
)
def nearest_proportion(width, height):
    pairs = zip(_ANCHORS.tolist(), (13,) * 3 + (26,) * 3 + (52,) * 3, strict=True)
    return min((abs(w / h - width / height), grid) for (w, h), grid in pairs)[1]


@mutant("responsible_grid", "one side alone does not decide: the highest IoU does")
def nearest_height(width, height):
    pairs = zip(_ANCHORS.tolist(), (13,) * 3 + (26,) * 3 + (52,) * 3, strict=True)
    return min((abs(h - height), grid) for (_, h), grid in pairs)[1]


@mutant("responsible_grid", "one side alone does not decide: the highest IoU does")
def nearest_width(width, height):
    pairs = zip(_ANCHORS.tolist(), (13,) * 3 + (26,) * 3 + (52,) * 3, strict=True)
    return min((abs(w - width), grid) for (w, _), grid in pairs)[1]


@mutant("responsible_grid", "width and height are swapped: an anchor is (width, height)")
def anchors_turned_round(width, height):
    best = _shape_iou(np.array([[height, width]]), _ANCHORS)[0].argmax()
    return (13, 26, 52)[best // 3]


@mutant("responsible_grid", "the size of the cells does not decide: the highest IoU with an anchor does")
def nearest_cell(width, height):
    return min((13, 26, 52), key=lambda grid: abs(416 / grid - np.sqrt(width * height)))


@mutant("responsible_grid", "all nine anchors are asked, not only the first of each grid")
def first_anchors_only(width, height):
    return (13, 26, 52)[int(_shape_iou(np.array([[width, height]]), _ANCHORS[::3])[0].argmax())]


@mutant("responsible_grid", "that is the place of the grid in the list: give its cells on a side, 13, 26 or 52")
def place_of_the_grid(width, height):
    return int(_shape_iou(np.array([[width, height]]), _ANCHORS)[0].argmax()) // 3


@mutant("responsible_grid", "that is the best anchor: give the cells on a side of its grid, 13, 26 or 52")
def anchor_for_grid(width, height):
    return tuple(_ANCHORS[_shape_iou(np.array([[width, height]]), _ANCHORS)[0].argmax()].tolist())


@mutant("responsible_grid", "that is the number of the best anchor: give the cells on a side of its grid, 13, 26 or 52")
def number_of_the_anchor(width, height):
    return int(_shape_iou(np.array([[width, height]]), _ANCHORS)[0].argmax())


@mutant("responsible_grid", "that is the side of a cell in pixels: give the cells on a side of the grid, 13, 26 or 52")
def stride_for_grid(width, height):
    return (32, 16, 8)[int(_shape_iou(np.array([[width, height]]), _ANCHORS)[0].argmax()) // 3]


nothing_is_true = mutant("true_claims", "some of them are true: compare with the two tables", value=[])
the_false_ones = mutant("true_claims", "those are the false ones: give the true ones", value=["a", "c", "d", "g", "h"])
without_the_boxes = mutant("true_claims", 'look at the row "boxes a cell" of the table again', value=["e", "f"])
without_the_confidence = mutant(
    "true_claims", 'look at the row "confidence learns" of the table again', value=["b", "f"]
)
without_the_classes = mutant("true_claims", 'look at the row "classes" of the table again', value=["b", "e"])
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

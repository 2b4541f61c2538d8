"""Wrong answers to lab 12: the classic mistakes about boxes, labels, windows, and dense layers made convolutions."""

import numpy as np

from ccv.grading import mutant

# ------------------------------------------------------------------------------------------- the ladder, and boxes


def _shapes(task, classes, image, grid, objects, head=None, masks=None):
    """The right shapes, with a wrong part put in by each mutant."""
    numbers = 5 + classes if head is None else head
    masks = masks or (objects, *image)
    cells = (*grid, numbers)
    return {"classification": (classes,), "localisation": (numbers,), "detection": cells, "segmentation": masks}[task]


@mutant("output_shape", "Pc is forgotten: one number says whether there is an object at all")
def without_pc(task, classes, image, grid, objects):
    return _shapes(task, classes, image, grid, objects, head=4 + classes)


@mutant("output_shape", "Pc is forgotten: one number says whether there is an object at all")
def localisation_without_pc(task, classes, image, grid, objects):
    return (4 + classes,) if task == "localisation" else _shapes(task, classes, image, grid, objects)


@mutant("output_shape", "the classes are forgotten: a box without a word")
def without_classes(task, classes, image, grid, objects):
    return _shapes(task, classes, image, grid, objects, head=5)


@mutant("output_shape", "a cell needs more than the classes: Pc and the four numbers of its box")
def cells_that_classify(task, classes, image, grid, objects):
    return (*grid, classes) if task == "detection" else _shapes(task, classes, image, grid, objects)


@mutant("output_shape", "detection is one answer for each cell of the grid, not one for the picture")
def one_detection(task, classes, image, grid, objects):
    return (5 + classes,) if task == "detection" else _shapes(task, classes, image, grid, objects)


@mutant("output_shape", "height and width of the masks are swapped: arrays have the height first")
def sideways_masks(task, classes, image, grid, objects):
    return _shapes(task, classes, image, grid, objects, masks=(objects, *image[::-1]))


@mutant("output_shape", "that is one map for each class: two objects of a class need two masks")
def semantic_masks(task, classes, image, grid, objects):
    return _shapes(task, classes, image, grid, objects, masks=(classes, *image))


@mutant("output_shape", "the masks come first: so many pictures of height x width")
def masks_last(task, classes, image, grid, objects):
    return _shapes(task, classes, image, grid, objects, masks=(*image, objects))


@mutant("output_shape", "that is one map for each class: two objects of a class need two masks")
def semantic_masks_last(task, classes, image, grid, objects):
    return _shapes(task, classes, image, grid, objects, masks=(*image, classes))


@mutant("output_shape", "that is one mask for the picture: each object has one of its own")
def one_mask(task, classes, image, grid, objects):
    return _shapes(task, classes, image, grid, objects, masks=tuple(image))


@mutant("output_shape", "a mask needs no axis of classes: it says which pixels belong to one object")
def masks_with_classes(task, classes, image, grid, objects):
    return _shapes(task, classes, image, grid, objects, masks=(objects, *image, classes))


def _cells(task, classes, image, grid, objects, cells):
    return cells if task == "detection" else _shapes(task, classes, image, grid, objects)


@mutant("output_shape", "the grid keeps its rows and its columns, as two axes")
def grid_in_a_row(task, classes, image, grid, objects):
    return _cells(task, classes, image, grid, objects, (grid[0] * grid[1], 5 + classes))


@mutant("output_shape", "rows and columns of the grid are swapped: arrays have the rows first")
def sideways_grid(task, classes, image, grid, objects):
    return _cells(task, classes, image, grid, objects, (*grid[::-1], 5 + classes))


@mutant("output_shape", "the cells answer, not the objects: one answer for each cell of the grid")
def one_answer_an_object(task, classes, image, grid, objects):
    return _cells(task, classes, image, grid, objects, (objects, 5 + classes))


@mutant("output_shape", "each cell answers for one object, the one whose middle it holds")
def all_objects_in_each_cell(task, classes, image, grid, objects):
    return _cells(task, classes, image, grid, objects, (*grid, objects, 5 + classes))


@mutant("output_shape", "each cell answers for one object, the one whose middle it holds")
def all_objects_in_one_row(task, classes, image, grid, objects):
    return _cells(task, classes, image, grid, objects, (*grid, objects * (5 + classes)))


@mutant("output_shape", "there is no class for the background")
def classifies_background(task, classes, image, grid, objects):
    return (classes + 1,) if task == "classification" else _shapes(task, classes, image, grid, objects)


@mutant("output_shape", "there is no class for the background: Pc says that nothing is there")
def background_beside_pc(task, classes, image, grid, objects):
    return _shapes(task, classes, image, grid, objects, head=6 + classes)


@mutant("output_shape", "there is no class for the background: Pc says that nothing is there")
def background_everywhere(task, classes, image, grid, objects):
    more = 1 if task == "classification" else 0
    return tuple(n + more for n in _shapes(task, classes, image, grid, objects, head=6 + classes))


@mutant("output_shape", "a cell says what its object is, too: Pc, the four numbers of its box, and the classes")
def cells_without_classes(task, classes, image, grid, objects):
    return _cells(task, classes, image, grid, objects, (*grid, 5))


@mutant("output_shape", "the grid keeps its rows and its columns, as two axes")
def grid_and_numbers_in_a_row(task, classes, image, grid, objects):
    return _cells(task, classes, image, grid, objects, (grid[0] * grid[1] * (5 + classes),))


@mutant("output_shape", "a tuple stands within the shape: each of its numbers is an axis, write them in a row with *")
def nested_shapes(task, classes, image, grid, objects):
    masks = (objects, tuple(image))
    return (
        (tuple(grid), 5 + classes) if task == "detection" else _shapes(task, classes, image, grid, objects, masks=masks)
    )


@mutant("output_shape", "a tuple stands within the shape: each of its numbers is an axis, write them in a row with *")
def nested_grid(task, classes, image, grid, objects):
    return _cells(task, classes, image, grid, objects, (tuple(grid), 5 + classes))


def _corners(boxes, height, width, half=2):
    x, y, tall, wide = np.asarray(boxes, dtype=float).T
    edges = (x - wide / half) * width, (y - tall / half) * height, (x + wide / half) * width, (y + tall / half) * height
    return np.stack(edges, axis=1)


@mutant("corners", "the third number is the height and the fourth the width: they are swapped")
def width_first(boxes, height, width):
    return _corners(np.asarray(boxes, dtype=float)[:, [0, 1, 3, 2]], height, width)


@mutant("corners", "bx, by are the middle: half of the size lies on either side")
def whole_size_on_either_side(boxes, height, width):
    return _corners(boxes, height, width, half=1)


@mutant("corners", "bx, by are the middle, not the upper left corner")
def middle_as_corner(boxes, height, width):
    x, y, tall, wide = np.asarray(boxes, dtype=float).T
    return np.stack([x * width, y * height, (x + wide) * width, (y + tall) * height], axis=1)


@mutant("corners", "x is a part of the width and y of the height: the sides of the picture are swapped")
def sides_swapped(boxes, height, width):
    return _corners(boxes, width, height)


@mutant("corners", "those are parts of the picture: pixels were asked for")
def still_parts(boxes, height, width):
    return _corners(boxes, 1, 1)


@mutant("corners", "the last two should be the lower right corner, not the size")
def corner_and_size(boxes, height, width):
    x_min, y_min, x_max, y_max = _corners(boxes, height, width).T
    return np.stack([x_min, y_min, x_max - x_min, y_max - y_min], axis=1)


@mutant("corners", "the y of each corner comes first here: the order is x, y")
def y_first(boxes, height, width):
    return _corners(boxes, height, width)[:, [1, 0, 3, 2]]


@mutant("corners", "the size is a part of the picture too: not only the middle is multiplied")
def size_left_in_parts(boxes, height, width):
    x, y, tall, wide = np.asarray(boxes, dtype=float).T
    x, y = x * width, y * height
    return np.stack([x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2], axis=1)


@mutant("corners", "y is a part of the height: the picture need not be square")
def all_by_the_width(boxes, height, width):
    return _corners(boxes, width, width)


@mutant("corners", "x is a part of the width: the picture need not be square")
def all_by_the_height(boxes, height, width):
    return _corners(boxes, height, height)


@mutant("corners", "the order is x_min, y_min, x_max, y_max: a corner, then the other corner")
def both_x_first(boxes, height, width):
    return _corners(boxes, height, width)[:, [0, 2, 1, 3]]


@mutant("corners", "y runs downwards: y_min is the upper edge")
def y_upwards(boxes, height, width):
    return _corners(boxes, height, width)[:, [0, 3, 2, 1]]


@mutant("corners", "edges are no pixels: no 1 is taken off")
def last_pixel(boxes, height, width):
    return _corners(boxes, height, width) - [0, 0, 1, 1]


@mutant("corners", "the corners are cut down to whole pixels: leave the fractions")
def cut_to_pixels(boxes, height, width):
    return _corners(boxes, height, width).astype(int)


@mutant("corners", "the corners are rounded to whole pixels: leave the fractions")
def rounded_to_pixels(boxes, height, width):
    return np.round(_corners(boxes, height, width))


@mutant("corners", "the box is cut off at the edge of the picture: that was not asked for")
def clipped_to_the_picture(boxes, height, width):
    return np.clip(_corners(boxes, height, width), 0, [width, height, width, height])


@mutant("corners", "a box is a row, not a column: stack along the last axis")
def a_box_in_a_column(boxes, height, width):
    return _corners(boxes, height, width).T


@mutant("corners", "that is the first box alone: all of them are asked for")
def first_box_only(boxes, height, width):
    return _corners(boxes, height, width)[0]


@mutant("corners", "both are swapped: the third number is the height, and x is a part of the width")
def all_sides_swapped(boxes, height, width):
    return _corners(np.asarray(boxes, dtype=float)[:, [0, 1, 3, 2]], width, height)


def _label(box, label, classes, height, width, middle=2, turned=False, pc=1.0, shift=0, without=0.0):
    y = np.zeros(5 + classes)
    if box is None:
        y[0] = without
        return y
    left, top, right, bottom = box
    size = (bottom - top) / height, (right - left) / width
    y[0] = pc
    y[1:5] = (left + right) / middle / width, (top + bottom) / middle / height, *(size[::-1] if turned else size)
    y[5 + (label + shift) % classes] = 1
    return y


@mutant("encode", "the height comes before the width in this label")
def encodes_width_first(box, label, classes, height, width):
    return _label(box, label, classes, height, width, turned=True)


@mutant("encode", "bx, by are the middle of the box, not its upper left corner")
def encodes_the_corner(box, label, classes, height, width):
    y = _label(box, label, classes, height, width)
    if box is not None:
        y[1:3] = box[0] / width, box[1] / height
    return y


@mutant("encode", "the middle is the mean of both edges: divide their sum by two")
def sum_of_the_edges(box, label, classes, height, width):
    return _label(box, label, classes, height, width, middle=1)


@mutant("encode", "pixels are left: the box is given in parts of the picture")
def encodes_pixels(box, label, classes, height, width):
    return _label(box, label, classes, 1, 1)


@mutant("encode", "the sides of the picture are swapped: x is a part of the width")
def encodes_with_sides_swapped(box, label, classes, height, width):
    return _label(box, label, classes, width, height)


@mutant("encode", "Pc is missing: it is 1 where there is an object")
def encodes_without_pc(box, label, classes, height, width):
    return _label(box, label, classes, height, width, pc=0.0)


@mutant("encode", "Pc is 0 for background: the picture has no object")
def background_with_pc(box, label, classes, height, width):
    return _label(box, label, classes, height, width, without=1.0)


@mutant("encode", "the classes count from 0: label 0 is c1")
def classes_from_one(box, label, classes, height, width):
    return _label(box, label, classes, height, width, shift=-1)


@mutant("encode", "the class is one of as many flags, not a number")
def class_as_a_number(box, label, classes, height, width):
    y = _label(box, label, classes, height, width)
    if box is not None:
        y[5:] = 0
        y[5] = label
    return y


def _numbers(box, label, classes, height, width, numbers):
    """The right label, with other numbers of the box put in."""
    y = _label(box, label, classes, height, width)
    if box is not None:
        y[1:5] = numbers(*box, height, width)
    return y


@mutant("encode", "those are the corners of the box: its middle and its size were asked for")
def encodes_the_corners(box, label, classes, height, width):
    return _numbers(
        box, label, classes, height, width, lambda left, t, right, b, h, w: (left / w, t / h, right / w, b / h)
    )


@mutant("encode", "that is half the size: bh and bw are the whole height and width of the box")
def encodes_half_the_size(box, label, classes, height, width):
    y = _label(box, label, classes, height, width)
    y[3:5] /= 2
    return y


@mutant("encode", "half the size is no middle: the middle is the mean of both edges")
def half_the_size_as_middle(box, label, classes, height, width):
    return _numbers(
        box,
        label,
        classes,
        height,
        width,
        lambda left, t, right, b, h, w: ((right - left) / 2 / w, (b - t) / 2 / h, (b - t) / h, (right - left) / w),
    )


@mutant("encode", "bx comes before by")
def encodes_y_before_x(box, label, classes, height, width):
    return _label(box, label, classes, height, width)[[0, 2, 1, 3, 4, *range(5, 5 + classes)]]


@mutant("encode", "class 0 is a class like the others: background is where the label is None")
def encodes_class_0_as_background(box, label, classes, height, width):
    return _label(box if label else None, label, classes, height, width)


@mutant("encode", "edges are no pixels: no 1 is added to the size")
def encodes_a_pixel_more(box, label, classes, height, width):
    y = _label(box, label, classes, height, width)
    if box is not None:
        y[3:5] += 1 / height, 1 / width
    return y


@mutant("encode", "the middle is rounded down: divide without //")
def encodes_the_middle_rounded(box, label, classes, height, width):
    return _numbers(
        box,
        label,
        classes,
        height,
        width,
        lambda left, t, right, b, h, w: ((left + right) // 2 / w, (t + b) // 2 / h, (b - t) / h, (right - left) / w),
    )


@mutant("encode", "the classes count from 0: label 0 is c1")
def class_one_too_late(box, label, classes, height, width):
    return _label(box, label, classes, height, width, shift=1)


@mutant("encode", "the class is missing: one of the c is 1")
def encodes_no_class(box, label, classes, height, width):
    return _label(box, label, classes, height, width) * ([1] * 5 + [0] * classes)


@mutant("encode", "the box comes before the classes")
def classes_before_the_box(box, label, classes, height, width):
    y = _label(box, label, classes, height, width)
    return np.concatenate([y[:1], y[5:], y[1:5]])


@mutant("encode", "Pc is forgotten: the first number says whether there is an object")
def encodes_one_number_less(box, label, classes, height, width):
    return _label(box, label, classes, height, width)[1:]


@mutant("encode", "the length stays the same for background: zeros, not Pc alone")
def background_alone(box, label, classes, height, width):
    return np.zeros(1) if box is None else _label(box, label, classes, height, width)


@mutant("encode", "bh is a part of the height and bw of the width: the sides of the picture are swapped there")
def sides_of_the_size_swapped(box, label, classes, height, width):
    return _numbers(
        box,
        label,
        classes,
        height,
        width,
        lambda left, t, right, b, h, w: ((left + right) / 2 / w, (t + b) / 2 / h, (b - t) / w, (right - left) / h),
    )


@mutant("encode", "there is no class for the background: Pc says that nothing is there")
def background_as_a_class(box, label, classes, height, width):
    return np.append(_label(box, label, classes, height, width), float(box is None))


@mutant("encode", "the class is one of as many flags, not a number")
def class_as_the_sixth_number(box, label, classes, height, width):
    y = _label(box, label, classes, height, width)[:6]
    if box is not None:
        y[5] = label
    return y


def _squares(y, guess):
    return (np.asarray(guess, dtype=float) - np.asarray(y, dtype=float)) ** 2


def _there(y):
    return np.asarray(y)[:, 0] == 1


@mutant("localization_loss", "without an object only Pc counts, and here everything does")
def always_everything(y, guess):
    return _squares(y, guess).sum(axis=1)


@mutant("localization_loss", "the label says whether there is an object, not the guess")
def believes_the_guess(y, guess):
    squares = _squares(y, guess)
    return np.where(np.asarray(guess)[:, 0] > 0.5, squares.sum(axis=1), squares[:, 0])


@mutant("localization_loss", "the squares are added, not averaged")
def averages(y, guess):
    squares = _squares(y, guess)
    return np.where(_there(y), squares.mean(axis=1), squares[:, 0])


@mutant("localization_loss", "the differences are squared: those are absolute values")
def absolute_values(y, guess):
    differences = np.abs(np.asarray(guess, dtype=float) - np.asarray(y, dtype=float))
    return np.where(_there(y), differences.sum(axis=1), differences[:, 0])


@mutant("localization_loss", "Pc itself counts where there is an object, too")
def pc_only_without(y, guess):
    squares = _squares(y, guess)
    return np.where(_there(y), squares[:, 1:].sum(axis=1), squares[:, 0])


@mutant("localization_loss", "a picture without an object costs something: a false alarm has to be punished")
def background_is_free(y, guess):
    return np.where(_there(y), _squares(y, guess).sum(axis=1), 0)


@mutant("localization_loss", "the classes are forgotten: all numbers of the label count")
def forgets_the_classes(y, guess):
    squares = _squares(y, guess)
    return np.where(_there(y), squares[:, :5].sum(axis=1), squares[:, 0])


@mutant("localization_loss", "that is one number for the batch: give one for each picture")
def one_for_the_batch(y, guess):
    squares = _squares(y, guess)
    return np.where(_there(y), squares.sum(axis=1), squares[:, 0]).mean()


@mutant("localization_loss", "that is the root of it: the sum of the squares was asked for")
def takes_the_root(y, guess):
    squares = _squares(y, guess)
    return np.sqrt(np.where(_there(y), squares.sum(axis=1), squares[:, 0]))


@mutant("localization_loss", "the differences are not squared, so they cancel each other")
def forgets_the_square(y, guess):
    differences = np.asarray(guess, dtype=float) - np.asarray(y, dtype=float)
    return np.where(_there(y), differences.sum(axis=1), differences[:, 0])


@mutant("localization_loss", "the differences are not squared, so they cancel each other")
def forgets_the_square_the_other_way(y, guess):
    return -forgets_the_square(y, guess)


@mutant("localization_loss", "the two cases are exchanged: where there is an object everything counts")
def cases_exchanged(y, guess):
    squares = _squares(y, guess)
    return np.where(_there(y), squares[:, 0], squares.sum(axis=1))


@mutant("localization_loss", "only Pc counts there: with an object all the numbers do")
def pc_alone(y, guess):
    return _squares(y, guess)[:, 0]


@mutant("localization_loss", "the box alone counts there: so do Pc and the classes")
def the_box_alone(y, guess):
    squares = _squares(y, guess)
    return np.where(_there(y), squares[:, 1:5].sum(axis=1), squares[:, 0])


@mutant("localization_loss", "Pc is counted twice")
def pc_twice(y, guess):
    squares = _squares(y, guess)
    return squares[:, 0] + _there(y) * squares.sum(axis=1)


@mutant("localization_loss", "each number counts once here: no part of the sum has a weight")
def the_box_five_times(y, guess):
    squares = _squares(y, guess)
    squares[:, 1:5] *= 5
    return np.where(_there(y), squares.sum(axis=1), squares[:, 0])


@mutant("localization_loss", "that is half of it: the formula has no one half")
def half_of_it(y, guess):
    squares = _squares(y, guess) / 2
    return np.where(_there(y), squares.sum(axis=1), squares[:, 0])


@mutant("localization_loss", "without an object the difference of Pc is squared, too")
def pc_not_squared(y, guess):
    return np.where(_there(y), _squares(y, guess).sum(axis=1), np.asarray(guess, dtype=float)[:, 0])


@mutant("localization_loss", "there need not be three classes: all numbers of the label count")
def eight_numbers(y, guess):
    squares = _squares(y, guess)
    return np.where(_there(y), squares[:, :8].sum(axis=1), squares[:, 0])


@mutant("localization_loss", "each picture has a label of its own: the first one does not decide for all")
def the_first_decides(y, guess):
    squares = _squares(y, guess)
    return squares.sum(axis=1) if _there(y)[0] else squares[:, 0]


@mutant("localization_loss", "add along the numbers of a picture, axis 1, not along the pictures")
def adds_the_pictures(y, guess):
    return _squares(y, guess).sum(axis=0)


@mutant("localization_loss", "that is one number for the batch: give one for each picture")
def the_sum_of_the_batch(y, guess):
    squares = _squares(y, guess)
    return np.where(_there(y), squares.sum(axis=1), squares[:, 0]).sum()


@mutant("localization_loss", "add along the numbers of a picture, axis 1: that is the sum over the whole batch")
def the_whole_batch_in_each(y, guess):
    squares = _squares(y, guess)
    return np.where(_there(y), squares.sum(), squares[:, 0])


@mutant("localization_loss", "without an object the classes do not count either: Pc alone does")
def classes_without_an_object(y, guess):
    squares = _squares(y, guess)
    return np.where(_there(y), squares.sum(axis=1), squares[:, 0] + squares[:, 5:].sum(axis=1))


def _area(boxes):
    return (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)


def _iou(a, b, cut=lambda sides: np.maximum(sides, 0), divide=None, more=0):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    a, b = (np.concatenate([boxes[:, :2], boxes[:, 2:] + more], axis=1) for boxes in (a, b))
    shared = cut(np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])).prod(axis=1)
    divide = divide or (lambda inside, first, second: inside / (first + second - inside))
    return divide(shared, _area(a), _area(b))


@mutant("iou", "boxes that lie diagonally apart: two negative sides make a positive area, cut them at zero")
def negative_sides(a, b):
    return _iou(a, b, cut=lambda sides: sides)


@mutant("iou", "boxes that do not meet share nothing: the sides are cut at zero, not made positive")
def positive_sides(a, b):
    return _iou(a, b, cut=np.abs)


@mutant("iou", "the union is both areas less what they share: it is counted twice")
def union_counts_twice(a, b):
    return _iou(a, b, divide=lambda inside, first, second: inside / (first + second))


@mutant("iou", "that is twice the intersection over the sum of the areas, the Dice coefficient")
def dice(a, b):
    return _iou(a, b, divide=lambda inside, first, second: 2 * inside / (first + second))


@mutant("iou", "divide by the union, not by the smaller box")
def over_the_smaller(a, b):
    return _iou(a, b, divide=lambda inside, first, second: inside / np.minimum(first, second))


@mutant("iou", "divide by the union, not by the first box: the result must not change when they are exchanged")
def over_the_first(a, b):
    return _iou(a, b, divide=lambda inside, first, second: inside / first)


@mutant("iou", "these are coordinates of edges, not of pixels: no 1 is added to the sides")
def adds_a_pixel(a, b):
    return _iou(a, b, more=1)


@mutant("iou", "the union is not the box around both")
def over_the_hull(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    hull = (np.maximum(a[:, 2:], b[:, 2:]) - np.minimum(a[:, :2], b[:, :2])).prod(axis=1)
    return _iou(a, b, divide=lambda inside, first, second: inside / hull)


@mutant("iou", "divide by the union, not by the second box: the result must not change when they are exchanged")
def over_the_second(a, b):
    return _iou(a, b, divide=lambda inside, first, second: inside / second)


@mutant("iou", "divide by the union, not by the larger box")
def over_the_larger(a, b):
    return _iou(a, b, divide=lambda inside, first, second: inside / np.maximum(first, second))


@mutant("iou", "what both share is in both areas: subtract it from their sum, do not add it")
def union_counts_three_times(a, b):
    return _iou(a, b, divide=lambda inside, first, second: inside / (first + second + inside))


@mutant("iou", "what both share is in both areas: subtract it once, not twice")
def union_without_the_shared(a, b):
    def divide(inside, first, second):
        rest = first + second - 2 * inside
        return inside / np.where(rest > 0, rest, 1)

    return _iou(a, b, divide=divide)


@mutant("iou", "that is the area that both cover: divide it by the union")
def the_intersection_alone(a, b):
    return _iou(a, b, divide=lambda inside, first, second: inside)


@mutant("iou", "it is upside down: the intersection divided by the union")
def union_over_intersection(a, b):
    return _iou(a, b, divide=lambda inside, first, second: (first + second - inside) / np.maximum(inside, 1e-9))


@mutant("iou", "cut both sides at zero before they are multiplied: two negative ones make a positive area")
def cuts_the_product(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    shared = np.maximum(sides.prod(axis=1), 0)
    return shared / (_area(a) + _area(b) - shared)


@mutant("iou", "these are coordinates of edges, not of pixels: no 1 is added to the sides of what they share")
def adds_a_pixel_to_the_shared(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    shared = np.maximum(np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2]) + 1, 0).prod(axis=1)
    return shared / (_area(a) + _area(b) - shared)


@mutant("iou", "minimum and maximum are exchanged: what both share begins at the larger left edge")
def the_hull_as_shared(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    hull = (np.maximum(a[:, 2:], b[:, 2:]) - np.minimum(a[:, :2], b[:, :2])).prod(axis=1)
    return hull / (_area(a) + _area(b) - hull)


@mutant("iou", "the last two numbers are a corner, x_max and y_max, not width and height")
def corner_and_size_taken(a, b):
    a, b = (np.concatenate([c[:, :2], c[:, :2] + c[:, 2:]], axis=1) for c in (np.asarray(a), np.asarray(b)))
    return _iou(a, b)


@mutant("iou", "the area of a box is (x_max - x_min) times (y_max - y_min)")
def far_corner_as_size(a, b):
    return _iou(
        a,
        b,
        divide=lambda inside, *_: (
            inside / (np.prod(np.asarray(a)[:, 2:], axis=1) + np.prod(np.asarray(b)[:, 2:], axis=1) - inside)
        ),
    )


@mutant("iou", "the area is width times height, not their sum")
def perimeters(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    shared = np.maximum(np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2]), 0).sum(axis=1)
    return shared / ((a[:, 2:] - a[:, :2]).sum(axis=1) + (b[:, 2:] - b[:, :2]).sum(axis=1) - shared)


@mutant("iou", "the boxes go in pairs here, the first with the first: not all with all")
def all_with_all(a, b):
    return np.array([_iou(np.tile(one, (len(b), 1)), b) for one in np.asarray(a, dtype=float)])


@mutant("iou", "one number for each pair was asked for, not their mean")
def mean_of_the_pairs(a, b):
    return _iou(a, b).mean()


def _points(points, present, height, width, order=np.ravel):
    label = np.concatenate([[1.0], order(np.asarray(points, dtype=float) / [width, height])])
    return label * bool(present)


@mutant("landmark_label", "first comes a flag: is the object there at all?")
def no_flag(points, present, height, width):
    return _points(points, present, height, width)[1:]


@mutant("landmark_label", "the flag comes first")
def flag_at_the_end(points, present, height, width):
    return np.roll(_points(points, present, height, width), -1)


@mutant("landmark_label", "x and y take turns: x1, y1, x2, y2")
def all_x_first(points, present, height, width):
    return _points(points, present, height, width, order=lambda parts: parts.T.ravel())


@mutant("landmark_label", "the x of a point comes before its y")
def y_before_x(points, present, height, width):
    return _points(points, present, height, width, order=lambda parts: parts[:, ::-1].ravel())


@mutant("landmark_label", "the sides are swapped: x is a part of the width, y of the height")
def points_with_sides_swapped(points, present, height, width):
    return _points(points, present, width, height)


@mutant("landmark_label", "those are pixels: parts of the picture were asked for")
def points_in_pixels(points, present, height, width):
    return _points(points, present, 1, 1)


@mutant("landmark_label", "a picture is as wide as it has pixels: no 1 is taken off")
def parts_of_a_pixel_less(points, present, height, width):
    return _points(points, present, height - 1, width - 1)


@mutant("landmark_label", "without the object, the points are zero as well, not only the flag")
def keeps_the_points(points, present, height, width):
    label = _points(points, True, height, width)
    label[0] = bool(present)
    return label


@mutant("landmark_label", "the length stays the same without the object: zeros, not nothing")
def nothing_without(points, present, height, width):
    return _points(points, True, height, width) if present else np.zeros(1)


@mutant("landmark_label", "a picture without the object has zeros: `present` says which it is")
def always_present(points, present, height, width):
    return _points(points, True, height, width)


@mutant("landmark_label", "without the object the flag is zero, too")
def flag_always_one(points, present, height, width):
    label = _points(points, present, height, width)
    label[0] = 1
    return label


@mutant("landmark_label", "the flag is 1 where the object is there")
def flag_always_zero(points, present, height, width):
    label = _points(points, present, height, width)
    label[0] = 0
    return label


@mutant("landmark_label", "the flag is the wrong way round: 1 where the object is there")
def flag_upside_down(points, present, height, width):
    label = _points(points, present, height, width)
    label[0] = not present
    return label


@mutant("landmark_label", "the flag is 1, not the number of the points")
def number_as_flag(points, present, height, width):
    label = _points(points, present, height, width)
    label[0] *= len(points)
    return label


@mutant("landmark_label", "there is one flag for the object, not one for each point")
def flag_for_each_point(points, present, height, width):
    parts = _points(points, present, height, width)[1:].reshape(-1, 2)
    return np.column_stack([np.full(len(parts), float(present)), parts]).ravel()


@mutant("landmark_label", "y is a part of the height: the picture need not be square")
def points_by_the_width(points, present, height, width):
    return _points(points, present, width, width)


@mutant("landmark_label", "x is a part of the width: the picture need not be square")
def points_by_the_height(points, present, height, width):
    return _points(points, present, height, height)


@mutant("landmark_label", "x is a part of the width and comes first: both are swapped")
def points_all_swapped(points, present, height, width):
    return _points(points, present, width, height, order=lambda parts: parts[:, ::-1].ravel())


@mutant("landmark_label", "without the object the points are zero, not -1")
def minus_one_without(points, present, height, width):
    return _points(points, True, height, width) if present else np.append(0.0, np.full(2 * len(points), -1.0))


@mutant("landmark_label", "the label is one row of numbers: make the table flat, and the flag its first number")
def table_of_points(points, present, height, width):
    return _points(points, present, height, width)[1:].reshape(-1, 2)


@mutant("landmark_label", "the label is one row of numbers: make the table flat, and the flag its first number")
def table_with_a_row_of_flags(points, present, height, width):
    parts = _points(points, present, height, width)[1:].reshape(-1, 2)
    return np.vstack([np.full(2, float(present)), parts])


# ------------------------------------------------------------------------------------------------- sliding windows


@mutant("count_windows", "the first window needs no step: add one to the steps, down and to the right")
def counts_the_steps(height, width, sizes, stride):
    return sum(((height - side) // stride) * ((width - side) // stride) for side in sizes)


@mutant("count_windows", "a window that would hang over the edge does not count: round down")
def hangs_over(height, width, sizes, stride):
    return sum((-(-(height - side) // stride) + 1) * (-(-(width - side) // stride) + 1) for side in sizes)


@mutant("count_windows", "the window has a size of its own: only the rest of the picture is left to move in")
def forgets_the_size(height, width, sizes, stride):
    return len(sizes) * (height // stride) * (width // stride)


@mutant("count_windows", "the picture need not be square: the width has its own count")
def only_the_height(height, width, sizes, stride):
    return sum(((height - side) // stride + 1) ** 2 for side in sizes)


@mutant("count_windows", "rows and columns multiply: every row has all the columns")
def adds_rows_and_columns(height, width, sizes, stride):
    return sum((height - side) // stride + 1 + (width - side) // stride + 1 for side in sizes)


@mutant("count_windows", "all the sizes are asked, not only the first")
def first_size_only(height, width, sizes, stride):
    return ((height - sizes[0]) // stride + 1) * ((width - sizes[0]) // stride + 1)


@mutant("count_windows", "the windows overlap: they move by the stride, not by their own size")
def side_by_side(height, width, sizes, stride):
    return sum((height // side) * (width // side) for side in sizes)


@mutant("count_windows", "the stride counts to the right as well as down")
def stride_down_only(height, width, sizes, stride):
    return sum(((height - side) // stride + 1) * (width - side + 1) for side in sizes)


def _guarded(height, width, sizes, stride, places):
    """All sizes together, where whoever counts knows that a too large window has no place."""
    return sum(max(places(height, side, stride), 0) * max(places(width, side, stride), 0) for side in sizes)


@mutant("count_windows", "a window that is larger than the picture has no place in it: less than none is none")
def counts_too_large_windows(height, width, sizes, stride):
    return sum(((height - side) // stride + 1) * ((width - side) // stride + 1) for side in sizes)


@mutant("count_windows", "a window that is higher and wider than the picture: two negative numbers make a positive one")
def guards_the_product(height, width, sizes, stride):
    return sum(max(((height - side) // stride + 1) * ((width - side) // stride + 1), 0) for side in sizes)


@mutant("count_windows", "a window that is larger than the picture has no place in it, not one")
def one_place_at_least(height, width, sizes, stride):
    return sum(max((height - side) // stride + 1, 1) * max((width - side) // stride + 1, 1) for side in sizes)


@mutant(
    "count_windows", "a window that is larger than the picture has no place in it: the rest is negative, not positive"
)
def rest_made_positive(height, width, sizes, stride):
    return sum((abs(height - side) // stride + 1) * (abs(width - side) // stride + 1) for side in sizes)


@mutant("count_windows", "the first window needs no step: add one to the steps, down and to the right")
def counts_the_steps_guarded(height, width, sizes, stride):
    return _guarded(height, width, sizes, stride, lambda n, side, stride: (n - side) // stride)


@mutant("count_windows", "a window that just touches the edge lies in the picture: `range` ends before n - side + 1")
def range_too_short(height, width, sizes, stride):
    return _guarded(height, width, sizes, stride, lambda n, side, stride: -(-(n - side) // stride))


@mutant("count_windows", "a window that would hang over the edge does not count: round down")
def hangs_over_guarded(height, width, sizes, stride):
    return _guarded(
        height, width, sizes, stride, lambda n, side, stride: -(-(n - side) // stride) + 1 if n >= side else 0
    )


@mutant("count_windows", "a window that hangs over the edge does not count: only the rest is left to move in")
def begins_anywhere(height, width, sizes, stride):
    return _guarded(height, width, sizes, stride, lambda n, side, stride: -(-n // stride))


@mutant("count_windows", "the window has a size of its own: only the rest of the picture is left to move in")
def forgets_the_size_alone(height, width, sizes, stride):
    return len(sizes) * (height // stride + 1) * (width // stride + 1)


@mutant("count_windows", "a part of a step is no window: round each of the two counts down")
def parts_of_windows(height, width, sizes, stride):
    return sum(((height - side) / stride + 1) * ((width - side) / stride + 1) for side in sizes)


@mutant("count_windows", "round each of the two counts down, before they are multiplied")
def rounds_the_product(height, width, sizes, stride):
    return sum(int(((height - side) / stride + 1) * ((width - side) / stride + 1)) for side in sizes)


@mutant("count_windows", "the one is added after the division: the first window needs no step")
def one_before_the_division(height, width, sizes, stride):
    return sum(((height - side + 1) // stride) * ((width - side + 1) // stride) for side in sizes)


@mutant("count_windows", "the one is added to both counts, before they are multiplied")
def one_after_the_product(height, width, sizes, stride):
    return sum(((height - side) // stride) * ((width - side) // stride) + 1 for side in sizes)


@mutant("count_windows", "the windows move by the stride, not by one pixel")
def stride_forgotten(height, width, sizes, stride):
    return sum((height - side + 1) * (width - side + 1) for side in sizes)


@mutant("count_windows", "the counts of the sizes are added, not multiplied")
def multiplies_the_sizes(height, width, sizes, stride):
    return int(np.prod([((height - side) // stride + 1) * ((width - side) // stride + 1) for side in sizes]))


@mutant("count_windows", "all the sizes are asked, not only the last")
def last_size_only(height, width, sizes, stride):
    return ((height - sizes[-1]) // stride + 1) * ((width - sizes[-1]) // stride + 1)


@mutant("count_windows", "one number was asked for: add the counts of all sizes")
def a_count_for_each_size(height, width, sizes, stride):
    return [((height - side) // stride + 1) * ((width - side) // stride + 1) for side in sizes]


@mutant("count_windows", "rows and columns multiply: every row has all the columns")
def adds_rows_and_columns_that_fit(height, width, sizes, stride):
    return adds_rows_and_columns(height, width, [side for side in sizes if side <= min(height, width)], stride)


@mutant("count_windows", "rows and columns multiply: every row has all the columns")
def adds_what_is_left_of_rows_and_columns(height, width, sizes, stride):
    return sum(max((n - side) // stride + 1, 0) for side in sizes for n in (height, width))


@mutant("count_windows", "a window has to fit both ways: compare it with the shorter side of the picture")
def fits_one_way(height, width, sizes, stride):
    return counts_too_large_windows(height, width, [side for side in sizes if side <= max(height, width)], stride)


@mutant("count_windows", "a window as high or as wide as the picture still fits")
def has_to_be_smaller(height, width, sizes, stride):
    return counts_too_large_windows(height, width, [side for side in sizes if side < min(height, width)], stride)


@mutant("count_windows", "a window has to fit both ways: compare it with the width, too")
def compared_with_the_height(height, width, sizes, stride):
    return counts_too_large_windows(height, width, [side for side in sizes if side <= height], stride)


@mutant("count_windows", "a window has to fit both ways: compare it with the height, too")
def compared_with_the_width(height, width, sizes, stride):
    return counts_too_large_windows(height, width, [side for side in sizes if side <= width], stride)


@mutant("count_windows", "a window that hangs over the edge does not count: only the rest is left to move in")
def begins_anywhere_if_it_fits(height, width, sizes, stride):
    return begins_anywhere(height, width, [side for side in sizes if side <= min(height, width)], stride)


@mutant("count_windows", "that is one row of windows, or one column: every row has all the columns")
def windows_of_one_row(height, width, sizes, stride):
    return sum((width - side) // stride + 1 for side in sizes if side <= min(height, width))


@mutant("count_windows", "that is one row of windows, or one column: every row has all the columns")
def windows_of_one_column(height, width, sizes, stride):
    return sum((height - side) // stride + 1 for side in sizes if side <= min(height, width))


def _places(image, side, stride, last=1):
    height, width = image.shape[:2]
    return [(x, y) for y in range(0, height - side + last, stride) for x in range(0, width - side + last, stride)]


def _ask(classifier, image, side, places):
    return np.asarray(classifier(np.stack([image[y : y + side, x : x + side] for x, y in places])))


def _boxes(places, side):
    return np.array([(x, y, x + side, y + side) for x, y in places])


@mutant("scan", "row after row: the windows of a row come first, from left to right")
def column_after_column(classifier, image, side, stride):
    places = sorted(_places(image, side, stride))
    return _boxes(places, side), _ask(classifier, image, side, places)


@mutant("scan", "x and y of the boxes are swapped: x counts the columns")
def boxes_with_y_first(classifier, image, side, stride):
    places = _places(image, side, stride)
    return _boxes([(y, x) for x, y in places], side), _ask(classifier, image, side, places)


@mutant("scan", "the crops do not fit their boxes: an image is indexed by row, then column, so y before x")
def crops_transposed(classifier, image, side, stride):
    places = _places(image, side, stride)
    square = np.pad(image, [(0, max(image.shape[:2]) - n) for n in image.shape[:2]] + [(0, 0)], mode="edge")
    return _boxes(places, side), _ask(classifier, square, side, [(y, x) for x, y in places])


@mutant("scan", "the last window of a row is missing: one that just touches the edge still lies in the picture")
def last_window_missing(classifier, image, side, stride):
    places = _places(image, side, stride, last=0) or [(0, 0)]
    return _boxes(places, side), _ask(classifier, image, side, places)


@mutant("scan", "windows that hang over the edge do not count")
def hangs_over_the_edge(classifier, image, side, stride):
    height, width = image.shape[:2]
    places = [(x, y) for y in range(0, height, stride) for x in range(0, width, stride)]
    padded = np.pad(image, ((0, side), (0, side), (0, 0)))
    return _boxes(places, side), _ask(classifier, padded, side, places)


@mutant("scan", "the boxes should be x_min, y_min, x_max, y_max, not a corner and a size")
def boxes_with_size(classifier, image, side, stride):
    places = _places(image, side, stride)
    return np.array([(x, y, side, side) for x, y in places]), _ask(classifier, image, side, places)


@mutant("scan", "the box ends where the next pixel begins: x_max is x_min + side, without a minus one")
def boxes_one_short(classifier, image, side, stride):
    places = _places(image, side, stride)
    return np.array([(x, y, x + side - 1, y + side - 1) for x, y in places]), _ask(classifier, image, side, places)


@mutant("scan", "all the scores are wanted, not the number of the best class")
def best_class_only(classifier, image, side, stride):
    places = _places(image, side, stride)
    return _boxes(places, side), _ask(classifier, image, side, places).argmax(axis=1)


@mutant("scan", "boxes first, then scores")
def scores_first(classifier, image, side, stride):
    places = _places(image, side, stride)
    return _ask(classifier, image, side, places), _boxes(places, side)


@mutant("scan", "those are the crops: the classifier has to be asked for their scores")
def gives_the_crops(classifier, image, side, stride):
    places = _places(image, side, stride)
    return _boxes(places, side), np.stack([image[y : y + side, x : x + side] for x, y in places])


@mutant("scan", "the picture need not be square: windows fit across and down, each by its own side")
def as_if_square(classifier, image, side, stride):
    shorter = min(image.shape[:2])
    places = _places(image[:shorter, :shorter], side, stride)
    return _boxes(places, side), _ask(classifier, image, side, places)


@mutant("scan", "all the scores are wanted, not only the highest")
def best_score_only(classifier, image, side, stride):
    places = _places(image, side, stride)
    return _boxes(places, side), _ask(classifier, image, side, places).max(axis=1)


@mutant("scan", "the windows move by the stride, not by one pixel")
def moves_pixel_by_pixel(classifier, image, side, stride):
    places = _places(image, side, 1)
    return _boxes(places, side), _ask(classifier, image, side, places)


@mutant("scan", "the windows move by the stride, not by their own side")
def moves_side_by_side(classifier, image, side, stride):
    places = _places(image, side, side)
    return _boxes(places, side), _ask(classifier, image, side, places)


@mutant("scan", "the boxes are in pixels, not in parts of the picture")
def boxes_in_parts(classifier, image, side, stride):
    places, (height, width) = _places(image, side, stride), image.shape[:2]
    return _boxes(places, side) / [width, height, width, height], _ask(classifier, image, side, places)


@mutant("scan", "the boxes should be x_min, y_min, x_max, y_max, not the middle and a size")
def boxes_by_their_middle(classifier, image, side, stride):
    places = _places(image, side, stride)
    boxes = np.array([(x + side / 2, y + side / 2, side, side) for x, y in places])
    return boxes, _ask(classifier, image, side, places)


@mutant("scan", "the order is x_min, y_min, x_max, y_max: a corner, then the other corner")
def boxes_with_both_x_first(classifier, image, side, stride):
    places = _places(image, side, stride)
    return _boxes(places, side)[:, [0, 2, 1, 3]], _ask(classifier, image, side, places)


@mutant("scan", "a window has one row of scores: the axis of a batch of one is left over")
def a_batch_of_one_for_each(classifier, image, side, stride):
    places = _places(image, side, stride)
    return _boxes(places, side), _ask(classifier, image, side, places)[:, None]


@mutant("scan", "both were asked for: the boxes and their scores")
def boxes_alone(classifier, image, side, stride):
    return _boxes(_places(image, side, stride), side)


@mutant("scan", "both were asked for: the boxes and their scores")
def scores_alone(classifier, image, side, stride):
    return _ask(classifier, image, side, _places(image, side, stride))


@mutant("scan", "the boxes count steps: a window begins at the stride times its place, in pixels")
def boxes_in_steps(classifier, image, side, stride):
    places = _places(image, side, stride)
    return _boxes([(x // stride, y // stride) for x, y in places], side), _ask(classifier, image, side, places)


# ------------------------------------------------------------------------------------------- dense to convolution


def _seen(height, width, side, stride, places=lambda length, side, stride: range(0, length - side + 1, stride), more=0):
    """The right counts, with wrong places of the windows or a wrong length put in by each mutant."""
    counts = np.zeros((height, width), int)
    for top in places(height, side, stride):
        for left in places(width, side, stride):
            counts[top : top + side + more, left : left + side + more] += 1
    return counts


@mutant("times_seen", "the last window is missing: one that just touches the edge still lies in the picture")
def times_without_the_last(height, width, side, stride):
    return _seen(height, width, side, stride, lambda length, side, stride: range(0, length - side, stride))


@mutant("times_seen", "windows that hang over the edge do not count")
def times_over_the_edge(height, width, side, stride):
    return _seen(height, width, side, stride, lambda length, side, stride: range(0, length, stride))


@mutant("times_seen", "the windows move by the stride, not by one pixel")
def times_pixel_by_pixel(height, width, side, stride):
    return _seen(height, width, side, stride, lambda length, side, stride: range(length - side + 1))


@mutant("times_seen", "the windows move by the stride, not by their own side")
def times_side_by_side(height, width, side, stride):
    return _seen(height, width, side, stride, lambda length, side, stride: range(0, length - side + 1, side))


@mutant("times_seen", "a window holds side x side pixels: its corner is only the first of them")
def times_of_the_corners(height, width, side, stride):
    counts = np.zeros((height, width), int)
    counts[: height - side + 1 : stride, : width - side + 1 : stride] = 1
    return counts


@mutant("times_seen", "a window ends before x + side: that is one row and one column too many")
def times_with_a_pixel_more(height, width, side, stride):
    return _seen(height, width, side, stride, more=1)


@mutant("times_seen", "a window ends at x + side, which a range leaves out by itself: no minus one")
def times_with_a_pixel_less(height, width, side, stride):
    return _seen(height, width, side, stride, more=-1)


@mutant("times_seen", "that is the count along one side: down and across, a pixel has all combinations")
def times_along_the_rows(height, width, side, stride):
    return np.tile(_along(width, side, stride), (height, 1))


@mutant("times_seen", "the counts down and across are multiplied, not added: each goes with each")
def times_added(height, width, side, stride):
    return _along(height, side, stride)[:, None] + _along(width, side, stride)


def _along(length, side, stride):
    return _seen(length, side, side, stride)[:, 0]


@mutant("times_seen", "the array is (height, width): rows first")
def times_sideways(height, width, side, stride):
    return _seen(height, width, side, stride).T


@mutant("times_seen", "near the border fewer windows hold a pixel: there is no window that begins outside")
def times_everywhere_the_same(height, width, side, stride):
    return np.full((height, width), (side // stride) ** 2)


@mutant("times_seen", "that is the share of the windows: how many are they?")
def times_as_shares(height, width, side, stride):
    return _seen(height, width, side, stride) / _windows_of(height, width, side, stride)


def _windows_of(height, width, side, stride):
    return ((height - side) // stride + 1) * ((width - side) // stride + 1)


@mutant("times_seen", "that is whether a pixel is seen: how often is it?")
def times_at_all(height, width, side, stride):
    return (_seen(height, width, side, stride) > 0).astype(int)


@mutant("times_seen", "a count for each pixel was asked for, not their mean")
def times_on_average(height, width, side, stride):
    return _seen(height, width, side, stride).mean()


@mutant("times_seen", "a count for each pixel was asked for, not the number of windows")
def times_the_windows(height, width, side, stride):
    return _windows_of(height, width, side, stride)


@mutant("times_seen", "a count for each pixel was asked for, not their mean")
def times_on_average_everywhere(height, width, side, stride):
    return np.full((height, width), _seen(height, width, side, stride).mean())


@mutant("dense_to_kernel", "Flatten reads all channels at a place first: the channels are the fastest, not the slowest")
def channels_first(weights, shape):
    height, width, channels = shape
    return np.reshape(weights, (channels, height, width, -1)).transpose(1, 2, 0, 3)


@mutant("dense_to_kernel", "Flatten reads row by row: height and width are swapped")
def columns_first(weights, shape):
    height, width, channels = shape
    return np.reshape(weights, (width, height, channels, -1)).transpose(1, 0, 2, 3)


@mutant(
    "dense_to_kernel",
    "a column of the weights belongs to a unit: the units are the last axis, do not reshape them apart",
)
def units_first(weights, shape):
    units = np.shape(weights)[1]
    return np.moveaxis(np.reshape(weights, (units, *shape)), 0, -1)


@mutant("dense_to_kernel", "that is Fortran's order, with the first axis the fastest: Flatten has the last")
def fortran_order(weights, shape):
    return np.reshape(weights, (*shape, -1), order="F")


@mutant("dense_to_kernel", "a convolution of networks does not flip its kernel")
def flips_the_kernel(weights, shape):
    return np.reshape(weights, (*shape, -1))[::-1, ::-1]


@mutant("dense_to_kernel", "Keras keeps the units last: (height, width, channels, units)")
def units_in_front(weights, shape):
    return np.moveaxis(np.reshape(weights, (*shape, -1)), -1, 0)


@mutant("dense_to_kernel", "the mean over the places is global average pooling, not a conversion")
def averages_the_places(weights, shape):
    kernel = np.reshape(weights, (*shape, -1))
    return np.broadcast_to(kernel.mean(axis=(0, 1)), kernel.shape)


@mutant("dense_to_kernel", "Flatten reads row by row: height and width are swapped")
def width_before_height(weights, shape):
    height, width, channels = shape
    return np.reshape(weights, (width, height, channels, -1))


@mutant("dense_to_kernel", "height and width of the kernel are swapped")
def kernel_on_its_side(weights, shape):
    return np.reshape(weights, (*shape, -1)).swapaxes(0, 1)


@mutant("dense_to_kernel", "a 1x1 kernel sees one place: this one is as large as the map")
def one_by_one(weights, shape):
    return np.asarray(weights)[None, None]


@mutant("dense_to_kernel", "those are still the weights of the dense layer: give each unit the shape of the map")
def weights_as_they_are(weights, shape):
    return np.asarray(weights)


@mutant("dense_to_kernel", "the channels come before the units: (height, width, channels, units)")
def units_before_channels(weights, shape):
    return np.reshape(weights, (*shape, -1)).swapaxes(2, 3)


@mutant(
    "dense_to_kernel",
    "a column of the weights belongs to a unit: the units are the last axis, do not reshape them apart",
)
def transposed_first(weights, shape):
    return np.reshape(np.transpose(weights), (*shape, -1))


@mutant(
    "dense_to_kernel",
    "a column of the weights belongs to a unit: the units are the last axis, do not reshape them apart",
)
def units_first_axis(weights, shape):
    return np.reshape(weights, (-1, *shape))


@mutant("dense_to_kernel", "that is the filter of the first unit: each unit has one")
def first_unit_only(weights, shape):
    return np.reshape(np.asarray(weights)[:, 0], shape)


@mutant("dense_to_kernel", "the mean over the places is global average pooling, not a conversion")
def one_place_for_all(weights, shape):
    return np.reshape(weights, (*shape, -1)).mean(axis=(0, 1), keepdims=True)


@mutant("dense_to_kernel", "a convolution of networks does not flip its kernel")
def mirrors_the_kernel(weights, shape):
    return np.reshape(weights, (*shape, -1))[:, ::-1]


def _grid(height, width, stack, step, pooled=None, channels=3):
    for kernel, stride, filters in stack:
        height, width = step(height, kernel, stride), step(width, kernel, stride)
        channels = (pooled or channels) if filters is None else filters
    return height, width, channels


@mutant("output_grid", "that is 'same' padding: 'valid' loses kernel - 1 pixels at the edges")
def same_padding(height, width, stack):
    return _grid(height, width, stack, lambda n, kernel, stride: -(-n // stride))


@mutant("output_grid", "the first place needs no step: add one")
def forgets_the_one(height, width, stack):
    return _grid(height, width, stack, lambda n, kernel, stride: (n - kernel) // stride)


@mutant("output_grid", "what the stride cannot reach is left out: round down")
def rounds_up(height, width, stack):
    return _grid(height, width, stack, lambda n, kernel, stride: -(-(n - kernel) // stride) + 1)


@mutant("output_grid", "the strides are forgotten: a pooling of stride 2 halves the map")
def without_strides(height, width, stack):
    return _grid(height, width, stack, lambda n, kernel, stride: n - kernel + 1)


@mutant("output_grid", "rows come from the height and columns from the width: they are swapped")
def grid_sideways(height, width, stack):
    rows, columns, channels = _grid(height, width, stack, lambda n, kernel, stride: (n - kernel) // stride + 1)
    return columns, rows, channels


@mutant("output_grid", "a convolution has as many channels as filters: each filter sums over the channels below")
def channels_multiply(height, width, stack):
    rows, columns, _ = _grid(height, width, stack, lambda n, kernel, stride: (n - kernel) // stride + 1)
    return rows, columns, 3 * int(np.prod([filters for _, _, filters in stack if filters]))


@mutant("output_grid", "the dense layers sweep the map too, so the grid does not end at 1x1")
def always_one(height, width, stack):
    return 1, 1, _grid(height, width, stack, lambda n, kernel, stride: (n - kernel) // stride + 1)[2]


def _layers(height, width, stack, layer, channels=3):
    """Follow a picture through a stack; `layer` says what one layer makes of (height, width, channels)."""
    shape = height, width, channels
    for kernel, stride, filters in stack:
        shape = layer(*shape, kernel, stride, filters)
    return shape


def _valid(n, kernel, stride):
    return (n - kernel) // stride + 1


@mutant("output_grid", "half a place is none: round down")
def parts_of_places(height, width, stack):
    return _grid(height, width, stack, lambda n, kernel, stride: (n - kernel) / stride + 1)


@mutant("output_grid", "the one is added after the division: the first place needs no step")
def adds_the_one_too_early(height, width, stack):
    return _grid(height, width, stack, lambda n, kernel, stride: (n - kernel + 1) // stride)


@mutant("output_grid", "a pooling has no filters: the channels stay as they are, not None")
def channels_none(height, width, stack):
    rows, columns, _ = _grid(height, width, stack, _valid)
    return rows, columns, stack[-1][2]


@mutant("output_grid", "a pooling leaves the channels as they are: they do not begin again at 3")
def channels_begin_again(height, width, stack):
    return _layers(
        height, width, stack, lambda h, w, _, k, s, filters: (_valid(h, k, s), _valid(w, k, s), filters or 3)
    )


@mutant("output_grid", "the picture has 3 channels, which poolings alone leave as they are")
def without_the_colours(height, width, stack):
    rows, columns, _ = _grid(height, width, stack, _valid)
    return rows, columns, next((filters for _, _, filters in stack[::-1] if filters), 0)


@mutant("output_grid", "the network of the text is followed, whatever is handed over: use the argument `stack`")
def always_the_text_s(height, width, stack):
    return _grid(height, width, [(5, 1, 16), (2, 2, None), (5, 1, 400), (1, 1, 400), (1, 1, 4)], _valid)


@mutant("output_grid", "the filters make new channels: the channels below are not added to them")
def channels_add_up(height, width, stack):
    return _layers(
        height, width, stack, lambda h, w, c, k, s, filters: (_valid(h, k, s), _valid(w, k, s), c + (filters or 0))
    )


@mutant("output_grid", "the poolings are passed over: they make the map smaller, too")
def without_poolings(height, width, stack):
    return _layers(
        height, width, stack, lambda h, w, c, k, s, f: (_valid(h, k, s), _valid(w, k, s), f) if f else (h, w, c)
    )


@mutant("output_grid", "a pooling has a kernel of its own: it need not be as large as its stride")
def poolings_divide(height, width, stack):
    return _layers(
        height,
        width,
        stack,
        lambda h, w, c, k, s, f: (_valid(h, k, s), _valid(w, k, s), f) if f else (h // s, w // s, c),
    )


@mutant("output_grid", "that is 'same' padding in the convolutions: 'valid' loses kernel - 1 pixels at the edges")
def convolutions_padded(height, width, stack):
    return _layers(
        height,
        width,
        stack,
        lambda h, w, c, k, s, f: (-(-h // s), -(-w // s), f) if f else (_valid(h, k, s), _valid(w, k, s), c),
    )


@mutant("output_grid", "the order is rows, columns, channels: the channels come last")
def channels_in_front(height, width, stack):
    rows, columns, channels = _grid(height, width, stack, _valid)
    return channels, rows, columns


@mutant("output_grid", "the channels are missing: (rows, columns, channels)")
def without_channels(height, width, stack):
    return _grid(height, width, stack, _valid)[:2]


@mutant("output_grid", "only what comes out at the end was asked for, not every layer")
def every_layer(height, width, stack):
    return [_grid(height, width, stack[: n + 1], _valid) for n in range(len(stack))]


@mutant("output_grid", "nothing is padded here: 'valid' loses kernel - 1 pixels at the edges")
def half_a_kernel_padded(height, width, stack):
    return _grid(height, width, stack, lambda n, kernel, stride: (n + 2 * (kernel // 2) - kernel) // stride + 1)


@mutant("output_grid", "the new width comes from the old width: the height was overwritten, and taken for both")
def width_from_the_new_height(height, width, stack):
    return _layers(
        height, width, stack, lambda h, w, c, k, s, f: (_valid(h, k, s), _valid(_valid(h, k, s), k, s), f or c)
    )


@mutant("output_grid", "the picture need not be square: the columns come from the width")
def columns_from_the_height(height, width, stack):
    return _grid(height, height, stack, _valid)


def _work(height, width, stack, count=None, channels=3, pooling=0):
    """Multiply-adds, layer by layer; `count` says what one layer costs, `pooling` how many filters a pooling has."""
    count = count or (lambda before, after, kernel, channels, filters: after * kernel * kernel * channels * filters)
    total = 0
    for kernel, stride, filters in stack:
        before = height * width
        height, width = (height - kernel) // stride + 1, (width - kernel) // stride + 1
        total += count(before, height * width, kernel, channels, pooling if filters is None else filters)
        channels = channels if filters is None else filters
    return total


def _grid_size(height, width, stack):
    rows, columns, _ = _grid(height, width, stack, lambda n, kernel, stride: (n - kernel) // stride + 1)
    return rows * columns


@mutant("cost_ratio", "it is upside down: the crops divided by the one pass")
def upside_down(height, width, stack, window):
    return _work(height, width, stack) / (_grid_size(height, width, stack) * _work(window, window, stack))


@mutant("cost_ratio", "that is the number of windows: the one pass is more work than one crop")
def number_of_windows(height, width, stack, window):
    return float(_grid_size(height, width, stack))


@mutant("cost_ratio", "the crops are many: one for each window")
def one_crop(height, width, stack, window):
    return _work(window, window, stack) / _work(height, width, stack)


@mutant("cost_ratio", "the network moves by the product of its strides: there is no window at every pixel")
def window_at_every_pixel(height, width, stack, window):
    count = (height - window + 1) * (width - window + 1)
    return count * _work(window, window, stack) / _work(height, width, stack)


@mutant("cost_ratio", "the windows overlap, so there are more than fit in side by side")
def windows_side_by_side(height, width, stack, window):
    count = (height // window) * (width // window)
    return count * _work(window, window, stack) / _work(height, width, stack)


@mutant("cost_ratio", "the dense layers are done for each window in the one pass too: they count")
def convolutions_only(height, width, stack, window):
    last_pooling = max(index for index, (_, _, filters) in enumerate(stack) if filters is None)
    body = stack[: last_pooling + 1]
    return _grid_size(height, width, stack) * _work(window, window, body) / _work(height, width, body)


def _crops(height, width, stack, window, **wrong):
    """The work of all crops, and that of the one pass; `wrong` is handed on to `_work`."""
    crops = _grid_size(height, width, stack) * _work(window, window, stack, **wrong)
    return crops, _work(height, width, stack, **wrong)


@mutant("cost_ratio", "that is rounded: give the ratio as it is")
def rounded_ratio(height, width, stack, window):
    crops, once = _crops(height, width, stack, window)
    return round(crops / once, 2)


@mutant("cost_ratio", "the ratio is no whole number: divide without //")
def ratio_rounded_down(height, width, stack, window):
    crops, once = _crops(height, width, stack, window)
    return crops // once


@mutant("cost_ratio", "the crops are many: one for each window")
def one_pass_over_one_crop(height, width, stack, window):
    return _work(height, width, stack) / _work(window, window, stack)


@mutant("cost_ratio", "a window is a place of the grid, rows times columns: the channels do not count")
def channels_as_windows(height, width, stack, window):
    crops, once = _crops(height, width, stack, window)
    return crops * stack[-1][2] / once


@mutant("cost_ratio", "windows are rows times columns: that is one row of them")
def one_column_of_windows(height, width, stack, window):
    _, columns, _ = _grid(height, width, stack, _valid)
    crops, once = _crops(height, width, stack, window)
    return crops / columns / once


@mutant("cost_ratio", "windows are rows times columns: that is one row of them")
def one_row_of_windows(height, width, stack, window):
    rows, _, _ = _grid(height, width, stack, _valid)
    crops, once = _crops(height, width, stack, window)
    return crops / rows / once


@mutant("cost_ratio", "the picture need not be square: rows times columns")
def as_many_columns_as_rows(height, width, stack, window):
    rows, _, _ = _grid(height, width, stack, _valid)
    return rows**2 * _work(window, window, stack) / _work(height, width, stack)


@mutant("cost_ratio", "the network moves by the product of its strides, which need not be 2")
def stride_of_two(height, width, stack, window):
    count = ((height - window) // 2 + 1) * ((width - window) // 2 + 1)
    return count * _work(window, window, stack) / _work(height, width, stack)


@mutant("cost_ratio", "those are the pixels: count the multiply-adds")
def pixels_for_work(height, width, stack, window):
    return _grid_size(height, width, stack) * window**2 / (height * width)


@mutant("cost_ratio", "that is the share that is saved: how many times more was asked for")
def share_that_is_saved(height, width, stack, window):
    crops, once = _crops(height, width, stack, window)
    return 1 - once / crops


@mutant("cost_ratio", "no 1 is taken off: twice as much is 2")
def how_much_more(height, width, stack, window):
    crops, once = _crops(height, width, stack, window)
    return crops / once - 1


@mutant("cost_ratio", "those are per cent: twice as much is 2")
def in_per_cent(height, width, stack, window):
    crops, once = _crops(height, width, stack, window)
    return 100 * crops / once


@mutant("cost_ratio", "that is the difference: divide the one by the other")
def difference_of_work(height, width, stack, window):
    crops, once = _crops(height, width, stack, window)
    return crops - once


@mutant("cost_ratio", "a pooling does no multiply-adds")
def poolings_cost(height, width, stack, window):
    crops, once = _crops(height, width, stack, window, pooling=1)
    return crops / once


@mutant("cost_ratio", "a layer works at each place of its output: those of its input are more")
def places_of_the_input(height, width, stack, window):
    crops, once = _crops(height, width, stack, window, count=lambda i, o, k, c, f: i * k * k * c * f)
    return crops / once


@mutant("cost_ratio", "only the picture has 3 channels: a layer reads as many as the one before has filters")
def three_channels_always(height, width, stack, window):
    crops, once = _crops(height, width, stack, window, count=lambda i, o, k, c, f: o * k * k * 3 * f)
    return crops / once


@mutant("cost_ratio", "a kernel has k times k weights for each channel, not k")
def kernels_of_one_row(height, width, stack, window):
    crops, once = _crops(height, width, stack, window, count=lambda i, o, k, c, f: o * k * c * f)
    return crops / once

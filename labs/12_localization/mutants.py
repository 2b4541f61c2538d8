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


@mutant("landmark_label", "without the object, the points are zero as well, not only the flag")
def keeps_the_points(points, present, height, width):
    label = _points(points, True, height, width)
    label[0] = bool(present)
    return label


@mutant("landmark_label", "the length stays the same without the object: zeros, not nothing")
def nothing_without(points, present, height, width):
    return _points(points, True, height, width) if present else np.zeros(1)


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


def _places(image, side, stride, last=1):
    height, width = image.shape[:2]
    return [(x, y) for y in range(0, height - side + last, stride) for x in range(0, width - side + last, stride)]


def _ask(classifier, image, side, places):
    return np.asarray(classifier(np.stack([image[y : y + side, x : x + side] for x, y in places])))


def _boxes(places, side):
    return np.array([(x, y, x + side, y + side) for x, y in places])


@mutant("slide", "row after row: the windows of a row come first, from left to right")
def column_after_column(classifier, image, side, stride):
    places = sorted(_places(image, side, stride))
    return _boxes(places, side), _ask(classifier, image, side, places)


@mutant("slide", "x and y of the boxes are swapped: x counts the columns")
def boxes_with_y_first(classifier, image, side, stride):
    places = _places(image, side, stride)
    return _boxes([(y, x) for x, y in places], side), _ask(classifier, image, side, places)


@mutant("slide", "the crops do not fit their boxes: an image is indexed by row, then column, so y before x")
def crops_transposed(classifier, image, side, stride):
    places = _places(image, side, stride)
    square = np.pad(image, [(0, max(image.shape[:2]) - n) for n in image.shape[:2]] + [(0, 0)], mode="edge")
    return _boxes(places, side), _ask(classifier, square, side, [(y, x) for x, y in places])


@mutant("slide", "the last window of a row is missing: one that just touches the edge still lies in the picture")
def last_window_missing(classifier, image, side, stride):
    places = _places(image, side, stride, last=0) or [(0, 0)]
    return _boxes(places, side), _ask(classifier, image, side, places)


@mutant("slide", "windows that hang over the edge do not count")
def slides_over_the_edge(classifier, image, side, stride):
    height, width = image.shape[:2]
    places = [(x, y) for y in range(0, height, stride) for x in range(0, width, stride)]
    padded = np.pad(image, ((0, side), (0, side), (0, 0)))
    return _boxes(places, side), _ask(classifier, padded, side, places)


@mutant("slide", "the boxes should be x_min, y_min, x_max, y_max, not a corner and a size")
def boxes_with_size(classifier, image, side, stride):
    places = _places(image, side, stride)
    return np.array([(x, y, side, side) for x, y in places]), _ask(classifier, image, side, places)


@mutant("slide", "the box ends where the next pixel begins: x_max is x_min + side, without a minus one")
def boxes_one_short(classifier, image, side, stride):
    places = _places(image, side, stride)
    return np.array([(x, y, x + side - 1, y + side - 1) for x, y in places]), _ask(classifier, image, side, places)


@mutant("slide", "all the scores are wanted, not the number of the best class")
def best_class_only(classifier, image, side, stride):
    places = _places(image, side, stride)
    return _boxes(places, side), _ask(classifier, image, side, places).argmax(axis=1)


@mutant("slide", "boxes first, then scores")
def scores_first(classifier, image, side, stride):
    places = _places(image, side, stride)
    return _ask(classifier, image, side, places), _boxes(places, side)


# ------------------------------------------------------------------------------------------- dense to convolution


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


@mutant("output_grid", "the dense layers slide too, so the grid does not end at 1x1")
def always_one(height, width, stack):
    return 1, 1, _grid(height, width, stack, lambda n, kernel, stride: (n - kernel) // stride + 1)[2]


def _work(height, width, stack, count=None, channels=3):
    """Multiply-adds, layer by layer; `count` says what one layer costs."""
    count = count or (lambda before, after, kernel, channels, filters: after * kernel * kernel * channels * filters)
    total = 0
    for kernel, stride, filters in stack:
        before = height * width
        height, width = (height - kernel) // stride + 1, (width - kernel) // stride + 1
        total += 0 if filters is None else count(before, height * width, kernel, channels, filters)
        channels = channels if filters is None else filters
    return total


@mutant("multiply_adds", "each filter reaches through all channels below it: they are forgotten")
def work_without_channels(height, width, stack):
    return _work(height, width, stack, lambda before, after, kernel, channels, filters: after * kernel**2 * filters)


@mutant("multiply_adds", "a kernel has kernel x kernel places, not kernel")
def work_kernel_not_squared(height, width, stack):
    return _work(
        height, width, stack, lambda before, after, kernel, channels, filters: after * kernel * channels * filters
    )


@mutant("multiply_adds", "the kernel is laid at each place of the output, not of the input")
def work_of_the_input(height, width, stack):
    return _work(
        height, width, stack, lambda before, after, kernel, channels, filters: before * kernel**2 * channels * filters
    )


@mutant("multiply_adds", "those are the parameters: each is used at every place of the output")
def work_as_parameters(height, width, stack):
    return _work(height, width, stack, lambda before, after, kernel, channels, filters: kernel**2 * channels * filters)


@mutant("multiply_adds", "a multiplication and the addition after it count as one")
def work_twice(height, width, stack):
    return 2 * _work(height, width, stack)


@mutant("multiply_adds", "biases were not asked for: they are no multiply-adds")
def work_with_biases(height, width, stack):
    return _work(
        height,
        width,
        stack,
        lambda before, after, kernel, channels, filters: after * (kernel**2 * channels + 1) * filters,
    )


@mutant("multiply_adds", "all layers count, the dense ones too, which are convolutions now")
def work_of_the_first_layer(height, width, stack):
    return _work(height, width, stack[:1])


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

"""Wrong answers to lab 14: the classic mistakes about masks, IoU, U-Net's sizes, stamps, Dice and components."""

import numpy as np
from keras import layers

from ccv.grading import mutant

# ------------------------------------------------------------------------------------------------------ class maps


@mutant("class_map", "the background is 0, so a thing of class k gets k + 1: a thing of class 0 would vanish")
def class_without_one(things, labels):
    mask = np.zeros(np.shape(things)[1:], int)
    for thing, label in zip(things, labels, strict=True):
        if label >= 0:
            mask[thing] = label
    return mask


@mutant("class_map", "the first thing lies on top: a later one should cover it")
def first_on_top(things, labels):
    mask = np.zeros(np.shape(things)[1:], int)
    for thing, label in zip(things, labels, strict=True):
        if label >= 0:
            mask[thing & (mask == 0)] = label + 1
    return mask


@mutant("class_map", "a row with the label -1 is painted as background and wipes out what was there: leave it out")
def padding_wipes(things, labels):
    mask = np.zeros(np.shape(things)[1:], int)
    for thing, label in zip(things, labels, strict=True):
        mask[thing] = label + 1
    return mask


@mutant("class_map", "that is the number of the thing in the list: give its class plus one")
def number_of_the_thing(things, labels):
    mask = np.zeros(np.shape(things)[1:], int)
    for number, (thing, label) in enumerate(zip(things, labels, strict=True), 1):
        if label >= 0:
            mask[thing] = number
    return mask


@mutant("class_map", "where things overlap the highest class lies on top: it should be the later one in the list")
def highest_class_on_top(things, labels):
    labels = np.maximum(np.asarray(labels) + 1, 0)
    return (np.asarray(things) * labels[:, None, None]).max(axis=0)


@mutant("class_map", "where things overlap their numbers are added: write the later one over the earlier one")
def added_up(things, labels):
    labels = np.maximum(np.asarray(labels) + 1, 0)
    return (np.asarray(things) * labels[:, None, None]).sum(axis=0)


@mutant("class_map", "a row with the label -1 is taken for a thing of some class: it is none")
def padding_is_a_thing(things, labels):
    mask = np.zeros(np.shape(things)[1:], int)
    for thing, label in zip(things, labels, strict=True):
        mask[thing] = abs(label) + 1 if label < 0 else label + 1
    return mask


@mutant("class_map", "the loop ends at the first row of padding: things may come behind it")
def ends_at_the_padding(things, labels):
    things, labels = np.asarray(things), np.asarray(labels)
    end = int(np.argmax(labels < 0)) if (labels < 0).any() else len(labels)
    return padding_wipes(things[:end], labels[:end])


# ------------------------------------------------------------------------------------------------------- counting


def _table(truth, said, classes, unknown=255):
    truth, said = np.ravel(truth).astype(int), np.ravel(said).astype(int)
    known = truth != unknown
    pairs = np.clip(truth[known], 0, classes - 1) * classes + said[known]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


@mutant("confusion", "rows and columns have changed places: a row is a true class")
def rows_are_said(truth, said, classes):
    return _table(truth, said, classes).T


@mutant("confusion", "pixels whose truth is 255 are counted as the last class: leave them out")
def unknown_is_the_last_class(truth, said, classes):
    return _table(truth, said, classes, unknown=-1)


@mutant("confusion", "pixels whose truth is 255 are counted as background: leave them out")
def unknown_is_ground(truth, said, classes):
    truth = np.asarray(truth).astype(int)
    return _table(np.where(truth == 255, 0, truth), said, classes)


@mutant("confusion", "the table is uint8 and begins again at 256: count in whole numbers with more room, such as int")
def table_of_bytes(truth, said, classes):
    return _table(truth, said, classes).astype(np.uint8)


@mutant(
    "confusion", "truth * classes + said does not fit into uint8, which begins again at 256: make the masks int first"
)
def pairs_of_bytes(truth, said, classes):
    pairs = np.asarray(truth)[truth != 255] * np.uint8(classes) + np.asarray(said)[truth != 255]
    return np.bincount(pairs, minlength=classes**2)[: classes**2].reshape(classes, classes)


@mutant("confusion", "those are shares: count the pixels")
def shares(truth, said, classes):
    table = _table(truth, said, classes)
    return table / table.sum()


@mutant("confusion", "those are shares of each true class: count the pixels")
def shares_of_rows(truth, said, classes):
    table = _table(truth, said, classes)
    return table / np.maximum(table.sum(axis=1, keepdims=True), 1)


@mutant("confusion", "only the pixels that are right are counted: the wrong ones stand beside the diagonal")
def only_right_ones(truth, said, classes):
    return np.diag(np.diag(_table(truth, said, classes)))


@mutant("confusion", "the table has only the classes that occur: a row and a column for each of them, also of zeros")
def only_those_that_occur(truth, said, classes):
    table = _table(truth, said, classes)
    there = (table.sum(axis=0) + table.sum(axis=1)) > 0
    return table[there][:, there]


@mutant("confusion", "whether there are such pixels is noted, not how many: count them")
def whether_not_how_many(truth, said, classes):
    return np.minimum(_table(truth, said, classes), 1)


@mutant("confusion", "the background is a class, too: its pixels are counted")
def ground_is_not_counted(truth, said, classes):
    table = _table(truth, said, classes)
    table[0] = 0
    return table


@mutant("confusion", "where the truth is not known, what is said is no truth: leave those pixels out")
def said_where_nobody_knows(truth, said, classes):
    return _table(np.where(truth == 255, said, truth), said, classes)


def _parts(table):
    table = np.asarray(table, float)
    both = np.diag(table)
    return both, table.sum(axis=1), table.sum(axis=0)


def _ratio(above, below, empty=np.nan):
    return np.divide(above, below, out=np.full(len(above), empty), where=below > 0)


@mutant("iou_by_class", "the pixels that are both are counted twice below the line: take them away once")
def both_counted_twice(table):
    both, there, said = _parts(table)
    return _ratio(both, there + said)


@mutant("iou_by_class", "that is the Dice figure: the IoU has the intersection once above, and the union below")
def dice_for_iou(table):
    both, there, said = _parts(table)
    return _ratio(2 * both, there + said)


@mutant("iou_by_class", "divided by what is truly of the class, that is the recall: what is wrongly said counts, too")
def recall(table):
    both, there, _ = _parts(table)
    return _ratio(both, there)


@mutant("iou_by_class", "divided by what is said to be of the class, that is the precision: what is missed counts, too")
def precision(table):
    both, _, said = _parts(table)
    return _ratio(both, said)


@mutant("iou_by_class", "a class that is neither there nor said was not missed: its IoU is nan, not 0")
def empty_is_zero(table):
    both, there, said = _parts(table)
    return _ratio(both, there + said - both, 0.0)


@mutant("iou_by_class", "a class that is neither there nor said was not found: its IoU is nan, not 1")
def empty_is_one(table):
    both, there, said = _parts(table)
    return _ratio(both, there + said - both, 1.0)


@mutant("iou_by_class", "that is their mean: give the IoU of each class")
def the_mean(table):
    both, there, said = _parts(table)
    return np.nanmean(_ratio(both, there + said - both))


@mutant("iou_by_class", "a class that is only said has an IoU of 0, and is no missing number: nan is for the union")
def nan_where_not_there(table):
    both, there, said = _parts(table)
    return np.where(there > 0, _ratio(both, there + said - both), np.nan)


@mutant("iou_by_class", "divided by all pixels: the union has only those of the class, in truth or as said")
def divided_by_all_pixels(table):
    return np.diag(table) / np.sum(table)


# ---------------------------------------------------------------------------------------------------------- sizes


def _side(side, levels, down=4, bottom=4, up=4, odd=True, small=1):
    for _ in range(levels):
        side -= down
        if side < 2 or (odd and side % 2):
            return None
        side //= 2
    side -= bottom
    for _ in range(levels):
        if side < small:
            return None
        side = 2 * side - up
    return side if side >= small else None


@mutant("output_side", "each level has two convolutions, and each of them takes two pixels: four, not two")
def one_convolution(side, levels=4):
    return _side(side, levels, 2, 2, 2)


@mutant("output_side", "the two convolutions at the bottom are missing")
def no_bottom(side, levels=4):
    return _side(side, levels, bottom=0)


@mutant("output_side", "the convolutions on the way up take pixels away, too")
def nothing_lost_on_the_way_up(side, levels=4):
    return _side(side, levels, up=0)


@mutant("output_side", "the convolutions on the way down take pixels away, too")
def nothing_lost_on_the_way_down(side, levels=4):
    return _side(side, levels, down=0)


@mutant("output_side", "an odd side is halved and rounded down: such a picture does not fit, and gives None")
def odd_is_rounded(side, levels=4):
    return _side(side, levels, odd=False)


@mutant("output_side", "a side of 0 or less is no picture: such an answer should be None")
def negative_sides(side, levels=4):
    return _side(side, levels, small=-(10**6))


@mutant(
    "output_side", "whether a side is odd is asked before the two convolutions of every level and of the first alone"
)
def only_the_first_level(side, levels=4):
    if side % 2:
        return None
    return _side(side, levels, odd=False)


@mutant("output_side", "that is what is lost: say what comes out")
def what_is_lost(side, levels=4):
    made = _side(side, levels)
    return None if made is None else side - made


def _through(side, levels, before=4, after=0, up=lambda side: 2 * side - 4, bottom=4, small=1):
    for _ in range(levels):
        side -= before
        if side < small or side % 2:
            return None
        side = side // 2 - after
    side -= bottom
    for _ in range(levels):
        side = up(side)
    return side


@mutant("output_side", "the convolutions of a level come before its pooling, not behind it")
def pools_first(side, levels=4):
    side = _through(side, levels, before=0, after=4)
    return side if side is None or side >= 1 else None


@mutant("output_side", "the depth is given by `levels`: it is not always 4")
def always_four_levels(side, levels=4):
    side = _through(side, 4)
    return side if side is None or side >= 1 else None


@mutant("output_side", "on the way up the doubling comes first, then the convolutions")
def convolves_before_it_doubles(side, levels=4):
    side = _through(side, levels, up=lambda side: 2 * (side - 4))
    return side if side is None or side >= 1 else None


@mutant("output_side", "there are as many levels up as down: here is one too few")
def one_level_up_too_few(side, levels=4):
    side = _through(side, levels)
    side = side if side is None or not levels else (side + 4) // 2
    return side if side is None or side >= 1 else None


@mutant("output_side", "184 pixels are lost with four levels, and only where every side can be halved")
def always_184(side, levels=4):
    return side - 184


@mutant("output_side", "a side of 0 or less is no picture: such an answer should be None")
def negative_sides_all_through(side, levels=4):
    return _through(side, levels, small=-(10**6))


def _cut(skip, x, top=None, left=None):
    skip, x = np.asarray(skip), np.asarray(x)
    height, width = x.shape[:2]
    top = (skip.shape[0] - height) // 2 if top is None else top
    left = (skip.shape[1] - width) // 2 if left is None else left
    return skip[top : top + height, left : left + width], x


@mutant("crop_and_join", "x comes behind the skip, not in front of it")
def x_in_front(skip, x):
    cut, x = _cut(skip, x)
    return np.concatenate([x, cut], axis=-1)


@mutant("crop_and_join", "the upper left corner is kept: it should be the middle")
def corner(skip, x):
    return np.concatenate(_cut(skip, x, 0, 0), axis=-1)


@mutant("crop_and_join", "the lower right corner is kept: it should be the middle")
def other_corner(skip, x):
    skip, x = np.asarray(skip), np.asarray(x)
    return np.concatenate(_cut(skip, x, skip.shape[0] - x.shape[0], skip.shape[1] - x.shape[1]), axis=-1)


@mutant("crop_and_join", "where nothing is to be cut, minus zero as the end of a slice leaves nothing")
def minus_zero(skip, x):
    skip, x = np.asarray(skip), np.asarray(x)
    top, left = (skip.shape[0] - x.shape[0]) // 2, (skip.shape[1] - x.shape[1]) // 2
    cut = skip[top:-top, left:-left]
    return np.concatenate([cut, x], axis=-1) if cut.shape[:2] == x.shape[:2] else cut


@mutant("crop_and_join", "the rows are cut by the difference of the widths: each side has a difference of its own")
def cut_by_the_width(skip, x):
    skip, x = np.asarray(skip), np.asarray(x)
    left = (skip.shape[1] - x.shape[1]) // 2
    cut = skip[left : left + x.shape[0], left : left + x.shape[1]]
    return np.concatenate([cut, x], axis=-1) if cut.shape[:2] == x.shape[:2] else cut


@mutant("crop_and_join", "the columns are cut by the difference of the heights: each side has a difference of its own")
def cut_by_the_height(skip, x):
    top = (skip.shape[0] - x.shape[0]) // 2
    return np.concatenate([skip[top : top + x.shape[0], top : top + x.shape[1]], x], axis=-1)


@mutant("crop_and_join", "x is missing: it comes behind the channels of the skip")
def only_cropped(skip, x):
    return _cut(skip, x)[0]


@mutant("crop_and_join", "the skip is made smaller by leaving out pixels: cut a window from its middle")
def every_other_pixel(skip, x):
    skip, x = np.asarray(skip), np.asarray(x)
    rows, columns = (np.arange(n) * m // n for n, m in zip(x.shape[:2], skip.shape[:2], strict=True))
    return np.concatenate([skip[rows][:, columns], x], axis=-1)


@mutant("crop_and_join", "the two are added: they are laid behind each other along the channels")
def adds(skip, x):
    top, left = ((a - b) // 2 for a, b in zip(skip.shape[:2], x.shape[:2], strict=True))
    middle = skip[top : top + x.shape[0], left : left + x.shape[1]]
    channels = min(skip.shape[2], x.shape[2])
    return middle[..., :channels] + x[..., :channels]


@mutant("crop_and_join", "x is padded to the size of the skip: it is the skip that is cut")
def pads_x(skip, x):
    room = [(a - b) // 2 for a, b in zip(skip.shape[:2], x.shape[:2], strict=True)]
    return np.concatenate([skip, np.pad(x, [(n, n) for n in room] + [(0, 0)])], axis=-1)


# -------------------------------------------------------------------------------------------------------- stamping


def _stamped(x, kernel, stride, write=False, length=None):
    x, kernel = np.asarray(x, float), np.asarray(kernel, float)
    size = len(kernel)
    sides = [(side - 1) * stride + size for side in x.shape]
    made = np.zeros(
        [max(side, length(n, stride, size)) if length else side for n, side in zip(x.shape, sides, strict=True)]
    )
    for row, column in np.ndindex(*x.shape):
        window = np.s_[row * stride : row * stride + size, column * stride : column * stride + size]
        made[window] = x[row, column] * kernel + (0 if write else made[window])
    return made


@mutant("transposed", "a later stamp is written over an earlier one: where they overlap they are added")
def written_over(x, kernel, stride):
    return _stamped(x, kernel, stride, write=True)


@mutant("transposed", "the kernel is turned around: it is stamped as it is")
def turned_kernel(x, kernel, stride):
    return _stamped(x, np.asarray(kernel)[::-1, ::-1], stride)


@mutant("transposed", "rows and columns of the kernel have changed places")
def kernel_on_its_side(x, kernel, stride):
    return _stamped(x, np.asarray(kernel).T, stride)


@mutant(
    "transposed", "the result is too large: between the first numbers of two stamps lie `stride` pixels, n - 1 times"
)
def one_stride_too_long(x, kernel, stride):
    return _stamped(x, kernel, stride, length=lambda n, stride, size: n * stride + size)


@mutant("transposed", "the stamps lie as far apart as the kernel is wide: they should lie `stride` apart")
def as_wide_as_the_kernel(x, kernel, stride):
    return _stamped(x, kernel, len(kernel))


@mutant("transposed", "the stamps lie one pixel apart: they should lie `stride` apart")
def stride_of_one(x, kernel, stride):
    return _stamped(x, kernel, 1)


@mutant("transposed", "that is cut to height times stride, as padding would: give the whole of what is stamped")
def cut_as_with_padding(x, kernel, stride):
    made = _stamped(x, kernel, stride)
    return made[: len(x) * stride, : np.shape(x)[1] * stride]


@mutant("transposed", "overlapping stamps are averaged: add them")
def averaged(x, kernel, stride):
    reached = _stamped(np.ones_like(np.asarray(x, float)), np.ones_like(np.asarray(kernel, float)), stride)
    return _stamped(x, kernel, stride) / np.maximum(reached, 1)


@mutant("transposed", "the kernel is divided by its size: it is stamped as it is")
def mean_of_the_stamp(x, kernel, stride):
    return _stamped(x, np.asarray(kernel) / np.size(kernel), stride)


@mutant("transposed", "that is the ordinary convolution, which makes a map smaller: every number stamps the kernel")
def convolved(x, kernel, stride):
    size = len(kernel)
    rows, columns = (range(0, side - size + 1, stride) for side in np.shape(x))
    sums = [(x[row : row + size, column : column + size] * kernel).sum() for row in rows for column in columns]
    return np.reshape(sums, (len(rows), len(columns)))


@mutant("transposed", "each pixel is repeated: every number stamps the whole kernel")
def repeats_pixels(x, kernel, stride):
    return np.kron(x, np.ones((stride, stride))) * np.sum(kernel)


# ----------------------------------------------------------------------------------------------------- the decoder


def _double(x, filters, size=2, activation=None):
    padding = "valid" if size == 2 else "same"
    return layers.Conv2DTranspose(filters, size, strides=2, padding=padding, activation=activation)(x)


def _conv(x, filters, activation="relu", size=3):
    return layers.Conv2D(filters, size, padding="same", activation=activation)(x)


@mutant("up_step", "x comes in front of the skip: the skip is the first in the list")
def joined_the_other_way(x, skip, filters):
    joined = layers.Concatenate()([_double(x, filters), skip])
    return _conv(_conv(joined, filters), filters)


@mutant("up_step", "there is a ReLU behind the transposed convolution: it has no activation")
def activated_doubling(x, skip, filters):
    joined = layers.Concatenate()([skip, _double(x, filters, activation="relu")])
    return _conv(_conv(joined, filters), filters)


@mutant("up_step", "the skip is missing: join it with the doubled x")
def without_the_skip(x, skip, filters):
    return _conv(_conv(_double(x, filters), filters), filters)


@mutant("up_step", "skip and x are added: lay them behind each other along the channels")
def adds_the_skip(x, skip, filters):
    return _conv(_conv(layers.Add()([skip, _double(x, skip.shape[-1])]), filters), filters)


@mutant("up_step", "there is one convolution after the joining: there should be two")
def one_convolution_behind(x, skip, filters):
    return _conv(layers.Concatenate()([skip, _double(x, filters)]), filters)


@mutant("up_step", "the ReLU of the convolutions is missing")
def without_relu(x, skip, filters):
    joined = layers.Concatenate()([skip, _double(x, filters)])
    return _conv(_conv(joined, filters, None), filters, None)


@mutant("up_step", "the last ReLU is missing: both convolutions have one")
def last_relu_missing(x, skip, filters):
    joined = layers.Concatenate()([skip, _double(x, filters)])
    return _conv(_conv(joined, filters), filters, None)


@mutant("up_step", "the transposed convolution has a 3x3 kernel: 2x2 was asked for")
def three_by_three_doubling(x, skip, filters):
    joined = layers.Concatenate()([skip, _double(x, filters, size=3)])
    return _conv(_conv(joined, filters), filters)


@mutant("up_step", "x is enlarged by repeating its pixels: a transposed convolution was asked for")
def repeated(x, skip, filters):
    joined = layers.Concatenate()([skip, layers.UpSampling2D(2)(x)])
    return _conv(_conv(joined, filters), filters)


# ------------------------------------------------------------------------------------------------------------ Dice


def _dice(truth, probabilities, above, below, mean=np.mean):
    probabilities = np.asarray(probabilities, float)
    hot = np.eye(probabilities.shape[-1])[np.asarray(truth)]
    both = (hot * probabilities).sum(axis=(0, 1))
    each = hot.sum(axis=(0, 1)) + probabilities.sum(axis=(0, 1))
    return 1 - mean((2 * both + above) / (each + below))


@mutant("dice_loss", "that is the Dice figure: the loss is one minus it")
def figure_for_loss(truth, probabilities, smooth=1.0):
    return 1 - _dice(truth, probabilities, smooth, smooth)


@mutant(
    "dice_loss", "the smoothing number stands below the line alone: it is above, too, or a class that is nowhere costs"
)
def smooth_below_alone(truth, probabilities, smooth=1.0):
    return _dice(truth, probabilities, 0.0, smooth)


@mutant("dice_loss", "the smoothing number is left out")
def without_smooth(truth, probabilities, smooth=1.0):
    return _dice(truth, probabilities, 1e-12, 1e-12)


@mutant("dice_loss", "the smoothing number is doubled above the line: it stands there once")
def smooth_doubled(truth, probabilities, smooth=1.0):
    return _dice(truth, probabilities, 2 * smooth, smooth)


@mutant("dice_loss", "the overlap counts twice above the line: without the 2 even a perfect mask is half wrong")
def without_the_two(truth, probabilities, smooth=1.0):
    probabilities = np.asarray(probabilities, float)
    hot = np.eye(probabilities.shape[-1])[np.asarray(truth)]
    both, each = (hot * probabilities).sum((0, 1)), hot.sum((0, 1)) + probabilities.sum((0, 1))
    return 1 - np.mean((both + smooth) / (each + smooth))


@mutant("dice_loss", "all classes are summed up together: take the ratio of each class, then the mean")
def one_ratio_for_all(truth, probabilities, smooth=1.0):
    probabilities = np.asarray(probabilities, float)
    hot = np.eye(probabilities.shape[-1])[np.asarray(truth)]
    return 1 - (2 * (hot * probabilities).sum() + smooth) / (hot.sum() + probabilities.sum() + smooth)


@mutant(
    "dice_loss", "the probabilities are rounded to a class first: that has no slope, so nothing can be learnt from it"
)
def hard_classes(truth, probabilities, smooth=1.0):
    probabilities = np.asarray(probabilities, float)
    return _dice(truth, np.eye(probabilities.shape[-1])[probabilities.argmax(-1)], smooth, smooth)


@mutant("dice_loss", "the losses of the classes are added up: take their mean")
def added_losses(truth, probabilities, smooth=1.0):
    count = np.shape(probabilities)[-1]
    return count * _dice(truth, probabilities, smooth, smooth)


@mutant("dice_loss", "the background counts as a class, too")
def without_the_ground(truth, probabilities, smooth=1.0):
    return _dice(truth, probabilities, smooth, smooth, mean=lambda ratios: np.mean(ratios[1:]))


@mutant("dice_loss", "the probabilities are squared below the line: that is another form, this one has the plain sum")
def squared(truth, probabilities, smooth=1.0):
    probabilities = np.asarray(probabilities, float)
    hot = np.eye(probabilities.shape[-1])[np.asarray(truth)]
    both, each = (hot * probabilities).sum((0, 1)), hot.sum((0, 1)) + (probabilities**2).sum((0, 1))
    return 1 - np.mean((2 * both + smooth) / (each + smooth))


@mutant("dice_loss", "that is the IoU: Dice has the overlap twice above, and the plain sums below")
def iou_loss(truth, probabilities, smooth=1.0):
    mask = np.eye(probabilities.shape[-1])[truth]
    both = (mask * probabilities).sum((0, 1))
    return 1 - ((both + smooth) / ((mask + probabilities).sum((0, 1)) - both + smooth)).mean()


@mutant("dice_loss", "a logarithm is taken: the loss is one minus the Dice figure")
def logarithm_of_dice(truth, probabilities, smooth=1.0):
    mask = np.eye(probabilities.shape[-1])[truth]
    both, all_of_it = (mask * probabilities).sum((0, 1)), (mask + probabilities).sum((0, 1))
    return -np.log(((2 * both + smooth) / (all_of_it + smooth)).mean())


# ------------------------------------------------------------------------------------------------------ components

SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))
CORNERS = ((-1, -1), (-1, 1), (1, -1), (1, 1))


def _flood(mask, steps=SIDES, wrap=False, order=None):
    mask = np.asarray(mask) != 0
    numbers, count = np.zeros(mask.shape, int), 0
    starts = np.argwhere(mask).tolist()
    for start in order(starts) if order else starts:
        if numbers[tuple(start)]:
            continue
        count += 1
        waiting = [tuple(start)]
        while waiting:
            row, column = waiting.pop()
            if wrap:
                row, column = row % mask.shape[0], column % mask.shape[1]
            inside = 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]
            if inside and mask[row, column] and not numbers[row, column]:
                numbers[row, column] = count
                waiting += [(row + dr, column + dc) for dr, dc in steps]
    return numbers


@mutant("components", "pixels that touch at a corner alone do not hang together")
def over_corners(mask):
    return _flood(mask, SIDES + CORNERS)


@mutant("components", "a thing is met from two sides before they join: number it from its first pixel on, all of it")
def upper_or_left_neighbour(mask):
    mask = np.asarray(mask) != 0
    numbers, count = np.zeros(mask.shape, int), 0
    for row, column in np.argwhere(mask).tolist():
        above = numbers[row - 1, column] if row else 0
        left = numbers[row, column - 1] if column else 0
        if not above and not left:
            count += 1
        numbers[row, column] = above or left or count
    return numbers


@mutant("components", "what leaves the mask on one side comes back on the other: look whether a neighbour lies inside")
def around_the_edge(mask):
    return _flood(mask, wrap=True)


@mutant("components", "things are numbered from 1: 0 is the background")
def from_zero(mask):
    numbers = _flood(mask)
    return np.where(numbers > 0, numbers - 1, 0)


@mutant("components", "the numbers go column by column: read the mask row by row")
def by_columns(mask):
    return _flood(np.asarray(mask).T).T


@mutant("components", "the numbers go from the end to the beginning: read the mask from its upper left corner")
def from_the_end(mask):
    return _flood(mask, order=lambda starts: starts[::-1])


@mutant("components", "only runs within a row hang together: so do pixels above each other")
def runs_in_rows(mask):
    return _flood(mask, ((0, -1), (0, 1)))


@mutant("components", "that is a mask again: give each thing a number of its own")
def only_the_mask(mask):
    return (np.asarray(mask) != 0).astype(int)


@mutant("components", "that is how many there are: give the number of its thing to every pixel")
def how_many(mask):
    return _flood(mask).max()


@mutant("components", "a thing is not followed upwards: it has neighbours on all four sides")
def never_upwards(mask):
    return _flooded(mask, [(1, 0), (0, 1), (0, -1)])


@mutant("components", "a thing is followed down and to the right alone: it has neighbours on all four sides")
def down_and_right_alone(mask):
    return _flooded(mask, [(1, 0), (0, 1)])


@mutant("components", "a thing is not followed to the left: it has neighbours on all four sides")
def never_to_the_left(mask):
    return _flooded(mask, [(1, 0), (-1, 0), (0, 1)])


@mutant("components", "the background is numbered, too: it is 0 everywhere")
def ground_is_numbered(mask):
    return _flooded(mask, [(1, 0), (-1, 0), (0, 1), (0, -1)], background=True)


def _flooded(mask, steps, background=False):
    mask = np.asarray(mask) != 0
    numbers = np.zeros(mask.shape, int)
    for start in np.ndindex(mask.shape):
        if numbers[start] or not (mask[start] or background):
            continue
        count, waiting = numbers.max() + 1, [start]
        while waiting:
            row, column = waiting.pop()
            inside = 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]
            if inside and mask[row, column] == mask[start] and not numbers[row, column]:
                numbers[row, column] = count
                waiting += [(row + down, column + right) for down, right in steps]
    return numbers

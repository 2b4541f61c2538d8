"""Wrong answers to lab 06: the classic mistakes about 1x1 convolutions, bills, modules, auxiliary losses and factors."""

import numpy as np
from keras import layers

from ccv.grading import mutant

# ---------------------------------------------------------------------------------------------------- one pixel


@mutant("pointwise", "the ReLU is missing: nothing negative leaves the layer")
def no_relu(maps, kernel, bias):
    return maps @ kernel[0, 0] + bias


@mutant("pointwise", "the bias is missing")
def no_bias(maps, kernel, bias):
    return np.maximum(maps @ kernel[0, 0], 0)


@mutant("pointwise", "the bias is added before the ReLU, not after it")
def bias_after_the_relu(maps, kernel, bias):
    return np.maximum(maps @ kernel[0, 0], 0) + bias


@mutant("pointwise", "a ReLU makes 0 of what is negative: here it loses only its sign")
def absolute_values(maps, kernel, bias):
    return np.abs(maps @ kernel[0, 0] + bias)


@mutant("pointwise", "a filter sums over the channels: this takes their mean")
def mean_over_the_channels(maps, kernel, bias):
    return np.maximum(maps @ kernel[0, 0] / maps.shape[-1] + bias, 0)


@mutant("pointwise", "a pixel is mixed with its neighbours: a 1x1 convolution looks at one pixel at a time")
def averages_the_neighbours(maps, kernel, bias):
    around = (maps + np.roll(maps, 1, axis=1) + np.roll(maps, 1, axis=2)) / 3
    return np.maximum(around @ kernel[0, 0] + bias, 0)


@mutant("pointwise", "all filters give the same map: each has weights of its own")
def one_filter_for_all(maps, kernel, bias):
    summed = (maps @ kernel[0, 0].mean(axis=1))[..., None]
    return np.maximum(summed + bias, 0)


@mutant("pointwise", "that is depthwise, a weight for each channel: a 1x1 convolution sums over the channels")
def channel_by_channel(maps, kernel, bias):
    weights = np.resize(np.diagonal(kernel[0, 0]), maps.shape[-1])
    scaled = np.resize(maps * weights, (*maps.shape[:-1], kernel.shape[-1]))
    return np.maximum(scaled + bias, 0)


@mutant("pointwise", "only one image of the batch is used")
def first_image_only(maps, kernel, bias):
    return np.maximum(np.repeat(maps[:1], len(maps), axis=0) @ kernel[0, 0] + bias, 0)


def _numbers(first, bias1, second, bias2=0.0):
    first, second = np.array(first, float), np.array(second, float)
    return first[None, None], np.array(bias1, float), second[None, None, :, None], np.array([bias2])


@mutant("absolute_difference", "that is a - b where a is larger, and zero where b is: the other half is missing")
def one_side():
    return _numbers([[1], [-1]], [0], [1])


@mutant("absolute_difference", "both hidden channels look for the same side: one has to be right where b is larger")
def the_same_side_twice():
    return _numbers([[1, 1], [-1, -1]], [0, 0], [0.5, 0.5])


@mutant("absolute_difference", "that is a + b: where both are the same it should be zero")
def the_sum():
    return _numbers([[1, 0], [0, 1]], [0, 0], [1, 1])


@mutant(
    "absolute_difference",
    "that is the larger of a and b where these are 0 or 1: they differ only where one of them is 0",
)
def the_larger():
    return _numbers([[1, 1], [1, 1]], [0, -1], [1, -1])


@mutant("absolute_difference", "right for zeros and ones, but not for other numbers: does it need a bias at all?")
def for_black_and_white_only():
    return _numbers([[1, 1], [1, 1]], [0, -1], [1, -2])


@mutant(
    "absolute_difference", "the two halves are subtracted from one another, which is cut off: they have to be added"
)
def subtracts_the_halves():
    return _numbers([[1, -1], [-1, 1]], [0, 0], [1, -1])


@mutant("absolute_difference", "the first layer hands on a and b, cut off at 0: the differences have to be made there")
def difference_in_the_second_layer():
    return _numbers([[1, 0], [0, 1]], [0, 0], [1, -1])


@mutant("absolute_difference", "the two halves are averaged: one of them is 0, so their sum is asked for")
def averages_the_halves():
    return _numbers([[1, -1], [-1, 1]], [0, 0], [0.5, 0.5])


@mutant("absolute_difference", "the third axis of a kernel is the channel below, the fourth the filter: (1, 1, n, 1)")
def axes_of_the_second_kernel_exchanged():
    *first, second, bias = _numbers([[1, -1], [-1, 1]], [0, 0], [1, 1])
    return *first, second.swapaxes(2, 3), bias


@mutant("absolute_difference", "one of the two inputs is not looked at")
def only_a():
    return _numbers([[1, -1], [0, 0]], [0, 0], [1, 1])


# ----------------------------------------------------------------------------------------------------- the bills


def _costs(height, width, channels, filters, kernel, inner=None, *, places=None, area=None, biases=False):
    """The right bill, with a wrong part put in by each mutant."""
    area = kernel**2 if area is None else area
    direct, narrow = area * channels * filters, (channels * inner, area * inner * filters) if inner else ()
    weights = sum(narrow) if inner else direct
    weights += ((inner or 0) + filters) if biases else 0
    return (height * width if places is None else places) * weights, weights


@mutant(
    "convolution_costs", "the multiplications are said to be as many as the weights: each weight is used at every pixel"
)
def once_an_image(height, width, channels, filters, kernel, inner=None):
    return _costs(height, width, channels, filters, kernel, inner, places=1)


@mutant(
    "convolution_costs",
    "the weights are counted at each pixel: these are the multiplications, and the weights are shared",
)
def multiplications_twice(height, width, channels, filters, kernel, inner=None):
    work, _ = _costs(height, width, channels, filters, kernel, inner)
    return work, work


@mutant("convolution_costs", "a filter reaches through all the channels below")
def one_channel_deep(height, width, channels, filters, kernel, inner=None):
    if inner is None:
        return height * width * kernel**2 * filters, kernel**2 * filters
    weights = inner + kernel**2 * filters
    return height * width * weights, weights


@mutant("convolution_costs", "the filters are not counted: each of them does the work again")
def a_single_filter(height, width, channels, filters, kernel, inner=None):
    return _costs(height, width, channels, 1, kernel, inner)


@mutant("convolution_costs", "a kernel has height times width places, not as many as it is wide")
def a_side_for_the_area(height, width, channels, filters, kernel, inner=None):
    return _costs(height, width, channels, filters, kernel, inner, area=kernel)


@mutant("convolution_costs", "biases are not counted here")
def with_biases(height, width, channels, filters, kernel, inner=None):
    return _costs(height, width, channels, filters, kernel, inner, biases=True)


@mutant("convolution_costs", "the bottleneck is ignored")
def ignores_the_bottleneck(height, width, channels, filters, kernel, inner=None):
    return _costs(height, width, channels, filters, kernel)


@mutant("convolution_costs", "the 1x1 itself costs something too: it reads all the channels")
def the_1x1_is_free(height, width, channels, filters, kernel, inner=None):
    return _costs(height, width, inner or channels, filters, kernel)


@mutant("convolution_costs", "behind a bottleneck the large kernel reads only the narrow maps, not all channels")
def large_kernel_reads_everything(height, width, channels, filters, kernel, inner=None):
    weights = kernel**2 * channels * filters + channels * (inner or 0)
    return height * width * weights, weights


@mutant("convolution_costs", "the 1x1 comes first: it reads all channels, and the large kernel the narrow maps")
def large_kernel_first(height, width, channels, filters, kernel, inner=None):
    if inner is None:
        return _costs(height, width, channels, filters, kernel)
    weights = kernel**2 * channels * inner + inner * filters
    return height * width * weights, weights


@mutant("convolution_costs", "the bottleneck is a 1x1 convolution: its kernel covers a single pixel")
def bottleneck_of_the_large_kernel(height, width, channels, filters, kernel, inner=None):
    if inner is None:
        return _costs(height, width, channels, filters, kernel)
    weights = kernel**2 * (channels * inner + inner * filters)
    return height * width * weights, weights


@mutant("convolution_costs", 'the padding is "same": there is a result at every pixel, at the border too')
def without_padding(height, width, channels, filters, kernel, inner=None):
    return _costs(
        height, width, channels, filters, kernel, inner, places=max(height - kernel + 1, 1) * max(width - kernel + 1, 1)
    )


@mutant("convolution_costs", 'the padding is "same": there is a result at every pixel, at the border too')
def large_kernel_without_padding(height, width, channels, filters, kernel, inner=None):
    work, weights = _costs(height, width, channels, filters, kernel, inner)
    large = kernel**2 * (inner or channels) * filters
    return work - (height * width - (height - kernel + 1) * (width - kernel + 1)) * large, weights


@mutant("convolution_costs", "the map has height times width pixels, and need not be square")
def square_maps(height, width, channels, filters, kernel, inner=None):
    return _costs(height, width, channels, filters, kernel, inner, places=height**2)


# ---------------------------------------------------------------------------------------------------- the modules


def _conv(x, filters, size=1, **options):
    return layers.Conv2D(filters, size, **{"padding": "same", "activation": "relu"} | options)(x)


def _pool(x, **options):
    return layers.MaxPooling2D(3, **{"strides": 1, "padding": "same"} | options)(x)


def _ways(x, ones, threes, fives, pooled, conv=_conv, pool=_pool):
    """The four ways of an inception module."""
    return [
        conv(x, ones),
        conv(conv(x, threes[0]), threes[1], 3),
        conv(conv(x, fives[0]), fives[1], 5),
        conv(pool(x), pooled),
    ]


def _joined(ways):
    return layers.Concatenate()(ways)


@mutant("inception_module", "the bottlenecks are missing: before each large filter stands a 1x1")
def no_bottlenecks(x, ones, threes, fives, pooled):
    return _joined([_conv(x, ones), _conv(x, threes[1], 3), _conv(x, fives[1], 5), _conv(_pool(x), pooled)])


@mutant("inception_module", "the 1x1 behind the pooling is missing: a pooling cannot change the number of channels")
def pooling_not_projected(x, ones, threes, fives, pooled):
    return _joined([*_ways(x, ones, threes, fives, pooled)[:3], _pool(x)])


@mutant("inception_module", "the pooling comes first and its 1x1 afterwards")
def projects_before_pooling(x, ones, threes, fives, pooled):
    return _joined([*_ways(x, ones, threes, fives, pooled)[:3], _pool(_conv(x, pooled))])


@mutant("inception_module", "the pooling of the fourth way is missing")
def fourth_way_without_pooling(x, ones, threes, fives, pooled):
    return _joined(_ways(x, ones, threes, fives, pooled, pool=lambda x: x))


@mutant("inception_module", "the second way has the 3x3 and the third the 5x5: they are exchanged")
def kernels_exchanged(x, ones, threes, fives, pooled):
    other = lambda x, filters, size=1: _conv(x, filters, {1: 1, 3: 5, 5: 3}[size])  # noqa: E731
    return _joined(_ways(x, ones, threes, fives, pooled, conv=other))


@mutant("inception_module", "the fourth way pools by the maximum, not by the average")
def average_pooling(x, ones, threes, fives, pooled):
    average = layers.AveragePooling2D(3, strides=1, padding="same")
    return _joined(_ways(x, ones, threes, fives, pooled, pool=average))


@mutant("inception_module", "the pooling's windows are 3x3")
def pools_by_two(x, ones, threes, fives, pooled):
    two = layers.MaxPooling2D(2, strides=1, padding="same")
    return _joined(_ways(x, ones, threes, fives, pooled, pool=two))


@mutant("inception_module", "the narrow 1x1 convolutions have a ReLU too")
def no_relu_in_the_bottlenecks(x, ones, threes, fives, pooled):
    by_three = _conv(_conv(x, threes[0], activation=None), threes[1], 3)
    by_five = _conv(_conv(x, fives[0], activation=None), fives[1], 5)
    return _joined([_conv(x, ones), by_three, by_five, _conv(_pool(x), pooled)])


@mutant("inception_module", "the ReLUs are missing: every convolution is followed by one")
def no_relus(x, ones, threes, fives, pooled):
    plain = lambda x, filters, size=1: _conv(x, filters, size, activation=None)  # noqa: E731
    return _joined(_ways(x, ones, threes, fives, pooled, conv=plain))


@mutant("inception_module", "the convolutions have biases")
def no_biases(x, ones, threes, fives, pooled):
    bare = lambda x, filters, size=1: _conv(x, filters, size, use_bias=False)  # noqa: E731
    return _joined(_ways(x, ones, threes, fives, pooled, conv=bare))


@mutant("inception_module", "the third way has a 5x5, not a second 3x3")
def three_for_five(x, ones, threes, fives, pooled):
    small = lambda x, filters, size=1: _conv(x, filters, min(size, 3))  # noqa: E731
    return _joined(_ways(x, ones, threes, fives, pooled, conv=small))


@mutant("inception_module", "the ways are joined in another order than that of the table")
def joined_the_other_way(x, ones, threes, fives, pooled):
    return _joined(_ways(x, ones, threes, fives, pooled)[::-1])


@mutant("inception_module", "the ways stand side by side: here one of them reads another's output instead of x")
def one_after_the_other(x, ones, threes, fives, pooled):
    first = _conv(x, ones)
    return _joined([first, *_ways(first, ones, threes, fives, pooled)[1:]])


@mutant("inception_module", "a pair is (bottleneck, filters): the narrow one comes first")
def pairs_turned_round(x, ones, threes, fives, pooled):
    return _joined(_ways(x, ones, threes[::-1], fives[::-1], pooled))


def _parameters(channels, ones, threes, fives, pooled, bias=1, five=25, three=9):
    narrow = (channels + bias) * (ones + threes[0] + fives[0] + pooled)
    return narrow + (three * threes[0] + bias) * threes[1] + (five * fives[0] + bias) * fives[1]


def _table(shape, modules, pools, parameters=_parameters, halve=lambda n: -(-n // 2), out=None, pooling=True):
    """The right table, with a wrong part put in by each mutant."""
    out = out or (lambda ones, threes, fives, pooled: ones + threes[1] + fives[1] + pooled)
    height, width, channels = shape
    rows = []
    for name, module in modules.items():
        count = parameters(channels, *module)
        channels = out(*module)
        rows.append((height, width, channels, count))
        if name in pools:
            height, width = halve(height), halve(width)
            rows += [(height, width, channels, 0)] * pooling
    return rows


@mutant("module_table", "the biases are missing: each convolution has one for each of its filters")
def forgets_the_biases(shape, modules, pools):
    return _table(shape, modules, pools, lambda *module: _parameters(*module, bias=0))


@mutant("module_table", "there is one bias for each filter, not one for each convolution")
def a_bias_a_convolution(shape, modules, pools):
    return _table(shape, modules, pools, lambda *module: _parameters(*module, bias=0) + 6)


@mutant("module_table", "a module reads what the module before it gives, not what came into the network")
def always_the_first_channels(shape, modules, pools):
    return _table(shape, modules, pools, lambda _, *module: _parameters(shape[2], *module))


@mutant("module_table", "the large filters read their bottleneck, not all the channels")
def large_filters_read_everything(shape, modules, pools):
    def parameters(channels, ones, threes, fives, pooled):
        narrow = (channels + 1) * (ones + threes[0] + fives[0] + pooled)
        return narrow + (9 * channels + 1) * threes[1] + (25 * channels + 1) * fives[1]

    return _table(shape, modules, pools, parameters)


@mutant("module_table", "the 1x1 convolutions before the large filters have weights too")
def bottlenecks_for_free(shape, modules, pools):
    def parameters(channels, ones, threes, fives, pooled):
        return (channels + 1) * (ones + pooled) + (9 * threes[0] + 1) * threes[1] + (25 * fives[0] + 1) * fives[1]

    return _table(shape, modules, pools, parameters)


@mutant("module_table", "the 1x1 behind the pooling has weights too")
def projection_for_free(shape, modules, pools):
    def parameters(channels, ones, threes, fives, pooled):
        return _parameters(channels, ones, threes, fives, pooled) - (channels + 1) * pooled

    return _table(shape, modules, pools, parameters)


@mutant("module_table", "a pooling has nothing to learn: its row has 0 parameters")
def poolings_learn(shape, modules, pools):
    rows = _table(shape, modules, pools)
    return [(*row[:3], row[3] or before[3]) for before, row in zip([rows[0], *rows], rows)]  # noqa: B905


@mutant("module_table", "behind the pooling stands a 1x1, not a 3x3")
def projection_of_three(shape, modules, pools):
    def parameters(channels, ones, threes, fives, pooled):
        return _parameters(channels, ones, threes, fives, pooled) + 8 * channels * pooled

    return _table(shape, modules, pools, parameters)


@mutant("module_table", "a row has the parameters of its own module, not of all modules so far")
def running_total(shape, modules, pools):
    rows, total = [], 0
    for *sizes, count in _table(shape, modules, pools):
        total += count
        rows.append((*sizes, total if count else 0))
    return rows


@mutant("module_table", "the third way has a filter of 5x5, which has 25 places")
def threes_for_fives(shape, modules, pools):
    return _table(shape, modules, pools, lambda *module: _parameters(*module, five=9))


@mutant("module_table", "a kernel has height times width places")
def sides_for_areas(shape, modules, pools):
    return _table(shape, modules, pools, lambda *module: _parameters(*module, five=5, three=3))


@mutant("module_table", '"same" padding with a stride of 2 rounds up')
def rounds_down(shape, modules, pools):
    return _table(shape, modules, pools, halve=lambda n: n // 2)


@mutant("module_table", 'the padding of a pooling is "same": a window that reaches over the edge counts as well')
def pools_without_padding(shape, modules, pools):
    return _table(shape, modules, pools, halve=lambda n: (n - 3) // 2 + 1)


@mutant("module_table", "a pooling comes after the module that is named, not before it")
def pools_before_the_module(shape, modules, pools):
    height, width, channels = shape
    rows = []
    for name, (ones, threes, fives, pooled) in modules.items():
        if name in pools:
            height, width = -(-height // 2), -(-width // 2)
            rows.append((height, width, channels, 0))
        count = _parameters(channels, ones, threes, fives, pooled)
        channels = ones + threes[1] + fives[1] + pooled
        rows.append((height, width, channels, count))
    return rows


@mutant("module_table", "the poolings do not halve the maps: their stride is 2")
def never_halves(shape, modules, pools):
    return _table(shape, modules, pools, halve=lambda n: n)


@mutant("module_table", "the channels of a bottleneck stay inside: they do not leave the module")
def bottlenecks_come_out(shape, modules, pools):
    return _table(shape, modules, pools, out=lambda a, b, c, d: a + sum(b) + sum(c) + d)


@mutant("module_table", "four ways are joined: the pooling's 1x1 is one of them")
def three_ways_only(shape, modules, pools):
    return _table(shape, modules, pools, out=lambda a, b, c, d: a + b[1] + c[1])


@mutant("module_table", "the module's input does not stay in its output")
def keeps_the_input(shape, modules, pools):
    rows, channels = [], shape[2]
    for row in _table(shape, modules, pools):
        channels += row[2] if row[3] else 0
        rows.append((*row[:2], channels, row[3]))
    return rows


@mutant("module_table", "a pooling has a row of its own")
def poolings_have_no_row(shape, modules, pools):
    return _table(shape, modules, pools, pooling=False)


# ----------------------------------------------------------------------------------------------------- the losses


def _entropies(labels, outputs, log=np.log):
    rows = np.arange(len(labels))
    return [-log(np.asarray(output)[rows, labels]).mean() for output in outputs]


@mutant("total_loss", "the main loss counts in full, only the heads are weighted")
def weights_everything(labels, outputs, weight=0.3):
    return weight * sum(_entropies(labels, outputs))


@mutant("total_loss", "the heads' losses are added up, not averaged")
def averages_the_heads(labels, outputs, weight=0.3):
    main, *heads = _entropies(labels, outputs)
    return main + weight * (np.mean(heads) if heads else 0)


@mutant("total_loss", "the heads are not counted at all")
def main_only(labels, outputs, weight=0.3):
    return _entropies(labels, outputs)[0]


@mutant("total_loss", "the heads' losses are weighted: they should count less than the main one")
def heads_in_full(labels, outputs, weight=0.3):
    return sum(_entropies(labels, outputs))


@mutant("total_loss", "what is left of the weight does not go to the main loss: that counts in full")
def shares_of_one(labels, outputs, weight=0.3):
    main, *heads = _entropies(labels, outputs)
    return (1 - weight) * main + weight * sum(heads)


@mutant("total_loss", "only one head is counted, but there may be any number")
def one_head_only(labels, outputs, weight=0.3):
    main, *heads = _entropies(labels, outputs)
    return main + weight * sum(heads[:1])


@mutant("total_loss", "the loss is averaged over the images, not summed")
def sums_the_images(labels, outputs, weight=0.3):
    main, *heads = (len(labels) * loss for loss in _entropies(labels, outputs))
    return main + weight * sum(heads)


@mutant("total_loss", "the logarithm is the natural one")
def logarithm_of_two(labels, outputs, weight=0.3):
    main, *heads = _entropies(labels, outputs, np.log2)
    return main + weight * sum(heads)


@mutant("total_loss", "the probability of the right class counts, not the largest one")
def of_the_largest(labels, outputs, weight=0.3):
    main, *heads = (-np.log(np.max(output, axis=1)).mean() for output in outputs)
    return main + weight * sum(heads)


@mutant("total_loss", "each image has a label of its own: here the probabilities of all labels are taken for each")
def labels_of_all_images(labels, outputs, weight=0.3):
    main, *heads = (-np.log(np.asarray(output)[:, labels]).mean() for output in outputs)
    return main + weight * sum(heads)


@mutant("total_loss", "the cross-entropy is minus the logarithm of a probability, not what is missing to 1")
def without_a_logarithm(labels, outputs, weight=0.3):
    rows = np.arange(len(labels))
    main, *heads = (1 - np.asarray(output)[rows, labels].mean() for output in outputs)
    return main + weight * sum(heads)


@mutant("total_loss", "the mean of the logarithms is asked for, not the logarithm of the mean")
def logarithm_of_the_mean(labels, outputs, weight=0.3):
    rows = np.arange(len(labels))
    main, *heads = (-np.log(np.asarray(output)[rows, labels].mean()) for output in outputs)
    return main + weight * sum(heads)


# -------------------------------------------------------------------------------------------------- filters in factors


@mutant("best_factors", "the singular value is missing: the product has the right shape and the wrong size")
def without_the_singular_value(kernel):
    left, _, right = np.linalg.svd(kernel)
    return left[:, :1], right[:1]


@mutant("best_factors", "the singular value counts once, not in both factors")
def singular_value_twice(kernel):
    left, values, right = np.linalg.svd(kernel)
    return left[:, :1] * values[0], right[:1] * values[0]


@mutant("best_factors", "the root of the singular value belongs to both factors, or the value itself to one of them")
def root_of_the_singular_value_once(kernel):
    left, values, right = np.linalg.svd(kernel)
    return left[:, :1] * np.sqrt(values[0]), right[:1]


@mutant("best_factors", "the matrix on the left has its vectors in columns: its first column is asked for, not its row")
def row_of_the_left_matrix(kernel):
    left, values, right = np.linalg.svd(kernel)
    return left[:1].T * values[0], right[:1]


@mutant(
    "best_factors", "the matrix on the right comes transposed already: its first row is asked for, not its first column"
)
def column_of_the_right_matrix(kernel):
    left, values, right = np.linalg.svd(kernel)
    return left[:, :1] * values[0], right[:, :1].T


@mutant(
    "best_factors",
    "the middle column and row of the kernel are no factors of it: where the middle is 0 nothing is left",
)
def middle_column_and_row(kernel):
    return kernel[:, [kernel.shape[1] // 2]], kernel[[kernel.shape[0] // 2]]


@mutant("best_factors", "the sums of rows and columns are no factors: those of an edge filter are 0")
def sums_of_rows_and_columns(kernel):
    total = kernel.sum() or 1
    return kernel.sum(axis=1, keepdims=True), kernel.sum(axis=0, keepdims=True) / total


@mutant("best_factors", "the means of rows and columns are no factors: those of an edge filter are 0")
def means_of_rows_and_columns(kernel):
    return kernel.mean(axis=1, keepdims=True), kernel.mean(axis=0, keepdims=True)


@mutant("best_factors", "that is the part with the smallest singular value: the largest one comes first")
def the_last_part(kernel):
    left, values, right = np.linalg.svd(kernel)
    return left[:, [len(values) - 1]] * values[-1], right[[len(values) - 1]]


@mutant("best_factors", "the column belongs to the kernel's height and the row to its width, not the other way round")
def column_and_row_exchanged(kernel):
    left, values, right = np.linalg.svd(kernel)
    return right[:1].T * values[0], left[:, :1].T


# -------------------------------------------------------------------------------------------------------- fire modules


def _fire(x, squeeze, ones, threes, narrow=None, conv=_conv):
    narrow = conv(x, squeeze) if narrow is None else narrow
    return _joined([conv(narrow, ones), conv(narrow, threes, 3)])


@mutant("fire_module", "both expansions read the squeezed maps, not x")
def expands_the_input(x, squeeze, ones, threes):
    return _joined([_conv(x, ones), _conv(_conv(x, squeeze), threes, 3)])


@mutant("fire_module", "the 3x3 reads the squeezed maps as well, not x")
def expands_three_of_the_input(x, squeeze, ones, threes):
    return _joined([_conv(_conv(x, squeeze), ones), _conv(x, threes, 3)])


@mutant("fire_module", "the squeeze is missing")
def no_squeeze(x, squeeze, ones, threes):
    return _fire(x, squeeze, ones, threes, narrow=x)


@mutant("fire_module", "the squeeze is a 1x1 convolution")
def squeezes_by_three(x, squeeze, ones, threes):
    return _fire(x, squeeze, ones, threes, narrow=_conv(x, squeeze, 3))


@mutant("fire_module", "the squeeze has a ReLU too")
def squeeze_without_relu(x, squeeze, ones, threes):
    return _fire(x, squeeze, ones, threes, narrow=_conv(x, squeeze, activation=None))


@mutant("fire_module", "the ReLUs are missing: every convolution is followed by one")
def fire_without_relus(x, squeeze, ones, threes):
    return _fire(x, squeeze, ones, threes, conv=lambda x, filters, size=1: _conv(x, filters, size, activation=None))


@mutant("fire_module", "the two expansions stand side by side, not one behind the other")
def expands_in_a_row(x, squeeze, ones, threes):
    one = _conv(_conv(x, squeeze), ones)
    return _joined([one, _conv(one, threes, 3)])


@mutant("fire_module", "the 1x1 maps come first")
def threes_first(x, squeeze, ones, threes):
    narrow = _conv(x, squeeze)
    return _joined([_conv(narrow, threes, 3), _conv(narrow, ones)])


@mutant("fire_module", "one expansion is a 3x3: here both look at a single pixel")
def both_of_one(x, squeeze, ones, threes):
    narrow = _conv(x, squeeze)
    return _joined([_conv(narrow, ones), _conv(narrow, threes)])


@mutant("fire_module", "the squeezed maps stay inside the module: two stacks are joined, not three")
def squeeze_comes_out(x, squeeze, ones, threes):
    narrow = _conv(x, squeeze)
    return _joined([narrow, _conv(narrow, ones), _conv(narrow, threes, 3)])


@mutant("fire_module", 'the 3x3 needs "same" padding, or its maps do not fit beside the others')
def cropped_to_fit(x, squeeze, ones, threes):
    narrow = _conv(x, squeeze)
    return _joined([layers.Cropping2D(1)(_conv(narrow, ones)), _conv(narrow, threes, 3, padding="valid")])


@mutant("fire_module", "the maps are joined along the channels, not added")
def adds_the_expansions(x, squeeze, ones, threes):
    narrow = _conv(x, squeeze)
    return layers.Add()([_conv(narrow, ones + threes), _conv(narrow, ones + threes, 3)])


def _fire_cost(channels, squeeze, ones, threes, bias=1, nine=9, read=None):
    read = squeeze if read is None else read
    return ones + threes, (channels + bias) * squeeze + (read + bias) * ones + (nine * read + bias) * threes


@mutant("fire_parameters", "the biases are missing")
def fire_without_biases(channels, squeeze, ones, threes):
    return _fire_cost(channels, squeeze, ones, threes, bias=0)


@mutant("fire_parameters", "there is one bias for each filter, not one for each convolution")
def bias_for_each_convolution(channels, squeeze, ones, threes):
    out, cost = _fire_cost(channels, squeeze, ones, threes, bias=0)
    return out, cost + 3


@mutant("fire_parameters", "the expansions read the squeezed maps, not all channels")
def expansions_read_everything(channels, squeeze, ones, threes):
    return _fire_cost(channels, squeeze, ones, threes, read=channels)


@mutant("fire_parameters", "the squeeze has weights too")
def squeeze_for_free(channels, squeeze, ones, threes):
    out, cost = _fire_cost(channels, squeeze, ones, threes)
    return out, cost - (channels + 1) * squeeze


@mutant("fire_parameters", "a 3x3 kernel has nine places")
def three_places(channels, squeeze, ones, threes):
    return _fire_cost(channels, squeeze, ones, threes, nine=3)


@mutant("fire_parameters", "a filter has one bias, not one for each place of its kernel")
def bias_for_each_place(channels, squeeze, ones, threes):
    out, cost = _fire_cost(channels, squeeze, ones, threes)
    return out, cost + 8 * threes


@mutant("fire_parameters", "both expansions come out, side by side")
def one_expansion_comes_out(channels, squeeze, ones, threes):
    return threes, _fire_cost(channels, squeeze, ones, threes)[1]


@mutant("fire_parameters", "the squeezed maps stay inside the module")
def squeezed_maps_come_out(channels, squeeze, ones, threes):
    return squeeze + ones + threes, _fire_cost(channels, squeeze, ones, threes)[1]


@mutant("fire_parameters", "the expansions need not have the same number of filters")
def equal_expansions(channels, squeeze, ones, threes):
    return 2 * ones, _fire_cost(channels, squeeze, ones, ones)[1]


# --------------------------------------------------------------------------------------------- where a class was seen


@mutant("class_map", "that is one number: the mean over the places is not taken, the map is asked for")
def pools_it_away(maps, weights, label):
    return maps.mean(axis=(0, 1)) @ weights[:, label]


@mutant("class_map", "the number of places belongs to the mean: the map itself is not divided by it")
def divided_by_the_places(maps, weights, label):
    return maps @ weights[:, label] / maps[..., 0].size


@mutant("class_map", "the class's weights are a column: here a row is taken, which belongs to a channel")
def a_row_of_the_weights(maps, weights, label):
    return np.resize(weights[label % len(weights)], maps.shape[-1]) @ np.moveaxis(maps, -1, 1)


@mutant("class_map", "the weights are not used: the plain mean of all maps is the same for every class")
def mean_of_all_maps(maps, weights, label):
    return maps.mean(axis=-1)


@mutant("class_map", "a weight may be negative: such a map speaks against the class")
def absolute_weights(maps, weights, label):
    return maps @ np.abs(weights[:, label])


@mutant("class_map", "what speaks against the class is cut off: keep it, or the mean is no longer the score")
def cut_off(maps, weights, label):
    return np.maximum(maps @ weights[:, label], 0)


@mutant("class_map", "that is the map with the largest weight alone: all of them are summed")
def strongest_map_only(maps, weights, label):
    best = np.argmax(weights[:, label])
    return maps[..., best] * weights[best, label]


@mutant("class_map", "the channels are summed at each place: the largest alone is not the evidence of all")
def largest_at_each_place(maps, weights, label):
    return (maps * weights[:, label]).max(axis=-1)


@mutant("class_map", "that is the class with the most evidence at each place, not the one that was asked for")
def the_best_class(maps, weights, label):
    return (maps @ weights).max(axis=-1)


@mutant("class_map", "the map is stretched to 0 to 1, which loses how strong the evidence is")
def stretched(maps, weights, label):
    heat = maps @ weights[:, label]
    return (heat - heat.min()) / np.ptp(heat)

"""Wrong answers to lab 05: the classic mistakes about stacks of filters, VGG's table and its heads."""

import math

import keras

from ccv.grading import mutant
from ccv.layers import LocalResponseNormalization

FILTERS = [64, 128, 256, 512, 512]


# ------------------------------------------------------------------------------------------------ small filters


def _field(kernels):
    return 1 + sum(height - 1 for height, _ in kernels), 1 + sum(width - 1 for _, width in kernels)


def _cells(kernels):
    return sum(height * width for height, width in kernels)


@mutant("stack_cost", "that is the count for one channel: each of C filters reaches through C channels, so C² times")
def forgets_the_channels(kernels, channels):
    return _cells(kernels), _field(kernels), len(kernels)


@mutant("stack_cost", "C enters twice: C channels below and C filters above")
def channels_once(kernels, channels):
    return _cells(kernels) * channels, _field(kernels), len(kernels)


@mutant("stack_cost", "the weights of the layers are added, not multiplied")
def multiplies_the_layers(kernels, channels):
    weights = 1
    for height, width in kernels:
        weights *= height * width * channels * channels
    return weights, _field(kernels), len(kernels)


@mutant("stack_cost", "the windows overlap: the second layer adds kernel - 1 pixels to the field, not kernel")
def fields_side_by_side(kernels, channels):
    field = sum(height for height, _ in kernels), sum(width for _, width in kernels)
    return _cells(kernels) * channels**2, field, len(kernels)


@mutant("stack_cost", "the windows overlap, so the fields do not multiply: a layer adds kernel - 1 pixels")
def fields_multiplied(kernels, channels):
    field = math.prod(height for height, _ in kernels), math.prod(width for _, width in kernels)
    return _cells(kernels) * channels**2, field, len(kernels)


@mutant("stack_cost", "that is the field of the largest kernel: the layers stand on top of one another")
def largest_kernel(kernels, channels):
    field = max(height for height, _ in kernels), max(width for _, width in kernels)
    return _cells(kernels) * channels**2, field, len(kernels)


@mutant("stack_cost", "every convolution is followed by a ReLU, not only the last")
def one_relu(kernels, channels):
    return _cells(kernels) * channels**2, _field(kernels), 1


@mutant("stack_cost", "the biases are included: they were not asked for")
def counts_biases(kernels, channels):
    return _cells(kernels) * channels**2 + channels * len(kernels), _field(kernels), len(kernels)


@mutant("stack_cost", "height and width of the field are swapped")
def swaps_the_sides(kernels, channels):
    return _cells(kernels) * channels**2, _field(kernels)[::-1], len(kernels)


@mutant("stack_cost", "the kernels need not be square: height times width, not width squared")
def takes_the_width_twice(kernels, channels):
    return sum(width * width for _, width in kernels) * channels**2, _field(kernels), len(kernels)


@mutant("stack_cost", "the kernels are not all 3x3: height times width")
def always_nine(kernels, channels):
    return 9 * len(kernels) * channels**2, _field(kernels), len(kernels)


@mutant("stack_cost", "each kernel has its own height times its own width: add them up after that")
def sums_multiplied(kernels, channels):
    height, width = (sum(sides) for sides in zip(*kernels, strict=True))
    return height * width * channels**2, _field(kernels), len(kernels)


@mutant("stack_cost", "every layer has `channels` channels in, the first as well")
def first_layer_on_colours(kernels, channels):
    (height, width), *_ = kernels
    return _cells(kernels) * channels**2 - height * width * channels * (channels - 3), _field(kernels), len(kernels)


@mutant("stack_cost", "a layer adds kernel - 1 pixels to the field: half a kernel on each of two sides")
def half_the_field(kernels, channels):
    field = 1 + sum(height // 2 for height, _ in kernels), 1 + sum(width // 2 for _, width in kernels)
    return _cells(kernels) * channels**2, field, len(kernels)


@mutant("stack_cost", "the kernels need not be square: height times width, not height squared")
def takes_them_for_square(kernels, channels):
    return sum(height * height for height, _ in kernels) * channels**2, _field(kernels), len(kernels)


@mutant("layers_to_see", "the windows overlap, so they do not lie side by side: each layer adds kernel - 1 pixels")
def side_by_side(pixels, kernel):
    return -(-pixels // kernel)


@mutant("layers_to_see", "the windows overlap, so they do not lie side by side: each layer adds kernel - 1 pixels")
def side_by_side_rounded_down(pixels, kernel):
    return pixels // kernel


@mutant("layers_to_see", "the windows overlap, so they do not lie side by side: each layer adds kernel - 1 pixels")
def side_by_side_after_the_first(pixels, kernel):
    return (pixels - 1) // kernel


@mutant("layers_to_see", "the windows overlap, so they do not lie side by side: each layer adds kernel - 1 pixels")
def side_by_side_and_one(pixels, kernel):
    return -(-pixels // kernel) + 1


@mutant("layers_to_see", "a layer adds half a kernel on each side, so kernel - 1 pixels in all")
def all_pixels_on_one_side(pixels, kernel):
    return -(-pixels // (kernel // 2))


@mutant("layers_to_see", "each layer adds kernel - 1 pixels, half of them on either side")
def half_of_all_pixels(pixels, kernel):
    return math.ceil(pixels / 2 / (kernel - 1))


@mutant("layers_to_see", "the layers add to the field, they do not double it: no logarithm")
def doubled_each_time(pixels, kernel):
    return math.ceil(math.log2(pixels))


@mutant("layers_to_see", "the field grows along each side by itself: no square root")
def root_of_the_pixels(pixels, kernel):
    return math.ceil(math.sqrt(pixels))


@mutant("layers_to_see", "divide what has to be added by what one layer adds: do not multiply")
def multiplied(pixels, kernel):
    return (pixels - 1) * (kernel - 1)


@mutant("layers_to_see", "rounded down, the last layer is missing and the field a little too small: round up")
def rounds_down(pixels, kernel):
    return (pixels - 1) // (kernel - 1)


@mutant(
    "layers_to_see",
    "one layer too many where the field just fits: the first pixel is seen without any, and as much as asked for is enough",
)
def forgets_the_first_pixel(pixels, kernel):
    return -(-pixels // (kernel - 1))


@mutant("layers_to_see", "each layer adds kernel - 1 pixels, half of them on either side")
def adds_on_both_sides(pixels, kernel):
    return -(-(pixels - 1) // (2 * (kernel - 1)))


@mutant("layers_to_see", "one layer already sees kernel pixels, so one layer fewer is enough")
def one_too_many(pixels, kernel):
    return -(-(pixels - 1) // (kernel - 1)) + 1


@mutant("layers_to_see", "the number of layers is a whole number: round up")
def part_of_a_layer(pixels, kernel):
    return (pixels - 1) / (kernel - 1)


_NOT_ROUNDED_UP = "where the division leaves a rest, a layer is missing: round (pixels - 1) / (kernel - 1) up"


@mutant("layers_to_see", _NOT_ROUNDED_UP)
def rounds_pixels_down(pixels, kernel):
    return pixels // (kernel - 1)


@mutant("layers_to_see", _NOT_ROUNDED_UP)
def rounds_to_the_nearest(pixels, kernel):
    return round((pixels - 1) / (kernel - 1))


@mutant("layers_to_see", "that is how far they see: how many layers does it take?")
def field_for_layers(pixels, kernel):
    return 1 - (1 - pixels) // (kernel - 1) * (kernel - 1)


@mutant("layers_to_see", "the field grows by kernel - 1 pixels a side: areas do not divide")
def area_by_area(pixels, kernel):
    return math.ceil(pixels**2 / kernel**2)


@mutant("layers_to_see", "that is for kernels of 3x3: each layer adds kernel - 1 pixels, not always 2")
def always_3x3(pixels, kernel):
    return -(-(pixels - 1) // 2)


@mutant("layers_to_see", "a layer adds half a kernel on each side, so kernel - 1 pixels in all")
def one_side_only(pixels, kernel):
    return -(-(pixels - 1) // (kernel // 2))


@mutant("layers_to_see", "each layer adds kernel - 1 pixels, not one")
def one_pixel_a_layer(pixels, kernel):
    return pixels - kernel + 1


@mutant("layers_to_see", "the layers add to the field, they do not multiply it: no logarithm")
def logarithm(pixels, kernel):
    return math.ceil(math.log(pixels) / math.log(kernel))


def _windows(layers):
    """The layers as (window, stride): a kernel with its holes, such as 5 for 3 weights that are 2 apart."""
    return [((kernel - 1) * dilation + 1, stride) for kernel, stride, dilation in layers]


def _walk(layers, add, field=1):
    """Fields and jumps, with a wrong growth put in by each mutant."""
    return _walk_windows(_windows(layers), add, field)


def _walk_windows(windows, add, field=1):
    jump, seen = 1, []
    for kernel, stride in windows:
        field += add(kernel, stride, jump)
        jump *= stride
        seen.append((field, jump))
    return seen


@mutant("fields_and_jumps", "the field begins at 1: a pixel sees itself")
def begins_at_zero(layers):
    return _walk(layers, lambda kernel, stride, jump: (kernel - 1) * jump, field=0)


@mutant("fields_and_jumps", "a layer adds kernel - 1 steps: the first pixel of its window is seen already")
def adds_the_kernel(layers):
    return _walk(layers, lambda kernel, stride, jump: kernel * jump, field=0)


@mutant("fields_and_jumps", "a layer adds kernel - 1 steps: the first pixel of its window is seen already")
def adds_the_kernel_to_a_pixel(layers):
    return _walk(layers, lambda kernel, stride, jump: kernel * jump)


@mutant("fields_and_jumps", "the jump grows by all the strides so far, one times the other: it is not the last one")
def jump_is_the_stride(layers):
    field, jump, seen = 1, 1, []
    for kernel, stride in _windows(layers):
        field, jump = field + (kernel - 1) * jump, stride
        seen.append((field, jump))
    return seen


@mutant("fields_and_jumps", "each pair is about what comes out of a layer: its own stride belongs to the jump after it")
def jump_before(layers):
    jumps = [1, *(jump for _, jump in _walk(layers, lambda kernel, stride, jump: 0))]
    fields = _walk(layers, lambda kernel, stride, jump: (kernel - 1) * jump)
    return [(field, jump) for (field, _), jump in zip(fields, jumps[:-1], strict=True)]


@mutant("fields_and_jumps", "each step is worth `jump` pixels: the strides of the layers before are forgotten")
def forgets_the_jump(layers):
    return _walk(layers, lambda kernel, stride, jump: kernel - 1)


@mutant("fields_and_jumps", "a layer's own stride counts for the layers after it: first the field, then the jump")
def own_stride_too_early(layers):
    return _walk(layers, lambda kernel, stride, jump: (kernel - 1) * jump * stride)


@mutant("fields_and_jumps", "a step is worth the strides of the layers before, not the layer's own stride")
def own_stride_for_jump(layers):
    return _walk(layers, lambda kernel, stride, jump: (kernel - 1) * stride)


@mutant("fields_and_jumps", "it multiplies by this layer's stride only, not by all strides before it")
def last_stride_only(layers):
    field, jump, before, seen = 1, 1, 1, []
    for kernel, stride in _windows(layers):
        field += (kernel - 1) * before
        before = stride
        jump *= stride
        seen.append((field, jump))
    return seen


@mutant("fields_and_jumps", "jumps multiply: after two poolings neighbours are 4 pixels apart, not 3")
def adds_the_strides(layers):
    field, jump, seen = 1, 1, []
    for kernel, stride in _windows(layers):
        field += (kernel - 1) * jump
        jump += stride - 1
        seen.append((field, jump))
    return seen


@mutant("fields_and_jumps", "(r - 1) s + k goes from the last layer to the first: upwards, a layer adds (k - 1) j")
def recursion_from_the_top(layers):
    field, jump, seen = 1, 1, []
    for kernel, stride in _windows(layers):
        field, jump = (field - 1) * stride + kernel, jump * stride
        seen.append((field, jump))
    return seen


@mutant("fields_and_jumps", "that is the sum of the kernels: windows overlap, and a step grows with the strides")
def kernels_added(layers):
    jump, field, seen = 1, 0, []
    for kernel, stride in _windows(layers):
        field, jump = field + kernel, jump * stride
        seen.append((field, jump))
    return seen


@mutant("fields_and_jumps", "the field grows from layer to layer: it is not the window of the last one alone")
def last_window_alone(layers):
    return [
        (kernel * jump, jump)
        for (kernel, _), (_, jump) in zip(_windows(layers), _walk(layers, lambda *_: 0), strict=True)
    ]


@mutant("fields_and_jumps", "a stride changes the jump, not the field that is there already")
def strides_stretch_the_field(layers):
    field, jump, seen = 1, 1, []
    for kernel, stride in _windows(layers):
        field, jump = (field + (kernel - 1) * jump) * stride, jump * stride
        seen.append((field, jump))
    return seen


@mutant("fields_and_jumps", "that is the last layer alone: give the pair of every layer")
def last_layer_only(layers):
    return _walk(layers, lambda kernel, stride, jump: (kernel - 1) * jump)[-1:]


def _right(kernel, stride, jump):
    return (kernel - 1) * jump


@mutant("fields_and_jumps", "a dilated kernel reaches further: its weights are `dilation` places apart")
def without_dilation(layers):
    return _walk_windows([(kernel, stride) for kernel, stride, _ in layers], _right)


@mutant(
    "fields_and_jumps", "k weights have k - 1 gaps between them: only the gaps are widened, to (k - 1) d + 1 places"
)
def kernel_times_dilation(layers):
    return _walk_windows([(kernel * dilation, stride) for kernel, stride, dilation in layers], _right)


@mutant("fields_and_jumps", "every gap of the kernel is widened, not the kernel once")
def one_wide_gap(layers):
    return _walk_windows([(kernel + dilation - 1, stride) for kernel, stride, dilation in layers], _right)


@mutant("fields_and_jumps", "a dilation leaves no place of the map out: the jump changes with the stride alone")
def dilation_as_stride(layers):
    field, jump, seen = 1, 1, []
    for kernel, stride, dilation in layers:
        field, jump = field + (kernel - 1) * dilation * jump, jump * stride * dilation
        seen.append((field, jump))
    return seen


@mutant("fields_and_jumps", "a dilation is for its own layer: the kernels after it are not widened")
def dilation_that_stays(layers):
    field, jump, apart, seen = 1, 1, 1, []
    for kernel, stride, dilation in layers:
        apart *= dilation
        field, jump = field + (kernel - 1) * apart * jump, jump * stride
        seen.append((field, jump))
    return seen


@mutant("fields_and_jumps", "a dilated kernel skips d - 1 places between its weights, so that they are d apart")
def skips_dilation_places(layers):
    return _walk_windows([((kernel - 1) * (dilation + 1) + 1, stride) for kernel, stride, dilation in layers], _right)


@mutant("halvings", "an odd map can be halved too, its last row is left out: go on until one row is left")
def stops_at_odd(side):
    count = 0
    while side % 2 == 0:
        side, count = side // 2, count + 1
    return count


@mutant("halvings", "that is half of the side: count how often it can be halved")
def one_halving(side):
    return side // 2


@mutant("halvings", "an odd last row is left out: round down at each pooling")
def rounds_up_each_time(side):
    count = 0
    while side > 1:
        side, count = (side + 1) // 2, count + 1
    return count


@mutant("halvings", "those are the maps, the image itself included: count the poolings between them")
def counts_the_image(side):
    count = 0
    while side >= 1:
        side, count = side // 2, count + 1
    return count


@mutant("halvings", "it is rounded to the nearest: 224 pixels are not 256, round down")
def nearest_logarithm(side):
    count = 0
    while 2 ** (count + 0.5) < side:
        count += 1
    return count


@mutant("halvings", "`%` gives the rest of one division: count how often the side can be halved")
def rest_of_a_halving(side):
    return side % 2


@mutant("halvings", "those are the maps, the image itself included, with odd rows rounded up")
def counts_the_image_rounding_up(side):
    return math.ceil(math.log2(side)) + 1


_ANOTHER_LOGARITHM = "that is another logarithm: a halving is a power of 2"


@mutant("halvings", _ANOTHER_LOGARITHM)
def natural_logarithm(side):
    return int(math.log(side))


@mutant("halvings", _ANOTHER_LOGARITHM)
def decimal_logarithm(side):
    return int(math.log10(side))


@mutant("halvings", "a halving divides by 2: that is the square root")
def square_root(side):
    return math.isqrt(side)


@mutant("halvings", "7x7 is where VGG stops: a single row can still be reached")
def stops_at_seven(side):
    count = 0
    while side > 7:
        side, count = side // 2, count + 1
    return count


# ------------------------------------------------------------------------------------------- the table of VGG-16


def _table(
    blocks,
    side,
    line=None,
    pooled=lambda n: n // 2,
    flat=None,
    conv=None,
    dense=(4096, 4096, 1000),
    kernels=int,
    bias=lambda channels, filters: filters,
    below=lambda channels, filters: filters,
    side_after=lambda side, kernel: side,
):
    """The right table, with a wrong part put in by each mutant."""
    line = line or (lambda values, weights, biases: (values, weights, biases))
    conv = conv or (lambda kernel, channels, filters: kernel * kernel * channels * filters)
    channels = 3
    lines = [line(side * side * channels, 0, 0)]
    for kinds, filters in zip(blocks, FILTERS, strict=True):
        for kind in kinds:
            if kind == "N":
                lines.append(line(side * side * filters, 0, 0))
                continue
            weights, side = conv(kernels(kind), channels, filters), side_after(side, kernels(kind))
            lines.append(line(side * side * filters, weights, bias(channels, filters)))
            channels = below(channels, filters)
        channels = filters
        side = pooled(side)
        lines.append(line(side * side * channels, 0, 0))
    inputs = flat(side, channels) if flat else side * side * channels
    for units in dense:
        lines.append(line(units, inputs * units, units))
        inputs = units
    return lines


@mutant("vgg_table", "the biases have a column of their own: leave them out of the weights")
def biases_in_the_weights(blocks, side=224):
    return _table(blocks, side, line=lambda values, weights, biases: (values, weights + biases, biases))


@mutant("vgg_table", "the column of biases is empty: each filter and each unit has one")
def without_biases(blocks, side=224):
    return _table(blocks, side, line=lambda values, weights, biases: (values, weights, 0))


@mutant("vgg_table", "the first column counts values, not bytes")
def counts_bytes(blocks, side=224):
    return _table(blocks, side, line=lambda values, weights, biases: (4 * values, weights, biases))


@mutant("vgg_table", "the line of the input is missing")
def without_the_input(blocks, side=224):
    return _table(blocks, side)[1:]


@mutant("vgg_table", "the poolings have no line: their outputs take memory too")
def without_the_poolings(blocks, side=224):
    lines, table = iter(_table(blocks, side)), []
    table.append(next(lines))
    for kinds in blocks:
        table += [next(lines) for _ in kinds]
        next(lines)
    return [*table, *lines]


@mutant("vgg_table", "the three dense layers have a line each")
def without_the_dense_layers(blocks, side=224):
    return _table(blocks, side, dense=())


@mutant("vgg_table", "a filter reaches through the channels below it, not through as many as there are filters")
def own_filters_as_channels(blocks, side=224):
    return _table(blocks, side, conv=lambda kernel, channels, filters: kernel * kernel * filters * filters)


@mutant("vgg_table", "a filter reaches through the filters below it: only the first convolution sees three channels")
def channels_of_the_image(blocks, side=224):
    return _table(blocks, side, conv=lambda kernel, channels, filters: kernel * kernel * 3 * filters)


@mutant("vgg_table", "VGG's convolutions are padded: they keep the size of the map")
def without_padding(blocks, side=224):
    return _table(blocks, side, side_after=lambda side, kernel: side - kernel + 1)


@mutant("vgg_table", "the pooling comes after the whole block, not after each convolution")
def halved_by_each_convolution(blocks, side=224):
    return _table(blocks, side, pooled=lambda n: n, side_after=lambda side, kernel: side // 2)


@mutant("vgg_table", "a flattening has no line: the dense layers follow the last pooling")
def line_of_the_flattening(blocks, side=224):
    lines = _table(blocks, side)
    return [*lines[:-3], (lines[-4][0], 0, 0), *lines[-3:]]


@mutant("vgg_table", "each filter and each unit has a bias of its own: one for a whole layer is too few")
def one_bias_a_line(blocks, side=224):
    return _table(blocks, side, line=lambda values, weights, biases: (values, weights, min(biases, 1)))


@mutant("vgg_table", "the dense layers have 4096, 4096 and 1000 units, in this order")
def dense_layers_backwards(blocks, side=224):
    return _table(blocks, side, dense=(1000, 4096, 4096))


@mutant("vgg_table", "ImageNet has 1000 classes")
def ten_classes(blocks, side=224):
    return _table(blocks, side, dense=(4096, 4096, 10))


@mutant("vgg_table", "the weights are shared by all places of a map: they are counted once")
def weights_at_every_place(blocks, side=224):
    table = _table(blocks, side)
    lines = [(v, w * (v // b if v != b else 1), b) if b else (v, w, b) for v, w, b in table]
    return lines


@mutant("vgg_table", "what comes out of a pooling takes memory, too")
def poolings_without_values(blocks, side=224):
    return _changed(blocks, side, "pool", lambda values, weights, biases: (0, 0, 0))


@mutant("vgg_table", "a filter has one bias, which is added everywhere on its map")
def bias_for_each_value(blocks, side=224):
    return _table(blocks, side, line=lambda values, weights, biases: (values, weights, values if biases else 0))


@mutant("vgg_table", "a filter reaches through the maps right below it, also within a block")
def channels_of_the_block(blocks, side=224):
    return _table(blocks, side, below=lambda channels, filters: channels)


@mutant("vgg_table", "the biases belong to the filters, not to the channels below them")
def bias_for_each_channel(blocks, side=224):
    return _table(blocks, side, bias=lambda channels, filters: channels)


@mutant("vgg_table", "the LRN has a line of its own: its output takes memory too")
def without_the_lrn(blocks, side=224):
    return _table([kinds.replace("N", "") for kinds in blocks], side)


def _changed(blocks, side, kind, change):
    """The right table, with the lines of one kind (of the word of a block, or "pool") changed."""
    kinds = ["input", *(kind for block in blocks for kind in [*block, "pool"]), "fc", "fc", "fc"]
    return [change(*line) if own == kind else line for own, line in zip(kinds, _table(blocks, side), strict=True)]


@mutant("vgg_table", "a pooling has no biases: it learns nothing")
def poolings_with_biases(blocks, side=224):
    channels = iter(FILTERS)
    return _changed(blocks, side, "pool", lambda values, weights, biases: (values, 0, next(channels)))


@mutant("vgg_table", "a pooling's line tells what comes out of it: a quarter of the values")
def poolings_before_they_shrink(blocks, side=224):
    sides = iter([side // 2**n for n in range(len(blocks))])
    filters = iter(FILTERS)
    return _changed(blocks, side, "pool", lambda values, weights, biases: (next(sides) ** 2 * next(filters), 0, 0))


@mutant("vgg_table", "the LRN has nothing to learn: no scale and no shift")
def lrn_that_learns(blocks, side=224):
    return _changed(blocks, side, "N", lambda values, weights, biases: (values, 64, 64))


@mutant("vgg_table", "a filter reaches through all channels below it: multiply by them")
def kernels_without_channels(blocks, side=224):
    return _table(blocks, side, conv=lambda kernel, channels, filters: kernel * kernel * filters)


@mutant("vgg_table", "the poolings halve the map, and all that follows must see that")
def pooling_keeps_the_size(blocks, side=224):
    return _table(blocks, side, pooled=lambda n: n)


@mutant("vgg_table", "the first dense layer sees all of the last maps: height x width x channels inputs")
def forgets_to_flatten(blocks, side=224):
    return _table(blocks, side, flat=lambda side, channels: channels)


@mutant("vgg_table", "the first dense layer always gets 7x7x512 numbers: use the maps that are there")
def always_seven(blocks, side=224):
    return _table(blocks, side, flat=lambda side, channels: 7 * 7 * channels)


@mutant("vgg_table", "a `1` is a 1x1 convolution: it has no nine weights a channel")
def ones_as_threes(blocks, side=224):
    return _table(blocks, side, kernels=lambda kind: 3)


@mutant("vgg_table", "an odd last row is left out by the pooling: round down")
def pooling_rounds_up(blocks, side=224):
    return _table(blocks, side, pooled=lambda n: (n + 1) // 2)


@mutant("vgg_table", "the LRN has nothing to learn: it is no convolution")
def lrn_as_convolution(blocks, side=224):
    return _table([kinds.replace("N", "3") for kinds in blocks], side)


the_quoted_total = mutant(
    "vgg16_megabytes", "that is the total that is quoted: the lines do not add up to it", value=96
)
the_quoted_total_in_mebibytes = mutant(
    "vgg16_megabytes", "that is the total that is quoted, in another unit: the lines do not add up to it", value=93
)
in_mebibytes = mutant(
    "vgg16_megabytes", "those are MiB of 1,048,576 bytes: 1 MB here is 1,000,000", value=58.126861572265625
)
values_not_bytes = mutant("vgg16_megabytes", "those are million values: each takes four bytes", value=15.237608)
weights_not_values = mutant(
    "vgg16_megabytes", "that is the memory of the weights: add up the memory column, for one image", value=553.430176
)
in_bytes = mutant("vgg16_megabytes", "those are bytes: a megabyte is a million of them", value=60_950_432)
in_kilobytes = mutant("vgg16_megabytes", "those are kilobytes: a megabyte is a thousand of them", value=60_950.432)
values_themselves = mutant(
    "vgg16_megabytes",
    "those are the values: each takes four bytes, a million of which are a megabyte",
    value=15_237_608,
)
eight_bytes = mutant(
    "vgg16_megabytes", "that is twice as much: a float32 has four bytes, and each value is kept once", value=121.900864
)
input_takes_nothing = mutant("vgg16_megabytes", "the line of the input takes memory, too", value=60.34832)
memory_and_weights = mutant(
    "vgg16_megabytes", "only the memory column was asked for, not the weights", value=614.380608
)
bits_for_bytes = mutant("vgg16_megabytes", "those are megabits: a float32 has four bytes", value=487.603456)
second_copies = mutant("vgg16_megabytes", "that is with a second copy for each ReLU: leave it out", value=115.2)
without_the_poolings_too = mutant(
    "vgg16_megabytes", "the poolings have lines in the memory column, too", value=54.828960
)
in_gigabytes = mutant("vgg16_megabytes", "those are gigabytes: 1000 megabytes each", value=0.060950432)
the_quoted_values = mutant(
    "vgg16_megabytes", "those are the million values that are quoted: add up the lines", value=24
)
convolutions_memory = mutant(
    "vgg16_megabytes", "that is the memory of the convolutions' weights: add up the memory column", value=58.858752
)
million_of_convolutions = mutant(
    "vgg16_megabytes", "those are the convolutions' million parameters: add up the memory column", value=14.714688
)
million_of_the_head = mutant(
    "vgg16_megabytes", "those are the head's million parameters: add up the memory column", value=123.642856
)
first_line_only = mutant("vgg16_megabytes", "that is the first convolution alone: add up all lines", value=12.845056)
values_of_the_first = mutant(
    "vgg16_megabytes", "those are the first convolution's million values: add up all lines", value=3.211264
)
two_bytes = mutant("vgg16_megabytes", "a float32 has four bytes, not two", value=30.475216)
values_in_mebi = mutant(
    "vgg16_megabytes", "those are values, in units of 1,048,576: each takes four bytes", value=15_237_608 / 2**20
)
million_parameters = mutant(
    "vgg16_megabytes", "those are million parameters: add up the memory column, for one image", value=138.36
)
weights_without_biases = mutant(
    "vgg16_megabytes", "that is the memory of the weights: add up the memory column, for one image", value=553.376512
)
vgg19_megabytes = mutant("vgg16_megabytes", "that is configuration E: VGG-16 is D", value=66.168736)

without_the_biases = mutant("lost_in_print", "the biases are missing: each lost filter has one", value=5_308_416)
without_block_3 = mutant("lost_in_print", "block 3 lost a convolution too, one with 256 filters", value=4_719_616)
one_block_only = mutant("lost_in_print", "that is one convolution: each of three blocks lost one", value=2_359_808)
from_a_to_e = mutant("lost_in_print", "that is E less A: compare E with what was printed", value=10_803_904)
the_other_way_round = mutant("lost_in_print", "it is the other way round: E less what was printed", value=-5_309_696)
all_of_e = mutant("lost_in_print", "that is all of E: how many of these are not in print?", value=143_667_240)
all_of_print = mutant("lost_in_print", "that is all that was printed: how many more does E have?", value=138_357_544)
layers_for_parameters = mutant("lost_in_print", "those are the layers: count their parameters", value=3)
in_millions = mutant("lost_in_print", "write the number itself, not how many millions it is", value=5.309696)
three_of_512 = mutant("lost_in_print", "block 3 has 256 filters, not 512", value=7_079_424)
sees_block_3 = mutant(
    "lost_in_print", "block 4 lost its last convolution, which sees 512 channels, not 256", value=4_130_048
)
three_of_256 = mutant("lost_in_print", "blocks 4 and 5 have 512 filters, not 256", value=1_770_240)
three_of_512_without_biases = mutant(
    "lost_in_print", "block 3 has 256 filters, not 512, and each filter has a bias", value=7_077_888
)
only_biases = mutant("lost_in_print", "those are the biases: count the weights, too", value=1_280)
one_bias_each = mutant("lost_in_print", "each filter has a bias, not each convolution", value=5_308_419)
kernels_of_3 = mutant("lost_in_print", "a 3x3 kernel has nine weights a channel, not three", value=1_770_752)
only_block_3 = mutant("lost_in_print", "blocks 4 and 5 lost a convolution each, too", value=590_080)
one_of_512 = mutant("lost_in_print", "blocks 4 and 5 lost one each: two of 512 filters", value=2_949_888)
rounded_millions = mutant("lost_in_print", "that is rounded: count them exactly", value=6_000_000)
convolutions_of_1x1 = mutant("lost_in_print", "the lost convolutions are 3x3: nine weights a channel", value=591_104)
one_filter_each = mutant("lost_in_print", "that is one filter of each: they have 256, 512 and 512", value=11_520)
from_b_to_e = mutant(
    "lost_in_print", "that is twice as much, as from B to E: compare E with what was printed", value=10_619_392
)
first_of_each_block = mutant(
    "lost_in_print",
    "the first convolution of a block was not lost: the last one sees as many channels as it has filters",
    value=3_835_136,
)
from_c_to_e = mutant("lost_in_print", "that is E less C: what was printed is another column", value=10_028_288)


# ----------------------------------------------------------------------------------------------------- building


def _scaled(filters, width):
    return max(1, round(filters * width))


def _vgg(
    blocks,
    input_shape,
    classes,
    width,
    activation="relu",
    pool=keras.layers.MaxPooling2D,
    kernels=int,
    lrn=True,
    dense=(4096, 4096),
    dense_width=None,
    rate=0.5,
    normalise=False,
    global_pool=False,
    output="softmax",
    padding="same",
    rate_before=0,
):
    """The right network, with a wrong part put in by each mutant."""
    inputs = x = keras.Input(input_shape)
    for kinds, filters in zip(blocks, FILTERS, strict=True):
        for kind in kinds:
            if kind == "N":
                x = LocalResponseNormalization()(x) if lrn else x
                continue
            x = keras.layers.Conv2D(_scaled(filters, width), kernels(kind), padding=padding, activation=activation)(x)
            if normalise:
                x = keras.layers.BatchNormalization()(x)
        x = pool(2, 2)(x)
    x = keras.layers.GlobalAveragePooling2D()(x) if global_pool else keras.layers.Flatten()(x)
    for units in dense:
        if rate_before:
            x = keras.layers.Dropout(rate_before)(x)
        x = keras.layers.Dense(_scaled(units, dense_width or width), activation=activation)(x)
        if rate:
            x = keras.layers.Dropout(rate)(x)
    return keras.Model(inputs, keras.layers.Dense(classes, activation=output)(x))


@mutant("build_vgg", "the dense layers ignore the width: it multiplies the 4096 too")
def wide_dense_layers(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    return _vgg(blocks, input_shape, classes, width, dense_width=1.0)


@mutant("build_vgg", "one of the two hidden dense layers is missing")
def one_hidden_layer(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    return _vgg(blocks, input_shape, classes, width, dense=(4096,))


@mutant("build_vgg", "VGG flattens its last maps: global average pooling came later")
def averages_the_maps(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    return _vgg(blocks, input_shape, classes, width, global_pool=True)


@mutant("build_vgg", "VGG has no batch normalisation: it was published a year later")
def with_batch_normalisation(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    return _vgg(blocks, input_shape, classes, width, normalise=True)


@mutant("build_vgg", "the `1` of configuration C is a 1x1 convolution, not a 3x3")
def all_threes(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    return _vgg(blocks, input_shape, classes, width, kernels=lambda kind: 3)


@mutant("build_vgg", "the ReLUs are missing: without them the layers collapse into one linear map")
def without_relu(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    return _vgg(blocks, input_shape, classes, width, activation=None)


@mutant("build_vgg", "the pooling averages: VGG takes the maximum")
def average_pooling(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    return _vgg(blocks, input_shape, classes, width, pool=keras.layers.AveragePooling2D)


@mutant("build_vgg", "the softmax is missing: the outputs should be probabilities")
def without_softmax(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    return _vgg(blocks, input_shape, classes, width, output=None)


@mutant("build_vgg", "the `N` of A-LRN is skipped: it stands for the local response normalisation")
def skips_the_lrn(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    return _vgg(blocks, input_shape, classes, width, lrn=False)


@mutant("build_vgg", "the dropout behind the two hidden dense layers is missing")
def without_dropout(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    return _vgg(blocks, input_shape, classes, width, rate=0)


@mutant("build_vgg", "a dropout stands behind each of the two hidden dense layers, not before it")
def dropout_before(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    return _vgg(blocks, input_shape, classes, width, rate=0, rate_before=0.5)


@mutant("build_vgg", 'the convolutions are not padded: with "same" they keep height and width')
def unpadded(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    return _vgg(blocks, input_shape, classes, width, padding="valid")


@mutant("build_vgg", "the width multiplies filters and hidden units, not the classes")
def classes_scaled(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    return _vgg(blocks, input_shape, _scaled(classes, width), width)


@mutant("build_vgg", "there are two hidden dense layers: the third one of the table is that of ImageNet's classes")
def three_hidden_layers(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    return _vgg(blocks, input_shape, classes, width, dense=(4096, 4096, 1000))


@mutant("build_vgg", "the number of classes is not always 1000: use `classes`")
def always_a_thousand_classes(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    return _vgg(blocks, input_shape, 1000, width)


@mutant("build_vgg", "the images are not always 224x224x3: use `input_shape`")
def always_imagenet(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    return _vgg(blocks, (224, 224, 3), classes, width)


# ------------------------------------------------------------------------------------------- heads and beginnings


def _dense_head(inputs, units, bias=1):
    total = 0
    for count in units:
        total += (inputs + bias) * count
        inputs = count
    return total


@mutant("head_costs", "the biases are missing: each unit has one")
def heads_without_biases(maps, classes, hidden=(4096, 4096)):
    height, width, channels = maps
    return _dense_head(height * width * channels, (*hidden, classes), 0), channels * classes


@mutant("head_costs", "the dense head flattens the maps: height x width x channels inputs")
def dense_head_on_channels(maps, classes, hidden=(4096, 4096)):
    return _dense_head(maps[2], (*hidden, classes)), (maps[2] + 1) * classes


@mutant("head_costs", "global average pooling leaves one number a map: the dense layer behind it has `channels` inputs")
def pooling_that_does_nothing(maps, classes, hidden=(4096, 4096)):
    height, width, channels = maps
    inputs = height * width * channels
    return _dense_head(inputs, (*hidden, classes)), (inputs + 1) * classes


@mutant("head_costs", "average pooling leaves one number for each map: its inputs are the channels, not the pixels")
def pooling_leaves_the_pixels(maps, classes, hidden=(4096, 4096)):
    height, width, channels = maps
    return _dense_head(height * width * channels, (*hidden, classes)), (height * width + 1) * classes


@mutant("head_costs", "the head with global average pooling has no hidden layers")
def pooling_before_hidden_layers(maps, classes, hidden=(4096, 4096)):
    height, width, channels = maps
    return _dense_head(height * width * channels, (*hidden, classes)), _dense_head(channels, (*hidden, classes))


@mutant("head_costs", "the last dense layer, the one for the classes, is missing in the dense head")
def forgets_the_classes(maps, classes, hidden=(4096, 4096)):
    height, width, channels = maps
    return _dense_head(height * width * channels, hidden), (channels + 1) * classes


@mutant("head_costs", "one bias for a whole layer is too few: each unit has its own")
def one_bias_a_layer(maps, classes, hidden=(4096, 4096)):
    height, width, channels = maps
    units = (*hidden, classes)
    return _dense_head(height * width * channels, units, 0) + len(units), channels * classes + 1


@mutant("head_costs", "the head with global average pooling has biases as well, one for each class")
def pooled_head_without_biases(maps, classes, hidden=(4096, 4096)):
    height, width, channels = maps
    return _dense_head(height * width * channels, (*hidden, classes)), channels * classes


@mutant("head_costs", "each dense layer sees the units of the one before, not the maps again")
def all_see_the_maps(maps, classes, hidden=(4096, 4096)):
    height, width, channels = maps
    dense = sum((height * width * channels + 1) * units for units in (*hidden, classes))
    return dense, (channels + 1) * classes


@mutant("head_costs", "averaging has no weights to learn")
def pooling_that_learns(maps, classes, hidden=(4096, 4096)):
    height, width, channels = maps
    inputs = height * width * channels
    return _dense_head(inputs, (*hidden, classes)), (channels + 1) * classes + inputs


@mutant("head_costs", "the two heads are swapped: the dense one first")
def swaps_the_heads(maps, classes, hidden=(4096, 4096)):
    height, width, channels = maps
    return (channels + 1) * classes, _dense_head(height * width * channels, (*hidden, classes))


@mutant("start_deviations", "those are the variances: the standard deviation is the square root")
def gives_the_variances(kernel, channels, filters):
    fan_in, fan_out = kernel * kernel * channels, kernel * kernel * filters
    return 2 / (fan_in + fan_out), 2 / fan_in


@mutant("start_deviations", "a filter has kernel x kernel x channels weights: the kernel is forgotten")
def forgets_the_kernel(kernel, channels, filters):
    return (2 / (channels + filters)) ** 0.5, (2 / channels) ** 0.5


@mutant("start_deviations", "the kernel has two sides: kernel x kernel x channels weights a filter")
def kernel_not_squared(kernel, channels, filters):
    return (2 / (kernel * (channels + filters))) ** 0.5, (2 / (kernel * channels)) ** 0.5


@mutant("start_deviations", "He divides by the number of inputs, the weights of one filter, not by the outputs")
def he_by_the_outputs(kernel, channels, filters):
    fan_in, fan_out = kernel * kernel * channels, kernel * kernel * filters
    return (2 / (fan_in + fan_out)) ** 0.5, (2 / fan_out) ** 0.5


@mutant("start_deviations", "He's variance is 2 / in, not 1 / in: the 2 makes up for what the ReLU throws away")
def he_without_the_two(kernel, channels, filters):
    fan_in, fan_out = kernel * kernel * channels, kernel * kernel * filters
    return (2 / (fan_in + fan_out)) ** 0.5, (1 / fan_in) ** 0.5


@mutant("start_deviations", "Glorot's variance is 2 / (in + out): the 2 makes a mean of the two")
def glorot_without_the_two(kernel, channels, filters):
    fan_in, fan_out = kernel * kernel * channels, kernel * kernel * filters
    return (1 / (fan_in + fan_out)) ** 0.5, (2 / fan_in) ** 0.5


@mutant("start_deviations", "out is kernel x kernel x filters, not the filters alone")
def out_without_kernel(kernel, channels, filters):
    fan_in = kernel * kernel * channels
    return (2 / (fan_in + filters)) ** 0.5, (2 / fan_in) ** 0.5


@mutant("start_deviations", "that is the limit of a uniform distribution: the standard deviation was asked for")
def uniform_limits(kernel, channels, filters):
    fan_in, fan_out = kernel * kernel * channels, kernel * kernel * filters
    return (6 / (fan_in + fan_out)) ** 0.5, (6 / fan_in) ** 0.5


@mutant("start_deviations", "the two are swapped: Glorot's first, then He's")
def swaps_the_deviations(kernel, channels, filters):
    fan_in, fan_out = kernel * kernel * channels, kernel * kernel * filters
    return (2 / fan_in) ** 0.5, (2 / (fan_in + fan_out)) ** 0.5

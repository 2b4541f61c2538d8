"""Wrong answers to lab 05: the classic mistakes about stacks of filters, VGG's table and its heads."""

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


@mutant("stack_cost", "the kernels need not be square: height times width, not height squared")
def takes_them_for_square(kernels, channels):
    return sum(height * height for height, _ in kernels) * channels**2, _field(kernels), len(kernels)


@mutant("layers_to_see", "the windows overlap, so they do not lie side by side: each layer adds kernel - 1 pixels")
def side_by_side(pixels, kernel):
    return -(-pixels // kernel)


@mutant("layers_to_see", "rounded down, the last layer is missing and the field a little too small: round up")
def rounds_down(pixels, kernel):
    return (pixels - 1) // (kernel - 1)


@mutant("layers_to_see", "the pixel in the middle is there from the start: pixels - 1 have to be added")
def forgets_the_first_pixel(pixels, kernel):
    return -(-pixels // (kernel - 1))


@mutant("layers_to_see", "each layer adds kernel - 1 pixels, half of them on either side")
def adds_on_both_sides(pixels, kernel):
    return -(-(pixels - 1) // (2 * (kernel - 1)))


@mutant("layers_to_see", "one layer already sees kernel pixels, so one layer fewer is enough")
def one_too_many(pixels, kernel):
    return -(-(pixels - 1) // (kernel - 1)) + 1


def _walk(layers, add, field=1):
    jump, seen = 1, []
    for kernel, stride in layers:
        field += add(kernel, stride, jump)
        jump *= stride
        seen.append((field, jump))
    return seen


@mutant("receptive_field", "the field begins at 1: a pixel sees itself")
def begins_at_zero(layers):
    return _walk(layers, lambda kernel, stride, jump: (kernel - 1) * jump, field=0)


@mutant("receptive_field", "a layer adds kernel - 1 steps: the first pixel of its window is seen already")
def adds_the_kernel(layers):
    return _walk(layers, lambda kernel, stride, jump: kernel * jump, field=0)


@mutant("receptive_field", "each step is worth `jump` pixels: the strides of the layers before are forgotten")
def forgets_the_jump(layers):
    return _walk(layers, lambda kernel, stride, jump: kernel - 1)


@mutant("receptive_field", "a layer's own stride counts for the layers after it: first the field, then the jump")
def own_stride_too_early(layers):
    return _walk(layers, lambda kernel, stride, jump: (kernel - 1) * jump * stride)


@mutant("receptive_field", "it multiplies by this layer's stride only, not by all strides before it")
def last_stride_only(layers):
    field, jump, before, seen = 1, 1, 1, []
    for kernel, stride in layers:
        field += (kernel - 1) * before
        before = stride
        jump *= stride
        seen.append((field, jump))
    return seen


@mutant("receptive_field", "jumps multiply: after two poolings neighbours are 4 pixels apart, not 3")
def adds_the_strides(layers):
    field, jump, seen = 1, 1, []
    for kernel, stride in layers:
        field += (kernel - 1) * jump
        jump += stride - 1
        seen.append((field, jump))
    return seen


@mutant("receptive_field", "that is the last layer alone: give the pair of every layer")
def last_layer_only(layers):
    return _walk(layers, lambda kernel, stride, jump: (kernel - 1) * jump)[-1:]


@mutant("halvings", "an odd map can be halved too, its last row is left out: go on until one row is left")
def stops_at_odd(side):
    count = 0
    while side % 2 == 0:
        side, count = side // 2, count + 1
    return count


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


@mutant("halvings", "the logarithm is rounded to the nearest: 224 pixels are not 256, round down")
def nearest_logarithm(side):
    count = 0
    while 2 ** (count + 0.5) < side:
        count += 1
    return count


@mutant("halvings", "7x7 is where VGG stops: a single row can still be reached")
def stops_at_seven(side):
    count = 0
    while side > 7:
        side, count = side // 2, count + 1
    return count


# ------------------------------------------------------------------------------------------- the table of VGG-16


def _table(
    blocks, side, line=None, pooled=lambda n: n // 2, flat=None, conv=None, dense=(4096, 4096, 1000), kernels=int
):
    """The right table, with a wrong part put in by each mutant."""
    line = line or (lambda values, weights, biases: (values, weights, biases))
    conv = conv or (lambda kernel, channels, filters: kernel * kernel * channels * filters)
    channels = 3
    lines = [line(side * side * channels, 0, 0)]
    for kinds, filters in zip(blocks, FILTERS, strict=True):
        for kind in kinds:
            if kind == "N":
                lines.append(line(side * side * channels, 0, 0))
                continue
            lines.append(line(side * side * filters, conv(kernels(kind), channels, filters), filters))
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


@mutant("vgg_table", "a filter reaches through the channels below it, not through as many as there are filters")
def own_filters_as_channels(blocks, side=224):
    return _table(blocks, side, conv=lambda kernel, channels, filters: kernel * kernel * filters * filters)


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


the_slides_total = mutant("vgg16_megabytes", "that is the slide's total, which its own lines do not give", value=96)
in_mebibytes = mutant("vgg16_megabytes", "those are MiB of 1,048,576 bytes: 1 MB here is 1,000,000", value=58.13)
values_not_bytes = mutant("vgg16_megabytes", "those are million values: each takes four bytes", value=15.24)
weights_not_values = mutant(
    "vgg16_megabytes", "that is the memory of the weights: add up the memory column, for one image", value=553.4
)

without_the_biases = mutant("lost_in_print", "the biases are missing: each lost filter has one", value=5_308_416)
without_block_3 = mutant("lost_in_print", "block 3 lost a convolution too, one with 256 filters", value=4_719_616)
one_block_only = mutant("lost_in_print", "that is one convolution: each of three blocks lost one", value=2_359_808)
from_a_to_e = mutant("lost_in_print", "that is E less A: compare E with what was printed", value=10_803_904)


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
):
    """The right network, with a wrong part put in by each mutant."""
    inputs = x = keras.Input(input_shape)
    for kinds, filters in zip(blocks, FILTERS, strict=True):
        for kind in kinds:
            if kind == "N":
                x = LocalResponseNormalization()(x) if lrn else x
                continue
            x = keras.layers.Conv2D(_scaled(filters, width), kernels(kind), padding="same", activation=activation)(x)
            if normalise:
                x = keras.layers.BatchNormalization()(x)
        x = pool(2, 2)(x)
    x = keras.layers.GlobalAveragePooling2D()(x) if global_pool else keras.layers.Flatten()(x)
    for units in dense:
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


@mutant("head_costs", "the head with global average pooling has no hidden layers")
def pooling_before_hidden_layers(maps, classes, hidden=(4096, 4096)):
    height, width, channels = maps
    return _dense_head(height * width * channels, (*hidden, classes)), _dense_head(channels, (*hidden, classes))


@mutant("head_costs", "the last dense layer, the one for the classes, is missing in the dense head")
def forgets_the_classes(maps, classes, hidden=(4096, 4096)):
    height, width, channels = maps
    return _dense_head(height * width * channels, hidden), (channels + 1) * classes


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


@mutant("start_deviations", "the two are swapped: Glorot's first, then He's")
def swaps_the_deviations(kernel, channels, filters):
    fan_in, fan_out = kernel * kernel * channels, kernel * kernel * filters
    return (2 / fan_in) ** 0.5, (2 / (fan_in + fan_out)) ** 0.5

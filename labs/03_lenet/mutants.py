"""Wrong answers to lab 03: the classic mistakes in counting and building small networks."""

import keras
import numpy as np

from ccv.grading import mutant

# ------------------------------------------------------------------------------------------- counting one layer


@mutant("conv_parameters", "the biases are missing: each filter has one")
def forgets_the_biases(kernel, channels, filters, bias=True):
    return kernel * kernel * channels * filters


@mutant("conv_parameters", "one bias for the whole layer is too few: each filter has its own")
def one_bias_for_the_layer(kernel, channels, filters, bias=True):
    return kernel * kernel * channels * filters + (1 if bias else 0)


@mutant("conv_parameters", "a bias belongs to a filter, not to each of its input channels")
def bias_for_each_kernel(kernel, channels, filters, bias=True):
    return (kernel * kernel + (1 if bias else 0)) * channels * filters


@mutant("conv_parameters", "a filter reaches through all input channels: its weights are kernel x kernel x channels")
def forgets_the_channels(kernel, channels, filters, bias=True):
    return kernel * kernel * filters + (filters if bias else 0)


@mutant("conv_parameters", "that is one filter: the layer has `filters` of them")
def one_filter_only(kernel, channels, filters, bias=True):
    return kernel * kernel * channels + (1 if bias else 0)


@mutant("conv_parameters", "the kernel has two sides: kernel x kernel, not kernel")
def kernel_not_squared(kernel, channels, filters, bias=True):
    return kernel * channels * filters + (filters if bias else 0)


@mutant("conv_parameters", "a kernel of kernel x kernel has kernel times kernel weights, not twice kernel")
def kernel_doubled(kernel, channels, filters, bias=True):
    return 2 * kernel * channels * filters + (filters if bias else 0)


@mutant("conv_parameters", "`bias` is taken the other way round: True adds one for each filter")
def bias_when_there_is_none(kernel, channels, filters, bias=True):
    return kernel * kernel * channels * filters + (0 if bias else filters)


@mutant("conv_parameters", "the biases belong to the filters, not to the channels below them")
def bias_for_each_channel(kernel, channels, filters, bias=True):
    return kernel * kernel * channels * filters + (channels if bias else 0)


@mutant("conv_parameters", "channels and filters multiply: each filter has a kernel for every channel")
def adds_channels_and_filters(kernel, channels, filters, bias=True):
    return kernel * kernel * (channels + filters) + (filters if bias else 0)


def _product(shape):
    product = 1
    for size in shape:
        product *= size
    return product


@mutant("dense_parameters", "one bias for the whole layer is too few: each unit has its own")
def dense_with_one_bias(input_shape, units, bias=True):
    return _product(input_shape) * units + (1 if bias else 0)


@mutant("dense_parameters", "the biases are missing: each unit has one")
def dense_without_bias(input_shape, units, bias=True):
    return _product(input_shape) * units


@mutant("dense_parameters", "a bias belongs to a unit, not to an input")
def bias_for_each_input(input_shape, units, bias=True):
    return _product(input_shape) * units + (_product(input_shape) if bias else 0)


@mutant("dense_parameters", "every unit has a weight for every input of its own: multiply by the units")
def weights_shared_by_the_units(input_shape, units, bias=True):
    return _product(input_shape) + (units if bias else 0)


@mutant("dense_parameters", "flattening multiplies the sides of the input, it does not add them")
def adds_the_sides(input_shape, units, bias=True):
    return sum(input_shape) * units + (units if bias else 0)


@mutant("dense_parameters", "the channels count too: an input of 32x32x3 is 3072 numbers")
def forgets_the_colours(input_shape, units, bias=True):
    return _product(input_shape[:2]) * units + (units if bias else 0)


@mutant("dense_parameters", "the sides of the input need not be equal: multiply all of them")
def sides_all_alike(input_shape, units, bias=True):
    return input_shape[0] ** len(input_shape) * units + (units if bias else 0)


@mutant("dense_parameters", "`len` counts the sides of the input: flattening multiplies them")
def counts_the_sides(input_shape, units, bias=True):
    return len(input_shape) * units + (units if bias else 0)


the_printed_number = mutant(
    "million_pixel_weights",
    "that is the printed estimate, which is wrong: it has 25 times the pixels of 200x200",
    value=130_000_000,
)
biases_included = mutant(
    "million_pixel_weights", "the biases are included: only the weights were asked for", value=1_024_001_024
)
one_side_only = mutant("million_pixel_weights", "that is 1000 pixels: the image has 1000 x 1000", value=1_024_000)
one_unit_only = mutant("million_pixel_weights", "that is one unit: there are 1024 of them", value=1_000_000)
a_thousand_units = mutant(
    "million_pixel_weights", "that is rounded: with 1024 units it is a little more, exactly", value=1_000_000_000
)
three_channels = mutant(
    "million_pixel_weights", "the images are grey: one number a pixel, not three", value=3_072_000_000
)
units_squared = mutant("million_pixel_weights", "the units enter once, not twice", value=1_048_576_000_000)
in_billions = mutant("million_pixel_weights", "write the number itself, not how many billions it is", value=1.024)
five_times = mutant(
    "million_pixel_weights", "five times the side is 25 times the pixels of 200x200, not 5 times", value=200_000_000
)
adds_the_two_sides = mutant("million_pixel_weights", "the sides multiply: 1000 x 1000 pixels", value=2_048_000)
in_millions = mutant("million_pixel_weights", "that is the number of units, or of millions: write it out", value=1024)
five_times_the_weights = mutant(
    "million_pixel_weights", "five times the side is 25 times the pixels of 200x200, not 5 times", value=204_800_000
)
_A_THOUSAND = "the sides have 1000 pixels: only the units are 1024"
one_side_of_1024 = mutant("million_pixel_weights", _A_THOUSAND, value=1_048_576_000)
both_sides_of_1024 = mutant("million_pixel_weights", _A_THOUSAND, value=1024**3)
all_that_is_there_added = mutant(
    "million_pixel_weights", "pixels and units multiply: every unit has a weight for every pixel", value=1_001_024
)
one_bias_included = mutant(
    "million_pixel_weights", "a bias is included, and only one: leave the biases out", value=1_024_000_001
)
bias_for_each_pixel = mutant(
    "million_pixel_weights", "a bias belongs to a unit; leave the biases out", value=1_025_000_000
)
images_of_4000 = mutant("million_pixel_weights", "that is the image of 4000 x 4000 pixels", value=16_384_000_000)
images_of_200 = mutant("million_pixel_weights", "that is the image of 200 x 200 pixels", value=40_960_000)


# ----------------------------------------------------------------------------------------- counting a network


def _conv(kernel, channels, filters):
    return (kernel * kernel * channels + 1) * filters


def _valid(n, kernel):
    return n - kernel + 1


def _whole_windows(n, size):
    return n // size


def _dense(shape, units):
    return (_product(shape) + 1) * units


def _table(
    input_shape,
    layers,
    conv=_conv,
    dense=_dense,
    side=_valid,
    pooled=_whole_windows,
    pool=lambda c, size: 0,
    maps=lambda c, size: c,
):
    """The right table, with a wrong part put in by each mutant."""
    shape, table = tuple(input_shape), []
    for kind, size, *kernel in layers:
        if kind == "conv":
            parameters = conv(kernel[0], shape[2], size)
            shape = (side(shape[0], kernel[0]), side(shape[1], kernel[0]), size)
        elif kind == "pool":
            parameters = pool(shape[2], size)
            shape = (pooled(shape[0], size), pooled(shape[1], size), maps(shape[2], size))
        else:
            parameters = dense(shape, size)
            shape = (size,)
        table.append((shape, parameters))
    return table


@mutant("fill_the_table", "the convolution forgets its input channels: (5*5 + 1) * 8 is a typo of the first printing")
def typo_of_the_convolution(input_shape, layers):
    return _table(input_shape, layers, conv=lambda k, c, f: (k * k + 1) * f)


@mutant("fill_the_table", "a dense layer has one bias for each unit; 400*120 + 1 is a typo of the first printing")
def typo_of_the_dense_layer(input_shape, layers):
    return _table(input_shape, layers, dense=lambda shape, units: _product(shape) * units + 1)


@mutant("fill_the_table", "the biases are missing")
def table_without_biases(input_shape, layers):
    return _table(
        input_shape,
        layers,
        conv=lambda k, c, f: k * k * c * f,
        dense=lambda shape, units: _product(shape) * units,
    )


@mutant("fill_the_table", "the second convolution sees the maps below it, not the channels of the image")
def channels_of_the_image(input_shape, layers):
    return _table(input_shape, layers, conv=lambda k, c, f: (k * k * input_shape[2] + 1) * f)


@mutant("fill_the_table", "without padding a convolution shrinks the map to n - kernel + 1")
def convolution_keeps_the_size(input_shape, layers):
    return _table(input_shape, layers, side=lambda n, kernel: n)


@mutant("fill_the_table", "n - kernel forgets the last position: it is n - kernel + 1")
def forgets_the_last_position(input_shape, layers):
    return _table(input_shape, layers, side=lambda n, kernel: n - kernel)


@mutant("fill_the_table", "the pooling shrinks the maps, and the layers after it must see that")
def pooling_keeps_the_size(input_shape, layers):
    return _table(input_shape, layers, pooled=lambda n, size: n)


@mutant("fill_the_table", "a window that does not fit any more is left out: round down")
def pooling_rounds_up(input_shape, layers):
    return _table(input_shape, layers, pooled=lambda n, size: -(-n // size))


@mutant("fill_the_table", "the windows of a pooling do not overlap: it divides the sides by its size")
def windows_overlap(input_shape, layers):
    return _table(input_shape, layers, pooled=lambda n, size: n - size + 1)


@mutant("fill_the_table", "pooling leaves as many channels as there are: it shrinks height and width")
def pooling_shrinks_the_channels(input_shape, layers):
    return _table(input_shape, layers, maps=lambda channels, size: channels // size)


@mutant("fill_the_table", "pooling has nothing to learn: it counts 0 parameters")
def pooling_learns(input_shape, layers):
    return _table(input_shape, layers, pool=lambda channels, size: 2 * channels)


@mutant("fill_the_table", "pooling has nothing to learn: its window has a size, but no weights")
def windows_with_weights(input_shape, layers):
    return _table(input_shape, layers, pool=lambda channels, size: size * size * channels)


@mutant("fill_the_table", "the biases of the dense layers are missing: each unit has one")
def dense_layers_without_biases(input_shape, layers):
    return _table(input_shape, layers, dense=lambda shape, units: _product(shape) * units)


@mutant("fill_the_table", "the biases of the convolutions are missing: each filter has one")
def convolutions_without_biases(input_shape, layers):
    return _table(input_shape, layers, conv=lambda k, c, f: k * k * c * f)


@mutant("fill_the_table", "a convolution has one bias for each filter, not one in all")
def one_bias_a_convolution(input_shape, layers):
    return _table(input_shape, layers, conv=lambda k, c, f: k * k * c * f + 1)


@mutant("fill_the_table", "each dense layer sees the units of the one before, not the maps again")
def dense_layers_see_the_maps(input_shape, layers):
    table = _table(input_shape, layers)
    maps = [tuple(input_shape), *(shape for shape, _ in table if len(shape) == 3)][-1]
    return [(shape, _dense(maps, *shape)) if len(shape) == 1 else (shape, counted) for shape, counted in table]


@mutant("fill_the_table", "the channels stand last: (height, width, channels)")
def channels_stand_first(input_shape, layers):
    return [((*shape[2:], *shape[:2]) if len(shape) == 3 else shape, n) for shape, n in _table(input_shape, layers)]


@mutant("fill_the_table", "the number of filters stands before the kernel: ('conv', filters, kernel)")
def kernel_before_filters(input_shape, layers):
    return _table(input_shape, [(kind, *sizes[::-1]) for kind, *sizes in layers])


@mutant("fill_the_table", "each layer sees what the one before puts out, not the image")
def all_see_the_image(input_shape, layers):
    return [_table(input_shape, [layer])[0] for layer in layers]


@mutant("fill_the_table", "those are the values of each output: count what the layer learns")
def values_for_parameters(input_shape, layers):
    return [(shape, _product(shape)) for shape, _ in _table(input_shape, layers)]


@mutant("fill_the_table", "a pooling has a row, too: it changes the shape")
def no_rows_for_poolings(input_shape, layers):
    rows = zip(_table(input_shape, layers), layers, strict=True)
    return [row for row, (kind, *_) in rows if kind != "pool"]


@mutant("fill_the_table", "the windows of a convolution overlap: its stride is 1")
def windows_side_by_side(input_shape, layers):
    return _table(input_shape, layers, side=lambda n, kernel: n // kernel)


@mutant("fill_the_table", "the shape of a row is what comes out of its layer, not what goes in")
def shapes_that_go_in(input_shape, layers):
    table = _table(input_shape, layers)
    before = [tuple(input_shape), *(shape for shape, _ in table)]
    return [(shape, parameters) for shape, (_, parameters) in zip(before[:-1], table, strict=True)]


@mutant("fill_the_table", "a filter has one bias, which is added everywhere on its map")
def bias_for_each_place(input_shape, layers):
    kinds = zip(_table(input_shape, layers), layers, strict=True)
    return [(shape, n + _product(shape) - shape[-1] if kind == "conv" else n) for (shape, n), (kind, *_) in kinds]


@mutant("fill_the_table", "a dense layer has a weight for every input of every unit, not for every pair of units")
def units_with_each_other(input_shape, layers):
    return _table(input_shape, layers, dense=lambda shape, units: (units + 1) * units)


_FLATTENS = "the dense layer flattens the maps: height x width x channels inputs"


@mutant("fill_the_table", _FLATTENS)
def forgets_to_flatten(input_shape, layers):
    return _table(input_shape, layers, dense=lambda shape, units: (shape[-1] + 1) * units)


@mutant("fill_the_table", _FLATTENS)
def flattens_one_channel(input_shape, layers):
    return _table(input_shape, layers, dense=lambda shape, units: (_product(shape[:2]) + 1) * units)


# ------------------------------------------------------------------------------------------------------ building


def _lenet5(
    input_shape,
    classes,
    activation="tanh",
    pool=keras.layers.AveragePooling2D,
    same_below=32,
    filters=(6, 16),
    kernels=(5, 5),
    second="valid",
    dense=(120, 84),
    output="softmax",
    flat=True,
):
    """The right network, with a wrong part put in by each mutant."""
    inputs = keras.Input(input_shape)
    first = "same" if input_shape[0] < same_below else "valid"
    x = keras.layers.Conv2D(filters[0], kernels[0], padding=first, activation=activation)(inputs)
    x = pool(2)(x)
    x = keras.layers.Conv2D(filters[1], kernels[1], padding=second, activation=activation)(x)
    x = pool(2)(x)
    x = keras.layers.Flatten()(x) if flat else x
    for units in dense:
        x = keras.layers.Dense(units, activation=activation)(x)
    return keras.Model(inputs, keras.layers.Dense(classes, activation=output)(x))


@mutant("build_lenet5", "the activation is ReLU: LeNet-5 of 1998 uses tanh")
def relu_for_tanh(input_shape=(32, 32, 1), classes=10):
    return _lenet5(input_shape, classes, activation="relu")


@mutant("build_lenet5", "the activations are missing: without tanh the layers collapse into one linear map")
def no_activations(input_shape=(32, 32, 1), classes=10):
    return _lenet5(input_shape, classes, activation=None)


@mutant("build_lenet5", "the pooling takes the maximum: LeNet-5 averages")
def max_for_average(input_shape=(32, 32, 1), classes=10):
    return _lenet5(input_shape, classes, pool=keras.layers.MaxPooling2D)


@mutant("build_lenet5", "C1 needs padding 'same' when the images have 28 pixels")
def valid_for_same(input_shape=(32, 32, 1), classes=10):
    return _lenet5(input_shape, classes, same_below=0)


@mutant("build_lenet5", "C1 needs no padding when the images have 32 pixels or more")
def same_for_valid(input_shape=(32, 32, 1), classes=10):
    return _lenet5(input_shape, classes, same_below=10_000)


@mutant("build_lenet5", "only C1 may be padded: C3 is always 'valid'")
def same_in_c3(input_shape=(32, 32, 1), classes=10):
    return _lenet5(input_shape, classes, second="same")


@mutant("build_lenet5", "F6 is missing: there are three dense layers, 120, 84 and the output")
def no_f6(input_shape=(32, 32, 1), classes=10):
    return _lenet5(input_shape, classes, dense=(120,))


@mutant("build_lenet5", "C1 and C3 have changed places: 6 filters first, then 16")
def filters_swapped(input_shape=(32, 32, 1), classes=10):
    return _lenet5(input_shape, classes, filters=(16, 6))


@mutant("build_lenet5", "C3 has 3x3 filters: LeNet-5 has 5x5 only")
def small_kernel_in_c3(input_shape=(32, 32, 1), classes=10):
    return _lenet5(input_shape, classes, kernels=(5, 3))


@mutant("build_lenet5", "the softmax is missing: the outputs should be probabilities")
def no_softmax(input_shape=(32, 32, 1), classes=10):
    return _lenet5(input_shape, classes, output=None)


@mutant("build_lenet5", "the Flatten is missing, so the dense layers run on every pixel of the maps")
def maps_not_flattened(input_shape=(32, 32, 1), classes=10):
    return _lenet5(input_shape, classes, flat=False)


@mutant("build_lenet5", "the number of classes is not always ten: use `classes`")
def always_ten_classes(input_shape=(32, 32, 1), classes=10):
    return _lenet5(input_shape, 10)


def _first_model(input_shape, filters=(32, 64), kernel=3, activation="relu", padding="valid", strides=2, tail=None):
    """The right model, with a wrong part put in by each mutant."""
    layers = [
        keras.layers.Conv2D(filters[0], kernel_size=kernel, padding=padding, activation=activation),
        keras.layers.MaxPool2D(pool_size=2, strides=strides),
        keras.layers.Conv2D(filters[1], kernel_size=kernel, padding=padding, activation=activation),
        keras.layers.MaxPool2D(pool_size=2, strides=strides),
    ]
    if tail is None:
        tail = [
            keras.layers.Flatten(),
            keras.layers.Dense(1024, activation=activation),
            keras.layers.Dense(10, activation="softmax"),
        ]
    return keras.Sequential([*([keras.Input(input_shape)] if input_shape else []), *layers, *tail])


@mutant("generate_model", "nothing says how large the images are: begin with keras.Input(input_shape)")
def never_says_its_input(input_shape=(28, 28, 1)):
    return _first_model(None)


@mutant("generate_model", "the Flatten is missing, so the dense layers run on every pixel of the maps")
def without_flatten(input_shape=(28, 28, 1)):
    return _first_model(
        input_shape,
        tail=[keras.layers.Dense(1024, activation="relu"), keras.layers.Dense(10, activation="softmax")],
    )


@mutant("generate_model", "padding 'same' is nowhere in the listing: its convolutions are 'valid'")
def padded(input_shape=(28, 28, 1)):
    return _first_model(input_shape, padding="same")


@mutant("generate_model", "a stride of 1 in the pools keeps the maps large: the listing says strides=2")
def pools_with_stride_1(input_shape=(28, 28, 1)):
    return _first_model(input_shape, strides=1)


@mutant("generate_model", "the ReLUs are missing")
def without_relu(input_shape=(28, 28, 1)):
    return _first_model(input_shape, activation=None)


@mutant("generate_model", "the softmax at the end is missing")
def without_softmax(input_shape=(28, 28, 1)):
    return _first_model(
        input_shape,
        tail=[keras.layers.Flatten(), keras.layers.Dense(1024, activation="relu"), keras.layers.Dense(10)],
    )


@mutant("generate_model", "the model is for 28x28x1 only: use `input_shape`")
def for_mnist_only(input_shape=(28, 28, 1)):
    return _first_model((28, 28, 1))


# ------------------------------------------------------------------------------------------------ 60,000, and work


@mutant("subsampling_parameters", "that is today's average pooling; in 1998 subsampling learnt something")
def learns_nothing(maps):
    return 0


@mutant("subsampling_parameters", "the bias is missing: each map has a coefficient and a bias")
def coefficient_only(maps):
    return maps


@mutant("subsampling_parameters", "the four pixels share one coefficient: they are added before it multiplies")
def coefficient_for_each_pixel(maps):
    return 5 * maps


@mutant("subsampling_parameters", "each map has a coefficient and a bias of its own: they are not shared by the maps")
def shares_the_bias(maps):
    return maps + 1


@mutant("subsampling_parameters", "that is one map: each of the maps has a coefficient and a bias of its own")
def one_map_only(maps):
    return 2


@mutant("subsampling_parameters", "the four pixels share one coefficient, and each map has a bias beside it")
def four_coefficients(maps):
    return 4 * maps


@mutant("subsampling_parameters", "each map has a coefficient of its own: they do not join every map with every other")
def maps_with_each_other(maps):
    return maps * maps + maps


@mutant("subsampling_parameters", "it is no convolution over all maps: a map has one coefficient and one bias")
def windows_over_all_maps(maps):
    return 4 * maps * maps + maps


@mutant("subsampling_parameters", "subsampling leaves as many maps as there are: each has two numbers")
def half_of_the_maps(maps):
    return maps // 2


@mutant("subsampling_parameters", "each map has two numbers of its own: the maps are counted once")
def maps_squared(maps):
    return maps * maps


@mutant("sparse_parameters", "one bias for each map of C3, not for each cell of the table")
def bias_for_each_cell(table, kernel):
    return kernel * kernel * int(np.sum(table)) + np.size(table)


@mutant("sparse_parameters", "`len` counts the rows of the table: count where it is true")
def rows_for_connections(table, kernel):
    return kernel * kernel * len(table) + np.shape(table)[1]


@mutant("sparse_parameters", "add up the connections of all maps: one number is asked for")
def connections_of_each_map(table, kernel):
    return kernel * kernel * np.sum(table, axis=0) + np.shape(table)[1]


@mutant("sparse_parameters", "every map of C3 has one bias of its own, however many connections it has")
def bias_for_each_connection(table, kernel):
    return (kernel * kernel + 1) * int(np.sum(table))


@mutant("sparse_parameters", "the biases are missing: one for each output map")
def sparse_without_bias(table, kernel):
    return kernel * kernel * int(np.sum(table))


@mutant("sparse_parameters", "the biases belong to the maps above, the columns of the table")
def bias_for_each_input_map(table, kernel):
    return kernel * kernel * int(np.sum(table)) + len(table)


@mutant("sparse_parameters", "that is a full convolution: count only the connections of the table")
def ignores_the_table(table, kernel):
    return (kernel * kernel * np.shape(table)[0] + 1) * np.shape(table)[1]


@mutant("sparse_parameters", "a connection is a kernel of kernel x kernel weights, not one weight")
def one_weight_for_each_connection(table, kernel):
    return int(np.sum(table)) + np.shape(table)[1]


@mutant("sparse_parameters", "the kernel has two sides: kernel x kernel, not kernel")
def sparse_kernel_not_squared(table, kernel):
    return kernel * int(np.sum(table)) + np.shape(table)[1]


@mutant("sparse_parameters", "one bias for the whole layer is too few: each output map has its own")
def sparse_with_one_bias(table, kernel):
    return kernel * kernel * int(np.sum(table)) + 1


@mutant("sparse_parameters", "those are the connections that are missing: count where the table is true")
def counts_the_gaps(table, kernel):
    return kernel * kernel * int(np.sum(~np.asarray(table, bool))) + np.shape(table)[1]


def _work(input_shape, layers, conv, dense):
    return _work_on([tuple(input_shape), *(shape for shape, _ in _table(input_shape, layers))], layers, conv, dense)


def _work_on(shapes, layers, conv, dense):
    counts = []
    for before, after, (kind, _, *kernel) in zip(shapes[:-1], shapes[1:], layers, strict=True):
        if kind == "pool":
            counts.append(0)
        else:
            counts.append(conv(before, after, kernel[0]) if kind == "conv" else dense(before, after))
    return counts


def _conv_work(before, after, kernel):
    return _product(after) * kernel * kernel * before[2]


def _dense_work(before, after):
    return _product(before) * after[0]


@mutant("multiply_adds", "those are the weights: a filter works at every position of its map")
def weights_for_work(input_shape, layers):
    return _work(input_shape, layers, lambda b, a, k: k * k * b[2] * a[2], _dense_work)


@mutant("multiply_adds", "the biases are no multiply-adds: leave them out")
def biases_as_work(input_shape, layers):
    return _work(
        input_shape,
        layers,
        lambda b, a, k: _product(a) * (k * k * b[2] + 1),
        lambda b, a: (_product(b) + 1) * a[0],
    )


@mutant("multiply_adds", "the biases are no multiply-adds: leave them out")
def biases_of_dense_layers_as_work(input_shape, layers):
    return _work(input_shape, layers, _conv_work, lambda b, a: (_product(b) + 1) * a[0])


@mutant("multiply_adds", "count the positions of the output map: there are fewer of them than input pixels")
def positions_of_the_input(input_shape, layers):
    return _work(input_shape, layers, lambda b, a, k: _product(b) * k * k * a[2], _dense_work)


@mutant("multiply_adds", "each output pixel sums over all input channels: C3 has six of them below")
def one_channel_of_work(input_shape, layers):
    return _work(input_shape, layers, lambda b, a, k: _product(a) * k * k, _dense_work)


@mutant("multiply_adds", "without padding a convolution shrinks the map to n - kernel + 1")
def work_on_maps_that_stay(input_shape, layers):
    shapes = [tuple(input_shape), *(shape for shape, _ in _table(input_shape, layers, side=lambda n, kernel: n))]
    return _work_on(shapes, layers, _conv_work, _dense_work)


@mutant("multiply_adds", "the windows of a pooling do not overlap: it divides the sides by its size")
def work_after_overlapping_windows(input_shape, layers):
    table = _table(input_shape, layers, pooled=lambda n, size: n - size + 1)
    return _work_on([tuple(input_shape), *(shape for shape, _ in table)], layers, _conv_work, _dense_work)


@mutant("multiply_adds", "the second convolution sees the maps below it, not the channels of the image")
def work_on_the_channels_of_the_image(input_shape, layers):
    return _work(input_shape, layers, lambda b, a, k: _product(a) * k * k * input_shape[2], _dense_work)


@mutant("multiply_adds", "each unit of a dense layer multiplies every one of its inputs")
def units_for_work(input_shape, layers):
    return _work(input_shape, layers, _conv_work, lambda b, a: a[0])


@mutant("multiply_adds", "a weight times an input, added to a sum, is one multiply-add: the first counts, too")
def first_of_each_sum_left_out(input_shape, layers):
    return _work(input_shape, layers, lambda b, a, k: _product(a) * (k * k * b[2] - 1), _dense_work)


@mutant("multiply_adds", "those are the parameters: a filter works at every position of its map")
def parameters_for_work(input_shape, layers):
    return [parameters for _, parameters in _table(input_shape, layers)]


@mutant("multiply_adds", "dense layers work too: each unit multiplies every input once")
def idle_dense_layers(input_shape, layers):
    return _work(input_shape, layers, _conv_work, lambda b, a: 0)


@mutant("multiply_adds", "that is one filter, or one unit: all of them work")
def work_of_one_filter(input_shape, layers):
    return _work(input_shape, layers, lambda b, a, k: a[0] * a[1] * k * k * b[2], lambda b, a: _product(b))


@mutant("multiply_adds", "that is one filter of each convolution: all of them work")
def one_filter_of_the_convolutions(input_shape, layers):
    return _work(input_shape, layers, lambda b, a, k: a[0] * a[1] * k * k * b[2], _dense_work)


@mutant("multiply_adds", "the poolings count 0: they multiply nothing by a weight")
def poolings_work(input_shape, layers):
    shapes = [tuple(input_shape), *(shape for shape, _ in _table(input_shape, layers))]
    work = _work(input_shape, layers, _conv_work, _dense_work)
    reads = [_product(after) * layer[1] ** 2 for after, layer in zip(shapes[1:], layers, strict=True)]
    return [r if layer[0] == "pool" else w for w, r, layer in zip(work, reads, layers, strict=True)]


@mutant("multiply_adds", "there is one number a layer, also for the poolings, which have 0")
def poolings_left_out(input_shape, layers):
    work = _work(input_shape, layers, _conv_work, _dense_work)
    return [count for count, (kind, *_) in zip(work, layers, strict=True) if kind != "pool"]


@mutant("receptive_field", "a step after a stride of 2 is two pixels of the image: carry the steps along")
def forgets_the_strides(layers):
    return 1 + sum(kernel - 1 for kernel, _ in layers)


def _reach(layers, steps, field=1):
    return field + sum((kernel - 1) * step for (kernel, _), step in zip(layers, steps, strict=True))


def _steps(strides):
    return [_product(strides[:n]) for n in range(len(strides))]


@mutant("receptive_field", "the first kernel is counted twice: the field begins at 1")
def first_kernel_twice(layers):
    return _reach(layers, _steps([stride for _, stride in layers]), layers[0][0])


@mutant("receptive_field", "a step is worth the strides of the layers before it, not of all layers")
def all_strides_at_once(layers):
    return _reach(layers, [_product(stride for _, stride in layers)] * len(layers))


@mutant("receptive_field", "the field is in pixels of the image already: it is not multiplied by the step once more")
def field_times_step(layers):
    strides = [stride for _, stride in layers]
    return _reach(layers, _steps(strides)) * _product(strides)


_FROM_THE_TOP = "r s + k - s goes from the last layer to the first: upwards, a layer adds (k - 1) steps"


@mutant("receptive_field", _FROM_THE_TOP)
def recursion_from_the_top(layers):
    field = 1
    for kernel, stride in layers:
        field = field * stride + kernel - 1
    return field


@mutant("receptive_field", "that recursion begins with one pixel, not with none")
def recursion_from_nothing(layers):
    field = 0
    for kernel, stride in reversed(layers):
        field = field * stride + kernel - stride
    return field


@mutant("receptive_field", "a layer adds kernel - 1 steps, each worth the strides of the layers before it")
def kernels_times_own_strides(layers):
    return sum(kernel * stride for kernel, stride in layers)


@mutant("receptive_field", "the field begins at 1, and a step is worth the strides of the layers before it")
def kernels_less_one_added(layers):
    return sum(kernel - 1 for kernel, _ in layers)


@mutant("receptive_field", "a layer with a stride widens the field, too")
def only_without_stride(layers):
    steps = _steps([stride for _, stride in layers])
    return _reach(layers, [step * (stride == 1) for step, (_, stride) in zip(steps, layers, strict=True)])


@mutant("receptive_field", "a step is worth the product of the strides before, not their sum")
def strides_added(layers):
    strides = [stride for _, stride in layers]
    return _reach(layers, [1 + sum(strides[:n]) for n in range(len(strides))])


@mutant("receptive_field", "a layer's own stride counts for the layers after it, not for itself")
def own_stride_first(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        step *= stride
        field += (kernel - 1) * step
    return field


@mutant("receptive_field", "the windows of neighbours overlap: a kernel adds kernel - 1 steps, not kernel")
def adds_whole_kernels(layers):
    field, step = 0, 1
    for kernel, stride in layers:
        field += kernel * step
        step *= stride
    return field


@mutant("receptive_field", "the windows of neighbours overlap: a kernel adds kernel - 1 steps, not kernel")
def adds_whole_kernels_to_a_pixel(layers):
    return 1 + adds_whole_kernels(layers)


@mutant("receptive_field", "that is the sum of the kernels: windows overlap, and a step grows with the strides")
def adds_the_kernels_up(layers):
    return sum(kernel for kernel, _ in layers)


@mutant("receptive_field", "strides multiply: after two layers of stride 2 a step is four pixels")
def adds_the_strides(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step += stride - 1
    return field


@mutant("receptive_field", "the fields overlap, so kernels do not multiply")
def multiplies_kernels(layers):
    return _product(kernel for kernel, _ in layers)


@mutant("receptive_field", "all the strides before a layer count, not only the last of them")
def remembers_one_stride(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step = stride
    return field


@mutant("receptive_field", "what a step is worth comes from the layers before, not from the layer's own stride")
def own_stride_alone(layers):
    return 1 + sum((kernel - 1) * stride for kernel, stride in layers)


@mutant("receptive_field", "that is what a step is worth: how far does the field reach?")
def step_for_field(layers):
    return _product(stride for _, stride in layers)


# ------------------------------------------------------------------------------------------------------ training


def _fit(network, images, labels, epochs, rate=1e-3, logits=True):
    """The right training, with a wrong part put in by each mutant."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=logits)
    network.compile(optimizer=keras.optimizers.Adam(rate), loss=loss)
    return network.fit(images, labels, batch_size=32, epochs=epochs, verbose=0)


@mutant("train", "the weights are as they were: `compile` does not train, `fit` does")
def forgets_to_train(network, images, labels, epochs):
    network.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return network


@mutant("train", "`fit` returns its history: call it, and then return the network")
def returns_the_history(network, images, labels, epochs):
    return _fit(network, images, labels, epochs)


@mutant("train", "that is one step in each epoch: train on all the images, not on the first batch")
def first_batch_only(network, images, labels, epochs):
    _fit(network, images[:32], labels[:32], epochs)
    return network


@mutant("train", "that is one epoch: tell `fit` how many there are to be")
def one_epoch_only(network, images, labels, epochs):
    _fit(network, images, labels, 1)
    return network


@mutant("train", "the loss takes the logits for probabilities: tell it from_logits=True")
def softmax_loss_on_logits(network, images, labels, epochs):
    _fit(network, images, labels, epochs, logits=False)
    return network


@mutant("train", "the weights have run away: the steps are far too large, take a smaller learning rate")
def steps_far_too_large(network, images, labels, epochs):
    _fit(network, images, labels, epochs, rate=1.0)
    return network


@mutant("train", "the weights have hardly moved: the steps are far too small, take a larger learning rate")
def steps_far_too_small(network, images, labels, epochs):
    _fit(network, images, labels, epochs, rate=1e-6)
    return network


@mutant("train", "it has learnt something else: image and label must stay together when they are shuffled")
def labels_shuffled(network, images, labels, epochs):
    _fit(network, images, np.random.default_rng(0).permutation(labels), epochs)
    return network


@mutant("train", "the images are scaled already: divided once more, they are nearly all alike")
def scaled_again(network, images, labels, epochs):
    _fit(network, images / 255, labels, epochs)
    return network


def _counts(truth, predicted, classes):
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (np.asarray(truth), np.asarray(predicted)), 1)
    return counts


@mutant("confusion_matrix", "rows and columns have changed places: the row is the true class")
def transposed(truth, predicted, classes):
    return _counts(predicted, truth, classes)


@mutant("confusion_matrix", "a pair that occurs twice must count twice: counts[truth, predicted] += 1 counts it once")
def counts_pairs_once(truth, predicted, classes):
    counts = np.zeros((classes, classes), dtype=int)
    counts[np.asarray(truth), np.asarray(predicted)] += 1
    return counts


@mutant("confusion_matrix", "these are shares: the counts were asked for")
def shares_for_counts(truth, predicted, classes):
    counts = _counts(truth, predicted, classes)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


@mutant("confusion_matrix", "a class that never occurs needs its row and column, too: the size is `classes`")
def only_classes_that_occur(truth, predicted, classes):
    return _counts(truth, predicted, int(max(np.max(truth), np.max(predicted))) + 1)


@mutant("confusion_matrix", "those are the mistakes alone: what is right is counted too, on the diagonal")
def mistakes_only(truth, predicted, classes):
    return _counts(truth, predicted, classes) * (1 - np.eye(classes, dtype=int))


@mutant("confusion_matrix", "those are the right ones alone: the mistakes are counted too, beside the diagonal")
def right_ones_only(truth, predicted, classes):
    return _counts(truth, predicted, classes) * np.eye(classes, dtype=int)


@mutant("confusion_matrix", "these are shares of the columns: the counts were asked for")
def shares_of_the_columns(truth, predicted, classes):
    counts = _counts(truth, predicted, classes)
    return counts / np.maximum(counts.sum(axis=0, keepdims=True), 1)


@mutant("confusion_matrix", "these are per cent: the counts were asked for")
def percentages(truth, predicted, classes):
    counts = _counts(truth, predicted, classes)
    return 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


@mutant("confusion_matrix", "that is the share of right ones: a table of classes x classes was asked for")
def accuracy_for_matrix(truth, predicted, classes):
    return float(np.mean(np.asarray(truth) == np.asarray(predicted)))


@mutant("confusion_matrix", "a true a taken for b is another cell than a true b taken for a: do not add them")
def one_triangle(truth, predicted, classes):
    counts = _counts(truth, predicted, classes)
    return np.triu(counts + np.tril(counts, -1).T)


@mutant("confusion_matrix", "that is the share of right ones in each class: a table of classes x classes was asked for")
def share_of_each_class(truth, predicted, classes):
    counts = _counts(truth, predicted, classes)
    return np.diag(counts) / np.maximum(counts.sum(axis=1), 1)


@mutant("confusion_matrix", "the last class is missing: the rows and columns go from 0 to classes - 1")
def last_class_left_out(truth, predicted, classes):
    return _counts(truth, predicted, classes)[:-1, :-1]


@mutant("confusion_matrix", "that is how many are wrong: a table of classes x classes was asked for")
def how_many_are_wrong(truth, predicted, classes):
    counts = _counts(truth, predicted, classes)
    return int(counts.sum() - np.trace(counts))


@mutant("confusion_matrix", "class 0 is a class like the others: its row must be counted")
def class_0_left_out(truth, predicted, classes):
    counts = _counts(truth, predicted, classes)
    counts[0] = 0
    return counts


@mutant("confusion_matrix", "a cell counts where both are so, the true class and the predicted one: `and`, not `or`")
def one_or_the_other(truth, predicted, classes):
    counts = _counts(truth, predicted, classes)
    return counts.sum(axis=1, keepdims=True) + counts.sum(axis=0, keepdims=True) - counts


@mutant("confusion_matrix", "the last class has a row and a column like the others: count it, too")
def last_class_not_counted(truth, predicted, classes):
    counts = _counts(truth, predicted, classes)
    counts[-1], counts[:, -1] = 0, 0
    return counts


@mutant("confusion_matrix", "a loop within a loop makes a pair of every two images: walk through both lists together")
def every_two_images(truth, predicted, classes):
    return np.outer(np.bincount(truth, minlength=classes), np.bincount(predicted, minlength=classes))


@mutant("confusion_matrix", "sorted by themselves, the true and the predicted labels are no pairs any more")
def labels_sorted(truth, predicted, classes):
    return _counts(np.sort(truth), np.sort(predicted), classes)

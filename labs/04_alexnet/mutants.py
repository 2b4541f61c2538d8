"""Wrong answers to lab 04: the classic mistakes about windows, groups, normalisation, dropout, the recipe and stripes."""

import numpy as np

from ccv.grading import mutant

# ------------------------------------------------------------------------------------------------------- windows


def _windows(n, kernel, stride, padding=0):
    count = (n + 2 * padding - kernel) // stride + 1
    return count, max(0, n - ((count - 1) * stride + kernel - padding))


@mutant("windows", "a window that does not fit is none: round down, not up")
def rounds_up(n, kernel, stride, padding=0):
    count = -(-(n + 2 * padding - kernel) // stride) + 1
    return count, _windows(n, kernel, stride, padding)[1]


@mutant("windows", "the first window starts at 0 and takes no step: there is one more window than there are steps")
def steps_not_windows(n, kernel, stride, padding=0):
    count, unseen = _windows(n, kernel, stride, padding)
    return count - 1, unseen


@mutant("windows", "the zeros lie on both sides of the row: each side makes it longer")
def one_side(n, kernel, stride, padding=0):
    count = (n + padding - kernel) // stride + 1
    return count, _windows(n, kernel, stride, padding)[1]


@mutant("windows", "the remainder may fall on the zeros behind the row: those are no pixels of the image")
def remainder(n, kernel, stride, padding=0):
    return _windows(n, kernel, stride, padding)[0], (n + 2 * padding - kernel) % stride


@mutant("windows", "where the last window reaches into the zeros, no pixel is unseen: the number is never negative")
def negative(n, kernel, stride, padding=0):
    count = _windows(n, kernel, stride, padding)[0]
    return count, n - ((count - 1) * stride + kernel - padding)


@mutant("windows", "with padding the first window starts before the first pixel, and the last one ends earlier too")
def not_moved(n, kernel, stride, padding=0):
    count = _windows(n, kernel, stride, padding)[0]
    return count, max(0, n - ((count - 1) * stride + kernel))


@mutant("windows", "the padding is forgotten: the zeros on either side make room for more windows")
def no_padding(n, kernel, stride, padding=0):
    return _windows(n, kernel, stride)


@mutant("windows", "windows may overlap: what is unseen lies behind the end of the last one, wherever that is")
def no_overlap(n, kernel, stride, padding=0):
    count, _ = _windows(n, kernel, stride, padding)
    return count, max(0, n - count * kernel)


@mutant("windows", "the last window is `kernel` pixels long, and no further stride: what is unseen lies behind its end")
def a_stride_for_each_window(n, kernel, stride, padding=0):
    count, _ = _windows(n, kernel, stride, padding)
    return count, max(0, n - count * stride)


def _behind(n, kernel, stride, padding, count):
    return count, max(0, n - ((count - 1) * stride + kernel - padding))


@mutant("windows", "the first window starts at 0 and takes no step: there is one more window than there are steps")
def steps_all_through(n, kernel, stride, padding=0):
    return _behind(n, kernel, stride, padding, (n + 2 * padding - kernel) // stride)


@mutant("windows", "the zeros lie on both sides of the row: each side makes it longer")
def one_side_all_through(n, kernel, stride, padding=0):
    return _behind(n, kernel, stride, padding, (n + padding - kernel) // stride + 1)


@mutant("windows", "a window that does not fit is none: round down, not up")
def rounds_up_all_through(n, kernel, stride, padding=0):
    return _behind(n, kernel, stride, padding, -(-(n + 2 * padding - kernel) // stride) + 1)


@mutant("windows", "a window that ends exactly with the row is inside of it: it counts, too")
def ends_before_the_edge(n, kernel, stride, padding=0):
    count = -((kernel - n - 2 * padding) // stride)
    return _behind(n, kernel, stride, padding, count) if count else (0, n)


def _first(conv, weights, pool, nothing=0):
    return {"conv1 output": conv, "conv1 parameters": weights, "pool1 output": pool, "pool1 parameters": nothing}


literal_224 = mutant(
    "first_layers",
    "that comes from 224 pixels: the images here have 227",
    value=_first((54, 54, 96), 34_944, (26, 26, 96)),
)
without_biases = mutant(
    "first_layers",
    "the biases are missing: each filter has one",
    value=_first((55, 55, 96), 34_848, (27, 27, 96)),
)
one_channel = mutant(
    "first_layers",
    "a filter reaches through all three colours: its weights are three times as many",
    value=_first((55, 55, 96), (11 * 11 + 1) * 96, (27, 27, 96)),
)
pooling_learns = mutant(
    "first_layers",
    "a pooling takes the largest number of a window: it has nothing to learn",
    value=_first((55, 55, 96), 34_944, (27, 27, 96), 3 * 3 * 96),
)
pooling_of_two = mutant(
    "first_layers",
    "the windows of the pooling are 3x3 and overlap: use the formula, not a division by two",
    value=_first((55, 55, 96), 34_944, (28, 28, 96)),
)
keeps_the_colours = mutant(
    "first_layers",
    "a filter makes one map out of all colours: there are as many maps as filters",
    value=_first((55, 55, 3), 34_944, (27, 27, 3)),
)
one_bias = mutant(
    "first_layers",
    "a bias belongs to a filter, not to a weight of each colour or to the whole layer",
    value=_first((55, 55, 96), 34_849, (27, 27, 96)),
)
channels_in_front = mutant(
    "first_layers",
    "the channels come last here: (height, width, channels)",
    value=_first((96, 55, 55), 34_944, (96, 27, 27)),
)
one_bias_for_each_window = mutant(
    "first_layers",
    "a bias belongs to a filter, and is the same in all its windows",
    value=_first((55, 55, 96), 34_848 + 55 * 55 * 96, (27, 27, 96)),
)
without_the_one = mutant(
    "first_layers",
    "the first window takes no step: there is one more window than there are steps",
    value=_first((54, 54, 96), 34_944, (25, 25, 96)),
)
pooling_without_overlap = mutant(
    "first_layers",
    "the windows of the pooling overlap: it takes steps of 2, not of 3",
    value=_first((55, 55, 96), 34_944, (18, 18, 96)),
)

# ------------------------------------------------------------------------------------------------- the whole table


def _table(shape, network, weights, flat=np.prod, dense_shape=lambda units, shape: (units,), pool=None, learnt=0):
    """The right table, with a wrong part put in by each mutant; weights(kernel, channels, filters, groups)."""
    table = []
    for kind, *numbers in network:
        parameters = 0
        if kind == "conv":
            filters, kernel, stride, padding, groups = numbers
            parameters = weights(kernel, shape[2], filters, groups)
            shape = (*(_windows(n, kernel, stride, padding)[0] for n in shape[:2]), filters)
        elif kind == "pool":
            parameters = learnt
            shape = (*((pool or _windows)(n, *numbers)[0] for n in shape[:2]), shape[2])
        elif kind == "dense":
            parameters = (int(flat(shape)) + 1) * numbers[0]
            shape = dense_shape(numbers[0], shape)
        table.append((shape, parameters))
    return table


def _right_weights(kernel, channels, filters, groups):
    return (kernel * kernel * channels // groups + 1) * filters


@mutant("propagate", "a filter sees only the channels of its own group: the groups divide its weights")
def ignores_groups(shape, network):
    return _table(shape, network, lambda kernel, channels, filters, groups: (kernel**2 * channels + 1) * filters)


@mutant("propagate", "groups divide the weights, not the biases: each filter keeps its own")
def groups_divide_biases(shape, network):
    return _table(
        shape, network, lambda kernel, channels, filters, groups: (kernel**2 * channels + 1) * filters // groups
    )


@mutant("propagate", "all filters are still there: each sees fewer channels, but there are as many of them")
def groups_divide_twice(shape, network):
    return _table(
        shape,
        network,
        lambda kernel, channels, filters, groups: (kernel**2 * channels // groups) * (filters // groups) + filters,
    )


@mutant("propagate", "the biases are missing: each filter of a convolution has one")
def no_biases(shape, network):
    return _table(shape, network, lambda kernel, channels, filters, groups: kernel**2 * channels // groups * filters)


@mutant("propagate", "the biases are missing: each filter and each unit has one")
def no_biases_at_all(shape, network):
    lines = zip(_table(shape, network, _right_weights), network, strict=True)
    return [(size, count - (line[1] if line[0] in ("conv", "dense") else 0)) for (size, count), line in lines]


@mutant("propagate", "a filter reaches through all channels of its group, not through one")
def flat_filters(shape, network):
    return _table(shape, network, lambda kernel, channels, filters, groups: (kernel**2 + 1) * filters)


@mutant("propagate", "a kernel has a height and a width: its side counts twice")
def kernels_in_a_row(shape, network):
    return _table(shape, network, lambda kernel, channels, filters, groups: (kernel * channels // groups + 1) * filters)


@mutant("propagate", "the first dense layer sees every number of the last maps, not only one of each channel")
def dense_sees_channels(shape, network):
    return _table(shape, network, _right_weights, flat=lambda sizes: sizes[-1])


@mutant("propagate", "the windows of a pooling have their own size and stride: a side is not simply divided")
def pool_divides(shape, network):
    return _table(shape, network, _right_weights, pool=lambda n, size, stride: (n // stride, 0))


@mutant("propagate", "a pooling takes the largest number of a window: it has nothing to learn")
def pool_learns(shape, network):
    return _table(shape, network, _right_weights, learnt=9)


@mutant("propagate", "height and width are two numbers: they need not be equal")
def square(shape, network):
    return _table((shape[0], shape[0], shape[2]), network, _right_weights)


@mutant("propagate", "the normalisation has a line of its own in the table, though it changes nothing")
def drops_the_norm(shape, network):
    return [
        line for line, (kind, *_) in zip(_table(shape, network, _right_weights), network, strict=True) if kind != "norm"
    ]


@mutant("propagate", "a pooling takes the largest number of a window: it has nothing to learn")
def pool_learns_for_each_channel(shape, network):
    lines = zip(_table(shape, network, _right_weights), network, strict=True)
    return [(size, kind[1] ** 2 * size[-1] if kind[0] == "pool" else count) for (size, count), kind in lines]


@mutant("propagate", "the padding of a convolution is ignored: its zeros make room for more windows")
def without_padding(shape, network):
    bare = [(kind, *numbers[:3], 0, *numbers[4:]) if kind == "conv" else (kind, *numbers) for kind, *numbers in network]
    return _table(shape, bare, _right_weights)


@mutant("propagate", "only the image has its colours: a later filter reaches through the maps of the layer before")
def always_three_channels(shape, network):
    return _table(shape, network, lambda kernel, _, filters, groups: _right_weights(kernel, 3, filters, groups))


@mutant("propagate", "a filter reaches through the maps that come in, not through those that its layer makes")
def channels_that_come_out(shape, network):
    return _table(shape, network, lambda kernel, _, filters, groups: _right_weights(kernel, filters, filters, groups))


@mutant("propagate", "groups change what a filter sees, not how many maps come out: that is the number of filters")
def groups_divide_maps(shape, network):
    fewer = [
        (kind, numbers[0] // numbers[4], *numbers[1:]) if kind == "conv" else (kind, *numbers)
        for kind, *numbers in network
    ]
    return _table(
        shape,
        fewer,
        lambda kernel, channels, filters, groups: _right_weights(kernel, channels, filters * groups, groups),
    )


@mutant("propagate", "a local response normalisation learns nothing: its four numbers are chosen by hand")
def normalisation_learns(shape, network):
    table = _table(shape, network, _right_weights)
    kinds = [kind for kind, *_ in network]
    return [(s, 2 * s[-1] if kind == "norm" else count) for kind, (s, count) in zip(kinds, table, strict=True)]


@mutant("propagate", "a pooling has a stride of its own: its windows overlap")
def pools_side_by_side(shape, network):
    beside = [("pool", line[1], line[1]) if line[0] == "pool" else line for line in network]
    return _table(shape, beside, _right_weights)


captions = mutant("units", "that is the sum of the caption: one of its eight numbers is wrong", value=622_312)
with_the_image = mutant("units", "the image is no unit: nothing computes it", value=659_272 + 227 * 227 * 3)
rounded_units = mutant("units", "that is the number of the abstract, rounded: count", value=650_000)
without_classes = mutant("units", "the last dense layer has units, too: one for each class", value=658_272)
first_layer_alone = mutant("units", "that is the number to put right, of one layer: add up all eight", value=290_400)
convolutions_only = mutant("units", "the dense layers have units, too", value=650_080)
with_poolings = mutant(
    "units",
    "poolings and normalisations have no parameters: they do not count",
    value=659_272 + 69_984 + 43_264 + 9_216,
)
parameters_not_units = mutant(
    "units", "those are parameters: a unit is a number that a layer puts out", value=62_378_344
)
maps_not_units = mutant(
    "units",
    "a map is not one unit: it has one at each of its places",
    value=96 + 256 + 384 + 384 + 256 + 4096 + 4096 + 1000,
)
one_layer_of_384 = mutant("units", "two layers have 384 maps: one of them is missing", value=659_272 - 13 * 13 * 384)
units_of_224 = mutant(
    "units", "54 comes from 224 pixels: the images here have 227", value=659_272 + 96 * (54**2 - 55**2)
)
with_normalisations = mutant(
    "units",
    "normalisations have no parameters: they do not count",
    value=659_272 + 290_400 + 186_624,
)
one_card = mutant("units", "those are the maps of one card: the other has as many", value=(659_272 - 9192) // 2 + 9192)

# ------------------------------------------------------------------------------------------------ cards and groups


def _blocks(channels, filters, groups):
    return (np.arange(channels) * groups // channels)[:, None] == (np.arange(filters) * groups // filters)[None]


@mutant("connections", "with groups a filter sees only its own group: not everything is a one")
def sees_everything(channels, filters, groups):
    return np.ones((channels, filters), int)


@mutant("connections", "a group is a block of channels that follow each other, not every second or third of them")
def interleaved(channels, filters, groups):
    return (np.arange(channels)[:, None] % groups == np.arange(filters)[None] % groups).astype(int)


@mutant("connections", "a row for each channel and a column for each filter: the table is turned")
def turned(channels, filters, groups):
    return _blocks(channels, filters, groups).astype(int).T


@mutant("connections", "ones stand where a filter sees a channel: here it is the other way round")
def other_cards(channels, filters, groups):
    return 1 - _blocks(channels, filters, groups).astype(int)


@mutant("connections", "a group of filters sees all channels of its group, not a single one")
def diagonal(channels, filters, groups):
    return np.eye(channels, filters, dtype=int)


@mutant("connections", "there may be any number of groups, not two only")
def always_two(channels, filters, groups):
    halves = (np.arange(channels) * 2 // channels)[:, None] == (np.arange(filters) * 2 // filters)[None]
    return halves.astype(int) if groups > 1 else np.ones((channels, filters), int)


@mutant("connections", "ones and zeros are asked for, not the numbers of the groups")
def numbered(channels, filters, groups):
    return _blocks(channels, filters, groups) * (1 + np.arange(filters) * groups // filters)


@mutant("connections", "`groups` says how many blocks there are, not how many channels belong to one")
def groups_as_size(channels, filters, groups):
    return (np.arange(channels)[:, None] // groups == np.arange(filters) // groups).astype(int)


@mutant("connections", "there may be any number of groups, not two only")
def two_even_for_one(channels, filters, groups):
    table = np.zeros((channels, filters), int)
    table[: channels // 2, : filters // 2] = table[channels // 2 :, filters // 2 :] = 1
    return table


@mutant("connections", "there may be any number of groups, not two only")
def two_or_one(channels, filters, groups):
    return np.ones((channels, filters), int) if groups == 1 else two_even_for_one(channels, filters, groups)


@mutant("connections", "only the first group is there: each of the others has a block of ones, too")
def first_group_alone(channels, filters, groups):
    table = np.zeros((channels, filters), int)
    table[: channels // groups, : filters // groups] = 1
    return table


@mutant("training_megabytes", "the weights are there once for all images of a batch, not once for each")
def weights_for_each_image(parameters, values, batch):
    return 4 * batch * (3 * parameters + 2 * values) / 1e6


@mutant("training_megabytes", "the values are kept for every image of the batch")
def one_image(parameters, values, batch):
    return 4 * (3 * parameters + 2 * values) / 1e6


@mutant("training_megabytes", "of a parameter three numbers are kept: its gradient and its momentum, too")
def weights_only(parameters, values, batch):
    return 4 * (parameters + 2 * batch * values) / 1e6


@mutant("training_megabytes", "of a parameter three numbers are kept: one of them is the momentum")
def no_momentum(parameters, values, batch):
    return 4 * (2 * parameters + 2 * batch * values) / 1e6


@mutant("training_megabytes", "each value has a gradient on the way back, and that takes memory, too")
def no_gradients_of_values(parameters, values, batch):
    return 4 * (3 * parameters + batch * values) / 1e6


@mutant("training_megabytes", "those are numbers: each of them takes four bytes")
def numbers_not_bytes(parameters, values, batch):
    return (3 * parameters + 2 * batch * values) / 1e6


@mutant("training_megabytes", "a megabyte is a million bytes here, not 1024 times 1024")
def mebibytes(parameters, values, batch):
    return 4 * (3 * parameters + 2 * batch * values) / 2**20


@mutant("training_megabytes", "a value is kept twice for each image, a parameter three times: they are exchanged")
def exchanged_copies(parameters, values, batch):
    return 4 * (2 * parameters + 3 * batch * values) / 1e6


@mutant("training_megabytes", "the gradient of a weight is there once for all images of a batch, not once for each")
def gradients_for_each_image(parameters, values, batch):
    return 4 * ((2 + batch) * parameters + 2 * batch * values) / 1e6


# --------------------------------------------------------------------------------------------------- normalisation


def _around(a, n):
    """The sums of squares of the n channels around each."""
    a = np.asarray(a, float)
    return np.stack([np.sum(a[..., max(0, i - n // 2) : i + n // 2 + 1] ** 2, -1) for i in range(a.shape[-1])], -1)


@mutant("local_response_norm", "the power goes over k and the sum together: it is missing here")
def no_power(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    return a / (k + alpha * _around(a, n))


@mutant("local_response_norm", "it is alpha that the sum is multiplied by, and k that is added")
def as_in_the_notes(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    return a / (alpha + k * _around(a, n)) ** beta


@mutant("local_response_norm", "the sum goes over the channels around, not over all of them")
def all_channels(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    return a / (k + alpha * np.sum(np.asarray(a, float) ** 2, -1, keepdims=True)) ** beta


@mutant("local_response_norm", "alpha multiplies the sum as it is: it is not divided by n")
def like_caffe(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    return a / (k + alpha / n * _around(a, n)) ** beta


@mutant("local_response_norm", "n is how many channels are summed, half of them on either side: not n on each side")
def n_on_each_side(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    return a / (k + alpha * _around(a, 2 * n + 1)) ** beta


@mutant("local_response_norm", "the channel itself is one of those that are summed")
def without_itself(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    return a / (k + alpha * (_around(a, n) - np.asarray(a, float) ** 2)) ** beta


@mutant("local_response_norm", "squares are summed, not the answers themselves or their sizes")
def sizes_not_squares(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    return a / (k + alpha * _around(np.sqrt(np.abs(a)), n)) ** beta


@mutant("local_response_norm", "at the last channels the sum goes on only to the end: it does not begin again in front")
def around_the_corner(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    a = np.asarray(a, float)
    squares = sum(np.roll(a**2, shift, -1) for shift in range(-(n // 2), n // 2 + 1))
    return a / (k + alpha * squares) ** beta


@mutant("local_response_norm", "the channels are the last axis, whatever other axes there are")
def along_the_first_axis(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    turned = np.moveaxis(np.asarray(a, float), 0, -1)
    return np.moveaxis(turned / (k + alpha * _around(turned, n)) ** beta, -1, 0)


@mutant("local_response_norm", "the answer is divided by the power, not multiplied")
def multiplied(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    return a * (k + alpha * _around(a, n)) ** beta


@mutant("local_response_norm", "the power goes over k and the sum together, not over the sum alone")
def power_of_the_sum_alone(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    return a / (k + (alpha * _around(a, n)) ** beta)


def _within(a, n, reduce, first=lambda i, n: max(0, i - n // 2), last=lambda i, n: i + n // 2 + 1):
    """What `reduce` makes of the channels around each, with a wrong part put in by each mutant."""
    a = np.asarray(a, float)
    return np.stack([reduce(a[..., first(i, n) : last(i, n)]) for i in range(a.shape[-1])], -1)


@mutant("local_response_norm", "squares are summed, not the answers themselves or their sizes")
def answers_not_squares(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    with np.errstate(all="ignore"):
        return a / (k + alpha * _within(a, n, lambda near: near.sum(-1))) ** beta


@mutant("local_response_norm", "the squares around are summed: their mean is too small")
def mean_of_squares(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    return a / (k + alpha * _within(a, n, lambda near: np.mean(near**2, -1))) ** beta


@mutant("local_response_norm", "that is the square of the sum: each answer is squared, then they are summed")
def square_of_the_sum(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    return a / (k + alpha * _within(a, n, lambda near: near.sum(-1) ** 2)) ** beta


@mutant("local_response_norm", "at the first channels the slice begins below 0, which counts from the end: stop at 0")
def starts_below_zero(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    squares = _within(a, n, lambda near: np.sum(near**2, -1), first=lambda i, n: i - n // 2)
    with np.errstate(all="ignore"):
        return a / (k + alpha * squares) ** beta


@mutant("local_response_norm", "the channels on both sides are summed, not only those that follow")
def those_that_follow(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    squares = _within(a, n, lambda near: np.sum(near**2, -1), lambda i, _: i, lambda i, n: i + n)
    return a / (k + alpha * squares) ** beta


@mutant("local_response_norm", "the last of the channels around is missing: a slice ends before its second number")
def last_neighbour_missing(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    squares = _within(a, n, lambda near: np.sum(near**2, -1), last=lambda i, n: i + n // 2)
    return a / (k + alpha * squares) ** beta


@mutant(
    "local_response_norm",
    "the channels in front are divided already when they are summed: keep the answers as they were",
)
def in_place(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    b = np.array(a, dtype=float)
    for i in range(b.shape[-1]):
        b[..., i] /= (k + alpha * np.sum(b[..., max(0, i - n // 2) : i + n // 2 + 1] ** 2, -1)) ** beta
    return b


@mutant("local_response_norm", "k is added to alpha times the sum: it does not multiply the sum as well")
def k_times_the_sum(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    return a / ((k + alpha) * _around(a, n)) ** beta


@mutant("local_response_norm", "the last channel of each window is left out: the sum goes up to i + (n - 1) / 2 itself")
def without_the_last_of_each_window(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    squares = np.asarray(a, float) ** 2
    half, channels = (n - 1) // 2, squares.shape[-1]
    sums = [squares[..., max(0, i - half) : min(channels - 1, i + half)].sum(-1) for i in range(channels)]
    return a / (k + alpha * np.stack(sums, axis=-1)) ** beta


# --------------------------------------------------------------------------------------------------------- dropout


@mutant("dropout", "the survivors must be scaled up, or the next layer hears less than it is used to")
def not_scaled(x, draws, rate, training):
    return np.where(draws < rate, 0, x) if training else x


@mutant("dropout", "the paper halved the outputs at inference; here the survivors are scaled in training instead")
def as_in_the_paper(x, draws, rate, training):
    return np.where(draws < rate, 0, x) if training else x * (1 - rate)


@mutant("dropout", "at inference nothing is dropped, so nothing is scaled either")
def scales_at_inference(x, draws, rate, training):
    return (np.where(draws < rate, 0, x) if training else x) / (1 - rate)


@mutant("dropout", "at inference nothing is dropped: an answer must not be drawn by lot")
def always_drops(x, draws, rate, training):
    return np.where(draws < rate, 0, x / (1 - rate))


@mutant("dropout", "the rate is the share that is dropped, not the share that is kept: divide by what is kept")
def divides_by_the_rate(x, draws, rate, training):
    return np.where(draws < rate, 0, x / (rate or 1)) if training else x


@mutant("dropout", "a number is dropped where its draw is below the rate: here those are kept")
def keeps_the_dropped(x, draws, rate, training):
    return np.where(draws < rate, x / (1 - rate), 0) if training else x


@mutant("dropout", "the rate is an argument: it is not always a half")
def always_half(x, draws, rate, training):
    return np.where(draws < 0.5, 0, 2 * x) if training else x


@mutant("dropout", "it is scaled by the share that is kept as such, not by the share that happened to be kept")
def scaled_by_the_count(x, draws, rate, training):
    kept = draws >= rate
    return np.where(kept, x / max(kept.mean(), 1e-9), 0) if training else x


@mutant("dropout", "the two modes are exchanged: in training numbers are dropped, at inference not")
def modes_exchanged(x, draws, rate, training):
    return x if training else np.where(draws < rate, 0, x / (1 - rate))


@mutant("dropout", "a number is dropped where its draw is below the rate: here those are kept")
def keeps_up_to_the_rate(x, draws, rate, training):
    return np.where(draws > rate, 0, x / (1 - rate)) if training else x


@mutant("dropout", "a draw that equals the rate is not below it: the number stays")
def drops_the_equal(x, draws, rate, training):
    return np.where(draws <= rate, 0, x / (1 - rate)) if training else x


@mutant("dropout", "the survivors are made smaller: to keep the sum, they are divided by the share that is kept")
def scaled_down(x, draws, rate, training):
    return np.where(draws < rate, 0, x * (1 - rate)) if training else x


@mutant("dropout", "what is dropped keeps its place, as a 0: the shape stays")
def leaves_out_the_dropped(x, draws, rate, training):
    return x[draws >= rate] / (1 - rate) if training else x


# ---------------------------------------------------------------------------------------------------------- recipe


@mutant("momentum_step", "the weight moves by the velocity: the gradient alone is not the step")
def plain_descent(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    return w - rate * gradient - rate * decay * w, momentum * v - decay * rate * w - rate * gradient


@mutant("momentum_step", "the weight moves by the new velocity, not by the old one")
def old_velocity(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    return w + v, momentum * v - decay * rate * w - rate * gradient


@mutant("momentum_step", "the decay goes through the velocity: the weight itself is not pulled beside it")
def decay_beside(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    v = momentum * v - rate * gradient
    return w + v - decay * rate * w, v


@mutant("momentum_step", "the decay is multiplied by the rate, too")
def decay_without_rate(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    v = momentum * v - decay * w - rate * gradient
    return w + v, v


@mutant("momentum_step", "the decay is forgotten: each weight is pulled towards zero")
def no_decay(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    v = momentum * v - rate * gradient
    return w + v, v


@mutant("momentum_step", "a gradient points uphill: the step goes against it")
def uphill(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    v = momentum * v + decay * rate * w + rate * gradient
    return w + v, v


@mutant("momentum_step", "the old velocity is kept in part, and the gradient counts in full: this is a running mean")
def running_mean(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    v = momentum * v - (1 - momentum) * rate * (gradient + decay * w)
    return w + v, v


@mutant("momentum_step", "the rate is in the velocity already: it does not multiply the step once more")
def rate_outside(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    v = momentum * v - gradient - decay * w
    return w + rate * v, v


@mutant(
    "momentum_step", "the velocity has the rate in it and goes downhill: this one meets the rate only at the weight"
)
def rate_at_the_weight(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    v = momentum * v + gradient + decay * w
    return w - rate * v, v


@mutant("momentum_step", "the old velocity is kept in part, and the gradient counts in full: this is a running mean")
def running_mean_but_for_the_decay(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    v = momentum * v - decay * rate * w - (1 - momentum) * rate * gradient
    return w + v, v


@mutant("momentum_step", "the weight moves by the new velocity alone: looking ahead once more is Nesterov's way")
def nesterov(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    v = momentum * v - decay * rate * w - rate * gradient
    return w + momentum * v - rate * gradient, v


@mutant("momentum_step", "the decay belongs to the velocity before the weight moves, not after")
def decay_after_the_step(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    v = momentum * v - rate * gradient
    w = w + v
    return w, v - decay * rate * w


@mutant("momentum_step", "a gradient points uphill: the step goes against it")
def uphill_but_for_the_decay(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    v = momentum * v - decay * rate * w + rate * gradient
    return w + v, v


@mutant("momentum_step", "the velocity is added to the weight: it has its minus already")
def minus_twice(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    v = momentum * v - decay * rate * w - rate * gradient
    return w - v, v


@mutant("momentum_step", "momentum and decay are arguments: they are not always 0.9 and 0.0005")
def the_papers_numbers(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    v = 0.9 * v - 5e-4 * rate * w - rate * gradient
    return w + v, v


def _rate(errors, rate, patience, drops, better=lambda error, lowest: error < lowest, after=None, start=0):
    """The right rate, with a wrong part put in by each mutant."""
    lowest, waited, plateaus = float("inf"), 0, 0
    for error in errors:
        if better(error, lowest):
            lowest, waited = error, 0
            continue
        waited += 1
        if waited == patience:
            waited, plateaus = start, plateaus + 1
            lowest = after(error, lowest) if after else lowest
    return rate / 10 ** min(plateaus, drops)


@mutant("plateau_rate", "a little lower is lower, too: every error below the lowest is an improvement")
def lower_by_a_hundredth(errors, rate=0.01, patience=5, drops=3):
    return _rate(errors, rate, patience, drops, lambda error, lowest: error < 0.99 * lowest)


@mutant("plateau_rate", "a little lower is lower, too: every error below the lowest is an improvement")
def lower_by_a_least_amount(errors, rate=0.01, patience=5, drops=3):
    return _rate(errors, rate, patience, drops, lambda error, lowest: error < lowest - 1e-4)


@mutant("plateau_rate", "an error that only equals the lowest is no improvement")
def equal_is_better(errors, rate=0.01, patience=5, drops=3):
    return _rate(errors, rate, patience, drops, better=lambda error, lowest: error <= lowest)


@mutant("plateau_rate", "the lowest error is remembered across a plateau: what is better must be lower than that")
def forgets_the_lowest(errors, rate=0.01, patience=5, drops=3):
    return _rate(errors, rate, patience, drops, after=lambda error, lowest: float("inf"))


@mutant("plateau_rate", "compare with the lowest error so far, not with that of the epoch before")
def against_the_last(errors, rate=0.01, patience=5, drops=3):
    waited, plateaus = 0, 0
    for before, error in zip([float("inf"), *errors][: len(errors)], errors, strict=True):
        waited = 0 if error < before else waited + 1
        if waited == patience:
            waited, plateaus = 0, plateaus + 1
    return rate / 10 ** min(plateaus, drops)


@mutant("plateau_rate", "the epochs of a plateau follow each other: an improvement sets the count back to zero")
def counts_all_bad_epochs(errors, rate=0.01, patience=5, drops=3):
    lowest, bad = float("inf"), 0
    for error in errors:
        bad += error >= lowest
        lowest = min(lowest, error)
    return rate / 10 ** min(bad // patience, drops)


@mutant("plateau_rate", "after a plateau the count begins anew: not every later epoch divides the rate again")
def never_resets(errors, rate=0.01, patience=5, drops=3):
    lowest, waited, plateaus = float("inf"), 0, 0
    for error in errors:
        waited = 0 if error < lowest else waited + 1
        lowest = min(lowest, error)
        plateaus += waited >= patience
    return rate / 10 ** min(plateaus, drops)


@mutant("plateau_rate", "there is a limit: the rate is divided at most `drops` times")
def no_limit(errors, rate=0.01, patience=5, drops=3):
    return _rate(errors, rate, patience, len(errors))


@mutant("plateau_rate", "the rate is divided by ten, not by two")
def halved(errors, rate=0.01, patience=5, drops=3):
    return rate * 0.5 ** round(np.log10(rate / _rate(errors, rate, patience, drops)))


@mutant("plateau_rate", "so many epochs without an improvement are a plateau: not one more")
def one_epoch_late(errors, rate=0.01, patience=5, drops=3):
    return _rate(errors, rate, patience + 1, drops)


@mutant("plateau_rate", "it is an error: lower is better, not higher")
def higher_is_better(errors, rate=0.01, patience=5, drops=3):
    return _rate([-error for error in errors], rate, patience, drops)


@mutant("plateau_rate", "a rate that once fell stays low: an improvement later does not bring it back")
def comes_back(errors, rate=0.01, patience=5, drops=3):
    lowest, waited = float("inf"), 0
    for error in errors:
        waited = 0 if error < lowest else waited + 1
        lowest = min(lowest, error)
    return rate / 10 ** min(waited // patience, drops)


@mutant("plateau_rate", "rate, patience and drops are arguments: they are not always 0.01, 5 and 3")
def patience_and_drops_hard_coded(errors, rate=0.01, patience=5, drops=3):
    return _rate(errors, rate, 5, 3)


@mutant("plateau_rate", "rate, patience and drops are arguments: they are not always 0.01, 5 and 3")
def all_hard_coded(errors, rate=0.01, patience=5, drops=3):
    return _rate(errors, 0.01, 5, 3)


@mutant("plateau_rate", "each plateau divides the rate again, up to the limit: here it falls at most once")
def at_most_once(errors, rate=0.01, patience=5, drops=3):
    return _rate(errors, rate, patience, min(drops, 1))


@mutant("plateau_rate", "only the end of the curve is looked at: a plateau in the middle divides the rate, too")
def looks_at_the_end(errors, rate=0.01, patience=5, drops=3):
    lowest, waited = float("inf"), 0
    for error in errors:
        waited = 0 if error < lowest else waited + 1
        lowest = min(lowest, error)
    return rate / 10 if waited >= patience else rate


@mutant("plateau_rate", "epochs are counted, whatever their errors: only those without an improvement make a plateau")
def counts_epochs(errors, rate=0.01, patience=5, drops=3):
    return rate / 10 ** min(len(errors) // patience, drops)


@mutant("plateau_rate", "the limit is a number of drops, not a smallest rate")
def smallest_rate(errors, rate=0.01, patience=5, drops=3):
    return max(_rate(errors, rate, patience, len(errors)), 1e-5)


@mutant("plateau_rate", "the lowest error so far stays the measure: that at the end of the plateau is no new one")
def measures_from_the_plateau(errors, rate=0.01, patience=5, drops=3):
    lowest, waited, plateaus = float("inf"), 0, 0
    for error in errors:
        if error < lowest:
            lowest, waited = error, 0
            continue
        waited += 1
        if waited == patience:
            lowest, waited, plateaus = error, 0, plateaus + 1
    return rate / 10 ** min(plateaus, drops)


# ------------------------------------------------------------------------------------------------ filters, stripes


def _pictures(kernel, largest, middle=0.5, half=0.5):
    pictures = np.moveaxis(np.asarray(kernel, float), -1, 0)
    scale = largest(pictures)
    return middle + half * pictures / np.where(scale == 0, 1, scale)


def _of_a_filter(pictures):
    return np.abs(pictures).max((1, 2, 3), keepdims=True)


@mutant("filters_as_pictures", "each filter has its own scale: one loud filter makes all others grey")
def one_scale_for_all(kernel):
    return _pictures(kernel, lambda pictures: np.abs(pictures).max())


@mutant("filters_as_pictures", "the colours of a filter share one scale, or its colour is lost")
def each_colour_by_itself(kernel):
    return _pictures(kernel, lambda pictures: np.abs(pictures).max((1, 2), keepdims=True))


@mutant("filters_as_pictures", "a weight of zero must become mid-grey: from smallest to largest it does not")
def smallest_to_largest(kernel):
    pictures = np.moveaxis(np.asarray(kernel, float), -1, 0)
    low, high = pictures.min((1, 2, 3), keepdims=True), pictures.max((1, 2, 3), keepdims=True)
    return (pictures - low) / np.where(high > low, high - low, 1)


@mutant(
    "filters_as_pictures", "the largest absolute weight sets the scale: a negative one may be the furthest from zero"
)
def largest_positive(kernel):
    return _pictures(kernel, lambda pictures: pictures.max((1, 2, 3), keepdims=True))


@mutant("filters_as_pictures", "only the axis of the filters moves: height and width keep their order")
def all_axes_turned(kernel):
    return np.transpose(_pictures(kernel, _of_a_filter), (0, 2, 1, 3))


@mutant("filters_as_pictures", "the pictures go from 0 to 1: these go from -1 to 1")
def from_minus_one(kernel):
    return _pictures(kernel, _of_a_filter, 0, 1)


@mutant("filters_as_pictures", "a filter of zeros must not be divided by zero: it is all grey")
def divides_by_zero(kernel):
    pictures = np.moveaxis(np.asarray(kernel, float), -1, 0)
    with np.errstate(all="ignore"):
        return 0.5 + 0.5 * pictures / _of_a_filter(pictures)


@mutant("filters_as_pictures", "the sign is lost: dark and bright stand for negative and positive weights")
def without_sign(kernel):
    return _pictures(np.abs(kernel), _of_a_filter)


@mutant("filters_as_pictures", "the sign is lost: dark and bright stand for negative and positive weights")
def sizes_from_black(kernel):
    return _pictures(np.abs(kernel), _of_a_filter, 0, 1)


@mutant(
    "filters_as_pictures", "from mid-grey to white is one half: half of the scaled weight is added, and nothing clipped"
)
def clipped_without_the_half(kernel):
    return np.clip(_pictures(kernel, _of_a_filter, half=1), 0, 1)


@mutant("filters_as_pictures", "the filters come first in the result, as images do in a batch")
def filters_last(kernel):
    return np.moveaxis(_pictures(kernel, _of_a_filter), 0, -1)


@mutant("filters_as_pictures", "the pictures go from 0 to 1: these go from 0 to 255")
def up_to_255(kernel):
    return _pictures(kernel, _of_a_filter, 127.5, 127.5)


@mutant("filters_as_pictures", "the pictures go from 0 to 1: these go from 0 to 255")
def up_to_255_in_bytes(kernel):
    return _pictures(kernel, _of_a_filter, 127.5, 127.5).astype("uint8")


@mutant("filters_as_pictures", "what is too bright or too dark is clipped: every filter is scaled instead")
def clipped(kernel):
    return np.clip(0.5 + np.moveaxis(np.asarray(kernel, float), -1, 0), 0, 1)


@mutant("filters_as_pictures", "reshape only cuts the numbers elsewhere and mixes the filters: move the axis instead")
def reshaped(kernel):
    height, width, colours, filters = np.shape(kernel)
    mixed = np.reshape(kernel, (filters, height, width, colours))
    return _pictures(np.moveaxis(mixed, 0, -1), _of_a_filter)


@mutant("filters_as_pictures", "a filter of zeros is black: a weight of zero is mid-grey, here too")
def zeros_are_black(kernel):
    pictures = _pictures(kernel, _of_a_filter)
    return pictures * np.any(pictures != 0.5, axis=(1, 2, 3), keepdims=True)


@mutant("filters_as_pictures", "the largest absolute weight sets the scale, not the length of all weights together")
def divided_by_the_length(kernel):
    return _pictures(kernel, lambda pictures: np.sqrt(np.sum(pictures**2, (1, 2, 3), keepdims=True)))


def _distance(period, stride):
    return abs(stride / period - round(stride / period))


@mutant("seen_period", "the period is asked for in pixels: these are steps of the map, each as long as the stride")
def in_steps(period, stride):
    distance = _distance(period, stride)
    return 1 / distance if distance > 1e-9 else np.inf


@mutant("seen_period", "stripes that are too fine for the stride come back as others: the period is not what it was")
def unchanged(period, stride):
    return period


@mutant("seen_period", "the nearest whole number counts, which may be the one above: the wheel seems to turn backwards")
def only_the_remainder(period, stride):
    part = stride / period % 1
    return stride / part if 1e-9 < part < 1 - 1e-9 else np.inf


@mutant("seen_period", "if a whole number of periods goes by in a step, nothing is seen: the period is infinite")
def zero_for_none(period, stride):
    distance = _distance(period, stride)
    return stride / distance if distance > 1e-9 else 0


@mutant("seen_period", "in a step of the map the stripes go on by stride / period periods, not by period / stride")
def upside_down(period, stride):
    distance = abs(period / stride - round(period / stride))
    return stride / distance if distance > 1e-9 else np.inf


@mutant("seen_period", "stripes are not made coarser by the stride itself: find how far they go on in one step")
def times_the_stride(period, stride):
    return period * stride


@mutant("seen_period", "so many steps of the map long are the stripes as they are: find how far they go on in one step")
def unchanged_in_steps(period, stride):
    return period / stride


@mutant("seen_period", "stripes finer than two steps do not vanish: they come back as coarser ones")
def vanish(period, stride):
    return period if period >= 2 * stride else np.inf


@mutant("seen_period", "the nearest whole number counts, which may be the one below: it is not always rounded up")
def only_what_is_missing(period, stride):
    part = -stride / period % 1
    return stride / part if 1e-9 < part < 1 - 1e-9 else np.inf

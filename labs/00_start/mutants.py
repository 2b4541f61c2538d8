"""Wrong answers to lab 00: the classic first mistakes about pictures, weights, patches and shifts."""

import math

import keras
import numpy as np
from keras import layers

from ccv.grading import mutant

# ---------------------------------------------------------------------------------------------------- first_answer

one_number_a_pixel = mutant("first_answer", "that is one number for each pixel: how many has a pixel?", value=1024)
adds_the_sides = mutant("first_answer", "rows, columns and colours are multiplied, not added", value=67)
one_row = mutant("first_answer", "that is one row of pixels: how many rows are there?", value=96)
pairs_of_sides = mutant("first_answer", "the colours are a factor, not a power", value=32768)
all_values = mutant(
    "first_answer", "256 is how many values a number may have: how many numbers has a pixel?", value=262_144
)
all_pictures = mutant("first_answer", "those are the numbers of all 160 pictures: how many has one?", value=491_520)
with_transparency = mutant("first_answer", "a pixel has three colours, red, green and blue: not four", value=4096)


# -------------------------------------------------------------------------------------------------- cell_histogram


def _bins(angle, bins, turn=np.pi):
    return np.floor(np.asarray(angle) % turn / turn * bins).astype(int) % bins


def _sums(which, weights, bins):
    return np.array([np.asarray(weights, float)[which == one].sum() for one in range(bins)])


@mutant("cell_histogram", "each pixel counts as 1 here: it gives its strength to the bin")
def counts_pixels(strength, angle, bins=8):
    return _sums(_bins(angle, bins), np.ones_like(strength, dtype=float), bins)


@mutant("cell_histogram", "the bins are spread over a whole turn: an angle and the opposite one count the same")
def whole_turn(strength, angle, bins=8):
    return _sums(_bins(angle, bins, 2 * np.pi), strength, bins)


@mutant("cell_histogram", "the number of a bin is rounded down: with rounding to the nearest, bin 0 begins before 0")
def rounds(strength, angle, bins=8):
    return _sums(np.rint(np.asarray(angle) % np.pi / np.pi * bins).astype(int) % bins, strength, bins)


@mutant("cell_histogram", "angles outside of 0 to pi are lost: bring them there with a remainder")
def leaves_out(strength, angle, bins=8):
    which = np.floor(np.asarray(angle) / np.pi * bins).astype(int)
    return _sums(which, strength, bins)


@mutant("cell_histogram", "the opposite of an angle is half a turn away: taking the absolute value mirrors it instead")
def mirrors(strength, angle, bins=8):
    return _sums(_bins(np.abs(angle), bins), strength, bins)


@mutant("cell_histogram", "the opposite of an angle is half a turn away: taking the absolute value mirrors it instead")
def mirrors_and_cuts(strength, angle, bins=8):
    return _sums(np.minimum(np.abs(angle) / np.pi * bins, bins - 1).astype(int), strength, bins)


@mutant(
    "cell_histogram", "`sums[which] += strength` adds only once to each bin: use `np.add.at`, `np.bincount` or a loop"
)
def adds_once_to_each_bin(strength, angle, bins=8):
    sums = np.zeros(bins)
    sums[_bins(angle, bins)] += strength
    return sums


@mutant("cell_histogram", "a pixel is shared between two bins, as in the lab's drawing: here it falls into one")
def shared_between_two(strength, angle, bins=8):
    place, which = np.asarray(angle) % np.pi / np.pi * bins % 1, _bins(angle, bins)
    return _sums(which, strength * (1 - place), bins) + _sums((which + 1) % bins, strength * place, bins)


@mutant("cell_histogram", "the bins begin at the smallest angle and end at the largest: they go from 0 to pi, always")
def bins_of_the_angles(strength, angle, bins=8):
    return np.histogram(np.asarray(angle) % np.pi, bins, weights=strength)[0]


@mutant("cell_histogram", "those are shares of the whole: the sums of the strengths were asked for")
def shares(strength, angle, bins=8):
    return _sums(_bins(angle, bins), strength, bins) / np.sum(strength)


@mutant("cell_histogram", "those are means: the strengths of a bin are added up")
def means(strength, angle, bins=8):
    which = _bins(angle, bins)
    return np.array([np.asarray(strength)[which == one].mean() if (which == one).any() else 0 for one in range(bins)])


@mutant("cell_histogram", "the number of bins is an argument, it need not be 8")
def always_eight(strength, angle, bins=8):
    return _sums(_bins(angle, 8), strength, 8)


@mutant("cell_histogram", "a bin where nothing fell in needs its place and a 0: the result has `bins` numbers")
def leaves_out_empty_bins(strength, angle, bins=8):
    which = _bins(angle, bins)
    return np.array([np.asarray(strength, float)[which == one].sum() for one in np.unique(which)])


@mutant("cell_histogram", "the angles are in radians, where half a turn is pi and not 180")
def degrees(strength, angle, bins=8):
    return _sums(_bins(angle, bins, 180), strength, bins)


@mutant("cell_histogram", "the bins are counted from 1, so the first is empty and the last is lost: count from 0")
def counts_bins_from_one(strength, angle, bins=8):
    return np.concatenate([[0], _sums(_bins(angle, bins), strength, bins)[:-1]])


_BEYOND = "angles beyond 0 to pi do not belong to the outermost bins: a remainder brings each to the bin of its line"


@mutant("cell_histogram", _BEYOND)
def clips_the_bins(strength, angle, bins=8):
    return _sums(np.clip(np.floor(np.asarray(angle) / np.pi * bins).astype(int), 0, bins - 1), strength, bins)


@mutant("cell_histogram", "a pixel is shared between two bins here: all of its strength goes to the one it falls in")
def shares_with_the_next(strength, angle, bins=8):
    rest = np.asarray(angle) / np.pi * bins % 1
    which = _bins(angle, bins)
    return _sums(which, (1 - rest) * strength, bins) + _sums((which + 1) % bins, rest * strength, bins)


# ---------------------------------------------------------------------------------------------------- largest_side


@mutant("largest_side", "a weight takes 4 bytes: fewer of them fit")
def one_byte_a_weight(units, channels, megabytes):
    return int((megabytes * 1e6 / (units * channels)) ** 0.5)


@mutant("largest_side", "in colour each pixel has several numbers, and each needs a weight")
def forgets_the_channels(units, channels, megabytes):
    return int((megabytes * 1e6 / 4 / units) ** 0.5)


@mutant("largest_side", "each neuron has weights of its own for all pixels")
def one_neuron(units, channels, megabytes):
    return int((megabytes * 1e6 / 4 / channels) ** 0.5)


@mutant("largest_side", "that is the number of pixels: the side of the square was asked for")
def pixels_for_side(units, channels, megabytes):
    return int(megabytes * 1e6 / 4 / (units * channels))


@mutant("largest_side", "a picture whose weights take just so many bytes still fits")
def has_to_take_less(units, channels, megabytes):
    return math.isqrt((megabytes * 1_000_000 - 1) // (4 * units * channels))


@mutant("largest_side", "rounded up, the picture does not fit any more: round down")
def rounds_up(units, channels, megabytes):
    return int(np.ceil((megabytes * 1e6 / 4 / (units * channels)) ** 0.5))


@mutant("largest_side", "rounded to the nearest, some pictures do not fit any more: round down")
def rounds_to_the_nearest(units, channels, megabytes):
    return round((megabytes * 1e6 / 4 / (units * channels)) ** 0.5)


@mutant("largest_side", "a megabyte is 1,000,000 bytes here, not 1,048,576")
def binary_megabytes(units, channels, megabytes):
    return int((megabytes * 2**20 / 4 / (units * channels)) ** 0.5)


@mutant("largest_side", "a pixel is no square root of its channels: take the root of the pixels, after sharing")
def root_too_early(units, channels, megabytes):
    return int((megabytes * 1e6 / 4) ** 0.5 / (units * channels))


@mutant("largest_side", "4 bytes a weight: the bytes are divided by 4, not multiplied")
def multiplies_by_four(units, channels, megabytes):
    return int((megabytes * 1e6 * 4 / (units * channels)) ** 0.5)


@mutant("largest_side", "the channels are divided off after the root: share the weights first, then take the root")
def channels_after_the_root(units, channels, megabytes):
    return int((megabytes * 1e6 / 4 / units) ** 0.5 / channels)


@mutant("largest_side", "the neurons are divided off after the root: share the weights first, then take the root")
def units_after_the_root(units, channels, megabytes):
    return int((megabytes * 1e6 / 4 / channels) ** 0.5 / units)


# ---------------------------------------------------------------------------------------------- weights_three_ways


def _places(side, kernel):
    return (side - kernel + 1) ** 2


@mutant("weights_three_ways", "a patch of k fits at n - k + 1 places in a row of n, not at n - k")
def one_place_too_few(side, kernel):
    places = (side - kernel) ** 2
    return places * side**2, places * kernel**2, kernel**2


@mutant("weights_three_ways", "a patch does not fit at every pixel: at the edge there is no room for it")
def a_place_for_each_pixel(side, kernel):
    return side**4, side**2 * kernel**2, kernel**2


@mutant("weights_three_ways", "the places are counted in rows and in columns: square them")
def places_of_one_row(side, kernel):
    places = side - kernel + 1
    return places * side**2, places * kernel**2, kernel**2


@mutant("weights_three_ways", "sparse but not shared: each place has a patch of weights of its own")
def shares_too_early(side, kernel):
    return _places(side, kernel) * side**2, kernel**2, kernel**2


@mutant("weights_three_ways", "those are the neurons: each of them has a weight for every pixel of its patch")
def counts_neurons(side, kernel):
    return _places(side, kernel) * side**2, _places(side, kernel), 1


@mutant("weights_three_ways", "a patch has k times k pixels, not k")
def patch_of_one_row(side, kernel):
    return _places(side, kernel) * side**2, _places(side, kernel) * kernel, kernel


@mutant("weights_three_ways", "dense: every neuron is connected to all pixels, so multiply by them")
def dense_for_one_neuron(side, kernel):
    return side**2, _places(side, kernel) * kernel**2, kernel**2


@mutant("weights_three_ways", "the biases are counted too: they were to be left out")
def counts_biases(side, kernel):
    places = _places(side, kernel)
    return places * (side**2 + 1), places * (kernel**2 + 1), kernel**2 + 1


@mutant("weights_three_ways", "a picture has side times side pixels, not side")
def picture_of_one_row(side, kernel):
    return _places(side, kernel) * side, _places(side, kernel) * kernel**2, kernel**2


@mutant("weights_three_ways", "shared: all places use one and the same patch of weights, however many places there are")
def places_for_shared(side, kernel):
    return _places(side, kernel) * side**2, _places(side, kernel) * kernel**2, _places(side, kernel)


# -------------------------------------------------------------------------------------------------- permute_pixels


def _rows(images):
    images = np.asarray(images)
    return images.reshape(len(images), -1, images.shape[-1])


@mutant("permute_pixels", "this is the way back: pixel i comes *from* place order[i], it does not go there")
def the_way_back(images, order):
    return _rows(images)[:, np.argsort(order)].reshape(np.shape(images))


@mutant("permute_pixels", "the pixels are counted row by row, not column by column")
def column_by_column(images, order):
    images = np.asarray(images)
    turned = images.transpose(0, 2, 1, 3)
    return _rows(turned)[:, order].reshape(turned.shape).transpose(0, 2, 1, 3)


@mutant("permute_pixels", "the colours of a pixel stay together: choose pixels, not single numbers")
def tears_colours_apart(images, order):
    images = np.asarray(images)
    count, channels = len(images), images.shape[-1]
    planes = images.reshape(count, channels, -1)
    return planes[:, :, order].reshape(images.shape)


@mutant("permute_pixels", "the pictures are as they were: the result of indexing must be returned")
def unchanged(images, order):
    return np.asarray(images)


@mutant("permute_pixels", "pixels are overwritten that are needed later: take them from a copy of the pictures")
def overwrites(images, order):
    rows = _rows(images).copy()
    for i, old in enumerate(order):
        rows[:, i] = rows[:, old]
    return rows.reshape(np.shape(images))


@mutant("permute_pixels", "the order is given: do not sort the pixels by their brightness")
def sorts(images, order):
    return np.sort(_rows(images), axis=1).reshape(np.shape(images))


@mutant("permute_pixels", "the shape is lost: give each picture its height and width back")
def leaves_them_flat(images, order):
    return _rows(images)[:, order]


@mutant("permute_pixels", "an order of your own for each picture will not do: all get the given one")
def draws_an_order(images, order):
    draw = np.random.default_rng(0)
    return np.stack([row[draw.permutation(len(row))] for row in _rows(images)]).reshape(np.shape(images))


# -------------------------------------------------------------------------------------------- weights_for_shuffled


@mutant("weights_for_shuffled", "this is the way back: the weight for new pixel i is that of old pixel order[i]")
def weights_the_way_back(kernel, order):
    return np.asarray(kernel)[np.argsort(order)]


@mutant("weights_for_shuffled", "the weights do not move: each has to follow its pixel")
def weights_unchanged(kernel, order):
    return np.asarray(kernel)


@mutant("weights_for_shuffled", "row i holds the weights of pixel i: the rows are reordered, each as a whole")
def each_column_by_itself(kernel, order):
    kernel = np.asarray(kernel)
    return kernel.ravel()[np.argsort(np.argsort(kernel.ravel()))].reshape(kernel.shape)[::-1]


@mutant("weights_for_shuffled", "no sorting and no reversing: the order says which row comes next")
def weights_sorted(kernel, order):
    return np.sort(np.asarray(kernel), axis=0)


@mutant("weights_for_shuffled", "pixels are rows here, neurons are columns: give the weights back as (pixels, units)")
def transposed(kernel, order):
    return np.asarray(kernel)[order].T


# ---------------------------------------------------------------------------------------------------------- neuron


def _patch(x, w, p, q, down, right):
    rows, columns = np.shape(w)
    return np.asarray(x)[down * p : down * p + rows, right * q : right * q + columns]


def _relu(value):
    return max(0.0, float(value))


@mutant("neuron", "the stride is missing: the patch begins at stride times p and stride times q")
def forgets_the_stride(x, w, b, p, q, stride):
    return _relu(np.sum(np.asarray(w) * _patch(x, w, p, q, 1, 1)) + b)


@mutant("neuron", "rows and columns of neurons are counted from 0: the first patch begins in the corner")
def counts_from_one(x, w, b, p, q, stride):
    return _relu(np.sum(np.asarray(w) * _patch(x, w, p - 1, q - 1, stride, stride)) + b)


@mutant("neuron", "the stride moves the patch, it does not spread it: it multiplies p and q, not i and j")
def spreads_the_patch(x, w, b, p, q, stride):
    patch = np.asarray(x)[p:, q:][::stride, ::stride][: np.shape(w)[0], : np.shape(w)[1]]
    return _relu(np.sum(np.asarray(w)[: len(patch), : patch.shape[1]] * patch) + b)


@mutant("neuron", "the stride counts across as well as down")
def stride_only_down(x, w, b, p, q, stride):
    return _relu(np.sum(np.asarray(w) * _patch(x, w, p, q, stride, 1)) + b)


@mutant("neuron", "p goes down and q to the right: they are exchanged")
def exchanges_the_places(x, w, b, p, q, stride):
    wide = np.pad(np.asarray(x), ((0, 40), (0, 40)))
    return _relu(np.sum(np.asarray(w) * _patch(wide, w, q, p, stride, stride)) + b)


@mutant("neuron", "the bias is missing")
def forgets_the_bias(x, w, b, p, q, stride):
    return _relu(np.sum(np.asarray(w) * _patch(x, w, p, q, stride, stride)))


@mutant("neuron", "the bias is added once, not for every weight")
def bias_for_every_weight(x, w, b, p, q, stride):
    return _relu(np.sum(np.asarray(w) * _patch(x, w, p, q, stride, stride) + b))


@mutant("neuron", "the ReLU is missing: what is negative becomes 0")
def forgets_the_bend(x, w, b, p, q, stride):
    return float(np.sum(np.asarray(w) * _patch(x, w, p, q, stride, stride)) + b)


@mutant("neuron", "the ReLU comes last, after the bias")
def bends_before_the_bias(x, w, b, p, q, stride):
    return _relu(np.sum(np.asarray(w) * _patch(x, w, p, q, stride, stride))) + b


@mutant("neuron", "the ReLU is for the sum, not for each product")
def bends_each_product(x, w, b, p, q, stride):
    products = np.asarray(w) * _patch(x, w, p, q, stride, stride)
    return float(np.maximum(products, 0).sum() + b)


@mutant("neuron", "the filter lies on the patch as it is: it is not turned")
def turns_the_filter(x, w, b, p, q, stride):
    return _relu(np.sum(np.asarray(w)[::-1, ::-1] * _patch(x, w, p, q, stride, stride)) + b)


@mutant("neuron", "a ReLU keeps positive numbers as they are: it is no absolute value")
def takes_the_absolute_value(x, w, b, p, q, stride):
    return abs(float(np.sum(np.asarray(w) * _patch(x, w, p, q, stride, stride)) + b))


@mutant("neuron", "the products are added up, not averaged")
def averages(x, w, b, p, q, stride):
    return _relu(np.mean(np.asarray(w) * _patch(x, w, p, q, stride, stride)) + b)


@mutant("neuron", "patch and filter are multiplied as matrices (@): multiply them number by number (*)")
def multiplies_matrices(x, w, b, p, q, stride):
    return _relu(np.sum(np.asarray(w).T @ _patch(x, w, p, q, stride, stride)) + b)


@mutant("neuron", "patch and filter are multiplied as matrices (@): multiply them number by number (*)")
def multiplies_matrices_turned(x, w, b, p, q, stride):
    return _relu(np.sum(np.asarray(w) @ _patch(x, w, p, q, stride, stride).T) + b)


@mutant("neuron", "the numbers are cut to whole ones: sum and bias keep their fractions")
def cuts_the_sum(x, w, b, p, q, stride):
    return int(_relu(np.sum(np.asarray(w) * _patch(x, w, p, q, stride, stride)) + b))


@mutant("neuron", "the numbers are cut to whole ones: sum and bias keep their fractions")
def cuts_the_bias(x, w, b, p, q, stride):
    return max(0, int(np.sum(np.asarray(w) * _patch(x, w, p, q, stride, stride))) + int(b))


@mutant("neuron", "a filter need not be square: it has columns of its own")
def as_many_columns_as_rows(x, w, b, p, q, stride):
    w = np.asarray(w)[:, : len(w)]
    return _relu(np.sum(w * _patch(x, w, p, q, stride, stride)) + b)


# --------------------------------------------------------------------------------------------------------- follows


@mutant("follows", "the maps are compared as they stand: move the old ones to the right first")
def forgets_to_move(maps, moved_maps, shift):
    return float(np.abs(np.asarray(moved_maps) - np.asarray(maps))[:, shift:].max())


@mutant("follows", "the maps are compared as they stand: move the old ones to the right first")
def compares_all_of_them(maps, moved_maps, shift):
    return float(np.abs(np.asarray(moved_maps) - np.asarray(maps)).max())


@mutant("follows", "moved to the left: a column of the new maps belongs to one further left in the old")
def moves_to_the_left(maps, moved_maps, shift):
    return float(np.abs(np.asarray(moved_maps)[:, :-shift] - np.asarray(maps)[:, shift:]).max())


@mutant("follows", "the first columns came in from outside and do not count")
def counts_what_came_in(maps, moved_maps, shift):
    return float(np.abs(np.asarray(moved_maps) - np.roll(np.asarray(maps), shift, axis=1)).max())


@mutant("follows", "rows run down, columns to the right: the second axis is the one to move along")
def moves_down(maps, moved_maps, shift):
    return float(np.abs(np.asarray(moved_maps)[shift:] - np.asarray(maps)[:-shift]).max())


@mutant("follows", "a difference may be negative: take its absolute value first")
def forgets_the_sign(maps, moved_maps, shift):
    return float((np.asarray(moved_maps)[:, shift:] - np.asarray(maps)[:, :-shift]).max())


@mutant("follows", "the largest difference was asked for, not the mean")
def takes_the_mean(maps, moved_maps, shift):
    return float(np.abs(np.asarray(moved_maps)[:, shift:] - np.asarray(maps)[:, :-shift]).mean())


@mutant("follows", "that is the difference of the largest numbers: take that of each pair, then the largest")
def compares_the_largest(maps, moved_maps, shift):
    return float(abs(np.asarray(moved_maps)[:, shift:].max() - np.asarray(maps)[:, :-shift].max()))


@mutant("follows", "one column is left out, whatever the shift: leave out `shift` of them")
def always_one_column(maps, moved_maps, shift):
    return float(np.abs(np.asarray(moved_maps)[:, 1:] - np.asarray(maps)[:, :-1]).max())


@mutant("follows", "the last columns are left out, too: only the first ones came in from outside")
def leaves_out_both_ends(maps, moved_maps, shift):
    return float(np.abs(np.asarray(moved_maps) - np.roll(maps, shift, axis=1))[:, shift:-shift].max())


@mutant("follows", "the last columns are left out, too: only the first ones came in from outside")
def leaves_out_the_last(maps, moved_maps, shift):
    return float(np.abs(np.asarray(moved_maps)[:, shift:-1] - np.asarray(maps)[:, : -shift - 1]).max())


@mutant("follows", "only the first map is compared: all of them count")
def compares_the_first_map(maps, moved_maps, shift):
    return float(np.abs(np.asarray(moved_maps)[:, shift:, 0] - np.asarray(maps)[:, :-shift, 0]).max())


@mutant("follows", "that says whether they follow: the largest difference was asked for, a number")
def says_whether(maps, moved_maps, shift):
    return np.allclose(np.asarray(moved_maps)[:, shift:], np.asarray(maps)[:, :-shift])


# ------------------------------------------------------------------------------------------------------- two_paths


def _paths(input_shape, classes, sides=(3, 5), filters=8, padding="same", activation="relu", head="softmax"):
    inputs = keras.Input(input_shape)
    maps = [layers.Conv2D(filters, s, padding=padding, activation=activation)(inputs) for s in sides]
    x = layers.GlobalAveragePooling2D()(layers.Concatenate()(maps))
    return keras.Model(inputs, layers.Dense(classes, activation=head)(x))


@mutant("two_paths", "one convolution reads the other: both read the picture itself")
def one_after_the_other(input_shape, classes):
    inputs = keras.Input(input_shape)
    small = layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    large = layers.Conv2D(8, 5, padding="same", activation="relu")(small)
    x = layers.GlobalAveragePooling2D()(layers.Concatenate()([small, large]))
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))


@mutant("two_paths", "the maps are added: put them one behind the other")
def adds_the_maps(input_shape, classes):
    inputs = keras.Input(input_shape)
    maps = [layers.Conv2D(8, side, padding="same", activation="relu")(inputs) for side in (3, 5)]
    x = layers.GlobalAveragePooling2D()(layers.Add()(maps))
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))


@mutant("two_paths", "both windows are 3x3: one of them should be 5x5")
def twice_the_same(input_shape, classes):
    return _paths(input_shape, classes, sides=(3, 3))


@mutant("two_paths", "the convolutions have no ReLU")
def without_bend(input_shape, classes):
    return _paths(input_shape, classes, activation=None)


@mutant("two_paths", "the outputs are no probabilities: the dense layer needs its softmax")
def without_softmax(input_shape, classes):
    return _paths(input_shape, classes, head=None)


@mutant("two_paths", "16 filters in all: each path has 8 of them")
def sixteen_each(input_shape, classes):
    return _paths(input_shape, classes, filters=16)


@mutant("two_paths", "flattened, every place has weights of its own: pool over the whole map instead")
def flattens(input_shape, classes):
    inputs = keras.Input(input_shape)
    maps = [layers.Conv2D(8, side, padding="same", activation="relu")(inputs) for side in (3, 5)]
    x = layers.Flatten()(layers.Concatenate()(maps))
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))


@mutant("two_paths", "the average of each map was asked for, not its maximum")
def pools_the_maximum(input_shape, classes):
    inputs = keras.Input(input_shape)
    maps = [layers.Conv2D(8, side, padding="same", activation="relu")(inputs) for side in (3, 5)]
    x = layers.GlobalMaxPooling2D()(layers.Concatenate()(maps))
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))


@mutant("two_paths", "the maps are joined one below the other: join them along the channels, the last axis")
def joins_the_rows(input_shape, classes):
    inputs = keras.Input(input_shape)
    maps = [layers.Conv2D(8, side, padding="same", activation="relu")(inputs) for side in (3, 5)]
    x = layers.GlobalAveragePooling2D()(layers.Concatenate(axis=1)(maps))
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))


# ------------------------------------------------------------------------------------------------------ what_holds

everything = mutant("what_holds", "some of the sentences contradict a figure: not all of them hold", value="abcdef")
the_opposite = mutant("what_holds", "those are the ones that do not hold", value="bce")
invariant_itself = mutant(
    "what_holds",
    "a convolution's maps move along with the picture, which is not the same as staying as they are",
    value="ade",
)
network_always_wins = mutant("what_holds", "the dense network did not notice the shuffling", value="bdf")
weights_of_the_picture = mutant("what_holds", "the patch alone says how many weights a convolution has", value="acf")

"""Wrong answers to lab 11: the classic mistakes in borrowing a network."""

import math

import keras
import numpy as np
from keras import layers

from ccv.grading import mutant

CAFFE_MEAN_BGR = np.array([103.939, 116.779, 123.68])
TORCH_MEAN_RGB = np.array([0.485, 0.456, 0.406])
TORCH_DEVIATION_RGB = np.array([0.229, 0.224, 0.225])


# ------------------------------------------------------------------------------------------------------- pixels


def _preprocess(images, convention, signed=None, caffe=None, torch=None, raw=None):
    """The right pixels, with a wrong convention put in by each mutant."""
    x = np.asarray(images, dtype=float)
    made = {
        "signed": signed or (lambda x: x / 127.5 - 1),
        "caffe": caffe or (lambda x: x[..., ::-1] - CAFFE_MEAN_BGR),
        "torch": torch or (lambda x: (x / 255 - TORCH_MEAN_RGB) / TORCH_DEVIATION_RGB),
        "raw": raw or (lambda x: x),
    }
    return made[convention](x)


@mutant("preprocess", "the channels of `caffe` are not turned: these weights were learnt on BGR")
def forgets_bgr(images, convention):
    return _preprocess(images, convention, caffe=lambda x: x - CAFFE_MEAN_BGR[::-1])


@mutant("preprocess", "the channels are RGB, the mean BGR: turn the channels before you subtract it")
def mean_of_the_wrong_channel(images, convention):
    return _preprocess(images, convention, caffe=lambda x: x - CAFFE_MEAN_BGR)


@mutant("preprocess", "the mean is subtracted before the channels are turned, so blue loses the mean of red")
def turns_afterwards(images, convention):
    return _preprocess(images, convention, caffe=lambda x: (x - CAFFE_MEAN_BGR)[..., ::-1])


@mutant("preprocess", "`caffe` is not divided by 255: its pixels stay as large as they are")
def divides_caffe(images, convention):
    return _preprocess(images, convention, caffe=lambda x: (x[..., ::-1] - CAFFE_MEAN_BGR) / 255)


@mutant("preprocess", "`signed` goes from -1 to 1: from 0 to 1 is only half of it")
def zero_to_one(images, convention):
    return _preprocess(images, convention, signed=lambda x: x / 255)


@mutant("preprocess", "the mean of `torch` is for pixels from 0 to 1: divide by 255 first")
def torch_on_raw_pixels(images, convention):
    return _preprocess(images, convention, torch=lambda x: (x - TORCH_MEAN_RGB) / TORCH_DEVIATION_RGB)


@mutant("preprocess", "`torch` divides by the deviation, after the mean")
def torch_without_deviation(images, convention):
    return _preprocess(images, convention, torch=lambda x: x / 255 - TORCH_MEAN_RGB)


@mutant("preprocess", "`raw` is left as it is: these networks rescale inside")
def rescales_raw(images, convention):
    return _preprocess(images, convention, raw=lambda x: x / 255)


@mutant("preprocess", "that turns the rows or columns of a batch: the channels are the last axis, [..., ::-1]")
def turns_the_third_axis(images, convention):
    return _preprocess(images, convention, caffe=lambda x: x[:, :, ::-1] - CAFFE_MEAN_BGR)


@mutant("preprocess", "that turns the first axis: the channels are the last one, [..., ::-1]")
def turns_the_first_axis(images, convention):
    return _preprocess(images, convention, caffe=lambda x: x[::-1] - CAFFE_MEAN_BGR)


@mutant("preprocess", "255 should become 1: half of it is 127.5, not 128")
def half_is_128(images, convention):
    return _preprocess(images, convention, signed=lambda x: x / 128 - 1)


@mutant("preprocess", "that goes from 0 to 2: `signed` is less 1")
def zero_to_two(images, convention):
    return _preprocess(images, convention, signed=lambda x: x / 127.5)


@mutant("preprocess", "that goes from -1 to 0: divide by the half of 255")
def minus_one_to_zero(images, convention):
    return _preprocess(images, convention, signed=lambda x: x / 255 - 1)


@mutant("preprocess", "that goes from -0.5 to 0.5: `signed` is twice as wide")
def half_as_wide(images, convention):
    return _preprocess(images, convention, signed=lambda x: x / 255 - 0.5)


@mutant("preprocess", "that goes from -127.5 to 127.5: divide by 127.5 as well")
def signed_not_divided(images, convention):
    return _preprocess(images, convention, signed=lambda x: x - 127.5)


@mutant("preprocess", "`torch` stays RGB, as its mean is: only `caffe` is turned")
def torch_in_bgr(images, convention):
    return _preprocess(images, convention, torch=lambda x: (x[..., ::-1] / 255 - TORCH_MEAN_RGB) / TORCH_DEVIATION_RGB)


@mutant("preprocess", "a parenthesis is missing: subtract the mean first, then divide all of it by the deviation")
def torch_without_a_parenthesis(images, convention):
    return _preprocess(images, convention, torch=lambda x: x / 255 - TORCH_MEAN_RGB / TORCH_DEVIATION_RGB)


@mutant("preprocess", "first less the mean, then over the deviation: not the other way round")
def torch_mean_last(images, convention):
    return _preprocess(images, convention, torch=lambda x: x / 255 / TORCH_DEVIATION_RGB - TORCH_MEAN_RGB)


@mutant("preprocess", "`torch` is less its mean, before it is divided by the deviation")
def torch_without_the_mean(images, convention):
    return _preprocess(images, convention, torch=lambda x: x / 255 / TORCH_DEVIATION_RGB)


@mutant("preprocess", "`caffe` and `torch` have changed places")
def caffe_and_torch_swapped(images, convention):
    return _preprocess(images, {"caffe": "torch", "torch": "caffe"}.get(convention, convention))


@mutant("preprocess", "`caffe` is less ImageNet's mean, after the channels are turned")
def caffe_without_the_mean(images, convention):
    return _preprocess(images, convention, caffe=lambda x: x[..., ::-1])


@mutant("preprocess", "subtract the mean of `caffe`, do not add it")
def adds_the_mean(images, convention):
    return _preprocess(images, convention, caffe=lambda x: x[..., ::-1] + CAFFE_MEAN_BGR)


# ----------------------------------------------------------------------------------------------------- features


def _centroids(features, labels, middle=np.mean):
    classes = np.unique(labels)
    return classes, np.stack([middle(features[labels == k], axis=0) for k in classes])


def _distances(queries, centroids):
    return np.linalg.norm(queries[:, None] - centroids[None], axis=-1)


@mutant("nearest_centroid", "that is the number of the class in the list: give its label")
def gives_the_index(features, labels, queries):
    return _distances(queries, _centroids(features, labels)[1]).argmin(axis=1)


@mutant("nearest_centroid", "that is the farthest class: the nearest has the smallest distance")
def takes_the_farthest(features, labels, queries):
    classes, centroids = _centroids(features, labels)
    return classes[_distances(queries, centroids).argmax(axis=1)]


@mutant("nearest_centroid", "that is the nearest example: compare with the mean of each class")
def nearest_example(features, labels, queries):
    return labels[_distances(queries, features).argmin(axis=1)]


@mutant("nearest_centroid", "the centroid is the mean of a class, not its sum: classes differ in size")
def adds_a_class_up(features, labels, queries):
    classes, centroids = _centroids(features, labels, np.sum)
    return classes[_distances(queries, centroids).argmin(axis=1)]


@mutant("nearest_centroid", "a dot product is no distance: it likes whichever centroid is longest")
def dot_product(features, labels, queries):
    classes, centroids = _centroids(features, labels)
    return classes[(queries @ centroids.T).argmax(axis=1)]


@mutant("nearest_centroid", "distances are Euclidean: the root of the sum of the squares, not a sum of absolute values")
def manhattan(features, labels, queries):
    classes, centroids = _centroids(features, labels)
    return classes[np.abs(queries[:, None] - centroids[None]).sum(axis=-1).argmin(axis=1)]


@mutant("nearest_centroid", "that compares directions only: distances are Euclidean")
def by_the_angle(features, labels, queries):
    classes, centroids = _centroids(features, labels)
    unit = centroids / np.linalg.norm(centroids, axis=1, keepdims=True)
    return classes[(queries @ unit.T).argmax(axis=1)]


@mutant("nearest_centroid", "the centroid is the mean of a class, not its median")
def median_of_a_class(features, labels, queries):
    classes, centroids = _centroids(features, labels, np.median)
    return classes[_distances(queries, centroids).argmin(axis=1)]


@mutant("nearest_centroid", "labels have gaps: a class without examples has no mean, so take those that occur")
def counts_the_classes_through(features, labels, queries):
    means = [features[labels == k].mean(axis=0) if (labels == k).any() else np.nan for k in range(max(labels) + 1)]
    return _distances(queries, np.stack([np.broadcast_to(m, features.shape[1:]) for m in means])).argmin(axis=1)


@mutant("nearest_centroid", "the channels are averaged or added up: a centroid is a vector, each difference is squared")
def one_number_a_class(features, labels, queries):
    classes = np.unique(labels)
    centroids = np.array([features[labels == k].mean() for k in classes])
    return classes[np.abs(queries.mean(axis=1)[:, None] - centroids).argmin(axis=1)]


@mutant("nearest_centroid", "differences of either sign cancel out: square them before you add them up")
def forgets_to_square(features, labels, queries):
    classes, centroids = _centroids(features, labels)
    return classes[(queries[:, None] - centroids[None]).sum(axis=-1).argmin(axis=1)]


@mutant("nearest_centroid", "the nearest examples vote there: compare with the mean of each class")
def three_nearest_vote(features, labels, queries):
    nearest = _distances(queries, features).argsort(axis=1, kind="stable")[:, :3]
    return np.array([np.bincount(row).argmax() for row in labels[nearest]])


@mutant("nearest_centroid", "each class is divided by its own number of examples, not all by that of the largest")
def divides_by_the_largest_class(features, labels, queries):
    classes, counts = np.unique(labels, return_counts=True)
    centroids = _centroids(features, labels, np.sum)[1] / counts.max()
    return classes[_distances(queries, centroids).argmin(axis=1)]


@mutant("nearest_centroid", "centroids and labels stand in different orders: sorted, or as they come, but both alike")
def centroids_as_they_come(features, labels, queries):
    classes = list(dict.fromkeys(np.asarray(labels).tolist()))
    centroids = np.stack([features[labels == k].mean(axis=0) for k in classes])
    return np.sort(classes)[_distances(queries, centroids).argmin(axis=1)]


@mutant("nearest_centroid", "centroids and labels stand in different orders: sorted, or as they come, but both alike")
def labels_as_they_come(features, labels, queries):
    classes = np.array(list(dict.fromkeys(np.asarray(labels).tolist())))
    return classes[_distances(queries, _centroids(features, labels)[1]).argmin(axis=1)]


@mutant("nearest_centroid", "each query gets a label: that is the nearest query of each class, so take the other axis")
def nearest_query_of_each_class(features, labels, queries):
    return _distances(queries, _centroids(features, labels)[1]).argmin(axis=0)


@mutant("nearest_centroid", "that is the class with the most examples, for all: ask which centroid is nearest")
def largest_class(features, labels, queries):
    classes, counts = np.unique(labels, return_counts=True)
    return np.full(len(queries), classes[counts.argmax()])


# --------------------------------------------------------------------------------------------------------- head


def _head(
    base,
    classes,
    dropout=0.2,
    freeze=True,
    pool=layers.GlobalAveragePooling2D,
    activation="softmax",
    hidden=None,
    bias=True,
):
    """The right head, with a wrong part put in by each mutant."""
    base.trainable = not freeze
    inputs = keras.Input(base.input_shape[1:])
    x = pool()(base(inputs, training=False))
    if hidden:
        x = layers.Dense(hidden, activation="relu")(x)
    if dropout:
        x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, layers.Dense(classes, activation=activation, use_bias=bias)(x))


@mutant("add_head", "the base is not frozen: base.trainable = False")
def base_left_open(base, classes, dropout=0.2):
    return _head(base, classes, dropout, freeze=False)


@mutant("add_head", "the head is frozen as well: freeze the base, not the model")
def freezes_the_head(base, classes, dropout=0.2):
    model = _head(base, classes, dropout)
    model.trainable = False
    return model


@mutant("add_head", "the maps are flattened: average each of them")
def flattens(base, classes, dropout=0.2):
    return _head(base, classes, dropout, pool=layers.Flatten)


@mutant("add_head", "that is the maximum of each map: take its mean")
def maximum_of_the_maps(base, classes, dropout=0.2):
    return _head(base, classes, dropout, pool=layers.GlobalMaxPooling2D)


@mutant("add_head", "the softmax is missing: the outputs should be probabilities")
def without_softmax(base, classes, dropout=0.2):
    return _head(base, classes, dropout, activation=None)


@mutant("add_head", "the dropout in front of the dense layer is missing")
def without_dropout(base, classes, dropout=0.2):
    return _head(base, classes, 0)


@mutant("add_head", "a hidden layer is more than was asked for: one dense layer is the head")
def with_a_hidden_layer(base, classes, dropout=0.2):
    return _head(base, classes, dropout, hidden=32)


@mutant("add_head", "the number of classes is not always 16: use `classes`")
def always_sixteen(base, classes, dropout=0.2):
    return _head(base, 16, dropout)


@mutant("add_head", "the dropout is not always 0.2: use `dropout`")
def always_a_fifth(base, classes, dropout=0.2):
    return _head(base, classes, 0.2)


@mutant("add_head", "the dropout stands behind the dense layer: features are dropped, not classes")
def drops_classes(base, classes, dropout=0.2):
    model = _head(base, classes, 0)
    return keras.Model(model.input, layers.Dropout(dropout)(model.output))


@mutant("add_head", "the dropout stands in front of the pooling: drop features, not places of the maps")
def drops_places(base, classes, dropout=0.2):
    return _head(base, classes, 0, pool=lambda: lambda maps: _pooled(layers.Dropout(dropout)(maps)))


def _pooled(maps):
    return layers.GlobalAveragePooling2D()(maps)


@mutant("add_head", "a sigmoid judges each class for itself: with softmax the probabilities sum to 1")
def with_a_sigmoid(base, classes, dropout=0.2):
    return _head(base, classes, dropout, activation="sigmoid")


@mutant("add_head", "probabilities come from a softmax: a ReLU gives any positive number")
def with_a_relu(base, classes, dropout=0.2):
    return _head(base, classes, dropout, activation="relu")


@mutant("add_head", "batch normalisation has numbers that train, too: freeze the whole base")
def norms_left_open(base, classes, dropout=0.2):
    model = _head(base, classes, dropout, freeze=False)
    for layer in base.layers:
        layer.trainable = isinstance(layer, layers.BatchNormalization)
    return model


@mutant("add_head", "only batch normalisation is frozen: freeze the whole base")
def norms_frozen_only(base, classes, dropout=0.2):
    model = _head(base, classes, dropout, freeze=False)
    for layer in base.layers:
        layer.trainable = not isinstance(layer, layers.BatchNormalization)
    return model


@mutant("add_head", "windows of 2x2 leave maps: average each map as a whole")
def averages_windows(base, classes, dropout=0.2):
    return _head(base, classes, dropout, pool=lambda: lambda maps: layers.Flatten()(layers.AveragePooling2D(2)(maps)))


@mutant("add_head", "the dense layer has biases, one for each class")
def without_biases(base, classes, dropout=0.2):
    return _head(base, classes, dropout, bias=False)


@mutant("add_head", "the dropout is not always 0.5: use `dropout`")
def always_a_half(base, classes, dropout=0.2):
    return _head(base, classes, 0.5)


@mutant("add_head", "that is the share that is kept: Keras asks for the share that is dropped")
def share_that_is_kept(base, classes, dropout=0.2):
    return _head(base, classes, 1 - dropout)


def _counts(
    net,
    frozen,
    bn=(2, 2),
    conv_bias=0,
    dense_bias=1,
    still=lambda number, frozen: number < frozen,
    extra=lambda kind, sizes: 0,
):
    """The right counts, with a wrong part put in by each mutant."""
    trained = rest = 0
    for number, (kind, *sizes) in enumerate(net):
        statistics = 0
        if kind == "conv":
            kernel, channels, filters = sizes
            learnt = (kernel * kernel * channels + conv_bias) * filters
        elif kind == "bn":
            learnt, statistics = bn[0] * sizes[0], bn[1] * sizes[0]
        else:
            learnt = (sizes[0] + dense_bias) * sizes[1]
        learnt += extra(kind, sizes)
        held = still(number, frozen)
        trained += 0 if held else learnt
        rest += statistics + (learnt if held else 0)
    return trained, rest


@mutant("count_parameters", "mean and variance of a batch normalisation are statistics: they are never trained")
def trains_the_statistics(layers, frozen=0):
    return _counts(layers, frozen, bn=(4, 0))


@mutant("count_parameters", "a batch normalisation has four numbers a channel: the statistics count as not trained")
def forgets_the_statistics(layers, frozen=0):
    return _counts(layers, frozen, bn=(2, 0))


@mutant("count_parameters", "a batch normalisation has something to learn, too: gamma and beta")
def norms_learn_nothing(layers, frozen=0):
    return _counts(layers, frozen, bn=(0, 4))


@mutant("count_parameters", "the convolutions have no bias here: the batch normalisation behind them has beta")
def convolutions_with_bias(layers, frozen=0):
    return _counts(layers, frozen, conv_bias=1)


@mutant("count_parameters", "the dense layer has a bias for each unit")
def head_without_bias(layers, frozen=0):
    return _counts(layers, frozen, dense_bias=0)


@mutant("count_parameters", "the lowest layers are frozen, those at the pixels: not the highest")
def freezes_from_above(layers, frozen=0):
    return _counts(layers, frozen, still=lambda number, frozen: number >= len(layers) - frozen)


@mutant("count_parameters", "one layer too many is frozen: number `frozen`, counted from 0, is the first that trains")
def one_too_many(layers, frozen=0):
    return _counts(layers, frozen, still=lambda number, frozen: number <= frozen)


@mutant("count_parameters", "a kernel is square: it has kernel * kernel places")
def kernels_of_one_row(layers, frozen=0):
    return _counts([(k, 1, n[0] * n[1], n[2]) if k == "conv" else (k, *n) for k, *n in layers], frozen)


@mutant("count_parameters", "each filter reads all the channels: they multiply as well")
def forgets_the_channels(layers, frozen=0):
    return _counts([(k, n[0], 1, n[2]) if k == "conv" else (k, *n) for k, *n in layers], frozen)


@mutant("count_parameters", "the two numbers are swapped: first those that are trained")
def not_trained_first(layers, frozen=0):
    return _counts(layers, frozen)[::-1]


@mutant("count_parameters", "the second number is that of all parameters: give those that are *not* trained")
def gives_the_total(layers, frozen=0):
    trained, rest = _counts(layers, frozen)
    return trained, trained + rest


@mutant("count_parameters", "statistics are never trained, also where the layer is not frozen: count them always")
def statistics_of_frozen_layers_only(layers, frozen=0):
    trained, rest = _counts(layers, frozen)
    return trained, rest - sum(2 * layer[1] for layer in layers[frozen:] if layer[0] == "bn")


@mutant("count_parameters", "what is frozen still counts, among the parameters that are not trained")
def forgets_what_is_frozen(layers, frozen=0):
    trained, rest = _counts(layers, frozen)
    return trained, rest - sum(_counts(layers[:frozen], 0)[:1])


@mutant("count_parameters", "nothing is frozen there: the lowest `frozen` layers do not train")
def freezes_nothing(layers, frozen=0):
    return _counts(layers, 0)


@mutant("count_parameters", "a dense layer has a bias for each unit, not for each input")
def bias_of_each_input(layers, frozen=0):
    return _counts(layers, frozen, dense_bias=0, extra=lambda kind, sizes: sizes[0] if kind == "dense" else 0)


@mutant("count_parameters", "the statistics of a frozen batch normalisation still count, among what is not trained")
def frozen_statistics_forgotten(layers, frozen=0):
    trained, still = _counts(layers, frozen)
    return trained, still - sum(2 * sizes[0] for kind, *sizes in layers[:frozen] if kind == "bn")


# ------------------------------------------------------------------------------------------------------ freezing


def _freeze(model, name, include=True, norms=False, reopen=True, above=True):
    """The right flags, with a wrong part put in by each mutant."""
    if reopen:
        model.trainable = True
    names = [layer.name for layer in model.layers]
    line = names.index(name) + (1 if include else 0)
    for number, layer in enumerate(model.layers):
        norm = isinstance(layer, layers.BatchNormalization) and not norms
        layer.trainable = (number >= line) == above and not norm
    return model


@mutant("freeze_until", "the named layer is to be frozen, too: up to and including it")
def leaves_the_named_layer(model, name):
    return _freeze(model, name, include=False)


@mutant("freeze_until", "batch normalisation above the line must stay frozen, too: its statistics would move")
def opens_the_norms(model, name):
    return _freeze(model, name, norms=True)


@mutant("freeze_until", "the model's own flag was False and still is: nothing inside trains until it is set to True")
def forgets_the_outer_flag(model, name):
    return _freeze(model, name, reopen=False)


@mutant("freeze_until", "that is upside down: freeze what lies below, at the pixels")
def freezes_above(model, name):
    return _freeze(model, name, above=False)


@mutant("freeze_until", "what was frozen before is frozen still: open everything first")
def only_ever_freezes(model, name):
    for layer in model.layers:
        layer.trainable = False
        if layer.name == name:
            break
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False
    return model


@mutant("freeze_until", "only the named layer is frozen: freeze all that come before it, too")
def freezes_one_layer(model, name):
    model.trainable = True
    for layer in model.layers:
        layer.trainable = layer.name != name and not isinstance(layer, layers.BatchNormalization)
    return model


@mutant("freeze_until", "first the model, then its layers: the flag of the model, set last, opens all of them again")
def opens_the_model_last(model, name):
    model = _freeze(model, name, reopen=False)
    model.trainable = True
    return model


@mutant(
    "freeze_until", "the model itself is frozen, so nothing inside trains: set its own flag to True, then the layers'"
)
def closes_the_model(model, name):
    model.trainable = False
    return _freeze(model, name, reopen=False)


@mutant("freeze_until", "batch normalisation alone is frozen: all up to the named layer should be, too")
def freezes_the_norms_only(model, name):
    model.trainable = True
    for layer in model.layers:
        layer.trainable = not isinstance(layer, layers.BatchNormalization)
    return model


@mutant("freeze_until", "everything trains: freeze what comes before the named layer, and that one")
def opens_everything(model, name):
    model.trainable = True
    for layer in model.layers:
        layer.trainable = True
    return model


@mutant("freeze_until", "the named layer is to be frozen, too, and so is every batch normalisation above it")
def leaves_the_named_layer_and_the_norms(model, name):
    return _freeze(model, name, include=False, norms=True)


@mutant("moved", "with a tolerance small moves go unseen: compare exactly")
def with_a_tolerance(before, after):
    return [name for name in before if not np.allclose(before[name], after[name])]


@mutant("moved", "one number that differs is enough: any, not all")
def all_must_differ(before, after):
    return [name for name in before if (before[name] != after[name]).all()]


@mutant("moved", "those are the ones that stood still")
def those_that_stood(before, after):
    return [name for name in before if (before[name] == after[name]).all()]


@mutant("moved", "the sum may stay while the numbers change places: compare each number")
def compares_sums(before, after):
    return [name for name in before if np.sort(before[name].ravel()).sum() != np.sort(after[name].ravel()).sum()]


@mutant("moved", "the names are sorted by the alphabet: keep the order of `before`")
def in_alphabetical_order(before, after):
    return sorted(name for name in before if (before[name] != after[name]).any())


@mutant("moved", "what has become smaller has moved, too")
def only_what_grew(before, after):
    return [name for name in before if (after[name] > before[name]).any()]


@mutant("moved", "that stops at the first array that moved: give the names of all")
def first_one_alone(before, after):
    return [name for name in before if (before[name] != after[name]).any()][:1]


@mutant("moved", "that is every name: only those whose arrays differ")
def every_name(before, after):
    return list(before)


# --------------------------------------------------------------------------------------------------------- rates


@mutant("moved", "differences of either sign cancel out when they are added up: compare each number")
def differences_that_cancel(before, after):
    return [name for name in before if np.sum(after[name] - before[name]) != 0]


@mutant("moved", "that is how many have moved: give their names")
def how_many_moved(before, after):
    return sum(bool((before[name] != after[name]).any()) for name in before)


@mutant("moved", "that says of each array whether it moved: give the names of those that did")
def whether_they_moved(before, after):
    return [bool((before[name] != after[name]).any()) for name in before]


@mutant("learning_rates", "that is upside down: the head learns fastest, and it comes last")
def fastest_at_the_pixels(stages, rate, decay):
    return [rate * decay**stage for stage in range(stages)]


@mutant("learning_rates", "the head learns at the full rate: the decay begins below it")
def head_decays_too(stages, rate, decay):
    return [rate * decay ** (stages - stage) for stage in range(stages)]


@mutant("learning_rates", "the decay is once for each step down, and they multiply: not the same rate for all below")
def one_rate_below(stages, rate, decay):
    return [rate * decay] * (stages - 1) + [rate]


@mutant("learning_rates", "below the head the rates get smaller: multiply by the decay, do not divide")
def divides_by_the_decay(stages, rate, decay):
    return [rate / decay ** (stages - 1 - stage) for stage in range(stages)]


@mutant("learning_rates", "the decay multiplies from part to part: it is not subtracted in equal steps")
def linear_decay(stages, rate, decay):
    return [rate * (1 - (1 - decay) * (stages - 1 - stage)) for stage in range(stages)]


@mutant("learning_rates", "the rates fall by a factor from part to part: not in equal steps between two ends")
def equal_steps(stages, rate, decay):
    return list(np.linspace(rate * decay, rate, stages))


@mutant("learning_rates", "`rate` is missing: the head learns at it, all others at a part of it")
def without_the_rate(stages, rate, decay):
    return [decay ** (stages - 1 - stage) for stage in range(stages)]


@mutant("learning_rates", "below the head the rate is `decay` times as large, not 1 - `decay` times")
def loses_the_decay(stages, rate, decay):
    return [rate * (1 - decay) ** (stages - 1 - stage) for stage in range(stages)]


@mutant("learning_rates", "the decay multiplies from part to part: a power of it, not a multiple")
def multiples_of_the_decay(stages, rate, decay):
    return [rate * decay * (stage + 1) for stage in range(stages)]


@mutant("learning_rates", "the decay is the factor itself: no exponential is needed")
def exponential_decay(stages, rate, decay):
    return [rate * math.exp(-decay * (stages - 1 - stage)) for stage in range(stages)]


@mutant("learning_rates", "all parts learn at the same rate there: each one below learns slower")
def one_rate_for_all(stages, rate, decay):
    return [rate] * stages


@mutant("learning_rates", "each step down multiplies by the decay once more: powers 0, 1, 2, ..., without a gap")
def every_second_power(stages, rate, decay):
    return [rate * decay ** (2 * (stages - 1 - stage)) for stage in range(stages)]


def _rate(step, steps, warmup, peak, fall, rise=lambda t: t, after=0.0):
    if step < warmup:
        return peak * rise(step / warmup)
    if step > steps:
        return after
    return peak * fall(step)


@mutant("warm_cosine", "the cosine begins where the warm-up ends: count its steps from there")
def cosine_from_the_beginning(step, steps, warmup, peak):
    return _rate(step, steps, warmup, peak, lambda t: (1 + math.cos(math.pi * t / steps)) / 2)


@mutant("warm_cosine", "the cosine falls over all the steps: it has only those that the warm-up leaves")
def falls_too_slowly(step, steps, warmup, peak):
    return _rate(step, steps, warmup, peak, lambda t: (1 + math.cos(math.pi * (t - warmup) / steps)) / 2)


@mutant("warm_cosine", "that is a whole wave, which comes back up: half a wave ends at 0")
def whole_wave(step, steps, warmup, peak):
    return _rate(step, steps, warmup, peak, lambda t: (1 + math.cos(2 * math.pi * (t - warmup) / (steps - warmup))) / 2)


@mutant("warm_cosine", "the bare cosine goes down to -1: lift it by one and halve it")
def bare_cosine(step, steps, warmup, peak):
    return _rate(step, steps, warmup, peak, lambda t: math.cos(math.pi * (t - warmup) / (steps - warmup)))


@mutant("warm_cosine", "the half is missing: the cosine's part begins at twice the peak")
def without_the_half(step, steps, warmup, peak):
    return _rate(step, steps, warmup, peak, lambda t: 1 + math.cos(math.pi * (t - warmup) / (steps - warmup)))


@mutant("warm_cosine", "the fall is a straight line: take half a cosine wave")
def falls_along_a_line(step, steps, warmup, peak):
    return _rate(step, steps, warmup, peak, lambda t: 1 - (t - warmup) / (steps - warmup))


@mutant("warm_cosine", "there is no warm-up: the rate rises from 0 along a straight line first")
def starts_at_the_peak(step, steps, warmup, peak):
    return _rate(
        step,
        steps,
        warmup,
        peak,
        lambda t: (1 + math.cos(math.pi * (t - warmup) / (steps - warmup))) / 2,
        rise=lambda t: 1.0,
    )


def _half_wave(step, steps, warmup):
    return (1 + math.cos(math.pi * (step - warmup) / (steps - warmup))) / 2


@mutant("warm_cosine", "after the last step the wave comes back up: from there on the rate is 0")
def comes_back_up(step, steps, warmup, peak):
    return peak * (step / warmup if step < warmup else _half_wave(step, steps, warmup))


@mutant("warm_cosine", "one step too early: at step 0 the rate is 0")
def warms_a_step_early(step, steps, warmup, peak):
    return _rate(step + 1, steps, warmup, peak, lambda _: 1) if step < warmup else _fallen(step, steps, warmup, peak)


def _fallen(step, steps, warmup, peak):
    return _rate(step, steps, warmup, peak, lambda t: _half_wave(t, steps, warmup))


@mutant("warm_cosine", "the cosine takes radians: half a wave is pi, not 180")
def in_degrees(step, steps, warmup, peak):
    return _rate(step, steps, warmup, peak, lambda t: (1 + math.cos(180 * (t - warmup) / (steps - warmup))) / 2)


@mutant("warm_cosine", "half a wave is pi: without it the rate does not get down to 0")
def without_pi(step, steps, warmup, peak):
    return _rate(step, steps, warmup, peak, lambda t: (1 + math.cos((t - warmup) / (steps - warmup))) / 2)


@mutant("warm_cosine", "that rises after the warm-up: 1 + cos falls, 1 - cos rises")
def rises_again(step, steps, warmup, peak):
    return _rate(step, steps, warmup, peak, lambda t: 1 - _half_wave(t, steps, warmup))


@mutant("warm_cosine", "a quarter of a wave is steepest at the end: half a wave, lifted and halved, ends flat")
def quarter_wave(step, steps, warmup, peak):
    return _rate(step, steps, warmup, peak, lambda t: math.cos(math.pi / 2 * (t - warmup) / (steps - warmup)))


@mutant("warm_cosine", "the rate stays at its peak after the warm-up: it has to fall")
def stays_at_the_peak(step, steps, warmup, peak):
    return _rate(step, steps, warmup, peak, lambda t: 1, after=peak)


@mutant("warm_cosine", "`peak` is missing: the rate goes up to it, not to 1")
def up_to_one(step, steps, warmup, peak):
    return _fallen(step, steps, warmup, 1.0)


@mutant("warm_cosine", "after the last step the rate is 0, not the peak")
def peak_after_the_end(step, steps, warmup, peak):
    return peak if step > steps else _fallen(step, steps, warmup, peak)


@mutant("warm_cosine", "the cosine counts its steps from the end of the warm-up: t - w above the line, too")
def counts_from_the_start(step, steps, warmup, peak):
    return _rate(step, steps, warmup, peak, lambda t: (1 + math.cos(math.pi * t / (steps - warmup))) / 2)


@mutant("warm_cosine", "there is no warm-up: the steps before it ends lie on the cosine, too")
def cosine_from_before_the_warm_up(step, steps, warmup, peak):
    if step > steps:
        return 0.0
    return peak / 2 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


# ------------------------------------------------------------------------------------------- deciding and looking


fine_tunes_on_few = mutant(
    "rule_of_thumb",
    "with few examples the whole network would learn them by heart: train as few numbers as you can",
    value={"few, similar": "D", "few, different": "A", "many, similar": "B", "many, different": "C"},
)
late_for_different = mutant(
    "rule_of_thumb",
    "the later a stage, the more it is about the old task: a different task wants an earlier one",
    value={"few, similar": "C", "few, different": "B", "many, similar": "D", "many, different": "A"},
)
few_and_different_fine_tuned = mutant(
    "rule_of_thumb",
    "few examples cannot train a network, and many can: C and D stand in each other's box",
    value={"few, similar": "B", "few, different": "D", "many, similar": "C", "many, different": "A"},
)
similar_and_different_exchanged = mutant(
    "rule_of_thumb",
    "the more the tasks differ, the less the late layers are worth: similar and different are exchanged",
    value={"few, similar": "C", "few, different": "B", "many, similar": "A", "many, different": "D"},
)


forgets_the_weights = mutant(
    "rule_of_thumb",
    "weights learnt on a similar task are worth keeping: do not begin at random there",
    value={"few, similar": "B", "few, different": "C", "many, similar": "A", "many, different": "D"},
)


def _heat(maps, gradients, weights=lambda g: g.mean(axis=(0, 1)), cut=lambda h: np.maximum(h, 0), add=None):
    """The right heat, with a wrong part put in by each mutant."""
    heat = cut((maps * weights(gradients)).sum(axis=-1) if add is None else add(maps, gradients))
    return heat / heat.max() if heat.max() > 0 else heat


@mutant("grad_cam", "what speaks against the class is in it: cut the sum at zero")
def without_the_cut(maps, gradients):
    heat = _heat(maps, gradients, cut=lambda h: h)
    return heat


@mutant("grad_cam", "what speaks against the class is in it: cut the sum at zero")
def without_the_cut_and_always_divided(maps, gradients):
    heat = (maps * gradients.mean(axis=(0, 1))).sum(axis=-1)
    return heat / heat.max()


@mutant("grad_cam", "what speaks against the class is in it: cut the sum at zero")
def without_the_cut_over_the_largest_size(maps, gradients):
    heat = (maps * gradients.mean(axis=(0, 1))).sum(axis=-1)
    return heat / np.abs(heat).max()


@mutant("grad_cam", "cut before you divide: where all is negative, the largest value turns the signs round")
def divides_before_the_cut(maps, gradients):
    return np.maximum(without_the_cut_and_always_divided(maps, gradients), 0)


@mutant("grad_cam", "what speaks against the class counts for it here: cut the sum at zero, do not take its size")
def takes_the_size(maps, gradients):
    return _heat(maps, gradients, cut=np.abs)


@mutant("grad_cam", "average the gradient over each map first: a map has one weight")
def gradient_at_each_place(maps, gradients):
    return _heat(maps, gradients, weights=lambda g: g)


@mutant("grad_cam", "cut at zero after the maps are added: a map that speaks against the class counts")
def cuts_each_map(maps, gradients):
    return _heat(
        maps, gradients, add=lambda maps, g: np.maximum(maps * np.asarray(g).mean(axis=(0, 1)), 0).sum(axis=-1)
    )


@mutant("grad_cam", "that is not divided by its largest value, which should become 1")
def not_divided(maps, gradients):
    return np.maximum((maps * gradients.mean(axis=(0, 1))).sum(axis=-1), 0)


@mutant("grad_cam", "the gradients weigh the maps: the plain sum of the maps is the same for every class")
def ignores_the_gradients(maps, gradients):
    return _heat(maps, gradients, weights=lambda g: np.ones(g.shape[-1]))


@mutant(
    "grad_cam", "the smallest value is lifted to 0 there: cut at zero instead, for below it speaks against the class"
)
def from_the_smallest(maps, gradients):
    return _heat(maps, gradients, cut=lambda h: h - h.min())


@mutant("grad_cam", "negative gradients count in the mean: nothing is cut before the maps are added")
def positive_gradients_only(maps, gradients):
    return _heat(maps, gradients, weights=lambda g: np.maximum(g, 0).mean(axis=(0, 1)))


@mutant("grad_cam", "the sign of a gradient says whether a map speaks for the class: take no absolute values")
def absolute_gradients(maps, gradients):
    return _heat(maps, gradients, weights=lambda g: np.abs(g).mean(axis=(0, 1)))


@mutant("grad_cam", "where nothing speaks for the class you divide zero by zero: all should be 0 there")
def divides_zero_by_zero(maps, gradients):
    with np.errstate(invalid="ignore"):
        heat = np.maximum((maps * gradients.mean(axis=(0, 1))).sum(axis=-1), 0)
        return heat / heat.max()


@mutant("grad_cam", "divide by the largest value, not by the sum")
def divided_by_the_sum(maps, gradients):
    heat = np.maximum((maps * gradients.mean(axis=(0, 1))).sum(axis=-1), 0)
    return heat / heat.sum() if heat.sum() > 0 else heat


@mutant("grad_cam", "average over the places, the first two axes: each map has one weight")
def averages_over_the_maps(maps, gradients):
    return _heat(maps, gradients, weights=lambda g: g.mean(axis=-1, keepdims=True))


@mutant("grad_cam", "the mean of a map's gradient is its weight, not the largest one")
def largest_gradient(maps, gradients):
    return _heat(maps, gradients, weights=lambda g: g.max(axis=(0, 1)))


@mutant("grad_cam", "the maps are missing: the gradients are only their weights")
def forgets_the_maps(maps, gradients):
    return _heat(np.ones_like(maps), gradients, weights=lambda g: g)


@mutant("grad_cam", "the smallest value is subtracted: only divide by the largest, and 0 keeps its meaning")
def stretched_from_the_smallest(maps, gradients):
    heat = np.maximum((maps * gradients.mean(axis=(0, 1))).sum(axis=-1), 0)
    room = heat.max() - heat.min()
    return (heat - heat.min()) / room if room else heat

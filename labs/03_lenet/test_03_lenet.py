"""The checks of lab 03: counts of layers and networks, LeNet-5 and what it was in 1998, work, sight, and training."""

import numpy as np
import pytest

from ccv.grading import as_array, as_items, assert_column, assert_count, network_difference
from ccv.grading.measured import fresh

_COUNTED = ("ccv.anatomy", "ccv.models")
MAY_NOT_CALL = {
    "conv_parameters": _COUNTED,
    "dense_parameters": _COUNTED,
    "fill_the_table": _COUNTED,
    "build_lenet5": ("ccv.models",),
    "generate_model": ("ccv.models",),
    "subsampling_parameters": _COUNTED,
    "sparse_parameters": _COUNTED,
    "multiply_adds": _COUNTED,
    "receptive_field": _COUNTED,
    "train": ("ccv.data", "ccv.training"),
    "confusion_matrix": (
        "ccv.training",
        "sklearn.metrics.confusion_matrix",
        "tensorflow.python.ops.confusion_matrix.confusion_matrix",  # tf.math's
    ),
}


CNN_EXAMPLE = [("conv", 8, 5), ("pool", 2), ("conv", 16, 5), ("pool", 2), ("dense", 120), ("dense", 84), ("dense", 10)]
LENET = [("conv", 6, 5), ("pool", 2), ("conv", 16, 5), ("pool", 2), ("dense", 120), ("dense", 84), ("dense", 10)]


KINDS = {"conv": "convolution", "pool": "pooling", "dense": "dense layer"}


def assert_counts(mine, wanted):
    """Compare when all questions were asked: a mistake is named only where it explains every answer."""
    for got, (what, right) in zip(mine, wanted.items(), strict=True):
        assert_count(got, right, what)


# ------------------------------------------------------------------------------------------- counting one layer


def assert_layers(answer, reference, layers, bias, called):
    """Those with or without biases are told; all are asked about first, since the more is seen, the surer a mistake is."""
    given = {with_bias: [answer(*layer, bias=with_bias) for layer in layers] for with_bias in (True, False)}
    for layer, mine in zip(layers, given[bias], strict=True):
        what = f"{called(*layer)}, {'with' if bias else 'without'} biases,"
        assert_count(mine, reference(*layer, bias=bias), what)


def convolutions(rng):
    """Those of the text, LeNet-5's own C1 and C3, and fresh ones: (kernel, channels, filters)."""
    return [(4, 3, 5), (4, 3, 1), (3, 4, 6), (3, 3, 1), (5, 1, 6), (5, 6, 16), *rng.integers(1, 40, (6, 3)).tolist()]


def call_convolution(kernel, channels, filters):
    return f"{filters} filter{'s' * (filters > 1)} of {kernel}x{kernel} on {channels} channel{'s' * (channels > 1)}"


@pytest.mark.exercise("conv_parameters", points=1)
def test_conv_parameters_weights(answer, reference, rng):
    """240 for W[4, 4, 3, 5], 216 for W[3, 3, 4, 6]."""
    assert_layers(answer, reference, convolutions(rng), False, call_convolution)


@pytest.mark.exercise("conv_parameters", points=1)
def test_conv_parameters_with_biases(answer, reference, rng):
    """245, 222, and 28 for one 3x3x3 filter."""
    assert_layers(answer, reference, convolutions(rng), True, call_convolution)


def dense_layers(rng):
    """Those of the text, the dense layers of LeNet-5, and fresh ones: (shape, units)."""
    shapes = [(5, 5, 16), (120,), (84,), *(tuple(rng.integers(2, 30, n).tolist()) for n in (1, 2, 3))]
    layers = [((32, 32, 3), 1), ((32, 32, 3), 10), ((200, 200), 1024), ((4000, 4000), 1024)]
    return layers + [(shape, int(rng.integers(2, 200))) for shape in shapes]


def call_dense(shape, units):
    return f"{units} unit{'s' * (units > 1)} on an input of shape {shape}"


@pytest.mark.exercise("dense_parameters", points=1)
def test_dense_parameters_weights(answer, reference, rng):
    """40,960,000 for 1024 units on 200x200."""
    assert_layers(answer, reference, dense_layers(rng), False, call_dense)


@pytest.mark.exercise("dense_parameters", points=1)
def test_dense_parameters_with_biases(answer, reference, rng):
    """3073 for one unit on 32x32x3, 30730 for ten."""
    assert_layers(answer, reference, dense_layers(rng), True, call_dense)


@pytest.mark.exercise("million_pixel_weights", points=1)
def test_million_pixel_weights(answer):
    """25 times as many as for 200x200."""
    assert_count(answer, 1_024_000_000, "the number of weights of 1024 units on 1000x1000 pixels")


# ----------------------------------------------------------------------------------------- counting a network


def rows_of(answer, shape, layers, what):
    """The table as (place, layer, shape, parameters) row by row, so that a message can say which layer it is about."""
    rows = []
    for number, (row, layer) in enumerate(
        zip(as_items(answer(shape, layers), len(layers), f"{what}: the rows of the table"), layers, strict=True),
        start=1,
    ):
        place = f"{what}, row {number}, {layer}:"
        output, parameters = as_items(row, 2, f"{place} the output shape and the number of parameters")
        rows.append((place, layer, output, parameters))
    return rows


def tables(rng):
    """The table of the example, LeNet-5 also on images that a pool does not divide, and fresh networks."""
    pick = lambda low, high: int(rng.integers(low, high))  # noqa: E731
    asked = [((32, 32, 3), CNN_EXAMPLE, "the 32x32x3 example")]
    asked += [(shape, LENET, f"LeNet-5 on {shape}") for shape in [(32, 32, 1), (31, 47, 2)]]
    for _ in range(3):
        shape = (pick(30, 50), pick(51, 70), pick(1, 5))
        layers = [("conv", pick(2, 20), 7), ("conv", pick(2, 20), 3), ("pool", 3), ("conv", pick(2, 9), 2)]
        layers += [("pool", 2), ("dense", pick(20, 99)), ("dense", pick(2, 20))]
        asked.append((shape, layers, f"a network on {shape}"))
    asked.append(((9, 8, 3), [("dense", pick(5, 50)), ("dense", 3)], "two dense layers on (9, 8, 3)"))
    return asked


def assert_parameters(answer, reference, rng, kinds):
    """The numbers of parameters of all layers of these kinds."""
    for shape, layers, what in tables(rng):
        rows = rows_of(answer, shape, layers, what)
        compared = [
            (mine, right, f"row {number}, {layer}", KINDS[layer[0]])
            for number, ((_, layer, _, mine), (_, right)) in enumerate(
                zip(rows, reference(shape, layers), strict=True), 1
            )
            if layer[0] in kinds
        ]
        if compared:
            zero = "such a layer has nothing to learn"
            assert_column(*zip(*compared, strict=True), "the number of parameters", what, zero=zero)


@pytest.mark.exercise("fill_the_table", points=1)
def test_fill_the_table_shapes(answer, reference, rng):
    for shape, layers, what in tables(rng):
        for (place, _, output, _), (right, _) in zip(
            rows_of(answer, shape, layers, what), reference(shape, layers), strict=True
        ):
            batch = isinstance(output, list | tuple) and output and output[0] is None
            assert not batch, f"{place} the output shape begins with None: leave out the axis of the batch"
            mine = as_array(output, f"{place} the output shape")
            assert mine.ndim == 1, f"{place} the output shape should be a tuple, also for a dense layer: (units,)"
            said = f"{place} the output shape ({', '.join(map(str, mine.tolist()))}{',' * (len(mine) == 1)})"
            assert len(mine) == len(right), f"{said} has the wrong number of axes"
            assert mine.tolist() == list(right), f"{said} is not right"


@pytest.mark.exercise("fill_the_table", points=1)
def test_fill_the_table_convolutions_and_pools(answer, reference, rng):
    """608, 0, 3216, 0."""
    assert_parameters(answer, reference, rng, ("conv", "pool"))


@pytest.mark.exercise("fill_the_table", points=1)
def test_fill_the_table_dense_layers(answer, reference, rng):
    """48120, 10164, 850."""
    assert_parameters(answer, reference, rng, ("dense",))


@pytest.mark.exercise("fill_the_table", points=1)
def test_fill_the_table_biases_aside(answer, reference, rng):
    """The typos of the first printing are of biases; whoever has but these wrong has most of it right."""
    for shape, layers, what in tables(rng):
        for (place, layer, _, mine), (_, right) in zip(
            rows_of(answer, shape, layers, what), reference(shape, layers), strict=True
        ):
            number, biases = as_array(mine, f"{place} the number of parameters", ()), layer[1] * (layer[0] != "pool")
            close = right - biases <= number.real <= right
            assert close, f"{place} the number of parameters is {number}, which is not right, with or without biases"


# ------------------------------------------------------------------------------------------------------ building


def assert_is_built(model, what):
    """A Keras model that knows its input."""
    import keras

    assert isinstance(model, keras.Model), f"{what} should be a Keras model; is there a `return`?"
    assert model.built, (
        f"{what} has no weights yet, since nothing says how large its images are: begin with keras.Input(input_shape)"
    )
    assert model.weights, f"{what} has no layer that learns"
    shape = getattr(model, "output_shape", None)
    assert isinstance(shape, tuple), f"{what} should have one output"


def first_difference(model, wanted, what):
    """The first layer that differs, with its arithmetic; dropout and the like compute nothing."""
    said = network_difference(model, wanted, what, ignore=("Dropout", "regularizers"))
    return said or f"{what} is not the network that was asked for"


def assert_learns_the_same(model, wanted, what):
    """The weights of each layer, in order, have the sizes that they should have."""
    got = [layer.count_params() for layer in model.layers if layer.weights]
    expected = [layer.count_params() for layer in wanted.layers if layer.weights]
    assert got == expected, first_difference(model, wanted, what)
    assert model.count_params() == wanted.count_params(), f"{what} has {model.count_params():,} parameters, not right"


def assert_computes_the_same(model, wanted, rng, what):
    """Equal weights must give equal outputs; it does not matter how the layers are called or cut."""
    sizes = [weight.size for weight in model.get_weights()], [weight.size for weight in wanted.get_weights()]
    assert sizes[0] == sizes[1], first_difference(model, wanted, what)
    # Small random biases as well, so that a bias or an activation cannot hide.
    values = [w if w.ndim > 1 else rng.normal(0, 0.1, w.shape) for w in wanted.get_weights()]
    wanted.set_weights(values)
    model.set_weights([v.reshape(w.shape) for v, w in zip(values, model.get_weights(), strict=True)])
    images = rng.normal(0, 1, (4, *wanted.input_shape[1:])).astype("float32")
    got, right = np.asarray(model(images)), np.asarray(wanted(images))
    assert got.shape == right.shape, f"{what} gives outputs of shape {got.shape[1:]} for an image, which is not right"
    sums = got.reshape(4, -1).sum(axis=1)
    assert np.allclose(sums, 1, atol=1e-4), f"{what}: its outputs are no probabilities, since they do not add up to 1"
    assert np.allclose(got, right, atol=1e-4), first_difference(model, wanted, what)


@pytest.mark.exercise("build_lenet5", points=1, timeout=60)
def test_build_lenet5_counts(answer, reference):
    """61,706 parameters in five layers."""
    model = answer((32, 32, 1), 10)
    assert_is_built(model, "your LeNet-5")
    assert_learns_the_same(model, reference((32, 32, 1), 10), "LeNet-5 on 32x32x1")


@pytest.mark.exercise("build_lenet5", points=2, timeout=60)
def test_build_lenet5_computes(answer, reference, rng):
    """Tanh, average pooling, softmax."""
    model = answer((32, 32, 1), 10)
    assert_is_built(model, "your LeNet-5")
    assert_computes_the_same(model, reference((32, 32, 1), 10), rng, "LeNet-5 on 32x32x1")


@pytest.mark.exercise("build_lenet5", points=1, timeout=60)
def test_build_lenet5_for_other_images(answer, reference, rng):
    """28x28 with 'same' in C1; other channels and classes."""
    for shape, classes in [((28, 28, 1), 10), ((40, 36, 3), int(rng.integers(3, 9)))]:
        model = answer(shape, classes)
        what = f"LeNet-5 for input_shape={shape} and {classes} classes"
        assert_is_built(model, what)
        assert_learns_the_same(model, reference(shape, classes), what)
        assert_computes_the_same(model, reference(shape, classes), rng, what)


@pytest.mark.exercise("generate_model", points=1, timeout=60)
def test_generate_model_is_a_model(answer):
    """It builds, knows its input, and ends in ten numbers an image."""
    model = answer((28, 28, 1))
    assert_is_built(model, "the repaired model")
    assert model.output_shape == (None, 10), (
        f"the repaired model gives {model.output_shape[1:]} for an image, and should give ten numbers"
    )


@pytest.mark.exercise("generate_model", points=1, timeout=60)
def test_generate_model_counts(answer, reference):
    """1,668,490 parameters."""
    model = answer((28, 28, 1))
    assert_is_built(model, "the repaired model")
    assert_learns_the_same(model, reference((28, 28, 1)), "the repaired model")


@pytest.mark.exercise("generate_model", points=1, timeout=60)
def test_generate_model_computes(answer, reference, rng):
    """The activations and pools that it had, also on images of another size."""
    for shape in [(28, 28, 1), (21, 26, 3)]:
        model = answer(shape)
        assert_is_built(model, "the repaired model")
        assert_computes_the_same(model, reference(shape), rng, f"the repaired model on {shape}")


# ------------------------------------------------------------------------------------------------ 60,000, and work


@pytest.mark.exercise("subsampling_parameters", points=1)
def test_subsampling_parameters(answer, rng):
    """12 for S2, 32 for S4."""
    several = [6, 16, *rng.integers(2, 99, 4).tolist()]
    for maps, mine in zip(several, [answer(maps) for maps in several], strict=True):
        assert_count(mine, 2 * maps, f"the subsampling {'S2, with 6 maps,' if maps == 6 else f'of {maps} maps'}")


def tables_of_connections(solution, rng):
    """(table, kernel): that of 1998, a full one, and fresh ones."""
    tables = [(solution.C3_TABLE, 5), (np.ones((6, 16), bool), 5)]
    sizes = rng.integers(2, 20, (4, 3)).tolist()
    return tables + [(rng.random((below, above)) < 0.6, kernel) for below, above, kernel in sizes]


def connected(answer, solution, rng):
    """Each table with the answer and what it is called."""
    asked = tables_of_connections(solution, rng)
    for (table, kernel), mine in [(question, answer(*question)) for question in asked]:
        shape, connections = "x".join(map(str, table.shape)), int(table.sum())
        yield table, kernel, mine, f"a table of {shape} with {connections} connections, {kernel}x{kernel} kernels,"


@pytest.mark.exercise("sparse_parameters", points=1)
def test_sparse_parameters_biases_aside(answer, solution, rng):
    """Whoever has but the biases wrong has most of it right."""
    for table, kernel, mine, what in connected(answer, solution, rng):
        number, weights = as_array(mine, what, ()), kernel * kernel * int(table.sum())
        close = weights <= number.real <= weights + max(table.size, int(table.sum()))
        assert close, f"{what} is {number}, which is not right, with or without biases"


@pytest.mark.exercise("sparse_parameters", points=1)
def test_sparse_parameters(answer, reference, solution, rng):
    """1,516 for the table of 1998, 2,416 for a full one."""
    for table, kernel, mine, what in connected(answer, solution, rng):
        assert_count(mine, reference(table, kernel), what)


def networks_to_run(rng):
    """(shape, layers, name): LeNet-5, the 32x32x3 example, and fresh networks."""
    asked = [((32, 32, 1), LENET, "LeNet-5"), ((32, 32, 3), CNN_EXAMPLE, "the 32x32x3 example")]
    for _ in range(3):
        height, width, channels, filters, units = rng.integers(12, 40, 5).tolist()
        shape, layers = (height, width, channels), [("conv", filters, 4), ("pool", 3), ("dense", units)]
        asked.append((shape, layers, f"{layers} on {shape}"))
    return asked


def assert_work(answer, reference, rng, kinds):
    """The layers of these kinds are told, of networks that were all asked about first."""
    asked = networks_to_run(rng)
    for (shape, layers, what), mine in [(question, answer(*question[:2])) for question in asked]:
        counts = as_items(mine, len(layers), f"{what}: the multiply-adds, one number a layer,")
        compared = [
            (got, right, str(layer), KINDS[layer[0]])
            for got, right, layer in zip(counts, reference(shape, layers), layers, strict=True)
            if layer[0] in kinds
        ]
        zero = "it multiplies nothing by a weight"
        assert_column(*zip(*compared, strict=True), "the number of multiply-adds", what, zero=zero)


@pytest.mark.exercise("multiply_adds", points=1)
def test_multiply_adds_of_convolutions_and_pools(answer, reference, rng):
    """117,600 for C1."""
    assert_work(answer, reference, rng, ("conv", "pool"))


@pytest.mark.exercise("multiply_adds", points=1)
def test_multiply_adds_of_dense_layers(answer, reference, rng):
    """48,000 for F5."""
    assert_work(answer, reference, rng, ("dense",))


@pytest.mark.exercise("receptive_field", points=1)
def test_receptive_field_in_lenet(answer):
    """LeNet-5: 5, 6, 14, 16, 32."""
    lenet = [(5, 1), (2, 2), (5, 1), (2, 2), (5, 1)]
    names, sides = ("S2", "C3", "S4", "F5", "C1"), (6, 14, 16, 32, 5)
    wanted = {f"the receptive field of {n} in LeNet-5": side for n, side in zip(names, sides, strict=True)}
    assert_counts([answer(lenet[:depth]) for depth in (2, 3, 4, 5, 1)], wanted)


@pytest.mark.exercise("receptive_field", points=1)
def test_receptive_field_of_any_stack(answer, reference, rng):
    """Two 3x3 see 5, three see 7; fresh stacks."""
    stacks = [[(3, 1)] * 2, [(3, 1)] * 3, [(11, 4), (3, 2), (5, 1)]]
    stacks += [
        list(zip(rng.integers(1, 8, n).tolist(), rng.integers(1, 4, n).tolist(), strict=True)) for n in (2, 4, 6)
    ]
    for stack, mine in [(stack, answer(stack)) for stack in stacks]:
        assert_count(mine, reference(stack), f"the receptive field of {stack}")


# ------------------------------------------------------------------------------------------------------ training

BATCH, EPOCHS, IMAGES = 32, 10, 640
STEPS = EPOCHS * IMAGES // BATCH


def small_network(seed):
    """The relative of LeNet-5 on 16x16 pixels that ends in logits; `seed` decides where its weights begin."""
    import keras
    from keras import layers

    begin = (keras.initializers.GlorotUniform(seed=seed + n) for n in range(4))
    return keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            layers.Conv2D(6, 5, activation="tanh", kernel_initializer=next(begin)),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 3, activation="tanh", kernel_initializer=next(begin)),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(32, activation="tanh", kernel_initializer=next(begin)),
            layers.Dense(10, kernel_initializer=next(begin)),
        ]
    )


def digits(rng):
    """Digits to learn from, and held-out ones that are drawn here: nobody has seen them before they are judged.

    All have new names, so that a network from elsewhere knows none of them.
    """
    from ccv import data

    names = rng.permutation(10)
    train, test = (data.arrays("digits", split, size=16) for split in ("train", "test"))
    chosen = rng.permutation(len(train[0]))[:IMAGES]
    scaled = [(images / 255 * 1.275 - 0.1).astype("float32") for images in (train[0][chosen], test[0])]
    return scaled[0], names[train[1][chosen]], fresh(scaled[1], rng), names[test[1]]


def drive(train, network, images, labels, epochs, seed):
    """Runs beside the student's code: what came back, and the weights after each epoch."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(seed)
    seen, fit, largest = [], network.fit, []

    def watched(*arguments, callbacks=None, **options):
        shown = arguments[0] if arguments else options.get("x")
        if isinstance(shown, np.ndarray):
            largest.append(float(np.abs(shown).max()))
        note = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: seen.append(network.get_weights()) if epoch < 50 else None
        )
        return fit(*arguments, callbacks=[*(callbacks or []), note], **options)

    network.fit = watched
    trained = train(network, images, labels, epochs)
    if not isinstance(trained, keras.Model):
        return {"returned": type(trained).__name__}
    optimizer, loss = getattr(trained, "optimizer", None), getattr(trained, "loss", None)
    return {
        "returned": "a network",
        "weights": trained.get_weights(),
        "epochs": seen,
        "largest": max(largest, default=None),
        "steps": int(optimizer.iterations) if optimizer else 0,
        "from_logits": bool(getattr(loss, "from_logits", not isinstance(loss, str))),
    }


def accuracy(network, weights, images, labels):
    """How many of the images a network with these weights gets right."""
    network.set_weights(weights)
    return float((np.asarray(network(images)).argmax(axis=1) == labels).mean())


def went_wrong(before, result, accuracy_on_known, images):
    """The classic mistake that shows in what came back, as `mutants.py` calls it."""
    largest = max(float(np.abs(w).max()) for w in result["weights"])
    moved = max(float(np.abs(w - b).max()) for w, b in zip(result["weights"], before, strict=True))
    if not result["from_logits"]:
        return "softmax_loss_on_logits"
    if not largest < 6:  # also where it is no number
        return "steps_far_too_large"
    if moved < 0.01:
        return "steps_far_too_small"
    if result["largest"] is not None and result["largest"] < 0.1 * np.abs(images).max():
        return "scaled_again"
    return "labels_shuffled" if accuracy_on_known < 0.3 else None


@pytest.mark.exercise("train", points=2, timeout=60)
def test_train(answer, band, rng):
    """A fixed budget of steps; the line comes from twelve runs of the solution, `bands.json`."""
    seed = int(rng.integers(2**20))
    images, labels, held_out, their_labels = digits(rng)
    network = small_network(seed)
    before = network.get_weights()
    result = answer.drive(drive, network, images, labels, EPOCHS, seed)
    assert result["returned"] != "History", band.mistakes["returns_the_history"]
    assert result["returned"] == "a network", f"`train` returns {result['returned']}: return the network"
    after, steps = result["weights"], result["steps"]  # the steps are the optimizer's word; a loop needs none
    assert [w.shape for w in after] == [w.shape for w in before], "return the network that `train` was given"
    assert any((a != b).any() for a, b in zip(after, before, strict=True)), band.mistakes["forgets_to_train"]
    steps = steps or STEPS
    assert steps != EPOCHS, band.mistakes["first_batch_only"]
    assert steps != STEPS // EPOCHS, band.mistakes["one_epoch_only"]
    assert steps == STEPS, f"{EPOCHS} epochs of {IMAGES} images in batches of {BATCH} are {STEPS} steps, not {steps}"
    curve = [accuracy(network, weights, held_out, their_labels) for weights in result["epochs"][:EPOCHS]]
    mistake = went_wrong(before, result, accuracy(network, after, images, labels), images)
    band.check(
        accuracy(network, after, held_out, their_labels),
        metric="the accuracy on digits that the network has never seen",
        steps=STEPS,
        curve=curve,
        weights=after,
        hint=band.mistakes.get(mistake, ""),
    )


@pytest.mark.exercise("confusion_matrix", points=1)
def test_confusion_matrix_of_a_few(answer):
    """Small enough to count by hand."""
    counts = answer(np.array([0, 0, 0, 1, 2, 2]), np.array([0, 1, 1, 1, 2, 0]), 3)
    assert_count(counts, [[1, 2, 0], [0, 1, 0], [1, 0, 1]], "the matrix for truth 0 0 0 1 2 2, predicted 0 1 1 1 2 0,")


@pytest.mark.exercise("confusion_matrix", points=1)
def test_confusion_matrix_of_many(answer, reference, rng):
    """Fresh labels as arrays, with a class that never occurs."""
    for classes in (4, 11):
        truth, predicted = rng.integers(0, classes - 1, (2, 300))
        what = f"the matrix of 300 random labels, {classes} classes of which the last never occurs,"
        assert_count(answer(truth, predicted, classes), reference(truth, predicted, classes), what)

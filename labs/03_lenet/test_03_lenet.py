"""The checks of lab 03: counts by hand (E-20 to E-25), LeNet-5 (E-51), generate_model (E-33), work (E-62), training."""

from functools import partial

import numpy as np
import pytest

from ccv.grading import assert_same, network_difference

# Counts are whole numbers: a bias more or less among a thousand million weights is still a mistake.
assert_count = partial(assert_same, tolerance=0)

CNN_EXAMPLE = [("conv", 8, 5), ("pool", 2), ("conv", 16, 5), ("pool", 2), ("dense", 120), ("dense", 84), ("dense", 10)]
LENET = [("conv", 6, 5), ("pool", 2), ("conv", 16, 5), ("pool", 2), ("dense", 120), ("dense", 84), ("dense", 10)]


# ------------------------------------------------------------------------------------------- counting one layer


@pytest.mark.exercise("conv_parameters", points=1)
def test_conv_parameters_on_the_slides(answer):
    """E-20, E-21, E-22; C-046, C-047."""
    assert_count(answer(4, 3, 5, bias=False), 240, "W[4, 4, 3, 5] without biases (E-20)")
    assert_count(answer(4, 3, 1, bias=False), 48, "one 4x4 filter on a colour image, without bias (E-20)")
    assert_count(answer(3, 4, 6, bias=False), 216, "W[3, 3, 4, 6] without biases (E-21)")
    assert_count(answer(4, 3, 5), 245, "W[4, 4, 3, 5] with its biases (E-20)")
    assert_count(answer(3, 4, 6), 222, "six 3x3 filters on four channels, with biases (E-21)")
    assert_count(answer(3, 3, 1), 28, "one 3x3x3 filter with its bias (E-22)")


@pytest.mark.exercise("conv_parameters", points=1)
def test_conv_parameters_of_any_layer(answer, reference, rng):
    """Fresh layers; LeNet-5's own C1 and C3 first."""
    for kernel, channels, filters in [(5, 1, 6), (5, 6, 16), *rng.integers(1, 40, (6, 3)).tolist()]:
        for bias in (True, False):
            assert_count(
                answer(kernel, channels, filters, bias=bias),
                reference(kernel, channels, filters, bias=bias),
                f"{filters} filters of {kernel}x{kernel} on {channels} channels, {'with' if bias else 'no'} bias,",
            )


@pytest.mark.exercise("dense_parameters", points=1)
def test_dense_parameters_on_the_slides(answer):
    """E-24, E-25."""
    assert_count(answer((32, 32, 3), 1), 3073, "one unit on a 32x32x3 image (E-25)")
    assert_count(answer((32, 32, 3), 10), 30730, "ten units on a 32x32x3 image (E-25)")
    assert_count(answer((200, 200), 1024, bias=False), 40_960_000, "1024 units on 200x200, weights only (E-24)")
    assert_count(answer((4000, 4000), 1024, bias=False), 16_384_000_000, "1024 units on 4000x4000, weights only (E-24)")


@pytest.mark.exercise("dense_parameters", points=1)
def test_dense_parameters_of_any_layer(answer, reference, rng):
    """The dense layers of LeNet-5, then fresh ones."""
    shapes = [(5, 5, 16), (120,), (84,), *(tuple(rng.integers(2, 30, n).tolist()) for n in (1, 2, 3))]
    for shape in shapes:
        units = int(rng.integers(2, 200))
        for bias in (True, False):
            assert_count(
                answer(shape, units, bias=bias),
                reference(shape, units, bias=bias),
                f"{units} units on an input of shape {shape}, {'with' if bias else 'without'} biases,",
            )


@pytest.mark.exercise("million_pixel_weights", points=1)
def test_million_pixel_weights(answer):
    """E-24, X-01."""
    assert_count(answer, 1_024_000_000, "the number of weights of 1024 units on 1000x1000 pixels (E-24)")


# ----------------------------------------------------------------------------------------- counting a network


def assert_same_table(got, wanted, layers, what):
    """Row by row, so that the message can say which layer it is about."""
    assert isinstance(got, (list, tuple)), f"{what}: the table should be a list with one (shape, parameters) a layer"
    assert len(got) == len(layers), f"{what}: {len(layers)} layers need {len(layers)} rows, and you give {len(got)}"
    for number, (row, (shape, parameters), layer) in enumerate(zip(got, wanted, layers, strict=True), start=1):
        place = f"{what}, row {number}, {layer}:"
        assert isinstance(row, (list, tuple)) and len(row) == 2, f"{place} a row is a pair (output shape, parameters)"
        assert np.ndim(row[0]) == 1, f"{place} the output shape should be a tuple, also for a dense layer: (units,)"
        assert len(row[0]) == len(shape), f"{place} the output shape {tuple(row[0])} has the wrong number of axes"
        assert tuple(row[0]) == tuple(shape), f"{place} the output shape is not {tuple(row[0])}"
        assert_count(row[1], parameters, f"{place} the number of parameters")


@pytest.mark.exercise("fill_the_table", points=2)
def test_fill_the_table_of_the_slide(answer, reference):
    """E-23, A-02: 608, 3216, 48120, 10164, 850."""
    table = answer((32, 32, 3), CNN_EXAMPLE)
    assert_same_table(table, reference((32, 32, 3), CNN_EXAMPLE), CNN_EXAMPLE, "the 32x32x3 example (E-23)")
    assert sum(parameters for _, parameters in table) == 62_958, "the parameters should add up (E-23)"


@pytest.mark.exercise("fill_the_table", points=1)
def test_fill_the_table_of_lenet(answer, reference):
    """E-51: the same function on LeNet-5, and on images that a pool does not divide."""
    for shape in [(32, 32, 1), (31, 47, 2)]:
        assert_same_table(answer(shape, LENET), reference(shape, LENET), LENET, f"LeNet-5 on {shape}")


@pytest.mark.exercise("fill_the_table", points=1)
def test_fill_the_table_of_any_network(answer, reference, rng):
    """Fresh networks, one of them without any convolution."""
    pick = lambda low, high: int(rng.integers(low, high))  # noqa: E731
    for _ in range(3):
        shape = (pick(30, 50), pick(51, 70), pick(1, 5))
        layers = [("conv", pick(2, 20), 7), ("conv", pick(2, 20), 3), ("pool", 3), ("conv", pick(2, 9), 2)]
        layers += [("pool", 2), ("dense", pick(20, 99)), ("dense", pick(2, 20))]
        assert_same_table(answer(shape, layers), reference(shape, layers), layers, f"a network on {shape}")
    layers = [("dense", pick(5, 50)), ("dense", 3)]
    assert_same_table(answer((9, 8, 3), layers), reference((9, 8, 3), layers), layers, "two dense layers on (9, 8, 3)")


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
    """E-51: 61,706 parameters in five layers."""
    model = answer((32, 32, 1), 10)
    assert_is_built(model, "your LeNet-5")
    assert_learns_the_same(model, reference((32, 32, 1), 10), "LeNet-5 on 32x32x1")


@pytest.mark.exercise("build_lenet5", points=2, timeout=60)
def test_build_lenet5_computes(answer, reference, rng):
    """E-51, D-03, D-04: tanh, average pooling, softmax."""
    model = answer((32, 32, 1), 10)
    assert_is_built(model, "your LeNet-5")
    assert_computes_the_same(model, reference((32, 32, 1), 10), rng, "LeNet-5 on 32x32x1")


@pytest.mark.exercise("build_lenet5", points=1, timeout=60)
def test_build_lenet5_for_other_images(answer, reference, rng):
    """D-01: 28x28 with 'same' in C1; other channels and classes."""
    for shape, classes in [((28, 28, 1), 10), ((40, 36, 3), int(rng.integers(3, 9)))]:
        model = answer(shape, classes)
        what = f"LeNet-5 for input_shape={shape} and {classes} classes"
        assert_is_built(model, what)
        assert_learns_the_same(model, reference(shape, classes), what)
        assert_computes_the_same(model, reference(shape, classes), rng, what)


@pytest.mark.exercise("generate_model", points=1, timeout=60)
def test_generate_model_is_a_model(answer):
    """E-33, X-55: it builds, knows its input, and ends in ten numbers an image."""
    model = answer((28, 28, 1))
    assert_is_built(model, "the repaired model")
    assert model.output_shape == (None, 10), (
        f"the repaired model gives {model.output_shape[1:]} for an image, and should give ten numbers"
    )


@pytest.mark.exercise("generate_model", points=1, timeout=60)
def test_generate_model_counts(answer, reference):
    """E-33, A-03: 1,668,490 parameters."""
    model = answer((28, 28, 1))
    assert_is_built(model, "the repaired model")
    assert_learns_the_same(model, reference((28, 28, 1)), "the repaired model")


@pytest.mark.exercise("generate_model", points=1, timeout=60)
def test_generate_model_computes(answer, reference, rng):
    """The slide's activations and pools, also on images of another size."""
    for shape in [(28, 28, 1), (21, 26, 3)]:
        model = answer(shape)
        assert_is_built(model, "the repaired model")
        assert_computes_the_same(model, reference(shape), rng, f"the repaired model on {shape}")


# ------------------------------------------------------------------------------------------------ 60,000, and work


@pytest.mark.exercise("subsampling_parameters", points=1)
def test_subsampling_parameters(answer, rng):
    """E-51: 12 for S2, 32 for S4."""
    assert_count(answer(6), 12, "the subsampling S2, with 6 maps, (E-51)")
    for maps in [16, *rng.integers(2, 99, 4).tolist()]:
        assert_count(answer(maps), 2 * maps, f"the subsampling of {maps} maps")


@pytest.mark.exercise("sparse_parameters", points=1)
def test_sparse_parameters_of_c3(answer, solution):
    """E-51: 1,516 for the table of 1998, 2,416 for a full one."""
    assert_count(answer(solution.C3_TABLE, 5), 1516, "C3 with the table of 1998 (E-51)")
    assert_count(answer(np.ones((6, 16), bool), 5), 2416, "a table full of connections")


@pytest.mark.exercise("sparse_parameters", points=1)
def test_sparse_parameters_of_any_table(answer, reference, rng):
    """Fresh tables."""
    for _ in range(4):
        maps_in, maps_out, kernel = rng.integers(2, 20, 3).tolist()
        table = rng.random((maps_in, maps_out)) < 0.6
        what = f"a table of {maps_in}x{maps_out} with {int(table.sum())} connections, {kernel}x{kernel} kernels,"
        assert_count(answer(table, kernel), reference(table, kernel), what)


@pytest.mark.exercise("multiply_adds", points=1)
def test_multiply_adds_of_lenet(answer, reference):
    """E-62: 416,520."""
    counts = answer((32, 32, 1), LENET)
    assert_count(counts, reference((32, 32, 1), LENET), "the list of multiply-adds of LeNet-5, layer by layer (E-62)")


@pytest.mark.exercise("multiply_adds", points=1)
def test_multiply_adds_of_any_network(answer, reference, rng):
    """The 32x32x3 example, then fresh networks."""
    assert_count(
        answer((32, 32, 3), CNN_EXAMPLE), reference((32, 32, 3), CNN_EXAMPLE), "the list of the 32x32x3 example"
    )
    for _ in range(3):
        height, width, channels, filters, units = rng.integers(12, 40, 5).tolist()
        shape, layers = (height, width, channels), [("conv", filters, 4), ("pool", 3), ("dense", units)]
        assert_count(answer(shape, layers), reference(shape, layers), f"the list for {layers} on {shape}")


@pytest.mark.exercise("receptive_field", points=1)
def test_receptive_field_in_lenet(answer):
    """LeNet-5: 5, 6, 14, 16, 32."""
    lenet = [(5, 1), (2, 2), (5, 1), (2, 2), (5, 1)]
    for depth, (layer, side) in enumerate([("S2", 6), ("C3", 14), ("S4", 16), ("F5", 32)], start=2):
        assert_count(answer(lenet[:depth]), side, f"the receptive field of {layer} in LeNet-5")
    assert_count(answer(lenet[:1]), 5, "the receptive field of C1 in LeNet-5")


@pytest.mark.exercise("receptive_field", points=1)
def test_receptive_field_of_any_stack(answer, reference, rng):
    """Two 3x3 see 5, three see 7; fresh stacks."""
    stacks = [[(3, 1)] * 2, [(3, 1)] * 3, [(11, 4), (3, 2), (5, 1)]]
    stacks += [
        list(zip(rng.integers(1, 8, n).tolist(), rng.integers(1, 4, n).tolist(), strict=True)) for n in (2, 4, 6)
    ]
    for stack in stacks:
        assert_count(answer(stack), reference(stack), f"the receptive field of {stack}")


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
    """Digits to learn from and held-out ones, under new names, so that a network from elsewhere knows none of them."""
    from ccv import data

    names = rng.permutation(10)
    train, test = (data.arrays("digits", split, size=16) for split in ("train", "test"))
    chosen = rng.permutation(len(train[0]))[:IMAGES]
    scaled = [(images / 255 * 1.275 - 0.1).astype("float32") for images in (train[0][chosen], test[0])]
    return scaled[0], names[train[1][chosen]], scaled[1], names[test[1]]


def drive(train, network, images, labels, epochs, seed):
    """Runs beside the student's code: what came back, and the weights after each epoch."""
    import keras

    keras.utils.set_random_seed(seed)
    seen, fit = [], network.fit

    def watched(*arguments, callbacks=None, **options):
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
        "steps": int(optimizer.iterations) if optimizer else 0,
        "from_logits": bool(getattr(loss, "from_logits", not isinstance(loss, str))),
    }


def accuracy(network, weights, images, labels):
    """How many of the images a network with these weights gets right."""
    network.set_weights(weights)
    return float((np.asarray(network(images)).argmax(axis=1) == labels).mean())


def went_wrong(before, result, accuracy_on_known):
    """The classic mistake that shows in what came back, as `mutants.py` calls it."""
    largest = max(float(np.abs(w).max()) for w in result["weights"])
    moved = max(float(np.abs(w - b).max()) for w, b in zip(result["weights"], before, strict=True))
    if not result["from_logits"]:
        return "softmax_loss_on_logits"
    if not largest < 6:  # also where it is no number
        return "steps_far_too_large"
    if moved < 0.01:
        return "steps_far_too_small"
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
    after, steps = result["weights"], result["steps"]
    assert [w.shape for w in after] == [w.shape for w in before], "return the network that `train` was given"
    assert any((a != b).any() for a, b in zip(after, before, strict=True)), band.mistakes["forgets_to_train"]
    assert steps != EPOCHS, band.mistakes["first_batch_only"]
    assert steps != STEPS // EPOCHS, band.mistakes["one_epoch_only"]
    assert steps == STEPS, f"{EPOCHS} epochs of {IMAGES} images in batches of {BATCH} are {STEPS} steps, not {steps}"
    curve = [accuracy(network, weights, held_out, their_labels) for weights in result["epochs"][:EPOCHS]]
    mistake = went_wrong(before, result, accuracy(network, after, images, labels))
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
    counts = answer([0, 0, 0, 1, 2, 2], [0, 1, 1, 1, 2, 0], 3)
    assert_count(counts, [[1, 2, 0], [0, 1, 0], [1, 0, 1]], "the matrix for truth 0 0 0 1 2 2, predicted 0 1 1 1 2 0,")


@pytest.mark.exercise("confusion_matrix", points=1)
def test_confusion_matrix_of_many(answer, reference, rng):
    """Fresh labels as arrays, with a class that never occurs."""
    for classes in (4, 11):
        truth, predicted = rng.integers(0, classes - 1, (2, 300))
        what = f"the matrix of 300 random labels, {classes} classes of which the last never occurs,"
        assert_count(answer(truth, predicted, classes), reference(truth, predicted, classes), what)

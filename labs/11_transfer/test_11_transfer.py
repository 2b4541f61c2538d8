"""The checks of lab 11: transfer learning (S-089, S-090, C-121, C-122; E-70): pixels, heads, freezing, rates, heat."""

from functools import partial

import numpy as np
import pytest

from ccv.grading import assert_same, network_difference

# Counts are whole numbers: one bias among 270,448 numbers is still a mistake.
assert_count = partial(assert_same, tolerance=0)


# ------------------------------------------------------------------------------------------------------- pixels


@pytest.mark.exercise("preprocess", points=1)
def test_preprocess_of_a_colour(answer):
    """The corners of the colours, by hand; C-122."""
    wanted = {
        "raw": [200.0, 100.0, 0.0],
        "signed": [200 / 127.5 - 1, 100 / 127.5 - 1, -1.0],
        "caffe": [0 - 103.939, 100 - 116.779, 200 - 123.68],
        "torch": [(200 / 255 - 0.485) / 0.229, (100 / 255 - 0.456) / 0.224, -0.406 / 0.225],
    }
    orange = np.array([[[200, 100, 0]]], dtype=np.uint8)
    for convention, pixel in wanted.items():
        assert_same(answer(orange, convention), [[pixel]], f"one orange pixel, (200, 100, 0), as {convention!r},")


@pytest.mark.exercise("preprocess", points=1)
def test_preprocess_of_a_batch(answer, reference, rng):
    """Fresh images, a batch of them, uint8 and float."""
    for dtype in (np.uint8, np.float32):
        images = rng.integers(0, 256, (2, 5, 4, 3)).astype(dtype)
        for convention in ("torch", "caffe", "signed", "raw"):
            what = f"a batch of {np.dtype(dtype)} images as {convention!r}"
            assert_same(answer(images, convention), reference(images, convention), what, tolerance=1e-4)


# ----------------------------------------------------------------------------------------------------- features


@pytest.mark.exercise("nearest_centroid", points=1)
def test_nearest_centroid_in_the_plane(answer):
    """Two classes that can be drawn: the nearest example and the nearest mean are of different classes."""
    features = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [10.0, 10.0], [11.0, 9.0]])
    labels = np.array([7, 7, 7, 3, 3])
    queries = np.array([[1.0, 1.0], [9.0, 9.0], [5.0, 7.0], [6.0, 5.0]])
    assert_count(answer(features, labels, queries), [7, 3, 3, 7], "the labels of four points in the plane")


@pytest.mark.exercise("nearest_centroid", points=1)
def test_nearest_centroid_of_any_features(answer, reference, rng):
    """Fresh features, unequal classes, labels with gaps; the order of the examples does not matter."""
    for channels in (3, 16):
        labels = rng.permutation(np.repeat([2, 5, 11, 30], [1, 3, 8, 20]))
        # Classes at different distances from zero, so that a dot product finds another.
        features = rng.normal(0, 1.5, (len(labels), channels)) + 0.4 * labels[:, None] * rng.random(channels)
        queries = rng.normal(0, 1.5, (60, channels)) + 0.4 * rng.choice(labels, (60, 1)) * rng.random(channels)
        what = f"the labels of 60 queries with {channels} channels"
        wanted = reference(features, labels, queries)
        assert_count(answer(features, labels, queries), wanted, what)
        order = rng.permutation(len(labels))
        assert_count(answer(features[order], labels[order], queries), wanted, f"{what}, the examples in another order,")


# --------------------------------------------------------------------------------------------------------- head


def small_base(rng, shape=(12, 10, 3), filters=5):
    """A backbone of two convolutions with batch normalisation, flat, its weights drawn from `rng`."""
    import keras
    from keras import layers

    inputs = x = keras.Input(shape, name="images")
    for stage in (1, 2):
        x = layers.Conv2D(filters * stage, 3, use_bias=False, name=f"conv{stage}")(x)
        x = layers.BatchNormalization(name=f"norm{stage}")(x)
        x = layers.ReLU(name=f"relu{stage}")(x)
    base = keras.Model(inputs, x, name="base")
    base.set_weights([rng.uniform(0.1, 0.5, w.shape) for w in base.get_weights()])
    return base


def drive_head(add_head, base, classes, images, labels):
    """Runs beside the student's code: the model, and which of its numbers one step of training moves."""
    import keras

    model = add_head(base, classes)
    if not isinstance(model, keras.Model):
        return {"returned": type(model).__name__}
    if not model.trainable_weights:
        return {"returned": "a model", "model": model, "trains": [], "moved": []}
    before = [weight.copy() for weight in base.get_weights()]
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    model.train_on_batch(images, labels)
    moved = [bool((a != b).any()) for a, b in zip(before, base.get_weights(), strict=True)]
    return {
        "returned": "a model",
        "model": model,
        "trains": [list(weight.shape) for weight in model.trainable_weights],
        "moved": moved,
    }


def assert_head(answer, reference, rng, shape, filters, classes):
    """The architecture, then what trains, then what one step moves."""
    base = small_base(rng, shape, filters)
    images = rng.random((4, *shape)).astype("float32")
    result = answer.drive(drive_head, base, classes, images, np.arange(4) % classes)
    assert result["returned"] == "a model", f"`add_head` gives {result['returned']}: return a keras.Model"
    what = f"{classes} classes on a base that takes {shape}"
    difference = network_difference(result["model"], reference(base, classes), what)
    assert difference is None, difference
    assert result["trains"], f"{what}: nothing trains, not even the head"
    assert result["trains"] == [[2 * filters, classes], [classes]], (
        f"{what}: {len(result['trains'])} arrays train, and the head has two, its weights and its biases (E-70)"
    )
    assert not any(result["moved"]), f"{what}: one step of training moved the base (E-70)"


@pytest.mark.exercise("add_head", points=2, timeout=60)
def test_add_head_trains_the_head_alone(answer, reference, rng):
    """E-70, C-121, S-089: only the head trains, the base is unchanged after a step."""
    assert_head(answer, reference, rng, (12, 10, 3), 5, 4)


@pytest.mark.exercise("add_head", points=1, timeout=60)
def test_add_head_on_any_base(answer, reference, rng):
    """Fresh classes, maps and images."""
    shape = (*rng.integers(8, 16, 2).tolist(), int(rng.choice([1, 4])))
    assert_head(answer, reference, rng, shape, int(rng.integers(6, 9)), int(rng.integers(9, 20)))


def resnet20(classes):
    """ResNet-20 as a list; the reference's own `RESNET20` has 16 classes."""
    found = [("conv", 3, 3, 16), ("bn", 16)]
    for filters, below in [(16, 16), (32, 16), (64, 32)]:
        for channels in (below, *[filters] * 5):
            found += [("conv", 3, channels, filters), ("bn", filters)]
    return [*found, ("dense", 64, classes)]


def assert_counts(got, wanted, what):
    """Two counts, each with a message of its own."""
    assert isinstance(got, (tuple, list)) and len(got) == 2, f"{what}: give (trained, not trained)"
    assert_count(got[0], wanted[0], f"{what}: the number of trained parameters")
    assert_count(got[1], wanted[1], f"{what}: the number of parameters that are not trained")


@pytest.mark.exercise("count_parameters", points=2)
def test_count_parameters_of_resnet20(answer):
    """E-70, S-089: 1,040 of 271,488 with a frozen base; 1,376 statistics never train."""
    net = resnet20(16)
    assert_counts(answer(net, len(net) - 1), (1_040, 270_448), "ResNet-20 for 16 classes, all but the head frozen")
    assert_counts(answer(net), (270_112, 1_376), "ResNet-20 for 16 classes, nothing frozen")
    assert_counts(answer(net, len(net)), (0, 271_488), "ResNet-20 for 16 classes, everything frozen")


@pytest.mark.exercise("count_parameters", points=1)
def test_count_parameters_of_any_network(answer, reference, rng):
    """Fresh networks, frozen at every height."""
    for depth in (1, 2, 3):
        net, below = [], int(rng.integers(1, 5))
        for filters in rng.integers(2, 60, depth).tolist():
            net += [("conv", int(rng.choice([1, 3, 5])), below, filters), ("bn", filters)]
            below = filters
        net.append(("dense", below, int(rng.integers(2, 30))))
        for frozen in range(len(net) + 1):
            assert_counts(answer(net, frozen), reference(net, frozen), f"{net}, the lowest {frozen} frozen")


# ------------------------------------------------------------------------------------------------------ freezing


def drive_freeze(freeze_until, model, name, flags):
    """Runs beside the student's code: the flags afterwards, and the arrays that would train."""
    import keras

    model.trainable = flags["model"]
    for layer, flag in zip(model.layers, flags["layers"], strict=True):
        layer.trainable = flag
    frozen = freeze_until(model, name)
    if not isinstance(frozen, keras.Model):
        return {"returned": type(frozen).__name__}
    return {
        "returned": "a model",
        "flags": {layer.name: bool(layer.trainable) for layer in frozen.layers if layer.weights},
        "arrays": len(frozen.trainable_weights),
    }


def assert_frozen_until(answer, model, name, flags, state):
    """Every layer with weights has the flag that it should have, and the arrays follow."""
    what = f"{state}, then freeze_until(model, {name!r}):"
    result = answer.drive(drive_freeze, model, name, flags)
    assert result["returned"] == "a model", f"{what} it gives {result['returned']}: return the model"
    names = [layer.name for layer in model.layers]
    arrays = 0
    for layer in model.layers:
        if not layer.weights:
            continue
        below, norm = names.index(layer.name) <= names.index(name), type(layer).__name__ == "BatchNormalization"
        trains = result["flags"].get(layer.name)
        if below or norm:
            kind = "a BatchNormalization" if norm else f"up to {name!r}"
            assert trains is False, f"{what} {layer.name!r} trains, and it is {kind}"
        else:
            assert trains is True, f"{what} {layer.name!r} does not train, and it comes after {name!r}"
            arrays += len(layer.weights)
    assert result["arrays"] == arrays, (
        f"{what} {result['arrays']} arrays train, not {arrays}: what does the model's own flag say?"
    )


def headed(rng):
    """A flat model: two convolutions with batch normalisation, a third without, and a head."""
    import keras
    from keras import layers

    base = small_base(rng)
    x = layers.Conv2D(6, 1, name="conv3")(base.output)
    outputs = layers.Dense(3, name="head")(layers.GlobalAveragePooling2D(name="pool")(x))
    return keras.Model(base.input, outputs, name="letters")


@pytest.mark.exercise("freeze_until", points=2, timeout=60)
def test_freeze_until_a_name(answer, rng):
    """E-70, S-089; keras_traps 1 and 4: from all open, from all frozen, and in between."""
    model = headed(rng)
    count = len(model.layers)
    opened = {"model": True, "layers": [True] * count}
    closed = {"model": False, "layers": [False] * count}
    for name in ("relu1", "conv2", "relu2"):
        assert_frozen_until(answer, model, name, opened, "everything open")
        assert_frozen_until(answer, model, name, closed, "everything frozen")


@pytest.mark.exercise("freeze_until", points=1, timeout=60)
def test_freeze_until_any_layer(answer, rng):
    """Fresh states: any flags before, any layer."""
    model = headed(rng)
    for name in rng.permutation([layer.name for layer in model.layers][1:-1])[:3].tolist():
        flags = {"model": bool(rng.integers(2)), "layers": [bool(flag) for flag in rng.integers(2, size=9 + 1)]}
        assert_frozen_until(answer, model, name, flags, "any flags")


def weights(rng):
    """Arrays by their names, as a network has them."""
    shapes = {
        "norm/mean": (8,),
        "conv/kernel": (3, 3, 2, 4),
        "norm/variance": (8,),
        "head/bias": (5,),
        "a/kernel": (6,),
    }
    return {name: rng.normal(1, 1, shape).astype("float32") for name, shape in shapes.items()}


def assert_moved(answer, before, after, wanted, what):
    """The names, in order."""
    got = answer(before, after)
    assert isinstance(got, (list, tuple)), f"{what}: give a list of names"
    surplus, missing = [n for n in got if n not in wanted], [n for n in wanted if n not in got]
    assert not surplus, f"{what}: {surplus[0]!r} is exactly as it was"
    assert not missing, f"{what}: {missing[0]!r} has moved"
    assert list(got) == wanted, f"{what}: give each name once, in the order of `before`"


@pytest.mark.exercise("moved", points=1)
def test_moved_by_anything(answer, rng):
    """S-089: nothing, one number, values that change places, the last bit."""
    before = weights(rng)
    assert_moved(answer, before, {k: v.copy() for k, v in before.items()}, [], "nothing has changed")
    after = {k: v.copy() for k, v in before.items()}
    after["conv/kernel"][1, 2, 0, 3] += 0.5
    after["norm/mean"] += 1
    assert_moved(answer, before, after, ["norm/mean", "conv/kernel"], "one number of a kernel, and a whole mean")
    after = {k: v.copy() for k, v in before.items()}
    after["norm/variance"] = after["norm/variance"][::-1].copy()
    assert_moved(answer, before, after, ["norm/variance"], "the same numbers in another order")
    after = {k: v.copy() for k, v in before.items()}
    after["head/bias"][2] = np.nextafter(after["head/bias"][2], np.float32(9))
    assert_moved(answer, before, after, ["head/bias"], "the last bit of one bias")


@pytest.mark.exercise("moved", points=1)
def test_moved_in_any_network(answer, rng):
    """Fresh moves."""
    for _ in range(4):
        before = weights(rng)
        after = {k: v.copy() for k, v in before.items()}
        wanted = [name for name in before if rng.random() < 0.5]
        for name in wanted:
            after[name].flat[int(rng.integers(after[name].size))] *= 1.5
        assert_moved(answer, before, after, wanted, f"{len(wanted)} of five arrays have one new number")


# --------------------------------------------------------------------------------------------------------- rates


@pytest.mark.exercise("learning_rates", points=1)
def test_learning_rates(answer, reference, rng):
    """S-089; Howard and Ruder 2018: the head first in rate, last in the list."""
    wanted = [0.00125, 0.0025, 0.005, 0.01]
    assert_same(answer(4, 0.01, 0.5), wanted, "the rates of 4 parts, 0.01, decay 0.5", tolerance=1e-12)
    assert_same(answer(2, 1.0, 0.75), [0.75, 1.0], "the rates of 2 parts, 1.0, decay 0.75", tolerance=1e-12)
    for _ in range(4):
        stages, rate, decay = int(rng.integers(1, 12)), float(rng.uniform(0.1, 1)), float(rng.uniform(0.3, 0.9))
        what = f"the rates of {stages} parts, {rate:.3f}, decay {decay:.3f}"
        assert_same(answer(stages, rate, decay), reference(stages, rate, decay), what, tolerance=1e-9)


@pytest.mark.exercise("warm_cosine", points=1)
def test_warm_cosine_at_the_landmarks(answer):
    """S-089: the beginning, the middle of the warm-up, the peak, the middle of the fall, the end, and after it."""
    landmarks = {0: 0.0, 5: 0.5, 10: 1.0, 40: 0.75, 55: 0.5, 100: 0.0, 130: 0.0}
    for step, rate in landmarks.items():
        got = answer(step, 100, 10, 1.0)
        assert_same(got, rate, f"the rate at step {step} of 100, 10 of them warm-up, peak 1,", tolerance=1e-9)
    assert_same(answer(0, 50, 0, 0.3), 0.3, "the rate at step 0 without any warm-up, peak 0.3,", tolerance=1e-9)


@pytest.mark.exercise("warm_cosine", points=1)
def test_warm_cosine_of_any_schedule(answer, reference, rng):
    """Fresh schedules; never above the peak, never below zero."""
    for _ in range(4):
        steps, peak = int(rng.integers(20, 300)), float(rng.uniform(0.01, 2))
        warmup = int(rng.integers(1, steps // 2))
        for step in sorted(rng.integers(0, steps + 20, 6).tolist()):
            got = answer(step, steps, warmup, peak)
            what = f"the rate at step {step} of {steps}, {warmup} of them warm-up, peak {peak:.3f},"
            assert_same(got, reference(step, steps, warmup, peak), what, tolerance=1e-9)
            assert -1e-12 <= got <= peak + 1e-12, f"{what} should lie between 0 and the peak"


# ------------------------------------------------------------------------------------------- deciding and looking


@pytest.mark.exercise("rule_of_thumb", points=1)
def test_rule_of_thumb(answer, reference):
    """C-121: the four cases, by the two principles."""
    assert isinstance(answer, dict) and set(answer) == set(reference), f"give a letter for each of {list(reference)}"
    for box, letter in answer.items():
        assert letter in set("ABCD"), f"{box}: give one of the letters A, B, C and D"
    assert len(set(answer.values())) == 4, "each letter belongs to one box"
    wrong = [box for box, letter in reference.items() if answer[box] != letter]
    assert not wrong, f"by the two principles, {answer[wrong[0]]} is not what {wrong[0]!r} asks for"


@pytest.mark.exercise("grad_cam", points=1)
def test_grad_cam_by_hand(answer):
    """Two maps of 2x2: one speaks for the class, the other against it; Selvaraju et al. 2017, equations 1 and 2."""
    maps = np.stack([np.array([[4.0, 2.0], [0.0, 1.0]]), np.array([[0.0, 1.0], [3.0, 0.0]])], axis=-1)
    gradients = np.stack([np.array([[2.0, 2.0], [0.0, 4.0]]), np.array([[-1.0, -3.0], [0.0, 0.0]])], axis=-1)
    heat = answer(maps, gradients)
    assert_same(heat, [[1.0, 3 / 8], [0.0, 2 / 8]], "the heat of two maps, by hand,", tolerance=1e-6)
    nothing = answer(maps, -np.ones_like(maps))
    assert_same(nothing, np.zeros((2, 2)), "the heat where nothing speaks for the class", tolerance=1e-9)


@pytest.mark.exercise("grad_cam", points=1)
def test_grad_cam_of_any_maps(answer, reference, rng):
    """Fresh maps, not square; larger gradients change nothing."""
    for shape in ((4, 6, 3), (5, 3, 8)):
        maps, gradients = rng.random(shape), rng.normal(0.1, 1, shape)
        what = f"the heat of maps {shape}"
        heat = answer(maps, gradients)
        assert_same(heat, reference(maps, gradients), what, tolerance=1e-6)
        assert_same(answer(maps, 7 * gradients), heat, f"{what}, with gradients seven times as large,", tolerance=1e-6)

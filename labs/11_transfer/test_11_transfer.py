"""The checks of lab 11: transfer learning (S-089, S-090, C-121, C-122; E-70): pixels, heads, freezing, rates, heat.

The lab's last table puts right X-10, C-121, C-123, C-122, S-090, A-28, X-77 of the course's catalogue.
"""

import numpy as np
import pytest

from ccv.grading import as_items, assert_count, assert_same, assert_same_network, the_one
from ccv.grading.measured import moved_by_a_step, rebuilt

BY_HAND = ["add_head", "freeze_until", "moved", "learning_rates", "warm_cosine", "grad_cam", "nearest_centroid"]
MAY_NOT_CALL = dict.fromkeys(BY_HAND, ("ccv.transfer", "ccv.training"))
MAY_NOT_CALL["nearest_centroid"] += ("sklearn.neighbors.NearestCentroid",)
MAY_NOT_CALL["count_parameters"] = ("ccv.anatomy", "ccv.models", "ccv.transfer")
MAY_NOT_CALL["preprocess"] = ("ccv.transfer", "ccv.models", "keras.applications")


# ------------------------------------------------------------------------------------------------------- pixels


ORANGE = {
    "raw": [200.0, 100.0, 0.0],
    "signed": [200 / 127.5 - 1, 100 / 127.5 - 1, -1.0],
    "caffe": [0 - 103.939, 100 - 116.779, 200 - 123.68],
    "torch": [(200 / 255 - 0.485) / 0.229, (100 / 255 - 0.456) / 0.224, -0.406 / 0.225],
}


@pytest.mark.parametrize("convention", ["raw", "signed", "caffe", "torch"])
@pytest.mark.exercise("preprocess", points=0.25)
def test_preprocess_of_a_colour(answer, convention):
    """The corners of the colours, by hand; C-122."""
    orange = np.array([[[200, 100, 0]]], dtype=np.uint8)
    assert_same(
        answer(orange, convention), [[ORANGE[convention]]], f"an orange pixel, (200, 100, 0), as {convention!r},"
    )


@pytest.mark.parametrize("convention", ["raw", "signed", "caffe", "torch"])
@pytest.mark.exercise("preprocess", points=0.25)
def test_preprocess_of_a_batch(answer, reference, rng, convention):
    """Fresh images, a batch of them, uint8 and float."""
    for dtype in (np.uint8, np.float32):
        images = rng.integers(0, 256, (2, 5, 4, 3)).astype(dtype)
        what = f"a batch of {np.dtype(dtype)} images as {convention!r}"
        assert_same(answer(images, convention), reference(images, convention), what)


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
        queries = rng.normal(0, 1.5, (200, channels)) + 0.4 * rng.choice(labels, (200, 1)) * rng.random(channels)
        what = f"the labels of 200 queries with {channels} channels"
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


def drive_head(add_head, base, classes, dropout, images):
    """Runs beside the student's code: the model, and what it says of itself, which only names a mistake."""
    import keras

    model = add_head(base, classes, dropout)
    if not isinstance(model, keras.Model):
        return {"returned": type(model).__name__}
    model(images)  # a model of a class of one's own learns here how large its images are
    return {"model": model, "trains": [list(weight.shape) for weight in model.trainable_weights]}


def assert_head(answer, reference, rng, shape, classes, dropout):
    """The architecture, the base's own weights, then what trains and what one step moves, all of a rebuilt model."""
    filters = int(rng.integers(5, 9))
    base = small_base(rng, shape, filters)
    images, labels = rng.random((4, *shape)).astype("float32"), np.arange(4) % classes
    weights = base.get_weights()
    what = f"{classes} classes on a base that takes {shape}, dropout {dropout}"
    result = answer.drive(drive_head, base, classes, dropout, images)
    assert "model" in result, f"`add_head` gives something of type {result['returned']}: return a keras.Model"
    model = rebuilt(result["model"], "`add_head`")
    assert_same_network(model, reference(base, classes, dropout), what)
    kept = [any(np.array_equal(own, weight) for weight in model.get_weights()) for own in weights]
    assert all(kept), f"{what}: the base has other weights than before: put the head on `base` itself"
    trains = [np.prod(weight.shape) for weight in model.trainable_weights]  # of a 1x1 convolution the shape is another
    assert trains, f"{what}: nothing trains, not even the head"
    assert trains == [2 * filters * classes, classes], (
        f"{what}: {len(trains)} array{'s train' if len(trains) > 1 else ' trains'}, and the head has two, its weights and "
        "its biases"
    )
    moved = sum(moved_by_a_step(model, images, labels))
    assert moved <= len(trains), f"{what}: one step of training moved {moved - len(trains)} arrays of the base"


@pytest.mark.exercise("add_head", points=2, timeout=60)
def test_add_head_trains_the_head_alone(answer, reference, rng):
    """E-70, C-121, S-089: only the head trains, the base is unchanged after a step; measured on this side."""
    assert_head(answer, reference, rng, (12, 10, 3), 4, 0.2)


@pytest.mark.exercise("add_head", points=1, timeout=60)
def test_add_head_on_any_base(answer, reference, rng):
    """Fresh classes, maps and images, another dropout."""
    shape = (*rng.integers(8, 16, 2).tolist(), int(rng.choice([1, 4])))
    assert_head(answer, reference, rng, shape, int(rng.choice([9, 11, 14, 19])), 0.4)


def resnet20(classes):
    """ResNet-20 as a list; the reference's own `RESNET20` has 16 classes."""
    found = [("conv", 3, 3, 16), ("bn", 16)]
    for filters, below in [(16, 16), (32, 16), (64, 32)]:
        for channels in (below, *[filters] * 5):
            found += [("conv", 3, channels, filters), ("bn", filters)]
    return [*found, ("dense", 64, classes)]


def assert_counts(got, wanted, what):
    """Two counts, each with a message of its own."""
    trained, still = as_items(got, 2, f"{what}: the trained parameters and the others")
    assert_count(trained, wanted[0], f"{what}: the number of trained parameters")
    assert_count(still, wanted[1], f"{what}: the number of parameters that are not trained")


COUNTS = {  # frozen layers of 39: trained, not trained
    38: ("all but the head frozen", (1_040, 270_448)),
    0: ("nothing frozen", (270_112, 1_376)),
    39: ("everything frozen", (0, 271_488)),
    2: ("the first convolution and its normalisation frozen", (269_648, 1_840)),
}


@pytest.mark.parametrize("frozen", [38, 0, 39, 2])
@pytest.mark.exercise("count_parameters", points=0.5)
def test_count_parameters_of_resnet20(answer, frozen):
    """E-70, S-089: 1,040 of 271,488 with a frozen base; 1,376 statistics never train."""
    said, wanted = COUNTS[frozen]
    assert_counts(answer(resnet20(16), frozen), wanted, f"ResNet-20 for 16 classes, {said}")


@pytest.mark.exercise("count_parameters", points=1)
def test_count_parameters_of_any_network(answer, reference, rng):
    """Fresh networks, frozen at every height."""
    for depth in (1, 2, 3):
        net, below = [], int(rng.integers(1, 5))
        for filters in rng.integers(2, 60, depth).tolist():
            net += [("conv", int(rng.choice([3, 5])), below, filters), ("bn", filters)]
            below = filters
        net.append(("dense", below, int(rng.integers(2, 30))))
        for frozen in range(len(net) + 1):
            assert_counts(answer(net, frozen), reference(net, frozen), f"{net}, the lowest {frozen} frozen")


# ------------------------------------------------------------------------------------------------------ freezing


def drive_freeze(freeze_until, model, name, flags):
    """Runs beside the student's code: the model afterwards, and what it says of itself, which only names a mistake."""
    import keras

    model.trainable = flags["model"]
    for layer, flag in zip(model.layers, flags["layers"], strict=True):
        layer.trainable = flag
    frozen = freeze_until(model, name)
    if not isinstance(frozen, keras.Model):
        return {"returned": type(frozen).__name__}
    return {
        "model": frozen,
        "flags": {layer.name: bool(layer.trainable) for layer in frozen.layers if layer.weights},
        "arrays": len(frozen.trainable_weights),
    }


def assert_frozen_until(answer, model, name, flags, state):
    """Every layer with weights has the flag that it should have, and the arrays follow; asked of a rebuilt model."""
    what = f"{state}, then freeze_until(model, {name!r}):"
    result = answer.drive(drive_freeze, model, name, flags)
    assert "model" in result, f"{what} it gives something of type {result['returned']}: return the model"
    frozen = rebuilt(result["model"], "`freeze_until`")
    assert_same_network(frozen, model, f"{what} the model")
    assert frozen.trainable, f"{what} the model's own flag is False, so nothing inside trains"
    names = [layer.name for layer in model.layers]
    for layer, mine in zip(model.layers, frozen.layers, strict=True):
        if not layer.weights:
            continue
        below, norm = names.index(layer.name) <= names.index(name), type(layer).__name__ == "BatchNormalization"
        if below or norm:
            kind = "a BatchNormalization" if norm else f"up to {name!r}"
            assert not mine.trainable, f"{what} {layer.name!r} trains, and it is {kind}"
        else:
            assert mine.trainable_weights, f"{what} {layer.name!r} does not train, and it comes after {name!r}"


def headed(rng):
    """A flat model: two convolutions with batch normalisation, a third without, and a head."""
    import keras
    from keras import layers

    base = small_base(rng)
    x = layers.Conv2D(6, 1, name="conv3")(base.output)
    outputs = layers.Dense(3, name="head")(layers.GlobalAveragePooling2D(name="pool")(x))
    return keras.Model(base.input, outputs, name="letters")


@pytest.mark.parametrize("state", ["open", "frozen"])
@pytest.mark.exercise("freeze_until", points=1, timeout=60)
def test_freeze_until_a_name(answer, rng, state):
    """E-70, S-089; keras_traps 1 and 4: from all open, from all frozen, and in between."""
    model = headed(rng)
    flags = {"model": state == "open", "layers": [state == "open"] * len(model.layers)}
    for name in ("relu1", "conv2", "relu2"):
        assert_frozen_until(answer, model, name, flags, f"everything {state}")


@pytest.mark.exercise("freeze_until", points=1, timeout=60)
def test_freeze_until_any_layer(answer, rng):
    """Fresh states below a frozen model: any flags of the layers; from below to above, each kind of layer."""
    model = headed(rng)
    # Not below an open one: TensorFlow's Keras ignores `model.trainable = True` there, whatever the layers say.
    for name in (str(rng.choice(["conv1", "norm1"])), str(rng.choice(["conv2", "norm2"])), "conv3"):
        layers = [bool(flag) for flag in rng.integers(2, size=len(model.layers))]
        assert_frozen_until(
            answer, model, name, {"model": False, "layers": layers}, "some layers open, the model frozen"
        )


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
    got = [str(name) for name in as_items(answer(before, after), None, f"{what}: the names")]
    surplus, missing = [n for n in got if n not in wanted], [n for n in wanted if n not in got]
    assert not surplus, f"{what}: {surplus[0]!r} is exactly as it was"
    assert not missing, f"{what}: {missing[0]!r} has moved"
    assert got == wanted, f"{what}: give each name once, in the order of `before`"


CHANGES = {
    "nothing has changed": [],
    "one number of a kernel, and a whole mean": ["norm/mean", "conv/kernel"],
    "the same numbers in another order": ["norm/variance"],
    "the last bit of one bias": ["head/bias"],
}


@pytest.mark.parametrize("case", [0, 1, 2, 3])
@pytest.mark.exercise("moved", points=0.25)
def test_moved_by_anything(answer, rng, case):
    """S-089: nothing, one number, values that change places, the last bit."""
    before = weights(rng)
    # Whole numbers and one that is small beside them: no sum sees a change of place, nor of the small one's last bit.
    before["norm/variance"] = (1 + rng.permutation(8)).astype("float32")
    before["head/bias"] = (1 + rng.permutation(5)).astype("float32")
    before["head/bias"][2] = 2.0**-20
    after = {k: v.copy() for k, v in before.items()}
    if case == 1:
        after["conv/kernel"][1, 2, 0, 3] += 0.5
        after["norm/mean"] += 1
    elif case == 2:
        after["norm/variance"] = after["norm/variance"][::-1].copy()
    elif case == 3:
        after["head/bias"][2] = np.nextafter(after["head/bias"][2], np.float32(9))
    what, wanted = list(CHANGES.items())[case]
    assert_moved(answer, before, after, wanted, what)


@pytest.mark.exercise("moved", points=1)
def test_moved_in_any_network(answer, rng):
    """Fresh moves."""
    for _ in range(4):
        before = weights(rng)
        after = {k: v.copy() for k, v in before.items()}
        wanted = [name for name in before if name in ("norm/mean", "head/bias") or rng.random() < 0.5]
        for name in wanted:
            after[name].flat[int(rng.integers(after[name].size))] += -0.5 if name == "head/bias" else 0.5
        after = dict(reversed(after.items()))
        assert_moved(answer, before, after, wanted, f"{len(wanted)} of five arrays have one new number")


# --------------------------------------------------------------------------------------------------------- rates


@pytest.mark.exercise("learning_rates", points=1)
def test_learning_rates(answer, reference, rng):
    """S-089; Howard and Ruder 2018: the head first in rate, last in the list."""
    wanted = [0.00125, 0.0025, 0.005, 0.01]
    assert_same(answer(4, 0.01, 0.5), wanted, "the rates of 4 parts, 0.01, decay 0.5")
    assert_same(answer(2, 1.0, 0.75), [0.75, 1.0], "the rates of 2 parts, 1.0, decay 0.75")
    for _ in range(4):
        stages, rate, decay = int(rng.integers(3, 12)), float(rng.uniform(0.1, 1)), float(rng.uniform(0.3, 0.9))
        what = f"the rates of {stages} parts, {rate:.3f}, decay {decay:.3f}"
        assert_same(answer(stages, rate, decay), reference(stages, rate, decay), what)


LANDMARKS = {
    "on the way up": {0: 0.0, 5: 0.5, 10: 1.0},
    "on the way down": {40: 0.75, 55: 0.5, 100: 0.0},
    "after the end": {130: 0.0},
}


@pytest.mark.parametrize("where", ["on the way up", "on the way down", "after the end", "without warm-up"])
@pytest.mark.exercise("warm_cosine", points=0.25)
def test_warm_cosine_at_the_landmarks(answer, where):
    """S-089: the beginning, the middle of the warm-up, the peak, the middle of the fall, the end, and after it."""
    if where == "without warm-up":
        assert_same(answer(0, 50, 0, 0.3), 0.3, "the rate at step 0 without any warm-up, peak 0.3,")
        return
    for step, rate in LANDMARKS[where].items():
        got = answer(step, 100, 10, 1.0)
        assert_same(got, rate, f"the rate at step {step} of 100, 10 of them warm-up, peak 1,")


@pytest.mark.exercise("warm_cosine", points=1)
def test_warm_cosine_of_any_schedule(answer, reference, rng):
    """Fresh schedules: on the way up, twice on the way down, and after the end."""
    for _ in range(4):
        steps, peak = int(rng.integers(40, 300)), float(rng.uniform(0.01, 2))
        warmup = int(rng.integers(4, steps // 2))
        middle = (warmup + steps) // 2
        spans = (1, warmup), (warmup + 1, middle), (middle + 1, steps), (steps + 1, steps + 20)
        for step in [int(rng.integers(*span)) for span in spans]:
            what = f"the rate at step {step} of {steps}, {warmup} of them warm-up, peak {peak:.3f},"
            assert_same(answer(step, steps, warmup, peak), reference(step, steps, warmup, peak), what)


# ------------------------------------------------------------------------------------------- deciding and looking


@pytest.mark.parametrize("least", [1, 2, 3, 4])
@pytest.mark.exercise("rule_of_thumb", points=0.25)
def test_rule_of_thumb(answer, reference, least):
    """C-121: the four cases, by the two principles."""
    boxes = f"give a letter for each of {list(reference)}, as in {{{next(iter(reference))!r}: 'A', ...}}"
    assert isinstance(answer, dict) and set(answer) == set(reference), (
        f"`rule_of_thumb` should be a dictionary: {boxes}"
    )
    letters = {box: str(the_one(letter)).strip().upper() for box, letter in answer.items()}
    assert sorted(letters.values()) == list("ABCD"), "each of the letters A, B, C and D belongs to one box"
    right = sum(letters[box] == reference[box] for box in reference)
    assert right >= least, f"by the two principles, {right} of your four letters {'is' if right == 1 else 'are'} right"


@pytest.mark.parametrize("speaks", ["for", "against"])
@pytest.mark.exercise("grad_cam", points=0.5)
def test_grad_cam_by_hand(answer, speaks):
    """Two maps of 2x2: one speaks for the class, the other against it; Selvaraju et al. 2017, equations 1 and 2."""
    maps = np.stack([np.array([[4.0, 2.0], [0.0, 1.0]]), np.array([[0.0, 1.0], [3.0, 0.0]])], axis=-1)
    gradients = np.stack([np.array([[2.0, 2.0], [0.0, 4.0]]), np.array([[-1.0, -3.0], [0.0, 0.0]])], axis=-1)
    if speaks == "for":
        assert_same(answer(maps, gradients), [[1.0, 3 / 8], [0.0, 2 / 8]], "the heat of two maps, by hand,")
    else:
        nothing = answer(maps, -np.ones_like(maps))
        assert_same(nothing, np.zeros((2, 2)), "the heat where nothing speaks for the class")


@pytest.mark.exercise("grad_cam", points=1)
def test_grad_cam_of_any_maps(answer, reference, rng):
    """Fresh maps, not square; larger gradients change nothing."""
    for shape in ((4, 6, 3), (5, 3, 8)):
        maps, gradients = rng.random(shape), rng.normal(0, 1, shape)
        # One map speaks for the class and one against it, each alone at some place.
        gradients += np.resize([1.2, -1.2, 0.1], shape[-1]) - gradients.mean(axis=(0, 1))
        maps[0, 1], maps[2, 0] = np.eye(shape[-1])[:2]
        what = f"the heat of maps {shape}"
        wanted = reference(maps, gradients)
        assert_same(answer(maps, gradients), wanted, what)
        assert_same(answer(maps, 7 * gradients), wanted, f"{what}, with gradients seven times as large,")
    maps, gradients = 0.5 + rng.random((3, 4, 2)), rng.random((3, 4, 2))
    assert_same(answer(maps, gradients), reference(maps, gradients), "the heat where every place speaks for the class")

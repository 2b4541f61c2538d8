"""The checks of lab 05: factorisation (E-34 to E-37), the budget (E-75), VGG's tables (E-48 to E-50), heads (E-61)."""

from functools import partial

import numpy as np
import pytest

from ccv.grading import assert_same, network_difference

# Counts are whole numbers: one bias among 138 million weights is still a mistake.
assert_count = partial(assert_same, tolerance=0)

VGG16 = [window for count in (2, 2, 3, 3, 3) for window in [(3, 1)] * count + [(2, 2)]]
VGG19 = [window for count in (2, 2, 4, 4, 4) for window in [(3, 1)] * count + [(2, 2)]]
ALEXNET = [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)]


def parts(result, count, what):
    """The result as a tuple of so many parts."""
    assert isinstance(result, (tuple, list)) and len(result) == count, f"{what} should be {count} things in a tuple"
    return result


# ------------------------------------------------------------------------------------------------ small filters


def assert_stack(got, wanted, what):
    """Weights, field and non-linearities, each with a message of its own."""
    weights, field, bends = parts(got, 3, f"{what}: (weights, field, non-linearities)")
    assert_count(weights, wanted[0], f"{what}: the number of weights")
    field = parts(field, 2, f"{what}: the field, (height, width),")
    assert_count(list(field), list(wanted[1]), f"{what}: the field (height, width)")
    assert_count(bends, wanted[2], f"{what}: the number of non-linearities")


@pytest.mark.exercise("stack_cost", points=1)
def test_stack_cost_of_the_duels(answer):
    """E-34, E-35, E-36, C-063: 18 C² for 25 C², 27 C² for 49 C², 6 for 9."""
    assert_stack(answer([(3, 3), (3, 3)], 10), (1800, (5, 5), 2), "two 3x3 with 10 channels (E-34)")
    assert_stack(answer([(5, 5)], 10), (2500, (5, 5), 1), "one 5x5 with 10 channels (E-34)")
    assert_stack(answer([(3, 3)] * 3, 64), (27 * 64**2, (7, 7), 3), "three 3x3 with 64 channels (E-35)")
    assert_stack(answer([(7, 7)], 64), (49 * 64**2, (7, 7), 1), "one 7x7 with 64 channels (E-35)")


@pytest.mark.exercise("stack_cost", points=2)
def test_stack_cost_of_any_stack(answer, reference, rng):
    """E-36: kernels that are not square; then fresh stacks."""
    stacks = [[(3, 1), (1, 3)], [(1, 7), (7, 1)], [(1, 1), (3, 3), (1, 1)]]
    stacks += [[tuple(kernel) for kernel in rng.integers(1, 8, (n, 2)).tolist()] for n in (1, 2, 4)]
    for stack in stacks:
        channels = int(rng.integers(3, 99))
        assert_stack(answer(stack, channels), reference(stack, channels), f"{stack} with {channels} channels")


@pytest.mark.exercise("layers_to_see", points=1)
def test_layers_to_see_the_cat(answer):
    """E-37, C-064: 64 layers of 3x3, 32 of 5x5."""
    for pixels, kernel, layers in [(128, 3, 64), (128, 5, 32), (7, 3, 3), (5, 3, 2), (7, 7, 1)]:
        what = f"the number of {kernel}x{kernel} layers that see {pixels}x{pixels}"
        assert_count(answer(pixels, kernel), layers, what)


@pytest.mark.exercise("layers_to_see", points=1)
def test_layers_to_see_anything(answer, rng):
    """The least number: enough, and one less is not."""
    for _ in range(12):
        pixels, kernel = int(rng.integers(2, 300)), int(rng.integers(2, 12))
        layers = answer(pixels, kernel)
        assert_count(layers, np.asarray(layers, dtype=int), f"the number of {kernel}x{kernel} layers")
        what = f"{layers} layers of {kernel}x{kernel} see {1 + layers * (kernel - 1)} pixels"
        assert 1 + layers * (kernel - 1) >= pixels, f"{what}, too few for {pixels}"
        assert 1 + (layers - 1) * (kernel - 1) < pixels, f"{what}: for {pixels}, fewer layers would do"


def assert_fields(got, wanted, what):
    """One pair (field, jump) a layer."""
    assert isinstance(got, (list, tuple)), f"{what}: the result should be a list of (field, jump), one a layer"
    assert len(got) == len(wanted), f"{what}: {len(wanted)} layers need {len(wanted)} pairs, and you give {len(got)}"
    for number, (pair, right) in enumerate(zip(got, wanted, strict=True), start=1):
        field, jump = parts(pair, 2, f"{what}, layer {number}: (field, jump)")
        assert_count(field, right[0], f"{what}: the field after layer {number}")
        assert_count(jump, right[1], f"{what}: the jump after layer {number}")


@pytest.mark.exercise("receptive_field", points=2)
def test_receptive_field_of_the_classics(answer, reference):
    """E-35, C-070: two 3x3 see 5, three see 7; pool5 of VGG-16 sees 212, of VGG-19 268, of AlexNet 195."""
    assert_fields(answer([(3, 1)] * 3), [(3, 1), (5, 1), (7, 1)], "three 3x3 layers (E-35)")
    for name, windows, field in [("VGG-16", VGG16, 212), ("VGG-19", VGG19, 268), ("AlexNet", ALEXNET, 195)]:
        got = answer(windows)
        assert_fields(got, reference(windows), f"{name}, {windows}")
        assert got[-1][0] == field, f"pool5 of {name} should see another field (C-070)"


@pytest.mark.exercise("receptive_field", points=1)
def test_receptive_field_of_any_stack(answer, reference, rng):
    """Fresh stacks, strides up to 3."""
    for n in (1, 2, 4, 6):
        stack = list(zip(rng.integers(1, 8, n).tolist(), rng.integers(1, 4, n).tolist(), strict=True))
        assert_fields(answer(stack), reference(stack), f"{stack}")


@pytest.mark.exercise("halvings", points=1)
def test_halvings_of_an_image(answer):
    """E-75, C-065, X-67: 7 for 224 pixels, 8 for 256."""
    for side, count in [(256, 8), (40, 5), (224, 7), (32, 5), (7, 2), (1, 0)]:
        assert_count(answer(side), count, f"the number of halvings of {side} pixels (E-75)")


@pytest.mark.exercise("halvings", points=1)
def test_halvings_of_any_image(answer, reference, rng):
    """Fresh sides."""
    for side in [*rng.integers(2, 2000, 12).tolist(), 1023, 1024, 1025]:
        assert_count(answer(side), reference(side), f"the number of halvings of {side} pixels")


# ------------------------------------------------------------------------------------------- the table of VGG-16


def names_of(blocks):
    """What each line of a table is."""
    kinds = {"3": "a 3x3 convolution", "1": "a 1x1 convolution", "N": "the LRN"}
    inner = [f"{kinds[kind]} of block {n}" for n, block in enumerate(blocks, 1) for kind in [*block]]
    for n in range(len(blocks), 0, -1):
        inner.insert(sum(len(block) for block in blocks[:n]), f"the pooling of block {n}")
    return ["the input", *inner, "FC 4096", "the second FC 4096", "FC 1000"]


def assert_lines(got, wanted, blocks, what):
    """Line by line, so that the message says which one."""
    assert isinstance(got, (list, tuple)), f"{what}: the result should be a list of lines"
    names = names_of(blocks)
    assert len(got) == len(names), f"{what}: the table has {len(names)} lines, and yours {len(got)}"
    for number, (line, right, name) in enumerate(zip(got, wanted, names, strict=True), start=1):
        place = f"{what}, line {number}, {name}:"
        columns = parts(line, 3, f"{place} (values, weights, biases)")
        for column, mine, good in zip(("values", "weights", "biases"), columns, right, strict=True):
            assert_count(mine, good, f"{place} the number of {column}")


@pytest.mark.exercise("vgg_table", points=2)
def test_vgg_table_of_the_slide(answer, reference, solution):
    """E-48, C-083, S-121: 15,237,608 values, 138,344,128 weights, 13,416 biases."""
    blocks = solution.VGG["D"]
    lines = answer(blocks)
    assert_lines(lines, reference(blocks), blocks, "VGG-16 (E-48)")
    assert [sum(column) for column in zip(*lines, strict=True)] == [15_237_608, 138_344_128, 13_416], (
        "the columns should add up"
    )


@pytest.mark.exercise("vgg_table", points=1)
def test_vgg_table_of_all_six(answer, reference, solution):
    """E-49, A-07: 133, 133, 133, 134, 138 and 144 million parameters."""
    millions = {"C": 134, "A": 133, "A-LRN": 133, "B": 133, "D": 138, "E": 144}
    for name, total in millions.items():
        blocks = solution.VGG[name]
        lines = answer(blocks)
        assert_lines(lines, reference(blocks), blocks, f"configuration {name}")
        parameters = sum(weights + biases for _, weights, biases in lines)
        assert round(parameters / 1e6) == total, f"{name} should have another number of millions of parameters (E-49)"


@pytest.mark.exercise("vgg_table", points=1)
def test_vgg_table_of_any_row(answer, reference, rng):
    """Fresh rows and sides."""
    for side in (64, 100, int(rng.integers(33, 300))):
        blocks = ["".join(rng.choice(["3", "1"], int(rng.integers(1, 5)))) for _ in range(5)]
        what = f"{blocks} on {side}x{side} pixels"
        assert_lines(answer(blocks, side=side), reference(blocks, side=side), blocks, what)


@pytest.mark.exercise("vgg16_megabytes", points=1)
def test_vgg16_megabytes(answer):
    """E-48, D-17, X-70: 60.95 MB, not 96."""
    assert isinstance(answer, (int, float)), "the memory should be one number, in megabytes"
    assert abs(answer - 60.95) < 0.1, "that is not four bytes for each value of the memory column (E-48)"


@pytest.mark.exercise("lost_in_print", points=1)
def test_lost_in_print(answer):
    """E-50, X-61: a 3x3 convolution in each of blocks 3, 4 and 5."""
    assert_count(answer, 5_309_696, "the number of parameters that column E lost (E-50)")


# ----------------------------------------------------------------------------------------------------- building


def assert_is_built(model, what):
    """A Keras model that knows its input."""
    import keras

    assert isinstance(model, keras.Model), f"{what} should be a Keras model; is there a `return`?"
    assert model.built and model.weights, f"{what} has no weights: begin with keras.Input(input_shape)"
    assert isinstance(getattr(model, "output_shape", None), tuple), f"{what} should have one output"


def first_difference(model, wanted, what):
    """The first layer that differs, with its arithmetic; the dropout has a check of its own."""
    said = network_difference(model, wanted, what, ignore=("Dropout", "regularizers"))
    return said or f"{what} is not the network that was asked for"


def assert_learns_the_same(model, wanted, what):
    """The weights of each layer, in order, have the sizes that they should have."""
    got = [layer.count_params() for layer in model.layers if layer.weights]
    expected = [layer.count_params() for layer in wanted.layers if layer.weights]
    assert got == expected, first_difference(model, wanted, what)


def assert_computes_the_same(model, wanted, rng, what):
    """Equal weights must give equal outputs; it does not matter how the layers are called or cut."""
    sizes = [weight.size for weight in model.get_weights()], [weight.size for weight in wanted.get_weights()]
    assert sizes[0] == sizes[1], first_difference(model, wanted, what)
    # Kernels large enough that the signal arrives, and biases, so that no activation can hide.
    values = [
        rng.normal(0, (2 / np.prod(w.shape[:-1])) ** 0.5, w.shape) if w.ndim > 1 else rng.normal(0, 0.3, w.shape)
        for w in wanted.get_weights()
    ]
    wanted.set_weights(values)
    model.set_weights([v.reshape(w.shape) for v, w in zip(values, model.get_weights(), strict=True)])
    images = rng.normal(0, 3, (3, *wanted.input_shape[1:])).astype("float32")
    got, right = np.asarray(model(images)), np.asarray(wanted(images))
    assert got.shape == right.shape, f"{what} gives outputs of shape {got.shape[1:]} for an image, which is not right"
    sums = got.reshape(3, -1).sum(axis=1)
    assert np.allclose(sums, 1, atol=1e-4), f"{what}: its outputs are no probabilities, since they do not add up to 1"
    assert np.allclose(got, right, atol=1e-4), first_difference(model, wanted, what)


@pytest.mark.exercise("build_vgg", points=1, timeout=60)
def test_build_vgg_counts_vgg16(answer, reference, solution):
    """E-49: VGG-16 at 224 pixels, thin."""
    model = answer(solution.VGG["D"], (224, 224, 3), 1000, 1 / 32)
    what = "VGG-16 on 224x224x3 at width 1/32"
    assert_is_built(model, what)
    assert_learns_the_same(model, reference(solution.VGG["D"], (224, 224, 3), 1000, 1 / 32), what)


@pytest.mark.exercise("build_vgg", points=2, timeout=120)
def test_build_vgg_computes_all_six(answer, reference, solution, rng):
    """E-49, A-07, A-10, D-16: every configuration computes what it should."""
    for name in ("C", "A-LRN", "A", "B", "D", "E"):
        model = answer(solution.VGG[name], (32, 32, 3), 10, 1 / 16)
        what = f"configuration {name} on 32x32x3 at width 1/16"
        assert_is_built(model, what)
        wanted = reference(solution.VGG[name], (32, 32, 3), 10, 1 / 16)
        assert_learns_the_same(model, wanted, what)
        assert_computes_the_same(model, wanted, rng, what)


@pytest.mark.exercise("build_vgg", points=1, timeout=60)
def test_build_vgg_drops_out_on_any_image(answer, reference, rng):
    """Fresh rows, images and classes; dropout 0.5 behind both hidden layers."""
    for shape in ((64, 32, 1), (40, 75, 4)):
        blocks = ["".join(rng.choice(["3", "1"], int(rng.integers(1, 4)))) for _ in range(5)]
        classes = int(rng.integers(2, 9))
        what = f"{blocks} on {shape} with {classes} classes at width 1/32"
        model, wanted = answer(blocks, shape, classes, 1 / 32), reference(blocks, shape, classes, 1 / 32)
        assert_is_built(model, what)
        assert_learns_the_same(model, wanted, what)
        assert_computes_the_same(model, wanted, rng, what)
        rates = [layer.rate for layer in model.layers if type(layer).__name__ == "Dropout"]
        assert rates == [0.5, 0.5], f"{what}: the two hidden dense layers should each be followed by dropout 0.5"


# ------------------------------------------------------------------------------------------- heads and beginnings


@pytest.mark.exercise("head_costs", points=1)
def test_head_costs_of_vgg16(answer):
    """E-61, C-057: 102,760,448 weights in the first dense layer alone, against 513,000 parameters."""
    for (maps, classes, hidden), dense, pooled in [
        (((7, 7, 512), 1000, (4096, 4096)), 123_642_856, 513_000),
        (((7, 7, 512), 1000, ()), 25_089_000, 513_000),
        (((6, 6, 256), 1000, (4096, 4096)), 58_631_144, 257_000),
    ]:
        what = f"last maps {maps}, hidden layers {hidden}:"
        got = parts(answer(maps, classes, hidden), 2, f"{what} (dense head, pooled head)")
        assert_count(got[0], dense, f"{what} the parameters of the dense head (E-61)")
        assert_count(got[1], pooled, f"{what} the parameters of the head with average pooling (E-61)")


@pytest.mark.exercise("head_costs", points=1)
def test_head_costs_of_any_network(answer, reference, rng):
    """Fresh maps, none of them square."""
    for n in (0, 1, 2, 3):
        maps, classes = tuple(rng.integers(2, 40, 3).tolist()), int(rng.integers(2, 100))
        hidden = tuple(rng.integers(2, 200, n).tolist())
        what = f"last maps {maps}, hidden layers {hidden}, {classes} classes:"
        got = parts(answer(maps, classes, hidden), 2, f"{what} (dense head, pooled head)")
        for which, mine, right in zip(
            ("dense head", "pooled head"), got, reference(maps, classes, hidden), strict=True
        ):
            assert_count(mine, right, f"{what} the parameters of the {which}")


@pytest.mark.exercise("start_deviations", points=1)
def test_start_deviations_of_vgg(answer, rng):
    """Glorot and Bengio 2010, He et al. 2015, on layers of VGG; compared with what Keras draws."""
    import keras

    for kernel, channels, filters in [(3, 64, 128), (1, 256, 256), (3, 3, 64)]:
        what = f"{filters} filters of {kernel}x{kernel} on {channels} channels:"
        got = parts(answer(kernel, channels, filters), 2, f"{what} (Glorot's, He's)")
        makers = {"Glorot's": keras.initializers.GlorotNormal, "He's": keras.initializers.HeNormal}
        for (whose, maker), mine in zip(makers.items(), got, strict=True):
            # At least 1,728 numbers are drawn, so that their deviation is known to 4 % with certainty enough.
            drawn = maker(seed=int(rng.integers(2**31)))((kernel, kernel, channels, filters))
            deviation = float(np.asarray(drawn).std())
            assert abs(mine / deviation - 1) < 0.12, f"{what} {whose} deviation is not what Keras draws with"


@pytest.mark.exercise("start_deviations", points=1)
def test_start_deviations_of_any_layer(answer, reference, rng):
    """Fresh layers."""
    for kernel, channels, filters in [(3, 64, 64), *rng.integers(1, 300, (6, 3)).tolist()]:
        got = parts(answer(kernel, channels, filters), 2, "(Glorot's, He's)")
        for whose, mine, right in zip(("Glorot's", "He's"), got, reference(kernel, channels, filters), strict=True):
            what = f"{filters} filters of {kernel}x{kernel} on {channels} channels: {whose} deviation"
            assert_same(mine, right, what, tolerance=1e-9)

"""The checks of lab 05: what small filters cost and see, VGG's table, its networks, their heads and first weights."""

import numpy as np
import pytest

from ccv.grading import as_array, as_items, assert_column, assert_count, assert_same, network_difference

_COUNTED = ("ccv.anatomy", "ccv.models")
MAY_NOT_CALL = {
    "stack_cost": _COUNTED,
    "layers_to_see": _COUNTED,
    "fields_and_jumps": _COUNTED,
    "halvings": _COUNTED,
    "vgg_table": _COUNTED,
    "build_vgg": ("ccv.models",),
    "head_costs": _COUNTED,
}

DUELS = [(3, 2, 10), (5, 1, 10), (3, 3, 64), (7, 1, 64)]  # side, layers, channels
VGG16 = [window for count in (2, 2, 3, 3, 3) for window in [(3, 1, 1)] * count + [(2, 2, 1)]]
VGG19 = [window for count in (2, 2, 4, 4, 4) for window in [(3, 1, 1)] * count + [(2, 2, 1)]]
ALEXNET = [(11, 4, 1), (3, 2, 1), (5, 1, 1), (3, 2, 1), (3, 1, 1), (3, 1, 1), (3, 1, 1), (3, 2, 1)]


# ------------------------------------------------------------------------------------------------ small filters


PARTS = "weights", "field", "non-linearities"


def part_of(got, part, what):
    """One of the three parts of a bill."""
    return as_items(got, 3, f"{what}: ({', '.join(PARTS)})")[PARTS.index(part)]


def bills(answer, reference, rng):
    """Answers and right ones, by what was asked: the duels, kernels that are not square, and fresh stacks."""
    squares = [([(side, side)] * layers, channels) for side, layers, channels in DUELS]
    stacks = [[(3, 1), (1, 3)], [(1, 7), (7, 1)], [(1, 1), (3, 3), (1, 1)], [(3, 5), (1, 3)]]
    stacks += [[tuple(kernel) for kernel in rng.integers(1, 8, (n, 2)).tolist()] for n in (1, 2, 3)]
    questions = [*squares, *((stack, int(rng.integers(3, 30))) for stack in stacks)]
    answers = [answer(*question) for question in questions]  # all of them, before anything is compared
    names = [f"{stack} with {channels} channels" for stack, channels in questions]
    return zip(names, answers, [reference(*question) for question in questions], strict=True)


@pytest.mark.exercise("stack_cost", points=1)
def test_stack_cost_in_weights(answer, reference, rng):
    """18 C² for 25 C², 27 C² for 49 C², 6 for 9."""
    assert [reference([(side, side)] * layers, 1)[0] for side, layers, _ in DUELS] == [18, 25, 27, 49]
    for what, mine, right in bills(answer, reference, rng):
        assert_count(part_of(mine, "weights", what), right[0], f"{what}: the number of weights")


@pytest.mark.exercise("stack_cost", points=1)
def test_stack_cost_has_the_field_of_a_larger_filter(answer, reference, rng):
    """Two 3x3 see what one 5x5 sees, height and width by themselves."""
    for what, mine, right in bills(answer, reference, rng):
        field = as_items(part_of(mine, "field", what), 2, f"{what}: the field, (height, width),")
        assert_count(list(field), list(right[1]), f"{what}: the field (height, width)")


@pytest.mark.exercise("stack_cost", points=1)
def test_stack_cost_counts_a_relu_for_each_convolution(answer, reference, rng):
    """What makes two small filters more than one large one."""
    for what, mine, right in bills(answer, reference, rng):
        bends = part_of(mine, "non-linearities", what)
        assert_count(bends, right[2], f"{what}: the number of non-linearities")


@pytest.mark.exercise("layers_to_see", points=1)
def test_layers_to_see_the_cat(answer):
    """64 layers of 3x3, 32 of 5x5."""
    wanted = {(128, 3): 64, (128, 5): 32, (7, 3): 3, (5, 3): 2, (7, 7): 1}
    for (pixels, kernel), mine in [(question, answer(*question)) for question in wanted]:
        what = f"the number of {kernel}x{kernel} layers that see {pixels}x{pixels}"
        assert_count(mine, wanted[pixels, kernel], what)


@pytest.mark.exercise("layers_to_see", points=1)
def test_layers_to_see_anything(answer, rng):
    """The least number: enough, and one less is not."""
    kernels = rng.integers(3, 12, 12).tolist()
    reached = [1 + int(layers) * (kernel - 1) for layers, kernel in zip(rng.integers(1, 30, 12), kernels, strict=True)]
    questions = [*zip(reached, kernels, strict=True), *((r + 1, k) for r, k in zip(reached, kernels, strict=True))]
    for (pixels, kernel), mine in [(question, answer(*question)) for question in questions]:
        layers = as_array(mine, f"the number of {kernel}x{kernel} layers", ())
        assert_count(layers, np.rint(layers.real), f"the number of {kernel}x{kernel} layers")
        what = f"{layers} layers of {kernel}x{kernel} see {1 + layers * (kernel - 1)} pixels"
        assert 1 + layers * (kernel - 1) >= pixels, f"{what}, too few for {pixels}"
        assert 1 + (layers - 1) * (kernel - 1) < pixels, f"{what}: for {pixels}, fewer layers would do"


FIELD, JUMP = 0, 1


def assert_column_of(part, got, wanted, what):
    """The fields or the jumps of pairs (field, jump), one a layer."""
    got = as_items(got, len(wanted), f"{what}: the pairs (field, jump), one a layer,")
    rows = [f"after layer {number}" for number in range(1, len(wanted) + 1)]
    pairs = [as_items(pair, 2, f"{what}, {row}: (field, jump)") for row, pair in zip(rows, got, strict=True)]
    name = ("the field", "the jump")[part]
    assert_column([pair[part] for pair in pairs], [pair[part] for pair in wanted], rows, rows, name, what)


def undilated(answer, reference, rng):
    """Answers and right ones, by what was asked: the classics, a stack in which strides meet, then fresh ones."""
    fresh = [(rng.integers(1, 8, n).tolist(), rng.integers(1, 4, n).tolist(), [1] * n) for n in (1, 2, 4, 6)]
    stacks = [[(3, 1, 1)] * 3, VGG16, VGG19, ALEXNET, [(3, 2, 1), (3, 2, 1), (3, 3, 1), (5, 1, 1)]]
    stacks += [list(zip(*parts, strict=True)) for parts in fresh]
    answers = [answer(stack) for stack in stacks]
    return zip([f"{stack}" for stack in stacks], answers, [reference(stack) for stack in stacks], strict=True)


@pytest.mark.exercise("fields_and_jumps", points=1)
def test_fields_of_the_classics_and_of_any_stack(answer, reference, rng):
    """Three 3x3 see 7; the last pooling of VGG-16 sees 212 pixels, of VGG-19 268, of AlexNet 195."""
    assert [reference(stack)[-1][FIELD] for stack in ([(3, 1, 1)] * 3, VGG16, VGG19, ALEXNET)] == [7, 212, 268, 195]
    for what, mine, right in undilated(answer, reference, rng):
        assert_column_of(FIELD, mine, right, what)


@pytest.mark.exercise("fields_and_jumps", points=1)
def test_jumps_of_the_classics_and_of_any_stack(answer, reference, rng):
    """Strides multiply; kernels do not matter."""
    for what, mine, right in undilated(answer, reference, rng):
        assert_column_of(JUMP, mine, right, what)


@pytest.mark.exercise("fields_and_jumps", points=1)
def test_fields_and_jumps_of_dilated_stacks(answer, reference, rng):
    """Doubled dilations, 3, 7, 15, 31, 63 and 127 pixels; with strides among them; then fresh ones."""
    doubled = [(3, 1, 2**n) for n in range(6)]
    assert [field for field, _ in reference(doubled)] == [3, 7, 15, 31, 63, 127]
    fresh = [(rng.integers(2, 7, n), rng.integers(1, 4, n), rng.integers(2, 5, n)) for n in (1, 2, 4, 6)]
    stacks = [doubled, [(3, 1, 1), (2, 2, 1), (3, 1, 2)], [(5, 2, 3), (3, 1, 4), (3, 2, 1)]]
    stacks += [list(zip(*(part.tolist() for part in parts), strict=True)) for parts in fresh]
    for stack, mine in [(stack, answer(stack)) for stack in stacks]:
        for part in (FIELD, JUMP):
            assert_column_of(part, mine, reference(stack), f"{stack}")


@pytest.mark.exercise("halvings", points=1)
def test_halvings_of_an_image(answer):
    """7 for 224 pixels, 8 for 256."""
    wanted = {256: 8, 40: 5, 224: 7, 32: 5, 7: 2, 1: 0}
    for side, mine in [(side, answer(side)) for side in wanted]:
        assert_count(mine, wanted[side], f"the number of halvings of {side} pixels")


@pytest.mark.exercise("halvings", points=1)
def test_halvings_of_any_image(answer, reference, rng):
    """Fresh sides."""
    sides = [*rng.integers(2, 2000, 12).tolist(), 1023, 1024, 1025]
    for side, mine in [(side, answer(side)) for side in sides]:
        assert_count(mine, reference(side), f"the number of halvings of {side} pixels")


# ------------------------------------------------------------------------------------------- the table of VGG-16


def names_of(blocks):
    """What each line of a table is."""
    kinds = {"3": "a 3x3 convolution", "1": "a 1x1 convolution", "N": "the LRN"}
    inner = [f"{kinds[kind]} of block {n}" for n, block in enumerate(blocks, 1) for kind in [*block]]
    for n in range(len(blocks), 0, -1):
        inner.insert(sum(len(block) for block in blocks[:n]), f"the pooling of block {n}")
    return ["the input", *inner, "FC 4096", "the second FC 4096", "FC 1000"]


def kind_of(name):
    """What a line is about, whichever block it stands in."""
    return "dense layer" if "FC" in name else name.partition(" of block")[0].removeprefix("the ").removeprefix("a ")


COLUMNS = "values", "weights", "biases"


def assert_lines(got, wanted, blocks, what, columns=COLUMNS):
    """Line by line, so that the message says which one."""
    names = names_of(blocks)
    got = as_items(got, len(names), f"{what}: the lines of the table")
    rows = [f"line {number}, {name}" for number, name in enumerate(names, start=1)]
    lines = [
        as_items(line, 3, f"{what}, {row}: (values, weights, biases)") for row, line in zip(rows, got, strict=True)
    ]
    kinds = [kind_of(name) for name in names]
    for column in columns:
        mine, right = ([line[COLUMNS.index(column)] for line in table] for table in (lines, wanted))
        zero = "such a line has nothing to learn"
        assert_column(mine, right, rows, kinds, f"the number of {column}", what, zero=zero)


@pytest.mark.exercise("vgg_table", points=1)
def test_vgg_table_of_vgg16_in_values(answer, reference, solution):
    """15,237,608 values for one image."""
    blocks = solution.VGG["D"]
    assert_lines(answer(blocks), reference(blocks), blocks, "VGG-16", ["values"])


@pytest.mark.exercise("vgg_table", points=1)
def test_vgg_table_of_vgg16_in_weights(answer, reference, solution):
    """138,344,128 weights."""
    blocks = solution.VGG["D"]
    assert_lines(answer(blocks), reference(blocks), blocks, "VGG-16", ["weights"])


@pytest.mark.exercise("vgg_table", points=1)
def test_vgg_table_of_vgg16_in_biases(answer, reference, solution):
    """13,416 biases."""
    blocks = solution.VGG["D"]
    assert_lines(answer(blocks), reference(blocks), blocks, "VGG-16", ["biases"])


@pytest.mark.exercise("vgg_table", points=1)
def test_vgg_table_of_any_row(answer, reference, solution, rng):
    """All six of the paper, then fresh rows and sides."""
    for name in ("C", "A", "A-LRN", "B", "D", "E"):
        blocks = solution.VGG[name]
        assert_lines(answer(blocks), reference(blocks), blocks, f"configuration {name}")
    for side in (64, 100, int(rng.integers(33, 300))):
        blocks = ["".join(rng.choice(["3", "1"], int(rng.integers(1, 5)))) for _ in range(5)]
        what = f"{blocks} on {side}x{side} pixels"
        assert_lines(answer(blocks, side=side), reference(blocks, side=side), blocks, what)


@pytest.mark.exercise("vgg16_megabytes", points=1)
def test_vgg16_megabytes(answer):
    """60.95 MB, not 96."""
    megabytes = as_array(answer, "the memory, in megabytes,", ())
    assert abs(megabytes - 60.95) < 0.1, "that is not four bytes for each value of the memory column"


@pytest.mark.exercise("lost_in_print", points=1)
def test_lost_in_print(answer):
    """A 3x3 convolution in each of blocks 3, 4 and 5."""
    assert_count(answer, 5_309_696, "the number of parameters that column E lost")


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
    """VGG-16 at 224 pixels, thin."""
    model = answer(solution.VGG["D"], (224, 224, 3), 1000, 1 / 32)
    what = "VGG-16 on 224x224x3 at width 1/32"
    assert_is_built(model, what)
    assert_learns_the_same(model, reference(solution.VGG["D"], (224, 224, 3), 1000, 1 / 32), what)


@pytest.mark.exercise("build_vgg", points=1, timeout=120)
def test_build_vgg_computes_what_3x3_compute(answer, reference, solution, rng):
    """The four configurations of 3x3 convolutions alone."""
    assert_computed(answer, reference, solution, rng, ("A", "B", "D", "E"))


@pytest.mark.exercise("build_vgg", points=1, timeout=60)
def test_build_vgg_computes_1x1_and_lrn(answer, reference, solution, rng):
    """C and A-LRN."""
    assert_computed(answer, reference, solution, rng, ("C", "A-LRN"))


def assert_computed(answer, reference, solution, rng, names):
    """Configurations on small images, thin: they learn and compute what they should."""
    for name in names:
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
        order = [kind for layer in model.layers if (kind := type(layer).__name__) in ("Dense", "Dropout")]
        behind = order == ["Dense", "Dropout", "Dense", "Dropout", "Dense"]
        assert behind, f"{what}: the dropouts stand elsewhere than behind each of the two hidden dense layers"


# ------------------------------------------------------------------------------------------- heads and beginnings


def heads(answer, reference, rng):
    """Answers and right ones, by what was asked: the heads of VGG-16 and AlexNet, then fresh ones, not square."""
    questions = [((7, 7, 512), 1000, (4096, 4096)), ((7, 7, 512), 1000, ()), ((6, 6, 256), 1000, (4096, 4096))]
    questions += [
        (tuple(rng.integers(2, 40, 3).tolist()), int(rng.integers(2, 100)), tuple(rng.integers(2, 200, n).tolist()))
        for n in (0, 1, 2, 3)
    ]
    assert [reference(*question) for question in questions[:2]] == [(123_642_856, 513_000), (25_089_000, 513_000)]
    answers = [answer(*question) for question in questions]
    names = [f"last maps {maps}, hidden layers {hidden}, {classes} classes:" for maps, classes, hidden in questions]
    pairs = [as_items(got, 2, f"{what} (dense head, pooled head)") for what, got in zip(names, answers, strict=True)]
    return zip(names, pairs, [reference(*question) for question in questions], strict=True)


@pytest.mark.exercise("head_costs", points=1)
def test_head_costs_of_dense_heads(answer, reference, rng):
    """102,760,448 weights in the first dense layer of VGG-16 alone."""
    for what, mine, right in heads(answer, reference, rng):
        assert_count(mine[0], right[0], f"{what} the parameters of the dense head")


@pytest.mark.exercise("head_costs", points=1)
def test_head_costs_of_average_pooling(answer, reference, rng):
    """513,000 parameters for VGG-16."""
    for what, mine, right in heads(answer, reference, rng):
        assert_count(mine[1], right[1], f"{what} the parameters of the head with average pooling")


GLOROT, HE = 0, 1
WHOSE = "Glorot's", "He's"


def assert_deviation(whose, maker, answer, reference, rng):
    """One of the two, on layers of VGG beside what Keras draws, and on fresh ones."""
    classics = [(3, 64, 128), (1, 256, 256), (3, 3, 64), (3, 64, 64)]
    layers = [*classics, *rng.integers(1, 300, (6, 3)).tolist()]
    answers = [answer(*layer) for layer in layers]  # all of them, before anything is compared
    for (kernel, channels, filters), result in zip(layers, answers, strict=True):
        what = f"{filters} filters of {kernel}x{kernel} on {channels} channels:"
        mine = as_items(result, 2, f"{what} (Glorot's, He's)")[whose]
        right = reference(kernel, channels, filters)[whose]
        if (kernel, channels, filters) in classics:
            # At least 1,728 numbers are drawn, so that their deviation is known to 4 % with certainty enough.
            drawn = np.asarray(maker(seed=5)((kernel, kernel, channels, filters)))
            assert abs(right / drawn.std() - 1) < 0.12, f"{what} Keras draws otherwise"
        assert_same(mine, right, f"{what} {WHOSE[whose]} deviation")


@pytest.mark.exercise("start_deviations", points=1)
def test_start_deviations_by_glorot(answer, reference, rng):
    """Glorot and Bengio 2010."""
    import keras

    assert_deviation(GLOROT, keras.initializers.GlorotNormal, answer, reference, rng)


@pytest.mark.exercise("start_deviations", points=1)
def test_start_deviations_by_he(answer, reference, rng):
    """He et al. 2015."""
    import keras

    assert_deviation(HE, keras.initializers.HeNormal, answer, reference, rng)

"""The checks of lab 04: windows (E-06), AlexNet's layers (E-01 to E-05), its units (E-53), groups and memory (E-52), LRN
(E-47), dropout, momentum, plateaus, filters as pictures, and what a stride makes of stripes.
"""

import numpy as np
import pytest

from ccv.grading import as_array, as_items, assert_column, assert_count, assert_same

_COUNTED = ("ccv.anatomy", "ccv.models", "ccv.convolution")
MAY_NOT_CALL = {
    "windows": _COUNTED,
    "propagate": _COUNTED,
    "connections": _COUNTED,
    "training_megabytes": _COUNTED,
    "local_response_norm": (
        "ccv.layers.LocalResponseNormalization",
        "tensorflow.nn.local_response_normalization",
        "tensorflow.nn.lrn",
    ),
    "dropout": ("keras.layers.Dropout", "keras.random.dropout", "tensorflow.nn.dropout"),
    "momentum_step": ("ccv.optimizers", "keras.optimizers"),
    "plateau_rate": ("ccv.training", "keras.callbacks.ReduceLROnPlateau"),
}

# ------------------------------------------------------------------------------------------------------- windows

# n, kernel, stride, padding
FIRST = [(224, 11, 4, 0), (227, 11, 4, 0), (224, 11, 4, 2), (55, 3, 2, 0), (27, 3, 2, 0), (13, 3, 2, 0), (27, 5, 1, 2)]
# A window that fills the row, one that touches only zeros at the far end, remainders of the pixels and of the zeros.
EDGES = [
    (7, 7, 3, 0),
    (5, 2, 2, 1),
    (10, 3, 3, 0),
    (10, 4, 4, 1),
    (8, 5, 4, 1),
    (12, 5, 5, 2),
    (9, 4, 4, 0),
    (13, 4, 4, 1),
]


def asked_windows(rng):
    """Rows with and without padding, with every remainder of the stride."""
    rows = []
    for stride in (2, 3, 4, 5):
        kernel = stride + int(rng.integers(0, 4))
        rows += [(kernel + int(rng.integers(2, 9)) * stride + rest, kernel, stride, 0) for rest in range(stride)]
        padding = int(rng.integers(1, kernel // 2 + 1))
        rows += [(kernel + int(rng.integers(2, 9)) * stride + rest, kernel, stride, padding) for rest in range(stride)]
    return rows


def assert_windows(answer, reference, questions, part):
    """One of the two numbers, row by row."""
    got = [answer(*question) if question[3] else answer(*question[:3]) for question in questions]
    names = [f"{n} pixels, windows of {k}, stride {s}, padding {p}" for n, k, s, p in questions]
    kinds = ["row with padding" if p else "row without padding" for *_, p in questions]
    mine = [as_items(pair, 2, f"{name}: (windows, unseen)")[part] for pair, name in zip(got, names, strict=True)]
    what = ("the number of windows", "the number of unseen pixels")[part]
    assert_column(mine, [reference(*question)[part] for question in questions], names, kinds, what)


@pytest.mark.exercise("windows", points=1)
def test_windows_are_counted(answer, reference, rng):
    """E-06, C-036: 54 windows on 224 pixels, 55 on 227, and on 224 with a border of two."""
    assert [reference(*question)[0] for question in FIRST[:3]] == [54, 55, 55]
    assert_windows(answer, reference, [*FIRST, *EDGES, *asked_windows(rng)], 0)


@pytest.mark.exercise("windows", points=1)
def test_windows_leave_pixels_unseen(answer, reference, rng):
    """E-06: one pixel of 224, none of 227; a remainder that falls on zeros is no pixel."""
    assert [reference(*question)[1] for question in FIRST[:3]] == [1, 0, 0]
    assert_windows(answer, reference, [*FIRST, *EDGES, *asked_windows(rng)], 1)


@pytest.mark.parametrize("question", ["conv1 output", "conv1 parameters", "pool1 output", "pool1 parameters"])
@pytest.mark.exercise("first_layers", points=0.5)
def test_first_layers(answer, reference, question):
    """E-01 to E-04: 55x55x96, 34,944, 27x27x96, 0."""
    assert isinstance(answer, dict), (
        "`first_layers` should be a dictionary with an answer to each of the four questions"
    )
    assert question in answer, f"`first_layers` has no answer to {question!r}"
    mine = answer[question]
    if question.endswith("output"):
        mine = as_items(mine, 3, f"the {question}, (height, width, channels),")
        assert_count([*mine], [*reference[question]], f"the {question}")
    else:
        assert_count(mine, reference[question], f"the number of {question}")


# ------------------------------------------------------------------------------------------------- the whole table


def drawn_network(rng, groups):
    """A small network with a layer of each kind in an order of its own, for images that are not square."""
    first, second = (int(n) for n in rng.choice(np.arange(2, 7), 2, replace=False))
    dealt = [2 * int(rng.integers(2, 5)) * groups for _ in range(2)]
    network = [
        ("conv", dealt[0], 2 * first + 1, int(rng.integers(1, 3)), int(rng.integers(0, first + 1)), 1),
        ("pool", 3, 2),
        ("norm",),
        ("conv", dealt[1] + groups, second, 1, int(rng.integers(0, 2)), groups),
        ("pool", 2, 1),
        ("dense", int(rng.integers(11, 40))),
        ("dense", int(rng.integers(3, 11))),
    ]
    return (int(rng.integers(48, 60)), int(rng.integers(74, 90)), int(rng.integers(2, 5))), network


def assert_tables(answer, reference, questions, part):
    """A column of tables, line by line."""
    got = [answer(*question) for question in questions]
    for (shape, network), table in zip(questions, got, strict=True):
        place = f"images of {'x'.join(map(str, shape))}"
        lines = as_items(table, len(network), f"{place}: the table, a pair for each line,")
        rows = [f"line {number}, {line}" for number, line in enumerate(network, 1)]
        pairs = [as_items(line, 2, f"{row}: (shape, parameters)") for line, row in zip(lines, rows, strict=True)]
        wanted = reference(shape, network)
        if part == "parameters":
            kinds = [
                {"conv": "convolution", "pool": "pooling", "norm": "normalisation"}.get(k, "dense layer")
                for k, *_ in network
            ]
            column = [pair[1] for pair in pairs]
            assert_column(column, [right for _, right in wanted], rows, kinds, "the number of parameters", place)
            continue
        for row, (mine, _), (right, _) in zip(rows, pairs, wanted, strict=True):
            sizes = as_items(mine, len(right), f"{place}, {row}: the shape")
            assert_count([*sizes], [*right], f"{place}, {row}: the shape")


@pytest.mark.parametrize("part", ["shape", "parameters"])
@pytest.mark.exercise("propagate", points=1)
def test_propagate_through_alexnet(answer, reference, solution, part):
    """E-05, S-119: every row of the table, 62,378,344 parameters in all."""
    table = reference((227, 227, 3), solution.ALEXNET)
    assert [shape[0] for shape, _ in table] == [55, 55, 27, 27, 27, 13, 13, 13, 13, 6, 4096, 4096, 1000]
    assert sum(parameters for _, parameters in table) == 62_378_344
    assert_tables(answer, reference, [((227, 227, 3), solution.ALEXNET)], part)


@pytest.mark.parametrize("part", ["shape", "parameters"])
@pytest.mark.exercise("propagate", points=0.5)
def test_propagate_through_any_network(answer, reference, rng, part):
    """Fresh networks without groups, images that are not square."""
    assert_tables(answer, reference, [drawn_network(rng, 1) for _ in range(6)], part)


@pytest.mark.exercise("propagate", points=1)
def test_propagate_with_groups(answer, reference, solution, rng):
    """E-52: 60,965,224 with the paper's two groups; other numbers of groups."""
    two = [(*line[:-1], 2) if n in (3, 7, 8) else line for n, line in enumerate(solution.ALEXNET)]
    assert sum(parameters for _, parameters in reference((227, 227, 3), two)) == 60_965_224
    questions = [((227, 227, 3), two), *(drawn_network(rng, groups) for groups in (2, 3, 4, 5))]
    assert_tables(answer, reference, questions, "parameters")


@pytest.mark.exercise("units", points=1)
def test_units(answer):
    """E-53: 659,272."""
    assert_count(answer, 659_272, "the number of units")


# ------------------------------------------------------------------------------------------------ cards and groups


def assert_connections(answer, reference, questions):
    got = [answer(*question) for question in questions]
    for (channels, filters, groups), mine in zip(questions, got, strict=True):
        what = f"the table for {channels} channels, {filters} filters and {groups} group{'s' * (groups > 1)}"
        table = as_array(mine, what, (channels, filters))
        assert_same(table.astype(int) if table.dtype.kind == "b" else table, reference(channels, filters, groups), what)


@pytest.mark.exercise("connections", points=1)
def test_connections_of_two_cards(answer, reference):
    """S-094, C-126: conv2 in two groups, conv3 in one."""
    assert_connections(answer, reference, [(4, 6, 2), (6, 4, 2), (6, 6, 1), (2, 2, 2)])


@pytest.mark.exercise("connections", points=1)
def test_connections_of_any_groups(answer, reference, rng):
    """Any number of groups: blocks that are wide or high, and one channel a group."""
    dealt = [(g, *(int(n) for n in rng.choice(np.arange(1, 6), 2, replace=False))) for g in (3, 4, 5)]
    questions = [(groups * a, groups * b, groups) for groups, a, b in dealt]
    assert_connections(answer, reference, [*questions, (5, 5, 5), (3, 7, 1)])


@pytest.mark.exercise("training_megabytes", points=1)
def test_training_megabytes_of_alexnet(answer, reference):
    """C-126: the least memory for a step, one image and 128."""
    for parameters, values in ((62_378_344, 1_000_000), (60_965_224, 1_260_000)):
        for batch in (1, 128):
            what = f"{parameters:,} parameters, {values:,} values, {batch} images: the memory in megabytes"
            assert_same(answer(parameters, values, batch), reference(parameters, values, batch), what, tolerance=1e-3)


@pytest.mark.exercise("training_megabytes", points=1)
def test_training_megabytes_of_any_network(answer, reference, rng):
    """Networks with hardly any parameters, with hardly any values, and batches of any size."""
    questions = [(10_000_000, 0, 64), (0, 500_000, 10)]
    questions += [
        (int(rng.integers(1, 90) * 1e6), int(rng.integers(1, 900) * 1e4), int(rng.integers(2, 300))) for _ in range(6)
    ]
    for (parameters, values, batch), mine in [(question, answer(*question)) for question in questions]:
        what = f"{parameters:,} parameters, {values:,} values, {batch} images: the memory in megabytes"
        assert_same(mine, reference(parameters, values, batch), what, tolerance=1e-3)


# --------------------------------------------------------------------------------------------------- normalisation


@pytest.mark.exercise("local_response_norm", points=1)
def test_local_response_norm_by_hand(answer):
    """E-47: 1/5, 2/14, 3/13; and one pixel in which every channel is loud."""
    by_hand = answer(np.array([[[[1.0, 2.0, 3.0]]]]), 0.0, 3, 1.0, 1.0)
    assert_same(by_hand, [[[[1 / 5, 2 / 14, 3 / 13]]]], "the channels 1, 2, 3 with n = 3, k = 0, alpha = 1, beta = 1")


@pytest.mark.exercise("local_response_norm", points=1)
def test_local_response_norm_of_the_paper(answer, reference, rng):
    """S-040, C-058: k = 2, n = 5, alpha = 1e-4, beta = 0.75; loud answers, so that alpha matters."""
    asked = [rng.normal(0, 200, shape) for shape in ((2, 3, 4, 12), (1, 5, 2, 7))]
    for maps, mine in [(maps, answer(maps.copy())) for maps in asked]:
        assert_same(mine, reference(maps), f"maps of {maps.shape} with the paper's numbers")


@pytest.mark.exercise("local_response_norm", points=1)
def test_local_response_norm_of_anything(answer, reference, rng):
    """Other shapes and numbers; fewer channels than the sum would take; whole numbers, negative ones, all zeros."""
    asked = [((9,), 3), ((4, 8), 7), ((2, 3, 3), 5), ((3, 2, 2, 2), 9), ((2, 2, 6), 1)]
    for shape, n in asked:
        maps = rng.normal(0, 3, shape)
        numbers = rng.uniform(0.5, 3), n, rng.uniform(0.2, 2), rng.uniform(0.3, 1.5)
        mine = answer(maps.copy(), *numbers)
        assert_same(mine, reference(maps, *numbers), f"an array of {shape} with n = {n} and other k, alpha and beta")
    whole = rng.integers(1, 300, (2, 2, 6))
    assert_same(answer(whole.copy()), reference(whole), "an array of whole numbers")
    assert_same(answer(np.zeros((2, 3))), np.zeros((2, 3)), "an array of zeros")


# --------------------------------------------------------------------------------------------------------- dropout


@pytest.mark.exercise("dropout", points=1)
def test_dropout_of_a_half(answer, reference, rng):
    """S-042, C-060: those whose draw is below 0.5 are 0, the others twice as large."""
    x, draws = rng.normal(size=(3, 17)), rng.random((3, 17))
    of_three, again = (answer(x.copy(), draws.copy(), 0.5, True) for _ in range(2))
    drawn = np.shape(of_three) == np.shape(again) == x.shape and np.not_equal(of_three, again).any()
    assert not drawn, "the same question has two answers: take the `draws` that are given, and draw none yourself"
    by_hand = answer(np.array([10.0, 20.0, 30.0, 40.0]), np.array([0.1, 0.6, 0.3, 0.9]), 0.5, True)
    assert_same(by_hand, [0, 40, 0, 80], "10, 20, 30, 40 with the draws 0.1, 0.6, 0.3, 0.9 and a rate of 0.5")
    assert_same(of_three, reference(x, draws, 0.5, True), "a batch of 3 with a rate of 0.5")


@pytest.mark.exercise("dropout", points=1)
def test_dropout_of_any_rate(answer, reference, rng):
    """Rates other than 0.5, 0 among them; arrays of any shape."""
    for rate, shape in (
        (0.2, (51,)),
        (0.4, (6, 20)),
        (0.8, (2, 5, 20)),
        (0.0, (30,)),
        (float(rng.uniform(0.1, 0.4)), (80,)),
    ):
        x, draws = rng.normal(2, 1, shape), rng.random(shape)
        draws.flat[::7] = rate  # which is not below the rate
        what = f"an array of {shape} with a rate of {rate:.2f} in training"
        assert_same(answer(x.copy(), draws.copy(), rate, True), reference(x, draws, rate, True), what)


@pytest.mark.exercise("dropout", points=1)
def test_dropout_at_inference(answer, rng):
    """Nothing is dropped, nothing is scaled."""
    for rate in (0.5, 0.2):
        x, draws = rng.normal(2, 1, (3, 20)), rng.random((3, 20))
        assert_same(answer(x.copy(), draws.copy(), rate, False), x, f"a batch of 3 with a rate of {rate} at inference")


# ---------------------------------------------------------------------------------------------------------- recipe


def assert_step(answer, reference, question, options, what):
    kept = [np.array(part, copy=True) for part in question[:3]]
    mine = as_items(answer(*question, **options), 2, f"{what}: (w, v)")
    for name, got, right in zip(
        ("the weight", "the velocity"), mine, reference(*kept, question[3], **options), strict=True
    ):
        assert_same(got, right, f"{what}: {name}")


@pytest.mark.exercise("momentum_step", points=1)
def test_momentum_step_without_decay(answer, reference, rng):
    """S-066, C-087: a number, then arrays; a velocity from before."""
    one = (np.array([1.0]), np.array([0.0]), np.array([2.0]), 0.1)
    assert_step(answer, reference, one, {"decay": 0.0}, "w = 1, v = 0, a gradient of 2, a rate of 0.1, no decay")
    for momentum in (0.9, 0.5, 0.0):
        question = (*rng.normal(size=(3, 4, 5)), float(rng.uniform(0.1, 0.5)))
        what = f"arrays of (4, 5), momentum {momentum}, no decay"
        assert_step(answer, reference, question, {"momentum": momentum, "decay": 0.0}, what)


@pytest.mark.exercise("momentum_step", points=1)
def test_momentum_step_with_decay(answer, reference, rng):
    """S-120: 0.0005, through the velocity; and a stronger one."""
    for decay in (5e-4, 0.1, 0.5):
        w, v, gradient = rng.normal(size=(3, 6))
        options = {} if decay == 5e-4 else {"decay": decay}
        question = (100 * w if decay == 5e-4 else w, v, gradient, float(rng.uniform(0.1, 0.5)))
        assert_step(answer, reference, question, options, f"arrays of (6,), momentum 0.9, decay {decay}")


# errors, patience, drops
CURVES = {
    "errors that fall all the time": ([9, 8, 7, 6, 5, 4, 3], 2, 3),
    "no errors yet": ([], 2, 3),
    "one plateau, then better": ([5, 4, 4, 4, 3], 2, 3),
    "a plateau that is not long enough": ([5, 4, 4, 3, 3], 2, 3),
    "one bad epoch at a time": ([9, 10, 8, 9, 7, 8, 6, 7], 2, 3),
    "two plateaus in a row": ([5, 6, 6, 6, 6], 2, 3),
    "a plateau that rises and falls above the lowest": ([3, 9, 8, 7, 6], 2, 3),
    "more plateaus than drops": ([5, 5, 5, 5, 5, 5, 5], 1, 3),
    "one drop allowed": ([5, 5, 5, 5, 5], 2, 1),
    "better after a plateau, but not than the lowest": ([3, 5, 5, 4, 4], 2, 3),
    "errors that fall by very little": ([0.5 - 1e-5 * n for n in range(9)], 2, 3),
}


def assert_rates(answer, reference, questions):
    got = {what: answer(list(errors), *options) for what, (errors, *options) in questions.items()}
    for what, mine in got.items():
        errors, *options = questions[what]
        assert_same(np.log10(as_array(mine, f"{what}: the rate", ()).clip(1e-12)),
                    np.log10(reference(errors, *options)), f"{what}: the power of ten of the rate")  # fmt: skip


@pytest.mark.exercise("plateau_rate", points=1)
def test_plateau_rate_with_one_drop(answer, reference):
    """S-066: one plateau or none; an error that equals the lowest is no improvement."""
    some = (
        "errors that fall all the time",
        "no errors yet",
        "one plateau, then better",
        "a plateau that is not long enough",
    )
    assert_rates(answer, reference, {what: (CURVES[what][0], 0.01, *CURVES[what][1:]) for what in some})


@pytest.mark.exercise("plateau_rate", points=1)
def test_plateau_rate_with_several(answer, reference):
    """Several plateaus, the lowest error remembered, at most so many drops."""
    assert_rates(answer, reference, {what: (errors, 0.01, *rest) for what, (errors, *rest) in CURVES.items()})


@pytest.mark.exercise("plateau_rate", points=1)
def test_plateau_rate_of_any_curve(answer, reference, rng):
    """Fresh curves that rattle, other rates, the paper's patience."""
    questions = {
        f"curve {number}": (
            (np.linspace(1, 0.4, 40) + rng.normal(0, 0.15, 40)).tolist(),
            float(rng.uniform(0.02, 0.2)), int(rng.integers(2, 6)), int(rng.integers(1, 5)),
        )
        for number in range(20)
    }  # fmt: skip
    flat = [0.5] + [0.6] * 40
    questions |= {f"a flat curve, at most {drops} drops": (flat, 0.1, 5, drops) for drops in (0, 2, 4, 6)}
    questions |= {
        "a flat curve, with the defaults": (flat,),
        "a plateau of just the patience": ([0.5] + [0.6] * 5, 0.1, 5, 4),
        "a plateau of two patiences": ([0.5] + [0.6] * 10, 0.1, 5, 4),
        "a plateau, then better": ([0.5] + [0.6] * 5 + [0.4], 0.1, 5, 4),
        "a plateau and a half": ([0.5] + [0.6] * 7, 0.1, 5, 4),
        "a second plateau above the lowest": ([0.5, 0.9, 0.9, 0.6, 0.6], 0.1, 2, 4),
        "a curve that falls above its lowest": ([0.5, 0.9, 0.8, 0.7, 0.6, 0.55], 0.1, 5, 4),
        "errors that fall by very little": ([0.5 - 1e-5 * n for n in range(20)], 0.1, 3, 4),
        "one bad epoch at a time, ten times": ([0.9 - 0.01 * (n - 2 * (n % 2)) for n in range(20)], 0.1, 3, 4),
    }
    assert_rates(answer, reference, questions)


# ------------------------------------------------------------------------------------------------ filters, stripes


@pytest.mark.exercise("filters_as_pictures", points=1)
def test_filters_as_pictures_by_hand(answer):
    """S-095, C-127: -2, 0, 1 become 0, 0.5, 0.75."""
    kernel = np.array([-2.0, 0.0, 1.0, 0.5]).reshape(2, 2, 1, 1)
    mine = answer(kernel.copy())
    assert_same(as_array(mine, "the pictures of one filter", (1, 2, 2, 1)),
                np.array([0, 0.5, 0.75, 0.625]).reshape(1, 2, 2, 1), "one filter of -2, 0, 1 and 0.5")  # fmt: skip


@pytest.mark.exercise("filters_as_pictures", points=1)
def test_filters_as_pictures_of_any_kernel(answer, reference, rng):
    """Colours share a scale, filters do not; sides of any length; a filter of zeros is grey."""
    for height, width, channels, filters in ((11, 11, 3, 6), (3, 5, 2, 4), (4, 3, 1, 5)):
        kernel = rng.normal(0, rng.uniform(0.1, 9, filters), (height, width, channels, filters))
        kernel[..., 0] = -np.abs(kernel[..., 0])  # whose furthest weight from zero is a negative one
        what = f"the pictures of a kernel of {kernel.shape}"
        mine = as_array(answer(kernel.copy()), what, (filters, height, width, channels))
        assert_same(mine, reference(kernel), what)


@pytest.mark.exercise("filters_as_pictures", points=0.5)
def test_filters_as_pictures_of_zeros(answer, reference, rng):
    """A filter of zeros has no largest weight."""
    kernel = rng.normal(size=(3, 3, 3, 3))
    kernel[..., 0] = -np.abs(kernel[..., 0])
    kernel[..., 1] = 0
    assert_same(answer(kernel.copy()), reference(kernel), "three filters, the second of zeros,")


@pytest.mark.exercise("seen_period", points=1)
def test_seen_period_of_stripes_that_are_lost(answer, reference):
    """Stride 4: 5 pixels become 20; 4 and 2 vanish; 3 becomes 12."""
    assert [reference(period, 4) for period in (5, 4, 2, 3)] == [pytest.approx(20), np.inf, np.inf, pytest.approx(12)]
    questions = [(period, stride) for stride in (2, 3, 4) for period in (2, 3, 4, 5, 2.5)]
    for (period, stride), mine in [(question, answer(*question)) for question in questions]:
        assert_same(
            mine, reference(period, stride), f"stripes of {period} pixels with a stride of {stride}: the period"
        )


@pytest.mark.exercise("seen_period", points=1)
def test_seen_period_of_any_stripes(answer, reference, rng):
    """Coarse stripes come back as they are, fine ones from either side of a whole number."""
    questions = [(12, 4), (8, 4), (2, 1), (7, 1), (64, 8)]
    for stride in (2, 3, 4, 5, 8):
        parts = [whole + sign * rng.uniform(0.1, 0.4) for whole in (0, 1, 2, 3) for sign in (1, -1) if whole + sign > 0]
        questions += [(stride / part, stride) for part in [*parts, rng.uniform(0.1, 0.4)]]
    for (period, stride), mine in [(question, answer(*question)) for question in questions]:
        what = f"stripes of {period:.3g} pixels with a stride of {stride}: the period"
        assert_same(mine, reference(period, stride), what, tolerance=1e-4)

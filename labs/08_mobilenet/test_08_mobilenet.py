"""The checks of lab 08: multiply-adds of whole networks (E-62), separable kernels, MobileNet's multipliers, the inverted
residual, compound scaling, work against traffic, the Pareto front, and integers of eight bits.
"""

import numpy as np
import pytest

from ccv.grading import as_array, as_items, assert_column, assert_count, assert_same
from ccv.grading.pieces import assert_piece, is_depthwise, with_normalisations

_COUNTED = ("ccv.anatomy", "ccv.models")
MAY_NOT_CALL = {
    "network_macs": _COUNTED,
    "mobilenet_macs": _COUNTED,
    "inverted_residual": ("ccv.models",),
    "scale_stages": ("ccv.models",),
    "conv_traffic": ("ccv.anatomy", "ccv.models"),
}


# ------------------------------------------------------------------------------------------------ multiply-adds

LENET = [("conv", 6, 5, 1, 0, 1), ("pool", 2, 2), ("conv", 16, 5, 1, 0, 1), ("pool", 2, 2)]
LENET += [("dense", 120), ("dense", 84), ("dense", 10)]


def alexnet(groups):
    """AlexNet's rows, in one part or in two that do not see each other."""
    rows = [("conv", 96, 11, 4, 0, 1), ("pool", 3, 2), ("conv", 256, 5, 1, 2, groups), ("pool", 3, 2)]
    rows += [("conv", 384, 3, 1, 1, 1), ("conv", 384, 3, 1, 1, groups), ("conv", 256, 3, 1, 1, groups), ("pool", 3, 2)]
    return [*rows, ("dense", 4096), ("dense", 4096), ("dense", 1000)]


def vgg16():
    """VGG-16's rows."""
    rows = []
    for filters, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        rows += [("conv", filters, 3, 1, 1, 1)] * count + [("pool", 2, 2)]
    return [*rows, ("dense", 4096), ("dense", 4096), ("dense", 1000)]


def assert_counts(answer, reference, questions):
    """Every row of every network."""
    got = {name: answer(*question) for name, question in questions.items()}
    for name, (shape, rows) in questions.items():
        mine = as_items(got[name], len(rows), f"{name}: the multiply-adds of each layer")
        said = [f"layer {n}, {row}" for n, row in enumerate(rows, 1)]
        kinds = [row[0] if row[0] != "conv" or row[-1] == 1 else "conv in groups" for row in rows]
        assert_column(mine, reference(shape, rows), said, kinds, "the number of multiply-adds", name)


@pytest.mark.exercise("network_macs", points=1)
def test_network_macs_of_lenet(answer, reference):
    """E-62, C-084: 416,520, with the maps shrinking on the way."""
    assert sum(reference((32, 32, 1), LENET)) == 416_520
    questions = {"LeNet-5": ((32, 32, 1), LENET)}
    questions["a dense network on 5x4x3"] = ((5, 4, 3), [("dense", 7), ("dense", 2)])
    assert_counts(answer, reference, questions)


@pytest.mark.exercise("network_macs", points=1)
def test_network_macs_with_strides_and_padding(answer, reference, rng):
    """VGG-16's 15.47 billion; fresh strides, frames and images that are not square."""
    assert sum(reference((224, 224, 3), vgg16())) == 15_470_264_320
    questions = {"VGG-16": ((224, 224, 3), vgg16())}
    over = [("conv", 4, 3, 1, 1, 1), ("pool", 3, 2), ("conv", 8, 3, 1, 1, 1)]  # whose last window would stick out
    questions["a network on 30x26"] = ((30, 26, 3), over)
    for number in range(4):
        filters, units = (int(n) for n in rng.integers(2, 30, 2))
        side, other = (int(n) for n in rng.choice(np.arange(21, 40), 2, replace=False))
        rows = [("conv", filters, 5, 2 + number % 2, 1 + number % 3, 1), ("pool", 3, 2), ("conv", 8, 3, 1, 1, 1)]
        questions[f"a network on {side}x{other}"] = ((side, other, 3), [*rows, ("dense", units)])
    assert_counts(answer, reference, questions)


@pytest.mark.exercise("network_macs", points=1)
def test_network_macs_in_groups(answer, reference, rng):
    """AlexNet's two halves, 0.72 billion for 1.14; as many groups as channels is depthwise."""
    assert [sum(reference((227, 227, 3), alexnet(g))) for g in (1, 2)] == [1_135_256_096, 724_406_816]
    questions = {"AlexNet in two groups": ((227, 227, 3), alexnet(2))}
    for _ in range(3):
        groups, side = int(rng.integers(3, 9)), int(rng.integers(7, 20))
        channels = groups * int(rng.integers(2, 5))
        rows = [("conv", 3 * groups, 3, 1, 1, groups), ("conv", 3 * groups, 3, 2, 1, 3 * groups)]
        questions[f"groups on {side}x{side}x{channels}"] = ((side, side, channels), rows)
    assert_counts(answer, reference, questions)


# -------------------------------------------------------------------------------------------------- separable kernels


def pair(rng, height, width, channels, filters):
    """A depthwise and a pointwise kernel."""
    return rng.normal(size=(height, width, channels)), rng.normal(size=(channels, filters))


@pytest.mark.exercise("merged_kernel", points=1)
def test_one_kernel_of_three_by_three(answer, reference, rng):
    """S-058, C-078: the product of both, channel by channel."""
    asked = [pair(rng, 3, 3, channels, filters) for channels, filters in ((1, 1), (2, 3), (4, 2))]
    for (depthwise, pointwise), mine in [(question, answer(*question)) for question in asked]:
        what = f"the kernel for {depthwise.shape} and {pointwise.shape}"
        assert_same(mine, reference(depthwise, pointwise), what)


@pytest.mark.exercise("merged_kernel", points=1)
def test_one_kernel_of_any_window(answer, reference, rng):
    """Other windows, also such as are not square, and as many filters as channels."""
    asked = [pair(rng, *sizes) for sizes in ((5, 5, 3, 4), (1, 7, 2, 5), (3, 2, 4, 4), (3, 3, 3, 3))]
    for (depthwise, pointwise), mine in [(question, answer(*question)) for question in asked]:
        what = f"the kernel for {depthwise.shape} and {pointwise.shape}"
        assert_same(mine, reference(depthwise, pointwise), what)


def assert_nearest(answer, reference, kernels):
    """The two kernels may be any pair that multiplies to the nearest one: a factor can stand in either."""
    for kernel, mine in [(kernel, answer(kernel)) for kernel in kernels]:
        height, width, channels, filters = kernel.shape
        what = f"a kernel of {kernel.shape}: (depthwise, pointwise)"
        depthwise, pointwise = as_items(mine, 2, what)
        depthwise = as_array(depthwise, f"{what}: the depthwise kernel", (height, width, channels))
        pointwise = as_array(pointwise, f"{what}: the pointwise kernel", (channels, filters))
        right = np.einsum("hwc,cf->hwcf", *reference(kernel))
        product = np.einsum("hwc,cf->hwcf", depthwise.astype(float), pointwise.astype(float))
        assert_same(product, right, f"the product of both, for a kernel of {kernel.shape},", tolerance=1e-4)


@pytest.mark.exercise("nearest_separable", points=1)
def test_nearest_separable_of_what_is_separable(answer, reference, rng):
    """What can be taken apart is taken apart without loss, up to a factor that goes either way."""
    pairs = [pair(rng, 3, 3, channels, filters) for channels, filters in ((1, 4), (3, 5), (6, 2))]
    assert_nearest(answer, reference, [np.einsum("hwc,cf->hwcf", *both) for both in pairs])


@pytest.mark.exercise("nearest_separable", points=1)
def test_nearest_separable_of_any_kernel(answer, reference, rng):
    """The best pair for kernels that no pair gives."""
    assert_nearest(answer, reference, [rng.normal(size=(3, 3, *sizes)) for sizes in ((2, 6), (5, 9), (4, 20))])


@pytest.mark.exercise("nearest_separable", points=1)
def test_nearest_separable_of_any_size(answer, reference, rng):
    """Large windows, windows that are not square, more filters than places and fewer; a kernel of large numbers."""
    sizes = ((5, 5, 3, 4), (2, 3, 4, 9), (1, 4, 2, 3), (7, 7, 1, 5))
    assert_nearest(answer, reference, [100 * rng.normal(size=size) for size in sizes])


# -------------------------------------------------------------------------------------------------- the multipliers


def assert_pairs(answer, reference, questions, names, say):
    """Pairs of counts for many questions, column by column, so that the message says what the wrong ones share."""
    rows = [say(question) for question in questions]
    got = [answer(*question) for question in questions]
    pairs = [as_items(mine, 2, f"{row}: ({names[0]}, {names[1]})") for row, mine in zip(rows, got, strict=True)]
    right = [reference(*question) for question in questions]
    for column, name in enumerate(names):
        mine, wanted = ([pair[column] for pair in table] for table in (pairs, right))
        assert_column(mine, wanted, rows, rows, name)


def say_multipliers(question):
    """Which MobileNet."""
    return f"width {question[0]:.3g} at {question[1]}x{question[1]}"


PARTS = ("the multiply-adds of all depthwise layers", "those of all pointwise layers")


@pytest.mark.exercise("mobilenet_macs", points=1)
def test_mobilenet_macs_at_full_width(answer, reference):
    """S-113, A-25: with the first layer and the classifier they make 568.7 million."""
    depthwise, pointwise = reference(1, 224)
    assert depthwise + pointwise + 112**2 * 27 * 32 + 1024 * 1000 == 568_740_352
    assert_pairs(answer, reference, [(1, 224)], PARTS, say_multipliers)


@pytest.mark.exercise("mobilenet_macs", points=1)
def test_mobilenet_macs_with_multipliers(answer, reference, rng):
    """Both multipliers, also widths that leave halves."""
    questions = [(0.5, 224), (1, 128), (0.25, 160), (0.3, 96)]
    questions += [(float(rng.uniform(0.2, 1.4)), 32 * int(rng.integers(2, 12))) for _ in range(4)]
    assert_pairs(answer, reference, questions, PARTS, say_multipliers)


# ------------------------------------------------------------------------------------------------------- the block


def drive_block(block, shape, filters, expansion, stride):
    """Runs beside the student's code: the block as a model."""
    import keras

    inputs = keras.Input(shape)
    options = (filters, expansion, stride) if stride != 1 else (filters, expansion)
    outputs = block(inputs, *options)
    if not isinstance(outputs, keras.KerasTensor):
        return {"returned": type(outputs).__name__}
    return {"model": keras.Model(inputs, outputs)}


def parts(model):
    """The layers with weights by the part that they play: each convolution and the normalisation behind it."""
    convolutions, wide = {}, False
    for layer in model.layers:
        kind = type(layer).__name__
        if kind not in ("Conv2D", "DepthwiseConv2D"):
            continue
        role = "depthwise" if is_depthwise(layer) else "projection" if wide else "expansion"
        wide = wide or is_depthwise(layer)
        convolutions[f"another {role}" if role in convolutions else role] = layer
    return with_normalisations(model, convolutions.items())


def assert_blocks(answer, reference, rng, *questions):
    """Each block by itself, after all of them were asked for; with large numbers, too, where a ReLU6 is told from a ReLU."""
    results = [answer.drive(drive_block, *question) for question in questions]
    for (shape, filters, expansion, stride), result in zip(questions, results, strict=True):
        what = f"a block with {filters} filters, an expansion of {expansion} and a stride of {stride} on {shape}"
        wanted = drive_block(reference, shape, filters, expansion, stride)["model"]
        hint = "follow the way from `x` to the end, the activations and the strides first, then what is added"
        assert_piece(result, wanted, parts, rng, what, hint=hint, sizes=(0.5, 10))


@pytest.mark.exercise("inverted_residual", points=1, timeout=60)
def test_inverted_residual_that_keeps_the_shape(answer, reference, rng):
    """S-096: the narrow ends are added."""
    assert_blocks(answer, reference, rng, ((6, 6, 4), 4, 3, 1))


@pytest.mark.exercise("inverted_residual", points=1, timeout=60)
def test_inverted_residual_with_a_stride(answer, reference, rng):
    """The middle layer halves, and nothing is added although the channels stay."""
    assert_blocks(answer, reference, rng, ((8, 8, 4), 4, 2, 2), ((9, 7, 3), 5, 2, 2))


@pytest.mark.exercise("inverted_residual", points=1, timeout=60)
def test_inverted_residual_with_other_channels(answer, reference, rng):
    """Nothing can be added; the wide part goes by the channels that come in."""
    channels, filters = (int(n) for n in rng.choice(np.arange(2, 7), 2, replace=False))
    assert_blocks(answer, reference, rng, ((6, 5, channels), filters, 4, 1), ((6, 6, 2), 6, 3, 1))


@pytest.mark.exercise("inverted_residual", points=1, timeout=60)
def test_inverted_residual_that_does_not_expand(answer, reference, rng):
    """An expansion of 1: the first convolution is left out."""
    assert_blocks(answer, reference, rng, ((6, 6, 3), 3, 1, 1), ((6, 6, 4), 2, 1, 2))


# ------------------------------------------------------------------------------------------------- compound scaling

FACTORS = ("the factor of the depth", "the factor of the width", "the factor of the side", "the factor of the work")


def assert_factors(answer, reference, questions):
    """Four factors each."""
    got = [answer(*question) for question in questions]
    for question, mine in zip(questions, got, strict=True):
        what = f"compound_scale({', '.join(f'{number:.4g}' for number in question)})"
        four = as_items(mine, 4, f"{what}: (depth, width, resolution, work)")
        for name, number, right in zip(FACTORS, four, reference(*question), strict=True):
            assert_same(number, right, f"{what}: {name}")


@pytest.mark.exercise("compound_scale", points=1)
def test_compound_scale_of_the_paper(answer, reference):
    """S-114: 1.2, 1.1 and 1.15, and about twice the work."""
    assert_factors(answer, reference, [(1,), (2,), (4,), (0,)])


@pytest.mark.exercise("compound_scale", points=1)
def test_compound_scale_of_any_bases(answer, reference, rng):
    """Other bases, and exponents that are not whole."""
    assert_factors(answer, reference, [tuple(rng.uniform(1.05, 1.6, 4).tolist()) for _ in range(4)])


def assert_stages(answer, reference, questions):
    """Every stage of every scaled network, filters and repeats apart."""
    got = [answer(*question) for question in questions]
    for (stages, width, depth), mine in zip(questions, got, strict=True):
        what = f"{len(stages)} stages, width {width:.4g}, depth {depth:.4g}"
        rows = [as_items(row, 2, f"{what}: (filters, repeats)") for row in as_items(mine, len(stages), what)]
        said = [f"the stage {stage}" for stage in stages]
        right = reference(stages, width, depth)
        for column, name in enumerate(("the number of filters", "the number of repeats")):
            assert_column([row[column] for row in rows], [row[column] for row in right], said, said, name, what)


STAGES = [(16, 1), (24, 2), (40, 2), (80, 3), (112, 3), (192, 4), (320, 1)]


@pytest.mark.exercise("scale_stages", points=1)
def test_scale_stages_of_efficientnet(answer, reference):
    """S-114: B0, B2, B4 and B7, as they were published."""
    questions = [(STAGES, width, depth) for width, depth in ((1.0, 1.0), (1.1, 1.2), (1.4, 1.8), (2.0, 3.1))]
    assert [sum(n for _, n in reference(*question)) for question in questions] == [16, 23, 32, 55]
    assert_stages(answer, reference, questions)


@pytest.mark.exercise("scale_stages", points=1)
def test_scale_stages_in_between(answer, reference, rng):
    """Halves round up, a single block stays, and nothing has fewer than 8 filters."""
    halves = [(12, 1), (20, 2), (28, 3), (36, 4), (52, 5), (44, 2)]
    small = [(3, 1), (4, 2), (7, 1), (9, 2)]
    above = 8 * rng.integers(8, 25, 6) + np.arange(1, 7)  # of each distance above a multiple of 8
    drawn = list(zip(above.tolist(), rng.integers(1, 6, 6).tolist(), strict=True))
    questions = [(halves, 1.0, 1.5), (small, 0.5, 1.25), (drawn, 1.0, 2.5), ([(8, 3), (16, 7)], 2.5, 0.5)]
    assert_stages(answer, reference, questions)


@pytest.mark.exercise("scale_stages", points=1)
def test_scale_stages_loses_no_tenth(answer, reference):
    """Where the nearest multiple is under nine tenths of what was asked for, the next one is taken."""
    asked = [(10, 1), (11, 1), (9, 1), (18, 2), (19, 1), (27, 1), (8, 2), (35, 1), (26, 3)]
    doubled = [(5, 1), (9, 2), (17, 1)]
    assert_stages(answer, reference, [(asked, 1.0, 1.0), (doubled, 2.0, 1.0), ([(38, 1), (22, 1)], 0.5, 2.0)])


# ------------------------------------------------------------------------------------------------- work and traffic

TRAFFIC = ("the multiply-adds", "the numbers that are read or written")


def say_layer(question):
    """Which layer."""
    height, width, channels, filters, kernel, *groups = question
    how = f" in {groups[0]} groups" if groups and groups[0] > 1 else ""
    return f"{kernel}x{kernel} with {filters} filters on {height}x{width}x{channels}{how}"


@pytest.mark.exercise("conv_traffic", points=1)
def test_conv_traffic_of_whole_convolutions(answer, reference, rng):
    """The input once, the weights once, the output once."""
    questions = [(6, 6, 3, 5, 3), (56, 56, 64, 64, 3), (14, 14, 256, 256, 1)]
    questions += [(*rng.integers(2, 40, 4).tolist(), int(rng.choice([3, 5]))) for _ in range(3)]
    assert_pairs(answer, reference, questions, TRAFFIC, say_layer)


@pytest.mark.exercise("conv_traffic", points=1)
def test_conv_traffic_in_groups(answer, reference, rng):
    """Groups, down to one channel each: work and weights shrink, the maps do not."""
    questions = [(56, 56, 64, 64, 3, 64), (14, 14, 256, 256, 3, 32)]
    for _ in range(3):
        height, width, groups, a, b = (int(n) for n in rng.integers(2, 12, 5))
        questions.append((height, width + 12, groups * a, groups * b, 3, groups))
    assert_pairs(answer, reference, questions, TRAFFIC, say_layer)


# ------------------------------------------------------------------------------------------------- the Pareto front


def assert_fronts(answer, reference, questions):
    """Positions, in any order."""
    got = {what: answer(*question) for what, question in questions.items()}
    for what, mine in got.items():
        listed = sorted(mine) if isinstance(mine, set | frozenset) else mine
        found = [as_array(one, f"{what}: a position") for one in as_items(listed, None, f"{what}: the positions")]
        for one in found:
            assert one.shape == () and one.dtype.kind in "iuf" and one == np.floor(one), (
                f"{what}: {one} is no position: return where in the lists the networks of the front stand"
            )
        places = [int(one) for one in found]
        count, right = len(questions[what][0]), set(reference(*questions[what]))
        assert all(0 <= one < count for one in places), f"{what}: a position of {max(places)}, but there are {count}"
        assert len(set(places)) == len(places), f"{what}: a position stands twice in the list"
        if surplus := sorted(set(places) - right):
            raise AssertionError(f"{what}: network {surplus[0]} is on your list, but another one dominates it")
        assert set(places) == right, f"{what}: a network is missing that no other one dominates"


@pytest.mark.exercise("pareto_front", points=1)
def test_pareto_front_of_different_networks(answer, reference, rng):
    """All costs and all scores differ."""
    questions = {"costs 1, 2, 3 and scores .5, .7, .6": ([1, 2, 3], [0.5, 0.7, 0.6]), "one network": ([5], [0.3])}
    questions["the dearest first"] = ([9, 7, 5, 3, 1], [0.9, 0.8, 0.85, 0.4, 0.5])
    questions["the cheapest is the best"] = ([3, 1, 2], [0.1, 0.9, 0.5])
    for count in (8, 20, 40):
        costs = rng.permutation(count) + 1
        scores = np.round(rng.permutation(count) / count, 3)
        questions[f"{count} networks"] = (costs.tolist(), scores.tolist())
    assert_fronts(answer, reference, questions)


@pytest.mark.exercise("pareto_front", points=1)
def test_pareto_front_with_equal_numbers(answer, reference, rng):
    """Equal costs, equal scores: the better and the cheaper one stay alone."""
    questions = {
        "equal costs": ([4, 4, 1], [0.6, 0.8, 0.2]),
        "equal costs, the better one first": ([4, 4, 1], [0.8, 0.6, 0.2]),
        "equal scores": ([2, 5, 1], [0.7, 0.7, 0.1]),
        "equal scores, the cheaper one last": ([5, 2, 1], [0.7, 0.7, 0.1]),
    }
    for number in range(3):
        order = rng.permutation(6)
        costs, scores = np.array([1, 1, 2, 2, 3, 4]), np.array([0.3, 0.2, 0.5, 0.4, 0.5, 0.9])
        questions[f"six networks, {number + 1}"] = (costs[order].tolist(), scores[order].tolist())
    assert_fronts(answer, reference, questions)


@pytest.mark.exercise("pareto_front", points=1)
def test_pareto_front_with_twins(answer, reference):
    """Two networks that are equal in both do not dominate each other."""
    questions = {
        "two that are equal": ([2, 2], [0.5, 0.5]),
        "twins on the front and a dominated one": ([3, 1, 3, 4], [0.8, 0.2, 0.8, 0.7]),
        "dominated twins": ([3, 1, 3], [0.4, 0.6, 0.4]),
    }
    assert_fronts(answer, reference, questions)


# ------------------------------------------------------------------------------------------------------- eight bits


def numbers(rng, low, high, bits, count=200):
    """Numbers from a range that are not halfway between two steps, so that rounding cannot be argued about."""
    scale = (max(high, 0) - min(low, 0)) / (2**bits - 1)
    return scale * (np.rint(rng.uniform(low, high, count) / scale) + rng.uniform(-0.4, 0.4, count))


def drawn_range(rng, kind):
    """A range of which the zero point is not halfway between two steps either, for 4 and 8 bits."""
    while True:
        low, high = {"both": (-1.0, 1.0), "positive": (0.2, 1.5), "negative": (-2.0, -0.3)}[kind]
        low, high = low * rng.uniform(1.3, 4), high * rng.uniform(0.5, 1.2)
        low, high = (low, high) if low < high else (high, low)
        start = [min(low, 0) / ((max(high, 0) - min(low, 0)) / (2**bits - 1)) for bits in (4, 6, 8)]
        if all(abs(abs(s % 1) - 0.5) > 0.1 for s in start):
            return low, high


def assert_quantised(answer, reference, questions):
    """The whole numbers, the scale and the zero point."""
    got = {what: answer(*question) for what, question in questions.items()}
    for what, mine in got.items():
        q, scale, zero = as_items(mine, 3, f"{what}: (q, scale, zero_point)")
        right_q, right_scale, right_zero = reference(*questions[what])
        assert_same(scale, right_scale, f"{what}: the scale")
        assert_count(zero, right_zero, f"{what}: the zero point")
        assert_count(q, right_q, f"{what}: q")


@pytest.mark.exercise("quantise", points=1)
def test_quantise_around_zero(answer, reference, rng):
    """Ranges with zero inside: scale, zero point and whole numbers from -128 to 127."""
    questions = {"0 to 255 in steps of one": (np.array([0.0, 1.2, 200.1, 255.0]), 0.0, 255.0)}
    for number in range(3):
        low, high = drawn_range(rng, "both")
        questions[f"numbers from {low:.3f} to {high:.3f}, {number + 1}"] = (numbers(rng, low, high, 8), low, high)
    assert_quantised(answer, reference, questions)


@pytest.mark.exercise("quantise", points=1)
def test_quantise_keeps_zero(answer, reference, rng):
    """A range without zero is stretched to it: padding must stay exactly 0."""
    questions = {}
    for kind in ("positive", "negative"):
        low, high = drawn_range(rng, kind)
        x = np.append(numbers(rng, low, high, 8), 0.0)
        questions[f"{kind} numbers, {low:.3f} to {high:.3f}, and a zero"] = (x, low, high)
    assert_quantised(answer, reference, questions)


@pytest.mark.exercise("quantise", points=1)
def test_quantise_clips(answer, reference, rng):
    """What lies outside the range becomes its end, and does not wrap round; images as well as rows."""
    questions = {}
    for number in range(2):
        low, high = drawn_range(rng, "both")
        x = np.concatenate([numbers(rng, low, high, 8, 21), [3 * low, 3 * high, 1.7 * high]]).reshape(2, 3, 4)
        questions[f"numbers beyond {low:.3f} and {high:.3f}, {number + 1}"] = (x, low, high)
    assert_quantised(answer, reference, questions)


@pytest.mark.exercise("quantise", points=1)
def test_quantise_with_fewer_bits(answer, reference, rng):
    """Four bits are -8 to 7."""
    questions = {}
    for bits in (4, 6):
        low, high = drawn_range(rng, "both")
        x = np.append(numbers(rng, low, high, bits), [2 * low, 2 * high])
        questions[f"{bits} bits, {low:.3f} to {high:.3f}"] = (x, low, high, bits)
    assert_quantised(answer, reference, questions)


def dense_question(rng, batch, inputs, outputs, zero):
    """Quantised inputs with a zero point, and weights with a scale for each unit; the first sum is as large as can be."""
    q_x = rng.integers(-128, 128, (batch, inputs)).astype(np.int8)
    q_w = rng.integers(-127, 128, (inputs, outputs)).astype(np.int8)
    q_x[0], q_w[:, 0] = (-128 if zero > 0 else 127), 127
    return q_x, float(rng.uniform(0.01, 0.1)), zero, q_w, rng.uniform(0.001, 0.02, outputs)


@pytest.mark.exercise("int8_dense", points=1)
def test_int8_dense_of_small_numbers(answer, reference, rng):
    """Integers are multiplied and added, the scales come last."""
    q_x, q_w = np.array([[3, -2, 5]], np.int8), np.array([[1, 2], [0, -3], [4, 1]], np.int8)
    asked = [(q_x, 0.5, 0, q_w, np.array([0.1, 0.3])), (q_x, 0.5, 1, q_w, np.array([0.1, 0.3]))]
    for question, mine in [(question, answer(*question)) for question in asked]:
        assert_same(mine, reference(*question), f"three inputs, two units, a zero point of {question[2]}: y")


@pytest.mark.exercise("int8_dense", points=1)
def test_int8_dense_does_not_overflow(answer, reference, rng):
    """Products of int8 need more room than int8 has, and sums of them more than int16."""
    sizes = ((2, 8, 3), (3, 64, 5), (1, 400, 4), (4, 5, 5))
    asked = [dense_question(rng, *size, int(rng.choice([-1, 1]) * rng.integers(20, 100))) for size in sizes]
    for question, mine in [(question, answer(*question)) for question in asked]:
        what = f"{question[0].shape[1]} inputs, {question[3].shape[1]} units"
        assert_same(mine, reference(*question), f"{what}: y")


@pytest.mark.exercise("int8_dense", points=1)
def test_int8_dense_is_the_layer_of_floats(answer, reference, rng):
    """With scales of 1 and zero points that move everything, whole numbers come out."""
    for zero in (-128, 127):
        q_x, _, _, q_w, _ = dense_question(rng, 3, 6, 4, zero)
        mine = answer(q_x, 1.0, zero, q_w, np.ones(4))
        assert_same(mine, reference(q_x, 1.0, zero, q_w, np.ones(4)), f"a zero point of {zero}, scales of 1: y")

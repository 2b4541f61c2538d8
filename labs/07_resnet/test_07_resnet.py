"""The checks of lab 07: degradation (E-55), the identity argument (E-57), gradients, the residual block, batch
normalisation, the loss surface, block counts (E-56), bottlenecks (E-58), ResNeXt, dense blocks (E-59).
"""

from itertools import pairwise, product

import numpy as np
import pytest

from ccv.grading import as_array, as_items, as_word, assert_column, assert_count, assert_same
from ccv.grading.pieces import assert_piece, with_normalisations

_COUNTED = ("ccv.anatomy", "ccv.models")
MAY_NOT_CALL = {
    "residual_block": ("ccv.models",),
    "batch_norm": (
        "keras.layers.BatchNormalization",
        "keras.ops.batch_normalization",
        "tensorflow.nn.batch_normalization",
    ),
    "count_layers": _COUNTED,
    "bottleneck_weights": _COUNTED,
    "resnext_width": _COUNTED,
    "densenet_channels": _COUNTED,
}


# -------------------------------------------------------------------------------------------------- degradation

VERDICTS = ("degradation", "overfitting", "neither")
# The ends of a shallow and a deep network: training error, test error of each.
CASES = {
    "the deep net is worse on both": ((0.10, 0.15), (0.30, 0.40), "degradation"),
    "the deep net is better in training and worse on the test": ((0.10, 0.15), (0.06, 0.30), "overfitting"),
    "the deep net is worse in training and better on the test": ((0.10, 0.40), (0.20, 0.30), "degradation"),
    "the deep net is better on both": ((0.20, 0.30), (0.06, 0.10), "neither"),
    "both nets do about equally well in training, the deep one is worse on the test": (
        (0.100, 0.20),
        (0.104, 0.30),
        "overfitting",
    ),
    "the deep net has a wide gap, and is better on both": ((0.30, 0.50), (0.06, 0.40), "neither"),
}


def curves(rng, ends, height, rattle, epochs=12, last=3):
    """Curves (training, test) that fall from a height to their ends: the mean of the last epochs, not each of them."""
    falling = np.linspace(height, 0.02, epochs - last)[:, None] + ends
    rattle = rng.uniform(-rattle, rattle, (last, 2))
    both = np.concatenate([falling, np.asarray(ends) + rattle - rattle.mean(axis=0)])
    return tuple(both.T.tolist())


def both_curves(rng, shallow, deep, ahead, rattle=0.05, **options):
    """The curves of two networks; the deep one is far ahead or far behind at first, whatever it comes to, and rattles
    more than the shallow one, so that its best epoch tells little."""
    heights = (0.9, 0.2) if ahead else (0.2, 0.9)
    return (
        curves(rng, shallow, heights[0], rattle=rattle / 4, **options),
        curves(rng, deep, heights[1], rattle=rattle, **options),
    )


def assert_verdict(mine, wanted, what):
    """One of three words, as it should be."""
    mine = as_word(mine, f"{what}: the answer")
    assert mine in VERDICTS, f"{what}: {mine!r:.40} is none of the three words"
    assert mine == wanted, (
        f"{what}: that is not {mine!r}; which of the two training curves ends higher, and by how much?"
    )


@pytest.mark.exercise("diagnose", points=2)
def test_diagnose_clear_cases(answer, rng):
    """E-55, C-069: degradation shows in training; a gap alone is no overfitting of the deeper net."""
    asked = {
        what: both_curves(rng, shallow, deep, ahead=number % 2 == 0, rattle=0.002)
        for number, (what, (shallow, deep, _)) in enumerate(CASES.items())
    }
    got = {what: answer(*pair) for what, pair in asked.items()}
    for what, mine in got.items():
        assert_verdict(mine, CASES[what][-1], what)


@pytest.mark.exercise("diagnose", points=1)
def test_diagnose_with_margins(answer, reference, rng):
    """Fresh curves whose ends lie close to the margin, and other numbers of last epochs."""
    asked = []
    for moves in 2 * [*product((-1.6, 0.2, 0.6, 1.4), repeat=2)]:
        margin, last = float(rng.uniform(0.02, 0.06)), int(rng.integers(1, 6))
        ends = rng.uniform(0.1, 0.3, 2)
        moved = ends + margin * np.asarray(moves)
        ahead = bool(rng.integers(2))
        asked.append((*both_curves(rng, ends, moved, ahead, epochs=14, last=last), margin, last))
    # With one epoch more or less it is another answer: the deep net has been far behind.
    asked.append((*both_curves(rng, ends, ends + 0.012, ahead=False, epochs=14, last=1), 0.02, 1))
    # Numbers that no style rounds: "by more than" the margin is not "by at least" it.
    even = np.full(4, 0.25)
    asked += [((even, even), (even + more, even + most), 0.125, 2) for more, most in ((0.125, 0.5), (0, 0.125))]
    for question, mine in [(question, answer(*question)) for question in asked]:
        what = f"with a margin of {question[2]:.3f} over the last {question[3]} epochs"
        assert_verdict(mine, reference(*question), what)


# ------------------------------------------------------------------------------------------ identity and gradients


@pytest.mark.exercise("identity_kernel", points=1)
def test_identity_kernel_of_three_by_three(answer):
    """E-57: ones in the middle where channel and filter are the same."""
    for channels, mine in [(channels, answer(channels)) for channels in (1, 2, 5)]:
        what = f"the 3x3 kernel for {channels} channel{'s' * (channels > 1)}"
        wanted = np.zeros((3, 3, channels, channels))
        wanted[1, 1] = np.eye(channels)
        assert_same(mine, wanted, what)


@pytest.mark.exercise("identity_kernel", points=1)
def test_identity_kernel_of_any_size(answer, reference, rng):
    """Other odd sizes; such a convolution gives every image back."""
    questions = [(int(rng.integers(2, 7)), size) for size in (1, 5, 7)]
    for (channels, size), mine in [(question, answer(*question)) for question in questions]:
        assert_same(mine, reference(channels, size), f"the {size}x{size} kernel for {channels} channels")


@pytest.mark.exercise("norms_by_depth", points=1)
def test_norms_by_depth_of_a_plain_chain(answer, reference, rng):
    """C-071: numbers first, then square matrices."""
    chain = [np.array([[2.0]]), np.array([[3.0]]), np.array([[0.5]])]
    matrices = [rng.normal(size=(4, 4)) for _ in range(6)]
    last = rng.normal(size=4)
    numbers, many = answer(chain, np.array([1.0])), answer(matrices, last)
    assert_same(numbers, [3, 1.5, 0.5, 1], "the norms of a chain of three numbers, without shortcuts,")
    assert_same(many, reference(matrices, last), "the norms of six 4x4 matrices, without shortcuts,")


@pytest.mark.exercise("norms_by_depth", points=1)
def test_norms_by_depth_of_layers_that_change_the_size(answer, reference, rng):
    """Jacobians (outputs, inputs) that are not square."""
    for sizes in ((3, 5, 2), (6, 4, 7, 1)):
        jacobians = [rng.normal(size=(after, before)) for before, after in pairwise(sizes)]
        last = rng.normal(size=sizes[-1])
        what = f"the norms for layers of {' to '.join(map(str, sizes))} numbers"
        assert_same(answer(jacobians, last), reference(jacobians, last), what)


@pytest.mark.exercise("norms_by_depth", points=1)
def test_norms_by_depth_with_shortcuts(answer, reference, rng):
    """S-049: the gradient itself is added at every layer."""
    chain, last = [np.array([[2.0]]), np.array([[3.0]])], np.array([1.0])
    branches = [rng.normal(0, 0.3, (5, 5)) for _ in range(8)]
    nothing, end = [np.zeros((3, 3))] * 4, rng.normal(size=3)
    questions = {
        "two numbers with shortcuts": (chain, last),
        "eight 5x5 matrices with shortcuts": (branches, rng.normal(size=5)),
        "four branches of zeros with shortcuts": (nothing, end),
    }
    got = {what: answer(*question, shortcut=True) for what, question in questions.items()}
    for what, mine in got.items():
        assert_same(mine, reference(*questions[what], shortcut=True), f"the norms of {what}")


# ---------------------------------------------------------------------------------------------------- the block


def drive_block(block, shape, filters, stride):
    """Runs beside the student's code: the block as a model."""
    import keras

    inputs = keras.Input(shape)
    outputs = block(inputs, filters, stride) if stride != 1 else block(inputs, filters)
    if not isinstance(outputs, keras.KerasTensor):
        return {"returned": type(outputs).__name__}
    return {"model": keras.Model(inputs, outputs)}


def parts(model):
    """The layers with weights by the part that they play: each convolution and the normalisation behind it."""
    threes = iter(("first", "second"))
    convolutions = [layer for layer in model.layers if type(layer).__name__ == "Conv2D"]
    narrow = [tuple(layer.kernel_size) == (1, 1) for layer in convolutions]
    names = ["projection" if one else next(threes, "surplus") for one in narrow]
    return with_normalisations(model, zip(names, convolutions, strict=True))


def assert_blocks(answer, reference, rng, *questions):
    """Each block by itself, after all of them were asked for."""
    results = [answer.drive(drive_block, *question) for question in questions]
    for (shape, filters, stride), result in zip(questions, results, strict=True):
        what = f"a block with {filters} filters and a stride of {stride} on {shape}"
        wanted = drive_block(reference, shape, filters, stride)["model"]
        hint = "follow both ways from `x` to the sum, and what comes after it"
        assert_piece(result, wanted, parts, rng, what, hint=hint)


@pytest.mark.exercise("residual_block", points=1, timeout=60)
def test_residual_block_that_keeps_the_shape(answer, reference, rng):
    """S-049, C-068: x itself is added."""
    assert_blocks(answer, reference, rng, ((6, 6, 4), 4, 1))


@pytest.mark.exercise("residual_block", points=1, timeout=60)
def test_residual_block_with_more_channels(answer, reference, rng):
    """A projection where the channels change, the stride being 1."""
    assert_blocks(answer, reference, rng, ((6, 6, 4), 8, 1))


@pytest.mark.exercise("residual_block", points=1, timeout=60)
def test_residual_block_with_a_stride(answer, reference, rng):
    """A projection where the maps shrink, the channels being the same; then both."""
    assert_blocks(answer, reference, rng, ((8, 8, 4), 4, 2), ((8, 8, 4), 8, 2))


@pytest.mark.exercise("residual_block", points=1, timeout=60)
def test_residual_block_on_any_maps(answer, reference, rng):
    """Maps that are not square, of odd sizes, and a stride of 3."""
    channels, filters = (int(n) for n in rng.choice(np.arange(2, 9), 2, replace=False))
    assert_blocks(answer, reference, rng, ((9, 7, channels), filters, 2), ((7, 10, channels), filters, 3))


# --------------------------------------------------------------------------------------------------- normalisation


def batch(rng, shape):
    """A batch whose channels differ, gamma, beta, moving mean and moving variance."""
    channels = shape[-1]
    x = rng.normal(rng.uniform(-3, 3, channels), rng.uniform(0.5, 3, channels), shape)
    return x, *(rng.uniform(low, high, channels) for low, high in ((0.5, 2), (-1, 1), (-1, 1), (0.5, 2)))


@pytest.mark.exercise("batch_norm", points=1)
def test_batch_norm_normalises_a_batch(answer, reference, rng):
    """S-041, C-059: training mode, images."""
    questions = [batch(rng, shape) for shape in ((4, 3, 3, 2), (2, 5, 4, 3))]
    for question, mine in [(question, answer(*question, True)) for question in questions]:
        what = f"a batch of shape {question[0].shape} in training"
        y, *_ = as_items(mine, 3, f"{what}: (y, mean, variance)")
        assert_same(y, reference(*question, True)[0], f"{what}: y")


@pytest.mark.exercise("batch_norm", points=1)
def test_batch_norm_moves_its_averages(answer, reference, rng):
    """Towards the batch's own, by what the momentum leaves."""
    questions = [(*batch(rng, (4, 3, 3, 2)), True), (*batch(rng, (3, 2, 4, 3)), True, float(rng.uniform(0.5, 0.9)))]
    for question, mine in [(question, answer(*question)) for question in questions]:
        what = f"after a training step with momentum {question[6] if len(question) > 6 else 0.99:.2f}"
        _, mean, variance = as_items(mine, 3, f"{what}: (y, mean, variance)")
        _, right_mean, right_variance = reference(*question)
        assert_same(mean, right_mean, f"{what}: the moving mean")
        assert_same(variance, right_variance, f"{what}: the moving variance")


@pytest.mark.exercise("batch_norm", points=1)
def test_batch_norm_at_inference(answer, reference, rng):
    """The averages normalise, and stay as they are; one image alone is as good as many."""
    questions = [batch(rng, shape) for shape in ((4, 3, 3, 2), (1, 4, 4, 3))]
    for question, mine in [(question, answer(*question, False)) for question in questions]:
        what = f"a batch of shape {question[0].shape} at inference"
        y, mean, variance = as_items(mine, 3, f"{what}: (y, mean, variance)")
        assert_same(y, reference(*question, False)[0], f"{what}: y")
        assert_same(mean, question[3], f"{what}: the moving mean")
        assert_same(variance, question[4], f"{what}: the moving variance")


@pytest.mark.exercise("batch_norm", points=1)
def test_batch_norm_of_anything(answer, reference, rng):
    """Rows of numbers as well as images, and a large epsilon."""
    for shape in ((6, 4), (3, 5, 2), (2, 3, 4, 2)):
        question, options = batch(rng, shape), {"momentum": 0.7, "epsilon": float(rng.uniform(0.1, 1))}
        for training in (True, False):
            what = f"a batch of shape {shape}, training={training}, epsilon={options['epsilon']:.2f}"
            mine = as_items(answer(*question, training, **options), 3, f"{what}: (y, mean, variance)")
            names = ("y", "the moving mean", "the moving variance")
            for name, got, right in zip(names, mine, reference(*question, training, **options), strict=True):
                assert_same(got, right, f"{what}: {name}")


@pytest.mark.exercise("filter_normalised", points=1)
def test_filter_normalised_of_a_convolution(answer, reference, rng):
    """S-052, C-072: each filter has the norm of the kernel's filter."""
    for shape in ((3, 3, 2, 4), (1, 1, 5, 3)):
        direction, kernel = rng.normal(size=shape), rng.normal(size=shape) * rng.uniform(0.1, 5, shape[-1])
        mine = as_array(answer(direction, kernel), f"the direction for a kernel of {shape}", shape)
        assert_same(mine, reference(direction, kernel), f"the direction for a kernel of {shape}")


@pytest.mark.exercise("filter_normalised", points=1)
def test_filter_normalised_of_any_kernel(answer, reference, rng):
    """Dense layers and volumes too; the direction may be of any length, and must not be changed in place."""
    for shape in ((7, 5), (2, 3, 3, 2, 4)):
        direction, kernel = 100 * rng.normal(size=shape), rng.normal(size=shape) * rng.uniform(0.1, 5, shape[-1])
        assert_same(answer(direction, kernel), reference(direction, kernel), f"the direction for a kernel of {shape}")


# ------------------------------------------------------------------------------------------------------- counting


def assert_pairs(answer, reference, questions, names, say):
    """Pairs of counts for many questions, column by column, so that the message says what the wrong ones share."""
    rows = [say(question) for question in questions]
    got = [answer(*question) for question in questions]
    pairs = [as_items(mine, 2, f"{row}: ({names[0]}, {names[1]})") for row, mine in zip(rows, got, strict=True)]
    right = [reference(*question) for question in questions]
    for column, name in enumerate(names):
        mine, wanted = ([pair[column] for pair in table] for table in (pairs, right))
        assert_column(mine, wanted, rows, rows, name)


def say_blocks(question):
    """What a ResNet is made of."""
    blocks, bottleneck = question
    return f"{blocks} {'bottlenecks' if bottleneck else 'basic blocks'}"


@pytest.mark.exercise("count_layers", points=1)
def test_count_layers_of_the_five(answer, reference):
    """E-56, X-34, D-23: 8, 16, 16, 33 and 50 blocks."""
    five = [((2, 2, 2, 2), False), ((3, 4, 6, 3), False)]
    five += [((3, 4, 6, 3), True), ((3, 4, 23, 3), True), ((3, 8, 36, 3), True)]
    assert [reference(*question)[1] for question in five] == [18, 34, 50, 101, 152]
    assert_pairs(answer, reference, five, ("the number of blocks", "the number of layers"), say_blocks)


@pytest.mark.exercise("count_layers", points=1)
def test_count_layers_of_any_resnet(answer, reference, rng):
    """Other numbers of stages: ResNet-20 and 56 for small images have three."""
    questions = [((3, 3, 3), False), ((9, 9, 9), False)]
    questions += [(tuple(rng.integers(1, 40, n).tolist()), n % 2 == 0) for n in (1, 2, 5, 6)]
    assert_pairs(answer, reference, questions, ("the number of blocks", "the number of layers"), say_blocks)


def say_channels(question):
    """How wide a block is."""
    return f"{question[0]} channels, {question[1]} inside"


WEIGHTS = ("the weights of the bottleneck", "the weights of the two 3x3")


@pytest.mark.exercise("bottleneck_weights", points=1)
def test_bottleneck_weights_of_resnet_50(answer, reference):
    """E-58, C-073: 69,632 against 1,179,648."""
    assert reference(256, 64) == (69_632, 1_179_648)
    assert_pairs(answer, reference, [(256, 64), (512, 128), (1024, 256)], WEIGHTS, say_channels)


@pytest.mark.exercise("bottleneck_weights", points=1)
def test_bottleneck_weights_of_any_block(answer, reference, rng):
    """Fresh widths, the inner ones not always a quarter."""
    questions = [tuple(rng.integers(2, 300, 2).tolist()) for _ in range(5)] + [(1, 1)]
    assert_pairs(answer, reference, questions, WEIGHTS, say_channels)


@pytest.mark.exercise("resnext_width", points=1)
def test_resnext_width_of_the_paper(answer):
    """C-074, A-23: 64, 40, 24, 14 and 4 channels, table 2 of the paper."""
    wanted = {1: 64, 2: 40, 4: 24, 8: 14, 32: 4}
    for groups, mine in [(groups, answer(256, 64, groups)) for groups in wanted]:
        assert_count(mine, wanted[groups], f"the channels of a group, 256 channels, 64 inside, {groups} groups,")


@pytest.mark.exercise("resnext_width", points=1)
def test_resnext_width_of_any_block(answer, reference, rng):
    """Fresh blocks and numbers of groups, and two blocks with two widths that are equally near."""
    questions = [
        (int(rng.integers(40, 500)), int(rng.integers(20, 200)), int(groups)) for groups in rng.integers(2, 40, 24)
    ]
    questions += [(36, 29, 2), (40, 18, 8)]
    for (channels, inner, groups), mine in [(question, answer(*question)) for question in questions]:
        what = f"the channels of a group, {channels} channels, {inner} inside, {groups} groups,"
        assert_count(mine, reference(channels, inner, groups), what)


def assert_channels(mine, wanted, what):
    """One number after each block and each transition between blocks."""
    got = as_items(mine, len(wanted), f"{what}: the channels after each block and each transition")
    kinds = ["dense block" if n % 2 == 0 else "transition" for n in range(len(wanted))]
    rows = [f"{kind} {n // 2 + 1}" for n, kind in enumerate(kinds)]
    assert_column(got, wanted, rows, kinds, "the number of channels", what)


@pytest.mark.exercise("densenet_channels", points=1)
def test_densenet_channels_of_the_paper(answer, reference):
    """E-59, C-075, A-24: 1,024 channels at the end of DenseNet-121, 1,920 of DenseNet-201."""
    nets = {"DenseNet-121": (6, 12, 24, 16), "DenseNet-201": (6, 12, 48, 32), "DenseNet-169": (6, 12, 32, 32)}
    assert [reference(blocks, 32)[-1] for blocks in nets.values()] == [1024, 1920, 1664]
    for name, mine in [(name, answer(nets[name], 32)) for name in nets]:
        assert_channels(mine, reference(nets[name], 32), name)


@pytest.mark.exercise("densenet_channels", points=1)
def test_densenet_channels_of_any_net(answer, reference, rng):
    """Fresh blocks and growth rates: odd ones too, and a net of a single block."""
    questions = [((5,), 7), ((3, 4), 5)]
    questions += [(tuple(rng.integers(1, 20, n).tolist()), int(rng.integers(3, 50))) for n in (3, 4, 5)]
    for (blocks, growth), mine in [(question, answer(*question)) for question in questions]:
        assert_channels(mine, reference(blocks, growth), f"blocks of {blocks} layers, growth rate {growth}")

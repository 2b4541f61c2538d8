"""The checks of lab 06: 1x1 convolutions (E-38 to E-40), what a bottleneck costs (E-41), the inception module, GoogLeNet's
table (E-54), auxiliary losses, filters in factors, fire modules (E-60), class activation maps.
"""

import numpy as np
import pytest

from ccv.grading import as_array, as_items, assert_column, assert_same, network_difference
from ccv.grading.pieces import piece_of

_COUNTED = ("ccv.anatomy", "ccv.models")
_CONVOLVED = (
    "ccv.convolution",
    "keras.layers.Conv2D",
    "keras.layers.Dense",
    "keras.ops.conv",
    "tensorflow.nn.conv2d",
)
MAY_NOT_CALL = {
    "pointwise": _CONVOLVED,
    "convolution_costs": _COUNTED,
    "inception_module": ("ccv.models",),
    "module_table": _COUNTED,
    "fire_module": ("ccv.models",),
    "fire_parameters": _COUNTED,
    "class_map": ("ccv.transfer.explain",),
}


# ---------------------------------------------------------------------------------------------------- one pixel


def layer(rng, batch, height, width, channels, filters):
    """Maps, and a 1x1 kernel with its bias."""
    maps = rng.normal(size=(batch, height, width, channels))
    return maps, rng.normal(size=(1, 1, channels, filters)), rng.normal(size=filters)


@pytest.mark.exercise("pointwise", points=1)
def test_pointwise_of_small_maps(answer):
    """E-39: a filter of 32 twos on 6x6x32 ones; two filters by hand."""
    maps = np.array([[[[1.0, 2.0], [3.0, -1.0], [0.0, 0.0]]]])
    kernel, bias = np.array([[[[1.0, -1.0, 0.0], [1.0, 1.0, 2.0]]]]), np.array([0.0, -0.5, 1.0])
    wanted = [[[[3, 0.5, 5], [2, 0, 0], [0, 0, 1]]]]
    twos = np.ones((1, 6, 6, 32)), np.full((1, 1, 32, 1), 2.0), np.zeros(1)
    by_hand, many = answer(maps, kernel, bias), answer(*twos)
    assert_same(by_hand, wanted, "three pixels with 2 channels, 3 filters: the maps")
    assert_same(many, np.full((1, 6, 6, 1), 64), "maps of 6x6x32 that are all ones, a filter of twos: the map")


@pytest.mark.exercise("pointwise", points=1)
def test_pointwise_of_any_maps(answer, reference, rng):
    """E-40: fresh maps that are not square, several images, as many filters as channels, and one channel."""
    shapes = [(2, 3, 5, 4, 6), (1, 4, 2, 3, 3), (3, 2, 2, 5, 2), (2, 3, 4, 1, 2)]
    questions = [layer(rng, *shape) for shape in shapes]
    for question, mine in [(question, answer(*question)) for question in questions]:
        what = f"maps of shape {question[0].shape} and a kernel of shape {question[1].shape}: the result"
        assert_same(mine, reference(*question), what)


def ran(numbers, maps, what):
    """The maps after two 1x1 convolutions with these numbers, each with a ReLU."""
    kernel1, bias1, kernel2, bias2 = as_items(numbers, 4, f"{what}: kernel1, bias1, kernel2, bias2")
    kernel1 = as_array(kernel1, f"{what}: kernel1", (1, 1, 2, None))
    count = kernel1.shape[-1]
    bias1 = as_array(bias1, f"{what}: bias1", (count,))
    kernel2 = as_array(kernel2, f"{what}: kernel2", (1, 1, count, 1))
    bias2 = as_array(bias2, f"{what}: bias2", (1,))
    hidden = np.maximum(maps @ kernel1[0, 0] + bias1, 0)
    return np.maximum(hidden @ kernel2[0, 0] + bias2, 0)[..., 0]


@pytest.mark.exercise("absolute_difference", points=1)
def test_absolute_difference_of_black_and_white(answer):
    """S-043: exactly one of two: what no single layer can do."""
    maps = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]])
    assert_same(
        ran(answer(), maps, "`absolute_difference`"), [0, 1, 1, 0], "for (0, 0), (0, 1), (1, 0), (1, 1): |a - b|"
    )


@pytest.mark.exercise("absolute_difference", points=1)
def test_absolute_difference_of_any_numbers(answer, rng):
    """Fresh maps, negative numbers too, and pixels where both are the same."""
    maps = rng.normal(0, 3, (4, 5, 2))
    maps[0] = maps[0, :, :1]
    mine = ran(answer(), maps, "`absolute_difference`")
    assert_same(mine, np.abs(maps[..., 0] - maps[..., 1]), "for any a and b: |a - b|", tolerance=1e-4)


# ----------------------------------------------------------------------------------------------------- the bills

COSTS = ("the number of multiplications", "the number of weights")


def say_layer(question):
    """What a convolution is, in words."""
    height, width, channels, filters, kernel, *inner = question
    through = f" through {inner[0]} channels" if inner else ""
    return f"{kernel}x{kernel} on {height}x{width}x{channels}, {filters} filters{through}"


def assert_bills(answer, reference, questions):
    """Both numbers of many questions, column by column."""
    rows = [say_layer(question) for question in questions]
    got = [answer(*question) for question in questions]
    pairs = [as_items(mine, 2, f"{row}: (multiplications, weights)") for row, mine in zip(rows, got, strict=True)]
    right = [reference(*question) for question in questions]
    for column, name in enumerate(COSTS):
        mine, wanted = ([pair[column] for pair in table] for table in (pairs, right))
        assert_column(mine, wanted, rows, rows, name)


@pytest.mark.exercise("convolution_costs", points=1)
def test_convolution_costs_without_a_bottleneck(answer, reference, rng):
    """E-38, E-41: 120,422,400 multiplications, 153,600 weights; 50 and 450 weights."""
    assert reference(28, 28, 192, 32, 5) == (120_422_400, 153_600)
    assert [reference(1, 1, 10, 5, size)[1] for size in (1, 3)] == [50, 450]
    questions = [(28, 28, 192, 32, 5), (7, 7, 10, 5, 1), (7, 7, 10, 5, 3)]
    questions += [(*rng.integers(2, 40, 4).tolist(), size) for size in (3, 5, 7)]
    assert_bills(answer, reference, questions)


@pytest.mark.exercise("convolution_costs", points=1)
def test_convolution_costs_with_the_bottleneck_of_the_text(answer, reference):
    """E-41, S-048: 2,408,448 + 10,035,200 = 12,443,648 multiplications, 3,072 + 12,800 = 15,872 weights."""
    assert reference(28, 28, 192, 32, 5, 16) == (12_443_648, 15_872)
    assert_bills(answer, reference, [(28, 28, 192, 32, 5, 16), (28, 28, 192, 128, 3, 96)])


@pytest.mark.exercise("convolution_costs", points=1)
def test_convolution_costs_with_any_bottleneck(answer, reference, rng):
    """Fresh layers on maps that are not square; a bottleneck may be wider than what it reads."""
    drawn = [(*rng.integers(2, 40, 4).tolist(), size, int(rng.integers(1, 30))) for size in (1, 3, 5, 7)]
    assert_bills(answer, reference, [*drawn, (5, 9, 4, 6, 3, 12)])


# ---------------------------------------------------------------------------------------------------- the modules


def drive_module(module, shape, *options):
    """Runs beside the student's code: the module as a model."""
    import keras

    inputs = keras.Input(shape)
    outputs = module(inputs, *options)
    if not isinstance(outputs, keras.KerasTensor):
        return {"returned": type(outputs).__name__}
    return {"model": keras.Model(inputs, outputs)}


def set_alike(model, wanted, rng, what):
    """Give both models the same weights; their convolutions correspond by kernel, however they were written down."""
    sizes = [sorted(w.shape for w in net.get_weights()) for net in (model, wanted)]
    kinds = [[one for one in net.layers if type(one).__name__ == "Conv2D"] for net in (model, wanted)]
    if sizes[0] != sizes[1]:
        raise AssertionError(network_difference(model, wanted, what) or f"{what} has other layers than it should have")
    free = list(kinds[0])
    for one in kinds[1]:
        like = next((other for other in free if other.kernel.shape == one.kernel.shape), None)
        assert like is not None, (
            f"{what} has the right number of weights, but no convolution with {one.filters} filters"
        )
        free.remove(like)
        values = [rng.normal(0, 0.5, w.shape) for w in one.get_weights()]
        one.set_weights(values)
        like.set_weights(values)


def assert_module(result, reference, rng, question, what):
    """The shape, the layers that learn, and with equal weights equal outputs."""
    model, wanted = piece_of(result, what), drive_module(reference, *question)["model"]
    got, right = (tuple(net.output_shape[1:]) for net in (model, wanted))
    assert got == right, f"{what} gives maps of {got}, which is not what was asked for"
    set_alike(model, wanted, rng, what)
    images = rng.normal(size=(2, *wanted.input_shape[1:])).astype("float32")
    outputs = [np.asarray(net(images, training=False)) for net in (model, wanted)]
    if np.allclose(*outputs, atol=1e-4 * np.abs(outputs[1]).max()):
        return
    mine, right = (np.sort(maps.sum((0, 1, 2))) for maps in outputs)
    if np.allclose(mine, right, rtol=1e-3, atol=1e-2):
        raise AssertionError(f"{what} has all the right maps, but in another order than the one asked for")
    raise AssertionError(
        f"{what} has the right layers with weights but does not compute what it should: follow each way from `x` to the end"
    )


def widths(rng, count):
    """Different whole numbers, so that no two convolutions of a module have the same kernel by chance."""
    return [int(n) for n in rng.choice(np.arange(2, 12), count, replace=False)]


def module_question(rng, height, width):
    """Fresh arguments of an inception module."""
    narrow3, narrow5 = (int(n) for n in rng.choice(np.arange(2, 6), 2, replace=False))
    channels, ones, wide3, wide5, pooled = (int(n) for n in rng.choice(np.arange(6, 14), 5, replace=False))
    return (height, width, channels), ones, (narrow3, wide3), (narrow5, wide5), pooled


def say_module(question):
    """An inception module in words."""
    shape, *rest = question
    return f"a module with {', '.join(map(str, rest))} on {shape}"


@pytest.mark.exercise("inception_module", points=1, timeout=60)
def test_inception_module_keeps_height_and_width(answer, reference, rng):
    """S-047: all ways keep the size of the maps, the pooling too."""
    question = module_question(rng, 6, 6)
    model = piece_of(answer.drive(drive_module, *question), say_module(question))
    right = drive_module(reference, *question)["model"].output_shape
    got = tuple(model.output_shape[1:])
    assert got == tuple(right[1:]), f"{say_module(question)} gives maps of {got}, which is not what was asked for"


@pytest.mark.exercise("inception_module", points=1, timeout=60)
def test_inception_module_has_six_convolutions(answer, reference, rng):
    """S-047: each with a bias, of these sizes."""
    question = module_question(rng, 5, 5)
    model = piece_of(answer.drive(drive_module, *question), say_module(question))
    set_alike(model, drive_module(reference, *question)["model"], rng, say_module(question))


@pytest.mark.exercise("inception_module", points=2, timeout=60)
def test_inception_module_computes_what_it_should(answer, reference, rng):
    """C-066: with equal weights equal outputs, on maps that are not square."""
    questions = [module_question(rng, *size) for size in ((6, 6), (5, 8))]
    results = [answer.drive(drive_module, *question) for question in questions]
    for question, result in zip(questions, results, strict=True):
        assert_module(result, reference, rng, question, say_module(question))


COLUMNS = ("the height", "the width", "the number of channels", "the number of parameters")


def row_names(modules, pools):
    """How the message calls each row, and what it is about."""
    names, kinds = [], []
    for name in modules:
        names.append(f"module {name}")
        kinds.append("module")
        if name in pools:
            names.append(f"the pooling after {name}")
            kinds.append("pooling")
    return names, kinds


def assert_tables(answer, reference, questions, columns):
    """Some columns of the tables for these questions."""
    got = [answer(*question) for question in questions]
    for (shape, modules, pools), answered in zip(questions, got, strict=True):
        what = f"maps of {shape} and the modules {', '.join(modules)}"
        names, kinds = row_names(modules, pools)
        rows = as_items(answered, len(names), f"{what}: the rows of the table, one for each module and each pooling,")
        items = [as_items(row, 4, f"{what}, {name}: a row") for name, row in zip(names, rows, strict=True)]
        wanted = reference(shape, modules, pools)
        for column in columns:
            mine, right = ([row[column] for row in table] for table in (items, wanted))
            assert_column(mine, right, names, kinds, COLUMNS[column], what)


def module_questions(rng):
    """Fresh networks of modules, on maps of odd and even sizes that are not square, with poolings anywhere."""
    questions = []
    for size, names, pools in [
        ((9, 14), "abc", "b"),
        ((7, 5), "abcd", "ad"),
        ((28, 15), "ab", "ab"),
        ((6, 13), "a", ""),
    ]:
        modules = {}
        for name in names:
            ones, narrow3, wide3, narrow5, wide5, pooled = (int(n) for n in rng.integers(1, 60, 6))
            modules[name] = ones, (narrow3, wide3), (narrow5, wide5), pooled
        questions.append(((*size, int(rng.integers(2, 50))), modules, tuple(pools)))
    return questions


@pytest.mark.exercise("module_table", points=1)
def test_module_table_of_googlenet_sizes(answer, reference, solution):
    """E-54, X-38: 14x14x832 after 4e, 7x7x832 after its pooling, 7x7x1024 at the end."""
    assert [row[:3] for row in reference((28, 28, 192), solution.MODULES, ("3b", "4e"))][-4:] == [
        (14, 14, 832), (7, 7, 832), (7, 7, 832), (7, 7, 1024)]  # fmt: skip
    assert_tables(answer, reference, [((28, 28, 192), solution.MODULES, ("3b", "4e"))], (0, 1, 2))


@pytest.mark.exercise("module_table", points=1)
def test_module_table_of_googlenet_parameters(answer, reference, solution):
    """E-54, S-106: with stem and dense layer 6,998,552."""
    rows = reference((28, 28, 192), solution.MODULES, ("3b", "4e"))
    assert sum(row[3] for row in rows) == 6_998_552 - 9_472 - 4_160 - 110_784 - 1_025_000
    assert_tables(answer, reference, [((28, 28, 192), solution.MODULES, ("3b", "4e"))], (3,))


@pytest.mark.exercise("module_table", points=1)
def test_module_table_of_any_sizes(answer, reference, rng):
    """Fresh modules and poolings: sizes and channels, odd ones too."""
    assert_tables(answer, reference, module_questions(rng), (0, 1, 2))


@pytest.mark.exercise("module_table", points=1)
def test_module_table_of_any_parameters(answer, reference, rng):
    """Fresh modules: parameters."""
    assert_tables(answer, reference, module_questions(rng), (3,))


# ----------------------------------------------------------------------------------------------------- the losses


def graded(rng, images, classes, heads):
    """Labels, and the probabilities of a main classifier and of so many heads."""
    labels = rng.integers(0, classes, images)
    labels[:2] = classes - 1, 0
    outputs = [rng.dirichlet(np.full(classes, 0.7), images).clip(1e-4) for _ in range(heads + 1)]
    return labels, [(output / output.sum(axis=1, keepdims=True)).astype("float32") for output in outputs]


@pytest.mark.exercise("total_loss", points=1)
def test_total_loss_with_two_heads(answer, reference, rng):
    """C-077: main and twice 0.3."""
    for images, classes in ((6, 4), (4, 10)):
        question = graded(rng, images, classes, 2)
        what = f"{images} images, {classes} classes, two heads: the loss"
        assert_same(answer(*question), reference(*question), what, tolerance=1e-4)


@pytest.mark.exercise("total_loss", points=1)
def test_total_loss_with_any_heads(answer, reference, rng):
    """No head at all, one, three; another weight."""
    cases = [(heads, float(rng.uniform(0.1, 0.9))) for heads in (0, 1, 3, 5)]
    questions = [(*graded(rng, 5, 3, heads), weight) for heads, weight in cases]
    for (heads, weight), question, mine in zip(cases, questions, [answer(*q) for q in questions], strict=True):
        what = f"{heads} head{'s' * (heads != 1)} with a weight of {weight:.2f}: the loss"
        assert_same(mine, reference(*question), what, tolerance=1e-4)


# -------------------------------------------------------------------------------------------------- filters in factors


def assert_factors(mine, kernel, reference, what):
    """A column and a row whose product comes as near to the kernel as any."""
    column, row = as_items(mine, 2, f"{what}: the column and the row")
    column, row = as_array(column, f"{what}: the column"), as_array(row, f"{what}: the row")
    height, width = kernel.shape
    assert column.size == height, f"{what}: the column has {column.size} numbers, but the kernel is {height} high"
    assert row.size == width, f"{what}: the row has {row.size} numbers, but the kernel is {width} wide"
    right = np.outer(*map(np.ravel, reference(kernel)))
    assert_same(np.outer(column.ravel(), row.ravel()), right, f"{what}: the product of column and row", tolerance=1e-3)


@pytest.mark.exercise("best_factors", points=1)
def test_best_factors_of_kernels_that_are_products(answer, reference, rng):
    """S-107: a Sobel, a blur and fresh products come back exactly."""
    kernels = {
        "a Sobel": np.outer([1.0, 2, 1], [1.0, 0, -1]),
        "a blur": np.outer([1.0, 4, 6, 4, 1], [1.0, 4, 6, 4, 1]) / 256,
        "a column of edges times a row": np.outer([0, 1.0, 0, -1], [2.0, 1, 3]),
        "a 7x7 product": np.outer(rng.normal(size=7), rng.normal(size=7)),
        "a 3x5 product": np.outer(rng.normal(size=3), rng.normal(size=5)),
    }
    for name, mine in [(name, answer(kernels[name])) for name in kernels]:
        assert_factors(mine, kernels[name], reference, name)


@pytest.mark.exercise("best_factors", points=1)
def test_best_factors_of_any_kernel(answer, reference, rng):
    """Kernels that are no products: as near as one can come."""
    for height, width in ((3, 3), (5, 5), (7, 7), (3, 6), (6, 2)):
        one, two = (np.outer(rng.normal(size=height), rng.normal(size=width)) for _ in range(2))
        kernel = one / np.linalg.norm(one) * 3 + two / np.linalg.norm(two)
        assert_factors(answer(kernel), kernel, reference, f"a {height}x{width} kernel that is no product")


# -------------------------------------------------------------------------------------------------------- fire modules


@pytest.mark.exercise("fire_module", points=1, timeout=60)
def test_fire_module_has_three_convolutions(answer, reference, rng):
    """E-60, S-109: a squeeze and two that expand, each with a bias."""
    channels, *options = widths(rng, 4)
    question = ((5, 5, channels), *options)
    what = f"a fire module with {', '.join(map(str, options))} on {question[0]}"
    model, wanted = piece_of(answer.drive(drive_module, *question), what), drive_module(reference, *question)["model"]
    got = tuple(model.output_shape[1:])
    assert got == tuple(wanted.output_shape[1:]), f"{what} gives maps of {got}, which is not what was asked for"
    set_alike(model, wanted, rng, what)


@pytest.mark.exercise("fire_module", points=1, timeout=60)
def test_fire_module_computes_what_it_should(answer, reference, rng):
    """C-076: with equal weights equal outputs."""
    questions = []
    for size in ((6, 6), (4, 7)):
        channels, *options = widths(rng, 4)
        questions.append(((*size, channels), *options))
    results = [answer.drive(drive_module, *question) for question in questions]
    for question, result in zip(questions, results, strict=True):
        what = f"a fire module with {', '.join(map(str, question[1:]))} on {question[0]}"
        assert_module(result, reference, rng, question, what)


@pytest.mark.exercise("fire_parameters", points=1)
def test_fire_parameters_of_squeezenet(answer, reference):
    """E-60, S-109: the eight modules of SqueezeNet 1.0, 128 to 512 channels, 11,920 to 197,184 parameters."""
    rows = [(96, 16, 64, 64), (128, 16, 64, 64), (128, 32, 128, 128), (256, 32, 128, 128)]
    rows += [(256, 48, 192, 192), (384, 48, 192, 192), (384, 64, 256, 256), (512, 64, 256, 256)]
    assert [reference(*row) for row in rows][::7] == [(128, 11_920), (512, 197_184)]
    assert_fires(answer, reference, rows)


@pytest.mark.exercise("fire_parameters", points=1)
def test_fire_parameters_of_any_module(answer, reference, rng):
    """Fresh modules, whose two expansions differ."""
    assert_fires(answer, reference, [tuple(rng.integers(2, 200, 4).tolist()) for _ in range(6)])


def assert_fires(answer, reference, questions):
    """Channels and parameters, column by column."""
    rows = [f"{q[0]} channels, squeeze {q[1]}, expand {q[2]} + {q[3]}" for q in questions]
    got = [answer(*question) for question in questions]
    pairs = [as_items(mine, 2, f"{row}: (channels, parameters)") for row, mine in zip(rows, got, strict=True)]
    right = [reference(*question) for question in questions]
    for column, name in enumerate(("the number of channels", "the number of parameters")):
        mine, wanted = ([pair[column] for pair in table] for table in (pairs, right))
        assert_column(mine, wanted, rows, rows, name)


# --------------------------------------------------------------------------------------------- where a class was seen


@pytest.mark.exercise("class_map", points=1)
def test_class_map_of_a_small_network(answer):
    """S-039: two maps, three classes, by hand."""
    maps = np.array([[[1.0, 0.0], [0.0, 2.0]], [[3.0, 1.0], [0.0, 0.0]], [[0.0, 1.0], [1.0, 1.0]]])
    weights = np.array([[1.0, -1.0, 0.5], [2.0, 1.0, -2.0]])
    wanted = {0: [[1, 4], [5, 0], [2, 3]], 1: [[-1, 2], [-2, 0], [1, 0]], 2: [[0.5, -4], [-0.5, 0], [-2, -1.5]]}
    for label, mine in [(label, answer(maps, weights, label)) for label in wanted]:
        assert_same(mine, wanted[label], f"two maps of 3x2, class {label}: the map")


@pytest.mark.exercise("class_map", points=1)
def test_class_map_is_what_the_score_is_the_mean_of(answer, rng):
    """Fresh networks: the mean of the map is the class's score before its bias."""
    for height, width, channels, classes in ((4, 7, 5, 3), (6, 3, 8, 8), (2, 2, 3, 10)):
        maps, weights = rng.normal(size=(height, width, channels)), rng.normal(size=(channels, classes))
        for label in (0, classes - 1, int(rng.integers(classes))):
            what = f"maps of shape {maps.shape}, {classes} classes, class {label}"
            mine = as_array(answer(maps, weights, label), f"{what}: the map", (height, width))
            assert_same(
                mine.mean(), (maps.mean((0, 1)) @ weights)[label], f"{what}: the mean of the map", tolerance=1e-4
            )
            assert_same(mine, np.einsum("hwc,c->hw", maps, weights[:, label]), f"{what}: the map", tolerance=1e-4)

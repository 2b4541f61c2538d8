"""The checks of lab 09: errors and accuracies (E-76), units, heads (E-77), differences, the Pareto front, intervals,
McNemar's test, ensembles, a choice under limits.
"""

from collections.abc import Mapping
from itertools import pairwise, product

import numpy as np
import pytest

from ccv.grading import as_array, as_items, as_word, assert_count, assert_same, the_one

MAY_NOT_CALL = {
    "top_k_error": ("keras.metrics", "keras.ops.in_top_k", "sklearn.metrics.top_k_accuracy_score"),
    "split_head": ("ccv.anatomy", "ccv.models"),
    "what_changed": ("ccv.anatomy",),
    "interval": ("scipy.stats.binomtest",),
    "mcnemar": ("scipy.stats.binomtest",),
}


# --------------------------------------------------------------------------------------------- errors and accuracies


def guesses(rng, images, classes):
    """Probabilities without equal ones in a row, and labels at many places of the ranking."""
    ranks = np.argsort(rng.random((images, classes)), axis=1)
    probabilities = np.empty((images, classes))
    for row, rank in zip(probabilities, ranks, strict=True):
        row[rank] = np.cumsum(rng.uniform(0.5, 1.5, classes))[::-1]
    places = (np.arange(images) % classes) ** 2 // classes  # more of them at the top
    labels = ranks[np.arange(images), places]
    return probabilities / probabilities.sum(axis=1, keepdims=True), labels


@pytest.mark.exercise("top_k_error", points=1)
def test_top_k_error_of_one_guess(answer):
    """C-124: three images by hand."""
    probabilities = np.array([[0.1, 0.5, 0.3, 0.1001], [0.6, 0.2, 0.15, 0.05], [0.3, 0.25, 0.41, 0.04]])
    questions = [([1, 0, 2], 0), ([2, 0, 2], 1 / 3), ([0, 1, 3], 1)]
    got = [answer(probabilities, np.array(labels), 1) for labels, _ in questions]
    for (labels, wanted), mine in zip(questions, got, strict=True):
        assert_same(mine, wanted, f"the top-1 error for the labels {labels}")


@pytest.mark.exercise("top_k_error", points=1)
def test_top_k_error_of_any_k(answer, reference, rng):
    """Fresh probabilities; the label stands at many places of the ranking."""
    questions = [
        (*guesses(rng, images, classes), k) for images, classes, k in ((24, 8, 5), (30, 10, 3), (14, 7, 2), (12, 4, 4))
    ]
    for question, mine in zip(questions, [answer(*question) for question in questions], strict=True):
        (images, classes), k = question[0].shape, question[2]
        assert_same(mine, reference(*question), f"the top-{k} error of {images} images, {classes} classes,")


@pytest.mark.exercise("improvement", points=1)
def test_improvement_of_errors_in_percent(answer):
    """E-76, P-05: the winners."""
    for old, new in ((16.4, 11.7), (7.3, 6.7), (6.7, 3.57)):
        points, factor = as_items(answer((old, "error", "%"), (new, "error", "%")), 2, "points and factor")
        assert_same(points, old - new, f"the points from {old} % to {new} % wrong")
        assert_same(factor, old / new, f"the factor from {old} % to {new} % wrong")


CLAIMS = [(what, unit) for what in ("error", "accuracy") for unit in ("%", "share")]


@pytest.mark.exercise("improvement", points=2)
def test_improvement_of_any_claims(answer, reference, rng):
    """E-76, D-14: accuracies, shares, and claims of two kinds, in both directions."""
    for (what, unit), (new_what, new_unit) in [(a, b) for a in CLAIMS for b in CLAIMS]:
        errors = rng.uniform(8, 30), rng.uniform(2, 7)
        claims = []
        for percent, kind, scale in zip(errors, (what, new_what), (unit, new_unit), strict=True):
            number = percent if kind == "error" else 100 - percent
            claims.append((float(number if scale == "%" else number / 100), kind, scale))
        for question in (claims, claims[::-1]):
            said = " to ".join(f"{kind} in {scale}" for _, kind, scale in question)
            points, factor = as_items(answer(*question), 2, "points and factor")
            right = reference(*question)
            assert_same(points, right[0], f"from {said}: the points")
            assert_same(factor, right[1], f"from {said}: the factor")


# -------------------------------------------------------------------------------------------------------------- units

PARTS = ("MB of weights", "MiB of weights", "MB of activations", "billion FLOPs")


def assert_bill(answer, reference, question):
    """Four numbers, by name."""
    for part, mine, right in zip(PARTS, as_items(answer(*question), 4, "the bill"), reference(*question), strict=True):
        bits = question[3] if len(question) > 3 else 32
        assert_same(mine, right, f"{question[0]:,} parameters, {bits} bits: the number of {part}")


@pytest.mark.exercise("footprint", points=1)
def test_footprint_in_float32(answer, reference, rng):
    """C-083, C-084: VGG-16, then any."""
    assert_bill(answer, reference, (138_357_544, 15_237_608, 15_470_264_320))
    for _ in range(5):
        assert_bill(answer, reference, [int(n) for n in rng.integers(10**6, 10**9, 3)])


@pytest.mark.exercise("footprint", points=1)
def test_footprint_of_other_formats(answer, reference, rng):
    """C-085: fewer bits make fewer bytes and no fewer operations."""
    for bits in (16, 8, 4, 64):
        assert_bill(answer, reference, [*(int(n) for n in rng.integers(10**6, 10**9, 3)), bits])


UNITS = ("multiply-adds", "FLOPs", "neither")


def assert_units(answer, reference, questions):
    """One of three words for each; all are asked about first, since the more is seen, the surer a mistake is."""
    got = [answer(*question) for question in questions]
    for (published, macs, *tolerance), word in zip(questions, got, strict=True):
        what = f"{published / 1e9:.3f} G published, {macs / 1e9:.3f} G multiply-adds"
        what += f", tolerance {tolerance[0]}" if tolerance else ""
        mine = as_word(word, f"{what}: the answer")
        assert mine in UNITS, f"{what}: {mine!r:.40} is none of the three words"
        wanted = reference(published, macs, *tolerance)
        assert mine == wanted, f"{what}: {mine!r} is not right; how far is it from our count in each unit?"


@pytest.mark.exercise("which_unit", points=1)
def test_which_unit_of_clear_cases(answer, reference):
    """D-31: the four rows of the table."""
    rows = {
        (1.5e9, 724_406_816): "FLOPs",
        (1.5e9, 1_135_256_096): "neither",
        (19.6e9, 15_470_264_320): "neither",
        (19.6e9, 19_632_062_464): "multiply-adds",
        (2e9, 1_582_671_872): "neither",
        (11e9, 11_282_415_616): "multiply-adds",
    }
    assert [reference(*row) for row in rows] == [*rows.values()]
    assert_units(answer, reference, [*rows])


@pytest.mark.exercise("which_unit", points=1)
def test_which_unit_near_the_tolerance(answer, reference, rng):
    """Above and below either count, just inside and just outside, at several tolerances."""
    questions = []
    for tolerance, times, off in product((0.02, 0.05, 0.1, 0.2), (1, 2), (-1.2, -0.95, -0.8, 0.005, 0.8, 0.95, 1.2)):
        macs = int(rng.integers(10**8, 10**10))
        questions.append((times * macs * (1 + off * tolerance), macs, tolerance))
    questions.append((0.5e9, 10**9, 0.1))  # half as many are in no unit
    macs, tolerance = 2**30, 0.125  # numbers that no style rounds: "at most" is not "less than"
    for times, off in product((1, 2), (-1, 1)):
        questions.append((int(times * macs * (1 + off * tolerance)), macs, tolerance))
    assert_units(answer, reference, questions)


# --------------------------------------------------------------------------------------------------- heads and changes


def network(rng, head="flatten", after=()):
    """Layers of a small network, with a head of one or three dense layers, or convolutions behind the average."""
    layers, channels = [], int(rng.integers(1, 4))
    for _ in range(int(rng.integers(2, 5))):
        filters = int(rng.integers(4, 20))
        layers += [("conv", int(rng.choice([1, 3, 5, 7])), channels, filters), ("pool",)]
        channels = filters
    units = [
        channels * (int(rng.integers(2, 6)) if head == "flatten" else 1),
        *(int(n) for n in rng.integers(5, 30, 3)),
    ]
    dense = [("dense", before, now) for before, now in pairwise(units)]
    return [*layers, (head,), *after, *dense]


def assert_split(answer, reference, layers, what):
    """Two counts."""
    mine, right = as_items(answer(layers), 2, "the two counts"), reference(layers)
    assert_count(mine[0], right[0], f"{what}: the parameters without the head")
    assert_count(mine[1], right[1], f"{what}: all parameters")


@pytest.mark.exercise("split_head", points=1)
def test_split_head_of_dense_layers(answer, reference, rng):
    """E-77, D-06: LeNet-5 and AlexNet's shape of network, then any."""
    lenet = [("conv", 5, 1, 6), ("pool",), ("conv", 5, 6, 16), ("pool",), ("flatten",)]
    lenet += [("dense", 400, 120), ("dense", 120, 84), ("dense", 84, 10)]
    assert_split(answer, reference, lenet, "LeNet-5")
    for _ in range(5):
        assert_split(answer, reference, network(rng), "a network with a flatten")


@pytest.mark.exercise("split_head", points=1)
def test_split_head_behind_an_average(answer, reference, rng):
    """E-77, D-27, A-17: heads behind a global average, also with convolutions in them, and networks without a head."""
    for _ in range(5):
        assert_split(answer, reference, network(rng, "average"), "a network with a global average")
    behind = network(rng, "average", after=[("conv", 1, 7, 9), ("flatten",)])
    assert_split(answer, reference, behind, "a network with a 1x1 convolution behind the average")
    squeezenet = [("conv", 3, 3, 8), ("pool",), ("conv", 1, 8, 10), ("average",)]
    assert_split(answer, reference, squeezenet, "a network that ends in an average")
    assert_split(answer, reference, squeezenet[:-1], "a network without any head")


WORDS = ("conv 1x1", "conv 3x3", "conv 5x5", "depthwise 3x3", "max pool 2x2", "dense 4096", "add", "relu", "dropout")


def assert_changes(answer, reference, before, after):
    """A dictionary with the right words and numbers."""
    mine, right = answer(before, after), reference(before, after)
    assert isinstance(mine, Mapping), f"the changes should be a dictionary, but they are {type(mine).__name__}"
    some = next((word for word in mine if word not in right), None)
    assert some is None, f"{some!r:.40} should not be in the answer: it is there as often as before"
    missing = [word for word in right if word not in mine]
    kind = "appears" if any(word not in before for word in missing) else "is there less often, or gone"
    kind = kind if not missing or missing[0] not in before or right[missing[0]] < 0 else "is there more often"
    words = "a word is" if len(missing) == 1 else f"{len(missing)} words are"
    which = "which" if len(missing) == 1 else "the first of which"
    assert not missing, f"{words} missing in the answer, {which} {kind} in the second network"
    for word, number in right.items():
        assert_count(mine[word], number, f"the change of {word!r}")


@pytest.mark.exercise("what_changed", points=1)
def test_what_changed_in_numbers(answer, reference):
    """Words that both networks have."""
    before = ["conv 5x5", "relu", "max pool 2x2", "conv 5x5", "relu", "dense 10"]
    assert_changes(answer, reference, before, [*before, "conv 5x5", "relu", "relu"])
    assert_changes(answer, reference, before, before[1:])


@pytest.mark.exercise("what_changed", points=1)
def test_what_changed_when_words_come_and_go(answer, reference, rng):
    """Words on one side only, more, fewer and equal ones, in any order."""
    for _ in range(8):
        come, gone, more, less, same, *_ = rng.permutation(WORDS).tolist()
        n = [int(k) for k in rng.integers(1, 5, 5)]
        before = [gone] * n[1] + [more] * n[2] + [less] * (n[3] + 2) + [same] * n[4]
        after = [come] * n[0] + [more] * (n[2] + 3) + [less] * n[3] + [same] * n[4]
        assert_changes(answer, reference, rng.permutation(before).tolist(), rng.permutation(after).tolist())
    assert_changes(answer, reference, ["relu"], ["relu"])


# --------------------------------------------------------------------------------------------------------- the front


def assert_fronts(answer, reference, questions):
    """The numbers of the networks that are not dominated, in rising order; all are asked about before one is judged."""
    got = [answer(costs, accuracies) for costs, accuracies in questions.values()]
    for (what, (costs, accuracies)), front in zip(questions.items(), got, strict=True):
        mine, right = as_array(front, what, (None,)), reference(costs, accuracies)
        if mine.dtype.kind == "b":
            raise AssertionError(
                f"{what} should be the numbers of networks, 0 for the first, but they are True and False"
            )
        assert set(mine.tolist()) <= set(range(len(costs))), f"{what} should be numbers of networks, 0 for the first"
        kept, lost = (set(a) - set(b) for a, b in ((mine.tolist(), right), (right, mine.tolist())))
        assert not kept, f"{what}: network {min(kept):.0f} is among them, and another one dominates it"
        assert not lost, f"{what}: network {min(lost)} is missing, and nobody dominates it"
        assert_count(mine, right, what)


def by_numbers(*questions):
    """Questions with their numbers as their names."""
    return {f"the front of costs {costs} and accuracies {found}": (costs, found) for costs, found in questions}


@pytest.mark.exercise("pareto", points=1)
def test_pareto_of_networks_that_all_differ(answer, reference, rng):
    """S-127: no two costs, no two accuracies are equal; the last one is best, the first cheapest."""
    questions = {"the front of four networks": ([1, 3, 2, 4], [60, 65, 70, 75])}
    # The dearer one has more accuracy for its cost: who looks for that takes it alone.
    questions |= by_numbers(([10, 11], [40, 60]))
    for number in range(8):
        size = int(rng.integers(8, 15))
        costs = rng.permutation(np.arange(1, size + 1)).astype(float)
        accuracies = 50 + costs + rng.permutation(np.linspace(-6, 6.3, size))
        questions[f"the front of {size} networks ({number + 1})"] = (costs.tolist(), accuracies.tolist())
    assert_fronts(answer, reference, questions)


@pytest.mark.exercise("pareto", points=1)
def test_pareto_at_equal_cost_or_accuracy(answer, reference):
    """One of the two is equal."""
    questions = by_numbers(
        ([1, 2, 2, 3], [60, 70, 65, 70]),
        ([2, 1, 3, 2, 4], [70, 70, 80, 75, 80]),
        ([5, 5, 5], [1, 3, 2]),
        ([3, 1, 2], [50, 50, 50]),
    )
    assert_fronts(answer, reference, questions)


@pytest.mark.exercise("pareto", points=1)
def test_pareto_of_equal_networks(answer, reference):
    """Two that are equal in both do not dominate each other; in rising order of their numbers, not of the costs."""
    questions = by_numbers(
        ([2, 1, 2], [70, 60, 70]),
        ([4, 1, 4, 3, 1], [80, 60, 80, 70, 60]),
        ([7, 7, 7], [50, 50, 50]),
        ([5], [10]),
    )
    assert_fronts(answer, reference, questions)


# ------------------------------------------------------------------------------------------------------------- chance


def assert_ends(answer, reference, question):
    """The two ends of an interval."""
    low, high = as_items(answer(*question), 2, "the ends of the interval")
    right = reference(*question)
    what = f"{question[0]} right of {question[1]}" + (f", z = {question[2]:.2f}" if len(question) > 2 else "")
    assert_same(low, right[0], f"{what}: the lower end", tolerance=1e-4)
    assert_same(high, right[1], f"{what}: the upper end", tolerance=1e-4)


@pytest.mark.exercise("interval", points=1)
def test_interval_at_95_percent(answer, reference, rng):
    """Few and many images; nothing right, and everything."""
    questions = [(20, 20), (0, 12), (1424, 1500)]
    questions += [(int(images * share), images) for images in (30, 200) for share in rng.uniform(0.2, 0.9, 3)]
    for question in questions:
        assert_ends(answer, reference, question)


@pytest.mark.exercise("interval", points=1)
def test_interval_of_any_z(answer, reference, rng):
    """Narrower and wider ones."""
    for z in (1.0, 1.645, 2.576, 3.0):
        images = int(rng.integers(15, 60))
        assert_ends(answer, reference, (int(images * 0.8), images, z))


def rows(rng, b, c, both, neither):
    """Two rows of right and wrong with so many of each kind, mixed."""
    kinds = rng.permutation([0] * b + [1] * c + [2] * both + [3] * neither)
    return np.isin(kinds, (0, 2)), np.isin(kinds, (1, 2))


def assert_tests(answer, reference, questions, parts):
    """b, c and p, for each pair of rows; all are asked about first."""
    for question, three in zip(questions, [answer(*question) for question in questions], strict=True):
        got, right = as_items(three, 3, "b, c and p"), reference(*question)
        what = f"for {right[0] + right[1]} of {len(question[0])} images that only one network had right"
        for name, mine, wanted in zip("bcp", got, right, strict=True):
            if name in parts:
                (assert_same if name == "p" else assert_count)(mine, wanted, f"{name}, {what},")


@pytest.mark.exercise("mcnemar", points=1)
def test_mcnemar_counts(answer, reference, rng):
    """Who alone was right."""
    asked = ((9, 2, 20, 5), (3, 8, 40, 1), (0, 4, 11, 6), (7, 1, 0, 13))
    assert_tests(answer, reference, [rows(rng, *kinds) for kinds in asked], "bc")


@pytest.mark.exercise("mcnemar", points=1)
def test_mcnemar_probability(answer, reference, rng):
    """Exact, two-sided, either side the rarer one."""
    asked = ((4, 0), (0, 6), (9, 2), (3, 8), (12, 5), (5, 12), (20, 33))
    assert_tests(answer, reference, [rows(rng, *sides, 15, 8) for sides in asked], "p")


@pytest.mark.exercise("mcnemar", points=1)
def test_mcnemar_when_there_is_no_difference(answer, reference, rng):
    """Equally many, nearly, and none: a probability is at most 1."""
    asked = ((5, 5), (1, 1), (0, 0), (8, 7), (2, 2))
    assert_tests(answer, reference, [rows(rng, *sides, 12, 4) for sides in asked], "bcp")


# ----------------------------------------------------------------------------------------------------- several heads


def disputed(networks=3, crops=2):
    """Two images of three classes: most have a weak opinion, one a strong one; and the other way round."""
    weak, strong = [0.4, 0.35, 0.25], [0.02, 0.08, 0.9]
    answers = np.array([[weak, [0.1, 0.8, 0.1]]] * (networks * crops), float)
    answers[:2, 0] = strong
    answers[-1, 1] = [0.95, 0.03, 0.02]
    return answers.reshape(networks, crops, 2, 3)


def assert_answers(answer, reference, questions):
    """A class for each image; all are asked about first."""
    for question, found in zip(questions, [answer(question) for question in questions], strict=True):
        networks, crops, images, _ = question.shape
        mine = as_array(found, "the answers of the ensemble", (images,))
        assert_count(mine, reference(question), f"the answers of {networks} networks for {crops} crops")


@pytest.mark.exercise("ensemble", points=1)
def test_ensemble_where_votes_and_means_differ(answer, reference):
    """A few that are sure against many that hesitate."""
    assert_answers(answer, reference, [disputed(*sizes) for sizes in ((3, 2), (2, 3), (5, 1), (1, 5))])


@pytest.mark.exercise("ensemble", points=1)
def test_ensemble_of_many_images(answer, reference, rng):
    """Fresh opinions, of which most are unsure."""
    shapes = ((4, 3, 60, 5), (3, 4, 60, 4), (7, 2, 60, 6))
    assert_answers(answer, reference, [rng.dirichlet(np.full(n[-1], 0.7), n[:-1]) for n in shapes])


# ------------------------------------------------------------------------------------------------------------ the choice

OFFERS = [("tiny", 0.84, 0.5, 0.2), ("small", 0.90, 2.0, 1.0), ("middle", 0.915, 5.0, 9.0), ("deep", 0.93, 9.0, 4.0),
          ("large", 0.95, 30.0, 60.0), ("huge", 0.955, 80.0, 200.0)]  # fmt: skip


def assert_choices(answer, reference, questions):
    """A name, or None, for each; all are asked about first."""
    got = [answer(*question) for question in questions]
    for (networks, *limits), name in zip(questions, got, strict=True):
        mine, right = the_one(name), reference(networks, *limits)
        what = "with at most {:g} ms, {:g} MB and a margin of {:.3f}".format(*limits)
        if right is None:
            assert mine is None, f"{what}: no network is within the limits, so the answer is None, not {name!r:.60}"
            continue
        assert mine is not None, f"{what}: there are networks within the limits, and the answer is None"
        mine = as_word(name, f"{what}: the answer")
        assert mine == right, f"{what}: {mine!r:.40} is not the one to take"


def shuffled(rng):
    """The offers in any order."""
    return [OFFERS[i] for i in rng.permutation(len(OFFERS))]


@pytest.mark.exercise("choose", points=1)
def test_choose_without_a_margin(answer, reference, rng):
    """The best within the limits; a limit is still within."""
    limits = ((100, 1000), (30, 100), (5, 100), (5.0, 9.0), (100, 4.0), (2, 1), (0.5, 0.2), (100, 8))
    assert_choices(answer, reference, [(shuffled(rng), *some, 0) for some in limits])


@pytest.mark.exercise("choose", points=1)
def test_choose_within_the_margin(answer, reference, rng):
    """The smallest of those that are nearly as good as the best *of those that are left*."""
    limits = (
        (100, 1000, 0.006),
        (100, 1000, 0.03),
        (10, 100, 0.02),
        (10, 100, 0.031),
        (5, 100, 0.016),
        (10, 100, 0.1),
    )
    # Numbers that no style rounds: a network exactly the margin below the best.
    even = [("fine", 0.75, 8.0, 40.0), ("good", 0.625, 3.0, 20.0), ("fair", 0.5, 4.0, 10.0), ("poor", 0.25, 2.0, 1.0)]
    assert_choices(answer, reference, [*((shuffled(rng), *some) for some in limits), (even, 100, 1000, 0.25)])


@pytest.mark.exercise("choose", points=1)
def test_choose_where_none_is_left(answer, reference, rng):
    """Too slow, too large, or nothing on offer; the margin does not bend a limit."""
    questions = [(shuffled(rng), *some) for some in ((0.4, 1000, 0.02), (100, 0.1, 0.5), (1, 0.1, 0))]
    assert_choices(answer, reference, [*questions, ([], 100, 100, 0.01), (OFFERS[2:3], 5.0, 9.0, 0.0)])

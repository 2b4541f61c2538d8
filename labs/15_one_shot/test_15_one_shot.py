"""The checks of lab 15: twins, losses that pull and push, episodes, thresholds, galleries (E-72; C-109, C-110, C-111).

The lab's last table puts right X-48 of the course's catalogue.
"""

import numpy as np
import pytest

from ccv.grading import as_array, as_items, assert_count, assert_same, the_one

MAY_NOT_CALL = {
    "same_score": ("ccv.embedding", "ccv.models", "ccv.layers"),
    "contrastive": ("ccv.embedding",),
    "triplet": ("ccv.embedding",),
    "pick_negative": ("ccv.embedding",),
    "nearest_class": ("ccv.embedding",),
    "error_rates": ("ccv.embedding",),
    "equal_error": ("ccv.embedding",),
    "who_is_it": ("ccv.embedding",),
    "false_alarm": ("ccv.embedding",),
}


def ask(answer, questions):
    """Put all questions before anything is compared: a mistake is named only where it explains every answer."""
    return [answer(*question) for question in questions]


def compare(answer, questions, wanted, names):
    for mine, right, name in zip(ask(answer, questions), wanted, names, strict=True):
        assert_same(mine, right, name)


# ----------------------------------------------------------------------------------------------------------- twins


@pytest.mark.exercise("same_score", points=1)
def test_same_score_of_a_pair(answer):
    """E-72: by hand, and the same the other way round."""
    left, right, weights = np.array([[1.0, 3.0]]), np.array([[2.0, 1.0]]), np.array([-1.0, -2.0])
    wanted = [1 / (1 + np.exp(2))]
    names = "the score of one pair", "the score of the same pair, left and right exchanged"
    compare(answer, [(left, right, weights, 3.0), (right, left, weights, 3.0)], [wanted, wanted], names)


@pytest.mark.exercise("same_score", points=1)
def test_same_score_of_many_pairs(answer, reference, rng):
    """Fresh pairs, as many as numbers too; equal ones, of which the bias alone decides."""
    questions, counts = [], [(6, 4), (3, 3)]
    for count, size in counts:
        left, right = rng.normal(size=(2, count, size))
        right[0] = left[0]
        questions.append((left, right, rng.uniform(-1.2, -0.4, size), float(rng.uniform(1.5, 2.5))))
    names = [
        f"the array of scores of {count} pairs of embeddings of {size} numbers, in the first of which both are equal,"
        for count, size in counts
    ]
    compare(answer, questions, ask(reference, questions), names)


# ---------------------------------------------------------------------------------------------------------- losses


@pytest.mark.exercise("contrastive", points=1)
def test_contrastive_of_four_pairs(answer):
    """0.36, 0.16, 1.44 and 0."""
    question = np.array([0.6, 0.6, 1.2, 1.2]), np.array([True, False, True, False]), 1.0
    compare(
        answer,
        [question],
        [0.49],
        ["the loss of pairs at 0.6 (same), 0.6 (different), 1.2 (same) and 1.2 (different), margin 1,"],
    )


@pytest.mark.exercise("contrastive", points=1)
def test_contrastive_beyond_the_margin(answer):
    """Others that are far cost nothing; equal pictures neither; one kind of pair alone."""
    far, together = (np.array([1.0, 1.5, 4.0]), np.zeros(3, bool), 1.0), (np.zeros(3), np.ones(3, bool), 1.0)
    near = np.array([0.5, 0.25]), np.zeros(2, bool), 2.0
    names = (
        "the loss of three different pairs beyond the margin",
        "the loss of three same pairs at distance 0",
        "the loss of two different pairs at a margin of 2",
    )
    compare(answer, [far, together, near], [0.0, 0.0, (1.5**2 + 1.75**2) / 2], names)


@pytest.mark.exercise("contrastive", points=1)
def test_contrastive_of_any_pairs(answer, reference, rng):
    """Fresh pairs, three times as many others, True and False or 1 and 0."""
    same = np.arange(12) % 4 == 0
    questions = [(rng.uniform(0.1, 1.9, 12), kind, float(rng.uniform(0.8, 1.4))) for kind in (same, same.astype(int))]
    names = [f"the loss of 12 pairs, with {kind}," for kind in ("True and False", "1 and 0")]
    compare(answer, questions, ask(reference, questions), names)


@pytest.mark.exercise("triplet", points=1)
def test_triplet_of_the_hint(answer):
    """1 - 4 + 4 = 1; and with a margin of 0.5 nothing; at one point the margin: a collapse."""
    anchor, positive, negative = np.array([[0.0, 0.0]]), np.array([[0.0, 1.0]]), np.array([[2.0, 0.0]])
    questions = [(anchor, positive, negative, 4.0), (anchor, positive, negative, 0.5), (*[np.ones((5, 3))] * 3, 0.2)]
    names = (
        "the loss of the anchor (0, 0), the positive (0, 1) and the negative (2, 0), margin 4,",
        "the loss of the anchor (0, 0), the positive (0, 1) and the negative (2, 0), margin 0.5,",
        "the loss of five triplets that all lie at one point, margin 0.2,",
    )
    compare(answer, questions, [1.0, 0.0, 0.2], names)


@pytest.mark.exercise("triplet", points=1)
def test_triplet_of_many(answer, reference, rng):
    """Fresh triplets, good and bad ones mixed."""
    questions = []
    for count, size in ((8, 4), (5, 5)):
        anchors = rng.normal(size=(count, size))
        near, far = (anchors + 0.7 * rng.normal(size=(count, size)) for _ in range(2))
        far[0] = anchors[0] + 3  # a good one, far below zero
        near[1], far[1] = anchors[1] + 2, anchors[1] + 0.1  # and a bad one
        questions.append((anchors, near, far, float(rng.uniform(0.3, 0.9))))
    compare(answer, questions, ask(reference, questions), ["the loss of 8 triplets", "the loss of 5 triplets"])


def assert_picked(answer, questions, wanted):
    for (positive, negatives), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        assert_count(
            mine, right, f"the index of the negative, positive at {positive:.3g}, negatives at {spell(negatives)},"
        )


def spell(numbers):
    return f"[{', '.join(f'{each:.3g}' for each in numbers)}]"


@pytest.mark.exercise("pick_negative", points=1)
def test_pick_negative_of_the_hint(answer):
    """0.6 at the positive 0.5; the equal one does not lie beyond; of equal negatives the first."""
    negatives = [0.9, 0.3, 0.6, 0.5], [0.2, 0.4, 0.7, 0.5, 0.6], [0.9, 0.7, 0.3, 0.7]
    questions = [(positive, np.array(row)) for positive, row in zip((0.5, 0.4, 0.5), negatives, strict=True)]
    assert_picked(answer, questions, [2, 3, 1])


@pytest.mark.exercise("pick_negative", points=1)
def test_pick_negative_with_none_beyond(answer):
    """The farthest then."""
    assert_picked(answer, [(2.0, np.array([0.3, 0.9, 0.6])), (1.0, np.array([0.2, 0.1, 1.0, 0.4]))], [1, 2])


@pytest.mark.exercise("pick_negative", points=1)
def test_pick_negative_of_any(answer, reference, rng):
    """Fresh ones, of which three lie on each side, the nearest of all below; a nearer and a far one stand first."""
    questions = []
    for _ in range(4):
        positive = float(rng.uniform(0.8, 1.2))
        gaps = np.array([0.15, 0.3, 0.5]) + rng.uniform(0, 0.1, 3)
        negatives = np.concatenate([positive + gaps, positive - 0.5 * gaps])
        questions.append((positive, negatives[[4, 1, *rng.permutation([0, 2, 3, 5])]]))
    assert_picked(answer, questions, ask(reference, questions))


# -------------------------------------------------------------------------------------------------------- episodes


def assert_classes(answer, questions, wanted):
    for (support, queries), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        ways, shots, _ = support.shape
        what = f"the array of classes of {len(queries)} queries, {ways} ways and {shots} shot{'s' * (shots > 1)},"
        got = as_array(mine, what, (len(right),))
        assert (got == right).all(), f"{what} is {spell(got.ravel())}, which is not right"


@pytest.mark.exercise("nearest_class", points=1)
def test_nearest_class_of_one_shot(answer):
    """Three classes; the queries in any number and order."""
    support = np.array([[[0.0, 0.0]], [[4.0, 0.0]], [[0.0, 6.0]]])
    questions = [
        (support, np.array([[1.0, 0.0], [3.0, 2.0]])),
        (support, np.array([[5.0, 1.0], [1.0, 5.0], [4.0, 2.0], [-1.0, 0.0]])),
    ]
    assert_classes(answer, questions, [[0, 1], [1, 2, 1, 0]])


@pytest.mark.exercise("nearest_class", points=1)
def test_nearest_class_of_several_shots(answer):
    """The mean decides: not the nearest picture, not the first."""
    support = np.array([[[0.0, 0.0], [6.0, 0.0]], [[5.0, 1.0], [9.0, 1.0]], [[0.0, 7.0], [0.0, 9.0]]])
    queries = np.array([[3.0, 0.5], [5.5, 0.0], [0.2, 4.4], [0.0, 0.1]])
    assert_classes(answer, [(support, queries)], [[0, 1, 2, 0]])


@pytest.mark.exercise("nearest_class", points=1)
def test_nearest_class_of_an_episode(answer, reference, rng):
    """Fresh episodes; classes, shots, queries and numbers by turns as many as each other."""
    questions = []
    for ways, shots, count, size in ((5, 3, 9, 4), (4, 4, 4, 4), (6, 1, 6, 2)):
        homes = 20 + 3 * rng.normal(size=(ways, 1, size))
        support = homes + 0.3 * rng.normal(size=(ways, shots, size))
        if shots > 1:  # the last class is scattered, and its neighbour lies nearer to its mean than its own shots
            along, across = np.linalg.qr(rng.normal(size=(size, 2)))[0].T
            homes[-1] = homes[0] + 3 * across
            scattered = np.resize([8.0, -8.0], shots)
            support[-1] = homes[-1] + np.outer(scattered - scattered.mean(), along)
        owners = np.roll(np.arange(count) % ways, 2)
        queries = homes[owners, 0] + 0.1 * rng.normal(size=(count, size))
        if size > 2:  # classes 0 and 1 differ neither in their first number nor, for this query, in their sum
            support[1] = support[0] + np.resize([0, 3, -2.2, 0], size)
            queries[owners == 1] = support[1].mean(axis=0) + np.resize([0, -0.4, -0.4, 0], size)
        questions.append((support, queries))
    # The straight way to the second class is shorter, the way along the axes is longer.
    questions.append((np.array([[[5.0, 0.0]], [[3.0, 3.0]]]), np.zeros((1, 2))))
    assert_classes(answer, questions, ask(reference, questions))


# ------------------------------------------------------------------------------------------------------ thresholds

SEVEN = np.array([0.2, 0.7, 0.3, 0.4, 0.8, 0.9, 1.0]), np.arange(7) < 3


def assert_rates(answer, questions, wanted):
    for (_, is_same, threshold), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        kinds = f"{int(np.sum(is_same))} same pairs and {int(len(is_same) - np.sum(is_same))} different ones"
        what = f"(false accept rate, false reject rate) of {kinds}, threshold {threshold:.3g},"
        assert_same(as_items(mine, 2, what), right, what)


@pytest.mark.exercise("error_rates", points=1)
def test_error_rates_of_seven_pairs(answer):
    """A quarter, and a third."""
    assert_rates(answer, [(*SEVEN, 0.5)], [(1 / 4, 1 / 3)])


@pytest.mark.exercise("error_rates", points=1)
def test_error_rates_at_the_threshold(answer):
    """Exactly at it is accepted; with 1 and 0 for True and False."""
    distances, is_same = SEVEN
    questions = [(distances, is_same.astype(int), 0.4), (distances, is_same, 0.7), (distances, is_same, 0.0)]
    assert_rates(answer, questions, [(1 / 4, 1 / 3), (1 / 4, 0), (0, 1)])


@pytest.mark.exercise("error_rates", points=1)
def test_error_rates_of_any_pairs(answer, reference, rng):
    """Fresh pairs, many more of others; less than half of each kind are judged wrongly, but some are."""
    is_same = rng.permutation(np.arange(40) % 5 == 0)
    distances = np.where(is_same, rng.uniform(0.2, 0.9, 40), rng.uniform(0.9, 1.6, 40))
    distances[np.flatnonzero(is_same)[:6]] = 0.1, 0.3, 0.15, 0.25, 0.35, 0.95
    distances[np.flatnonzero(~is_same)[:3]] = 0.35, 0.45, 0.7
    questions = [(distances, is_same, threshold) for threshold in (0.5, 0.8)]
    assert_rates(answer, questions, ask(reference, questions))


def assert_equal_errors(answer, questions, wanted):
    for (distances, is_same), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        what = f"(equal error rate, threshold) of {int(np.sum(is_same))} same pairs and {int(np.sum(~is_same))} different ones"
        rate, threshold = as_array(as_items(mine, 2, what), what, (2,))
        occurs = not np.isclose(rate, right[0]) or np.isclose(threshold, distances).any()
        assert occurs, f"{what}: the threshold {threshold:.6g} is none of the distances that occur"
        assert_same([rate, threshold], right, what)


@pytest.mark.exercise("equal_error", points=1)
def test_equal_error_of_four_pairs(answer):
    """One half at 0.5; none at all where nothing overlaps; of two equally near the smallest; more are let in there."""
    hint = np.array([0.1, 0.6, 0.5, 0.9]), np.array([True, True, False, False])
    apart = np.array([0.8, 0.1, 0.3, 0.9]), np.array([False, True, True, False])
    equal = np.array([0.2, 0.6, 0.5, 0.9, 1.0, 1.1]), np.arange(6) < 2
    more = np.array([0.1, 0.2, 0.3, 0.6, 0.25, 0.5, 0.9]), np.arange(7) < 4
    wanted = [(0.5, 0.5), (0.0, 0.3), (3 / 8, 0.5), (7 / 24, 0.3)]
    assert_equal_errors(answer, [hint, apart, equal, more], wanted)


@pytest.mark.exercise("equal_error", points=1)
def test_equal_error_of_any_pairs(answer, reference, rng):
    """Fresh pairs, of which there are not as many of each kind, so the rates are never quite equal."""
    questions = []
    for count in (9, 14):
        same, others = np.sort(rng.uniform(0.1, 0.5, count)), rng.uniform(0.65, 1.4, 3 * count + 1)
        same[-2:] = 0.72, 0.9 + 0.1 * rng.random()  # two who are far
        others[:4] = 0.3, 0.45, 0.55, 0.6  # four who are near
        distances = np.concatenate([same, others])
        order = rng.permutation(len(distances))
        questions.append((distances[order], (np.arange(len(distances)) < count)[order]))
    # A third of the others are nearer than all of the same: the smallest sum of both rates lies elsewhere.
    near, far, same = rng.uniform(0.01, 0.09, 8), rng.uniform(1.2, 1.5, 16), rng.uniform(0.1, 0.5, 11)
    questions.append((np.concatenate([near, same, far]), np.repeat([False, True, False], [8, 11, 16])))
    # Two thresholds are equally near, the larger first and last: at 0.1 the rates are 0 and 1/2, at 0.4 they are 1 and 1/2.
    questions.append((np.array([0.4, 0.1, 0.5]), np.array([False, True, True])))
    questions.append((np.array([0.1, 0.4, 0.5]), np.array([True, False, True])))
    assert_equal_errors(answer, questions, ask(reference, questions))


# --------------------------------------------------------------------------------------------------------- gallery


def assert_names(answer, questions, wanted):
    for (probe, _, names, threshold), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        what = f"the name of a probe at {spell(probe)} in a gallery of {len(names)}, threshold {threshold:.3g},"
        said = the_one(mine)
        assert said is None or isinstance(said, str), f"{what} should be a text or None, not {type(said).__name__}"
        assert said == right, f"{what} is {said!r}, which is not right"


TWO = np.array([[0.0, 0.0], [3.0, 4.0]]), ["Ada", "Bo"]


@pytest.mark.exercise("who_is_it", points=1)
def test_who_is_it_of_two(answer):
    """The nearest, whoever comes first, by the straight way; of two as near as each other the first."""
    probes = {(0.0, 1.0): 2.0, (3.0, 3.0): 2.0, (2.0, 3.0): 4.0, (1.2, 1.2): 1.8, (1.5, 2.0): 3.0}
    questions = [(np.array(probe), *TWO, limit) for probe, limit in probes.items()]
    assert_names(answer, questions, ["Ada", "Bo", "Bo", "Ada", "Ada"])


@pytest.mark.exercise("who_is_it", points=1)
def test_who_is_it_of_a_stranger(answer):
    """Nobody beyond the threshold; exactly at it somebody; the distance, not its square."""
    questions = [
        (np.array(probe), *TWO, limit)
        for probe, limit in (((0.0, 1.0), 0.5), ((0.0, 1.5), 1.5), ((0.0, 1.5), 1.8), ((0.0, -0.5), 0.4))
    ]
    assert_names(answer, questions, [None, "Ada", "Ada", None])


@pytest.mark.exercise("who_is_it", points=1)
def test_who_is_it_in_a_gallery(answer, reference, rng):
    """Fresh galleries, in which somebody has two vectors."""
    names = ["Ada", "Bo", "Cleo", "Ada", "Dan"]
    gallery = 4 * np.eye(5) + 0.2 * rng.normal(size=(5, 5))
    questions = [(gallery[which] + 0.1 * rng.normal(size=5), gallery, names, 1.5) for which in (3, 1, 4, 2)]
    questions.append((np.full(5, -3.0), gallery, names, 1.5))
    # All are near enough, somebody twice: neither the first nor the most frequent is the nearest.
    probe, away = rng.normal(size=5), np.array([0.9, 0.3, 0.8, 0.7])[:, None]
    directions = rng.normal(size=(4, 5))
    crowd = probe + away * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    questions.append((probe, crowd, ["Cleo", "Bo", "Ada", "Ada"], 1.5))
    assert_names(answer, questions, ask(reference, questions))


@pytest.mark.exercise("false_alarm", points=1)
def test_false_alarm_of_two(answer):
    """Three cases of four; one person; nobody."""
    names = (
        "the chance at a rate of 0.5 and two people",
        "the chance at a rate of 0.2 and one person",
        "the chance at a rate of 0",
    )
    compare(answer, [(0.5, 2), (0.2, 1), (0.0, 50)], [0.75, 0.2, 0.0], names)


@pytest.mark.exercise("false_alarm", points=1)
def test_false_alarm_of_many(answer, reference, rng):
    """Small rates, large galleries."""
    questions = [(float(rng.uniform(0.001, 0.01)), int(rng.integers(200, 800))) for _ in range(3)]
    names = [f"the chance at a rate of {rate:.4f} and {people} people" for rate, people in questions]
    compare(answer, questions, ask(reference, questions), names)

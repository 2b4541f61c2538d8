"""The checks of lab 16: Gram matrices (E-78, C-112), losses, their slope, descent on pixels, and the whole course.

Its text has the state of the art (C-113) and says where each lost figure of the course's material is (S-152, X-77).
"""

import numpy as np
import pytest

from ccv.grading import as_array, as_items, as_letters, assert_same, the_one

MAY_NOT_CALL = {
    "gram": ("ccv.style",),
    "style_loss": ("ccv.style",),
    "total_variation": ("ccv.style", "tensorflow.python.ops.image_ops_impl.total_variation"),
    "gram_slope": ("ccv.style", "ccv.devices.gradient"),
    "paint": ("ccv.style",),
}


def ask(answer, questions):
    """Put all questions before anything is compared: a mistake is named only where it explains every answer."""
    return [answer(*question) for question in questions]


def draw_maps(rng, *shape):
    """Maps whose channels differ in size and sign, and go together: nothing is left to symmetry."""
    return rng.normal(0.5, 1, shape) * rng.uniform(0.5, 2, shape[-1]) + rng.normal(0, 1, (*shape[:2], 1))


# ------------------------------------------------------------------------------------------------------- Gram


def assert_grams(answer, questions, wanted):
    for (maps,), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        height, width, channels = maps.shape
        assert_same(mine, right, f"the Gram matrix of {height}x{width} positions with {channels} channels")


@pytest.mark.exercise("gram", points=1)
def test_gram_of_two_by_two_by_two(answer):
    """E-78: F^T F of the text, over four places."""
    maps = np.array([[[1.0, 0.0], [2.0, 1.0]], [[0.0, 3.0], [1.0, 1.0]]])
    assert_grams(answer, [(maps,)], [[[1.5, 0.75], [0.75, 2.75]]])


@pytest.mark.exercise("gram", points=2)
def test_gram_of_any_maps(answer, reference, rng):
    """Not square, more channels than places, one channel, float32."""
    questions = [(draw_maps(rng, *shape),) for shape in [(3, 5, 4), (2, 1, 6), (4, 4, 1), (2, 3, 6)]]
    questions.append((draw_maps(rng, 5, 4, 3).astype("float32"),))
    assert_grams(answer, questions, ask(reference, questions))


# By guessing, five of ten come out right: the points are for those beyond.
@pytest.mark.parametrize("least", [6, 7, 8, 9, 10])
@pytest.mark.exercise("same_gram", points=0.4)
def test_same_gram(answer, reference, solution, least):
    """C-112: what a Gram matrix forgets."""
    letters = as_letters(answer, solution.CHANGES, "`same_gram`")
    right = sum((letter in letters) == (letter in reference) for letter in solution.CHANGES)
    assert right >= least, f"{right} of your {len(solution.CHANGES)} answers are right: in the list or not in it"


# ----------------------------------------------------------------------------------------------------- losses


def draw_grams(rng, *channels):
    """Gram matrices of layers whose numbers have other sizes."""
    sizes = rng.permutation([0.2, 1.0, 7.0, 40.0])
    made = []
    for count, size in zip(channels, sizes, strict=False):
        rows = rng.normal(0.4, 1, (3 * count, count)) * size
        made.append(rows.T @ rows / len(rows))
    return made


def assert_losses(answer, questions, wanted):
    for (grams, _), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        sizes = ", ".join(f"{len(each)}x{len(each)}" for each in grams)
        assert_same(mine, right, f"the style loss of {len(grams)} layer{'s' * (len(grams) > 1)} ({sizes})")


@pytest.mark.exercise("style_loss", points=1)
def test_style_loss_by_hand(answer):
    """One layer: (1 + 4 + 4 + 0) / (9 + 1 + 1 + 4); two layers: the mean with 4 / 16."""
    one, other = np.array([[4.0, 3.0], [3.0, 2.0]]), np.array([[3.0, 1.0], [1.0, 2.0]])
    questions = [([one], [other]), ([one, np.array([[6.0]])], [other, np.array([[4.0]])]), ([other], [other])]
    assert_losses(answer, questions, [9 / 15, (9 / 15 + 0.25) / 2, 0])


@pytest.mark.exercise("style_loss", points=2)
def test_style_loss_of_any_layers(answer, reference, rng):
    """Layers of other sizes; the same the other way round is another number."""
    pairs = [(draw_grams(rng, *channels), draw_grams(rng, *channels)) for channels in [(4,), (3, 5), (6, 2, 4, 3)]]
    questions = [*pairs, pairs[-1][::-1]]
    assert_losses(answer, questions, ask(reference, questions))


def assert_variations(answer, questions, wanted):
    for (picture,), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        size = "x".join(map(str, picture.shape))
        assert_same(mine, right, f"the total variation of a picture of {size}")


@pytest.mark.exercise("total_variation", points=1)
def test_total_variation_by_hand(answer):
    """0 1 above 0 3, then a flat picture: (0 + 2) / 2 + (1 + 3) / 2, and 0."""
    small = np.array([[[0.0], [1.0]], [[0.0], [3.0]]])
    stripes = np.tile([[[0.0], [1.0], [0.0]]], (4, 1, 1))
    assert_variations(answer, [(small,), (np.ones((3, 4, 3)),), (stripes,)], [3, 0, 1])


@pytest.mark.exercise("total_variation", points=1)
def test_total_variation_of_any_picture(answer, reference, rng):
    """Not square, one channel and three."""
    questions = [(rng.random(shape) * size,) for shape, size in [((5, 9, 3), 1), ((8, 3, 1), 4), ((4, 6, 2), 1)]]
    assert_variations(answer, questions, ask(reference, questions))


# ------------------------------------------------------------------------------------------------ slope, descent


def assert_slopes(answer, questions, wanted):
    for (maps, _), mine, right in zip(questions, ask(answer, questions), wanted, strict=True):
        height, width, channels = maps.shape
        assert_same(mine, right, f"the gradient at {height}x{width} positions with {channels} channels")


@pytest.mark.exercise("gram_slope", points=1)
def test_gram_slope_of_one_place(answer):
    """F = 3, A = 5: 4 x 3 x (9 - 5) = 48; two places; and nothing where G is A."""
    questions = [(np.array([[[3.0]]]), np.array([[5.0]])), (np.array([[[1.0], [3.0]]]), np.array([[2.0]]))]
    questions.append((np.array([[[1.0, 2.0]]]), np.array([[1.0, 2.0], [2.0, 4.0]])))
    assert_slopes(answer, questions, [[[[48]]], [[[6], [18]]], [[[0, 0]]]])


@pytest.mark.exercise("gram_slope", points=2)
def test_gram_slope_by_finite_differences(answer, solution, rng):
    """Fresh maps; the truth is measured, by (E(F + h) - E(F - h)) / 2h in float64."""

    def energy(maps, target):
        return ((solution.gram(maps) - target) ** 2).sum()

    questions, wanted = [], []
    for shape in [(3, 4, 3), (5, 2, 4)]:
        maps, target = draw_maps(rng, *shape), solution.gram(draw_maps(rng, *shape))
        measured = np.empty(shape)
        for at in np.ndindex(shape):
            step = np.zeros(shape)
            step[at] = 1e-5
            measured[at] = (energy(maps + step, target) - energy(maps - step, target)) / 2e-5
        questions.append((maps, target))
        wanted.append(measured)
    assert_slopes(answer, questions, wanted)


def drive_paint(paint, wanted, weights, picture, steps, rate):
    """Runs beside the student's code: a bowl whose bottom may lie outside of black and white."""
    import numpy as np

    def value_and_slope(at):
        apart = np.asarray(at) - wanted
        return float((weights * apart**2).sum()), 2 * weights * apart

    mine = picture.copy()
    made = paint(value_and_slope, mine, steps, rate)
    return {"made": made, "kept": bool(np.array_equal(mine, picture))}


def draw_bowl(rng, low, high, *shape):
    """Where the bottom lies, how steep it is along each pixel, and a picture to begin with."""
    return rng.uniform(low, high, shape), rng.uniform(0.2, 1, shape), rng.uniform(0.1, 0.9, shape)


def assert_painted(answer, reference, questions, part):
    got = [answer.drive(drive_paint, *question) for question in questions]
    for question, mine in zip(questions, got, strict=True):
        _, _, start, steps, rate = question
        what = f"{steps} steps with the rate {rate:g} from a picture of {'x'.join(map(str, start.shape))}"
        picture, losses = as_items(mine["made"], 2, f"{what}: the picture and the losses")
        right = drive_paint(reference, *question)["made"]
        if part == "picture":
            assert_same(picture, right[0], f"{what}: the picture")
            continue
        count = len(as_array(losses, f"{what}: the list of losses", (None,)))
        assert count == steps + 1, f"{what}: you give {count} losses; one before the first step, and one after each"
        assert_same(losses, right[1], f"{what}: the list of losses")


@pytest.mark.parametrize("part", ["picture", "losses"])
@pytest.mark.exercise("paint", points=0.5)
def test_paint_one_pixel(answer, reference, part):
    """(x - 0.2)^2 from 1, rate 0.25: 0.6, 0.4; and no step at all."""
    one = np.ones((1, 1, 1))
    questions = [(0.2 * one, one, one, 2, 0.25), (0.2 * one, one, one, 0, 0.25)]
    assert_painted(answer, reference, questions, part)


@pytest.mark.parametrize("part", ["picture", "losses"])
@pytest.mark.exercise("paint", points=0.75)
def test_paint_any_picture(answer, reference, rng, part):
    """Fresh pictures; with a large rate, some pixels jump to and fro between black and white: each step is clipped."""
    questions = [(*draw_bowl(rng, 0, 1, 3, 4, 3), 3, 0.3), (*draw_bowl(rng, -1, 2, 1, 2, 3, 3), 4, 0.4)]
    questions.append((*draw_bowl(rng, 0.3, 0.7, 4, 4, 1), 3, 3.0))
    assert_painted(answer, reference, questions, part)


@pytest.mark.exercise("paint", points=0.5)
def test_paint_leaves_the_picture_alone(answer, reference, rng):
    """The array of whoever calls is as before, and still something was done."""
    question = (*draw_bowl(rng, 0, 1, 3, 4, 3), 2, 0.3)
    got = answer.drive(drive_paint, *question)
    picture, _ = as_items(got["made"], 2, "2 steps from a picture of 3x4x3: the picture and the losses")
    moved = as_array(picture, "2 steps from a picture of 3x4x3: the picture", question[2].shape)
    assert not np.array_equal(moved, question[2]), "2 steps from a picture of 3x4x3 leave it as it is"
    assert got["kept"], "the picture that came in has changed: make a new array in each step"


# ------------------------------------------------------------------------------------------------- the whole course


def tools_of(answer, jobs, tools):
    """The tool for each letter, however it is spelt."""
    assert isinstance(answer, dict), "`right_tool` should be a dictionary from letter to tool"
    given = {
        str(letter).strip().lower(): " ".join(str(the_one(tool)).lower().split()) for letter, tool in answer.items()
    }
    unknown = sorted(set(given) - set(jobs))
    assert not unknown, f"{unknown[0]!r} is no letter of a job"
    strange = [tool for tool in given.values() if tool not in {each.lower() for each in tools}]
    if strange:
        return given, f" ({strange[0]!r} is no tool of the list)"
    missing = sorted(set(jobs) - set(given))
    return given, f" (there is none for {', '.join(missing)})" if missing else ""


@pytest.mark.parametrize("least", [2, 4, 5, 6, 7, 8])
@pytest.mark.exercise("right_tool", points=0.5)
def test_right_tool(answer, reference, solution, least):
    """The form of the answer chooses the network, the number of examples whether it is trained or borrowed."""
    mine, unknown = tools_of(answer, solution.JOBS, solution.TOOLS)
    right = sum(mine.get(letter) == tool.lower() for letter, tool in reference.items())
    assert right >= least, f"{right} of your {len(solution.JOBS)} tools are right{unknown}"

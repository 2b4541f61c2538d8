"""Gram matrix and losses against NumPy by hand, and their gradients against finite differences."""

import numpy as np
import pytest
from keras import ops

from ccv.devices.gradient import value_and_gradient
from ccv.style import content_loss, gram_matrix, style_loss, total_variation

RNG = np.random.default_rng(0)
MAPS, OTHER = (RNG.random((1, 4, 5, 3)).astype("float32") for _ in range(2))


def gram_by_hand(maps):
    """A sum over all places, one by one."""
    total = np.zeros((maps.shape[-1],) * 2)
    for row in maps:
        for place in row:
            total += np.outer(place, place)
    return total / (maps.shape[0] * maps.shape[1])


def test_gram_of_two_by_two_by_two():
    """E-78: F^T F of four places and two channels, over four."""
    maps = np.array([[[[1, 0], [2, 1]], [[0, 3], [1, 1]]]], "float32")
    np.testing.assert_allclose(ops.convert_to_numpy(gram_matrix(maps)), np.array([[[6, 3], [3, 11]]]) / 4)


def test_gram_of_any_maps_and_batches():
    maps = RNG.random((3, 4, 6, 5)).astype("float32")
    found = ops.convert_to_numpy(gram_matrix(maps))
    np.testing.assert_allclose(found, [gram_by_hand(each) for each in maps], rtol=1e-5)
    np.testing.assert_allclose(found, found.transpose(0, 2, 1), rtol=1e-6)  # as exactly as the machine sums
    assert (np.linalg.eigvalsh(found) > -1e-6).all()


def test_gram_forgets_places_and_size():
    rows = MAPS.reshape(1, 20, 3)
    shuffled = RNG.permutation(rows, axis=1).reshape(1, 10, 2, 3)
    doubled = np.concatenate([MAPS, MAPS], axis=1)
    for other in (shuffled, doubled, MAPS[:, ::-1], MAPS.transpose(0, 2, 1, 3)):
        np.testing.assert_allclose(gram_matrix(other), gram_matrix(MAPS), rtol=1e-5)


def test_style_loss_is_a_mean_of_relative_errors():
    grams = {"a": MAPS[0, :3], "b": OTHER[0, :2]}
    targets = {"a": OTHER[0, :3], "b": MAPS[0, :2]}
    wanted = np.mean([((grams[k] - targets[k]) ** 2).sum() / (targets[k] ** 2).sum() for k in grams])
    assert float(style_loss(grams, targets)) == pytest.approx(wanted, rel=1e-5)
    assert float(style_loss(targets, targets)) == 0


def test_content_loss_by_hand():
    wanted = ((MAPS - OTHER) ** 2).sum() / (OTHER**2).sum()
    assert float(content_loss(MAPS, OTHER)) == pytest.approx(wanted, rel=1e-5)
    assert float(content_loss(0 * OTHER, OTHER)) == pytest.approx(1)


def test_a_silent_target_divides_nothing_by_zero():
    assert float(content_loss(0 * MAPS, 0 * MAPS)) == 0


def test_total_variation_by_hand():
    picture = RNG.random((1, 5, 4, 3)).astype("float32")
    down = [abs(picture[0, y + 1, x] - picture[0, y, x]) for y in range(4) for x in range(4)]
    across = [abs(picture[0, y, x + 1] - picture[0, y, x]) for y in range(5) for x in range(3)]
    assert float(total_variation(picture)) == pytest.approx(np.mean(down) + np.mean(across), rel=1e-5)
    assert float(total_variation(np.ones((1, 3, 3, 3)))) == 0


LOSSES = {
    "gram": lambda x: ops.sum(
        gram_matrix(x) * np.array([[1.0, 2.0, -1.0], [0.5, 1.0, 3.0], [2.0, 0.0, 1.0]], "float32")
    ),
    "style": lambda x: style_loss({"one": gram_matrix(x)}, {"one": gram_matrix(OTHER)}),
    "content": lambda x: content_loss(x, OTHER),
    "variation": total_variation,
}


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_are_those_of_finite_differences(name):
    loss = value_and_gradient(LOSSES[name])
    value, slope = loss(MAPS)
    assert slope.shape == MAPS.shape
    assert value == pytest.approx(float(LOSSES[name](MAPS)), rel=1e-5)
    step = 2e-3  # in float32; less than half of any difference of neighbours, so that no absolute value turns
    across = min(np.abs(np.diff(MAPS, axis=axis)).min() for axis in (1, 2))
    assert across > step or name != "variation"
    for at in np.ndindex(MAPS.shape):
        moved = np.zeros_like(MAPS)
        moved[at] = step
        measured = (loss(MAPS + moved)[0] - loss(MAPS - moved)[0]) / (2 * step)
        assert measured == pytest.approx(slope[at], rel=5e-3, abs=5e-4), at

"""Figures of embeddings: what they draw, what they say, and what they refuse."""

import numpy as np
import pytest

from ccv import plots
from ccv.embedding import verify


def test_distances_are_told_with_their_threshold():
    figure = plots.distances([0.1, 0.2, 0.6], [0.5, 0.9], threshold=0.55, title="Near and far")
    assert "3 same pairs" in figure.alt
    assert "66.7% of the same pairs and 50.0% of the different ones" in figure.alt
    bars = [patch.get_height() for patch in figure.axes[0].patches]
    assert sum(bars) == pytest.approx(2)  # two hills, the whole of each


def test_roc_marks_the_equal_error():
    judged = verify([0.1, 0.4, 0.3, 0.9], [1, 1, 0, 0])
    figure = plots.roc({"a network": judged})
    assert "a network: true accepts of" in figure.alt
    assert len(figure.axes[0].lines) == 2
    [x], [y] = figure.axes[0].lines[1].get_data()
    at = np.abs(judged.false_accepts - (1 - judged.true_accepts)).argmin()
    assert (x, y) == (max(judged.false_accepts[at], 1e-3), judged.true_accepts[at])


def test_the_map_is_the_plane_of_most_spread():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(40, 5)) * [9, 4, 0.1, 0.1, 0.1]
    figure = plots.embedding_map(vectors, ["Ж", "g"] * 20)
    places = np.array([text.get_position() for text in figure.axes[0].texts])
    between = np.linalg.norm(places[:, None] - places[None], axis=-1)
    wanted = np.linalg.norm(vectors[:, None, :2] - vectors[None, :, :2], axis=-1)
    np.testing.assert_allclose(between, wanted, atol=0.8)
    assert "40 embeddings of Ж and g" in figure.alt


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.distances([], [0.1]), "same is empty"),
        (lambda: plots.roc({}), "curves is empty"),
        (lambda: plots.embedding_map(np.zeros((3, 2)), ["a"]), "labels must be as many as embeddings, 3, not 1"),
    ],
)
def test_bad_figures(call, message):
    with pytest.raises(ValueError, match=message):
        call()

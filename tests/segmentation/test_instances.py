"""From classes to things: connected components against a flood fill, and masks inside boxes."""

import numpy as np
import pytest

from ccv.data import shapes
from ccv.segmentation import instances, masks_in_boxes


def flooded(mask):
    """Sets of places that hang together by their sides and are of one class."""
    left, things = {tuple(p) for p in np.argwhere((mask != 0) & (mask != 255))}, []
    while left:
        todo, thing = [left.pop()], set()
        while todo:
            r, c = todo.pop()
            thing.add((r, c))
            for other in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)):
                if other in left and mask[other] == mask[r, c]:
                    left.remove(other)
                    todo.append(other)
        things.append(frozenset(thing))
    return set(things)


@pytest.mark.parametrize("seed", range(4))
def test_components_are_those_of_a_flood(seed):
    mask = np.random.default_rng(seed).choice([0, 1, 2, 255], (12, 15), p=[0.4, 0.3, 0.2, 0.1])
    found = instances(mask)
    places = {frozenset(map(tuple, np.argwhere(one).tolist())) for one in found.masks()}
    assert places == flooded(mask)
    for one, label, box, area in zip(found.masks(), found.labels, found.boxes, found.areas, strict=True):
        rows, columns = np.nonzero(one)
        assert set(mask[one]) == {label}
        assert box.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert area == one.sum()


def test_small_things_and_nothing():
    mask = np.array([[1, 1, 0, 1], [0, 0, 0, 0]])
    assert instances(mask, least=2).areas.tolist() == [2]
    nothing = instances(np.zeros((3, 3), int))
    assert (len(nothing.labels), nothing.boxes.shape, nothing.masks().shape) == (0, (0, 4), (0, 3, 3))


def test_two_that_touch_are_one_by_components_and_two_by_boxes():
    mask = np.zeros((10, 20), int)
    mask[2:8, 2:18] = 1
    assert len(instances(mask).labels) == 1
    found = masks_in_boxes(mask, [[2, 2, 10, 8], [10, 2, 18, 8]], [1, 1])
    assert found.areas.tolist() == [48, 48]
    assert found.boxes.tolist() == [[2, 2, 10, 8], [10, 2, 18, 8]]


def test_true_boxes_give_back_nearly_all_things_of_the_scenes():
    drawn = shapes.scenes("test", count=60)
    _, masks = shapes.masks("test", count=60)
    shares = []
    for mask, truth, own in zip(masks, drawn.truth, drawn.masks, strict=True):
        there = truth[:, 4] >= 0
        found = masks_in_boxes(mask, truth[there, :4] * 64, truth[there, 4] + 1).masks()
        shares += [(a & b).sum() / (a | b).sum() for a, b in zip(found, own[there], strict=True)]
    assert np.mean(np.array(shares) >= 0.5) > 0.98


def test_bad_input_gets_a_sentence():
    with pytest.raises(ValueError, match="as many labels"):
        masks_in_boxes(np.zeros((3, 3), int), [[0, 0, 1, 1]], [1, 2])
    with pytest.raises(ValueError, match=r"take \.argmax"):
        instances(np.zeros((3, 3, 2)))

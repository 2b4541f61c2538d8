"""The losses of YOLO v1, v2 and v3 beside plain loops over plain numbers, and where they could go wrong."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from ccv.detection import losses
from ccv.detection.losses import YoloV1Loss, YoloV2Loss, YoloV3Loss, cross_entropy

CLASSES = 3
GRIDS = [(2, 3), (4, 6)]
ANCHORS = np.array([[[0.5, 0.6], [0.7, 0.4]], [[0.1, 0.2], [0.2, 0.15]]])
PLACES = 2 * (6 + 24)
NOTHING = [[-1.0] * 5] * 4
# x_min, y_min, x_max, y_max, class
ORDINARY = [[0.1, 0.2, 0.5, 0.9, 0], [0.6, 0.5, 0.75, 0.7, 2], [0.02, 0.02, 0.1, 0.25, 1], [-1] * 5]
SAME_CELL = [[0.3, 0.3, 0.42, 0.46, 0], [0.31, 0.31, 0.41, 0.45, 2], [-1] * 5, [0.3, 0.1, 0.9, 0.7, 1]]
BORDER = [[0.9, 0.4, 1.1, 0.6, 1], [0.5, 0.5, 1.0, 1.0, 0], [0.0, 0.0, 0.2, 0.3, 2], [0.95, 0.95, 1.05, 1.05, 2]]
OUTSIDE = [[1.1, 0.2, 1.4, 0.6, 1], [-0.6, -0.5, -0.1, 0.1, 0], [0.2, 0.2, 0.4, 0.4, 1], [-1] * 5]
DEGENERATE = [[0.5, 0.5, 0.5, 0.7, 1], [0.4, 0.6, 0.2, 0.8, 0], [0.3, 0.3, 0.3, 0.3, 2], [0.2, 0.2, 0.4, 0.4, 1]]
TRUTHS = {
    "ordinary": ORDINARY, "same cell": SAME_CELL, "border": BORDER, "outside": OUTSIDE, "degenerate": DEGENERATE,
    "nothing": NOTHING,
}  # fmt: skip
EVERYTHING = np.array(list(TRUTHS.values()))


def make(version, **options):
    if version == 1:
        return YoloV1Loss(CLASSES, dtype="float64", **options)
    return {2: YoloV2Loss, 3: YoloV3Loss}[version](CLASSES, GRIDS, ANCHORS, dtype="float64", **options)


def with_gradient(loss, truth, raw):
    """The losses (batch,) and the gradient of their sum."""
    raw = tf.constant(raw)
    with tf.GradientTape() as tape:
        tape.watch(raw)
        each = loss.call(truth, raw)
        total = tf.reduce_sum(each)
    return each.numpy(), tape.gradient(total, raw).numpy()


def raw_numbers(version, batch=1, seed=0):
    rng = np.random.default_rng(seed)
    if version == 1:
        return rng.uniform(0.05, 0.95, (batch, 3, 4, 5 * 2 + CLASSES))
    return rng.normal(0, 1, (batch, PLACES, 5 + CLASSES))


# Plain loops: one image, one box at a time -------------------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def overlap(a, b):
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return width * height / (both - width * height)


def around(x, y, w, h):
    return x - w / 2, y - h / 2, x + w / 2, y + h / 2


def there(truth):
    """x, y, w, h, class of the rows that count."""
    for x_min, y_min, x_max, y_max, label in truth:
        x, y, w, h = (x_min + x_max) / 2, (y_min + y_max) / 2, x_max - x_min, y_max - y_min
        if label >= 0 and w > 0 and h > 0 and 0 <= x <= 1 and 0 <= y <= 1:
            yield x, y, w, h, int(label)


def plain_v1(truth, raw):
    rows, columns, _ = raw.shape
    loss = sum(0.5 * raw[r, c, 5 * b + 4] ** 2 for r in range(rows) for c in range(columns) for b in range(2))
    taken = set()
    for x, y, w, h, label in there(truth):
        c, r = min(int(x * columns), columns - 1), min(int(y * rows), rows - 1)
        if (r, c) in taken:
            continue
        taken.add((r, c))
        found = []
        for b in range(2):
            px, py, pw, ph, _ = raw[r, c, 5 * b : 5 * b + 5]
            box = (px + c) / columns, (py + r) / rows, pw**2, ph**2
            far = math.sqrt(sum((p - t) ** 2 for p, t in zip(box, (x, y, w, h), strict=True)))
            found.append((overlap(around(*box), around(x, y, w, h)), -far, b))
        best = max(found) if max(found)[0] > 0 else max(found, key=lambda each: each[1])
        b = best[2]
        px, py, pw, ph, confidence = raw[r, c, 5 * b : 5 * b + 5]
        wanted = x * columns - c, y * rows - r, math.sqrt(w), math.sqrt(h)
        loss += 5 * sum((p - t) ** 2 for p, t in zip((px, py, pw, ph), wanted, strict=True))
        loss += (confidence - best[0]) ** 2 - 0.5 * confidence**2
        loss += sum((raw[r, c, 10 + k] - (k == label)) ** 2 for k in range(CLASSES))
    return loss


def plain_places():
    for head, (rows, columns) in enumerate(GRIDS):
        for r in range(rows):
            for c in range(columns):
                for w, h in ANCHORS[head]:
                    yield r, c, rows, columns, w, h


def plain_anchors(truth, raw, version, ignore, pull=0.0):
    places, objects = list(plain_places()), list(there(truth))
    flat = [(head, n, *ANCHORS[head][n]) for head in range(2) for n in range(2)]
    owner, names = {}, {}
    for x, y, w, h, label in objects:
        shapes = [overlap(around(0, 0, w, h), around(0, 0, aw, ah)) for *_, aw, ah in flat]
        head, n, _, _ = flat[int(np.argmax(shapes))]
        rows, columns = GRIDS[head]
        c, r = min(int(x * columns), columns - 1), min(int(y * rows), rows - 1)
        place = (0, 12)[head] + (r * columns + c) * 2 + n
        owner[place] = (x, y, w, h, label)
        names.setdefault(place, set()).add(label)
    loss = 0.0
    for place, (r, c, rows, columns, aw, ah) in enumerate(places):
        tx, ty, tw, th, to, *tc = raw[place]
        box = around((sigmoid(tx) + c) / columns, (sigmoid(ty) + r) / rows, aw * math.exp(tw), ah * math.exp(th))
        if place not in owner:
            near = max([overlap(box, around(*o[:4])) for o in objects], default=0)
            if near <= ignore:
                loss += 0.5 * sigmoid(to) ** 2 if version == 2 else -math.log(1 - sigmoid(to))
            loss += pull / 2 * ((sigmoid(tx) - 0.5) ** 2 + (sigmoid(ty) - 0.5) ** 2 + tw**2 + th**2)
            continue
        x, y, w, h, label = owner[place]
        fx, fy, weight = x * columns - c, y * rows - r, 2 - w * h
        for t, f in ((tx, fx), (ty, fy)):
            p = sigmoid(t)
            loss += weight * (0.5 * (p - f) ** 2 if version == 2 else -f * math.log(p) - (1 - f) * math.log(1 - p))
        loss += weight * 0.5 * ((tw - math.log(w / aw)) ** 2 + (th - math.log(h / ah)) ** 2)
        if version == 2:
            loss += 5 * 0.5 * (sigmoid(to) - overlap(box, around(x, y, w, h))) ** 2
            loss += -tc[label] + math.log(sum(math.exp(t) for t in tc))
        else:
            loss += -math.log(sigmoid(to))
            loss -= sum(math.log(sigmoid(t) if k in names[place] else 1 - sigmoid(t)) for k, t in enumerate(tc))
    return loss


def plain(version, truth, raw, **options):
    return plain_v1(truth, raw) if version == 1 else plain_anchors(truth, raw, version, **options)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("version", "options"), [(1, {}), (2, {"ignore": 0.6}), (3, {"ignore": 0.5})])
def test_the_loss_is_that_of_plain_loops(version, options, seed):
    raw = raw_numbers(version, len(EVERYTHING), seed=seed)
    got = make(version).call(EVERYTHING, tf.constant(raw))
    for name, one, each in zip(TRUTHS, got, raw, strict=True):
        np.testing.assert_allclose(one, plain(version, TRUTHS[name], each, **options), rtol=1e-9, err_msg=name)


def test_the_options_of_the_plain_loops():
    raw = raw_numbers(2, seed=5)
    for version, options in ((2, {"ignore": 0.2, "pull": losses.V2_PULL}), (3, {"ignore": 0.1})):
        got = make(version, **options).call(np.array([ORDINARY]), tf.constant(raw))
        np.testing.assert_allclose(float(got[0]), plain_anchors(ORDINARY, raw[0], version, **options), rtol=1e-9)


def test_an_overlap_that_is_ignored_decides():
    """A free prediction that fits an object well must not be told that it is none, up to the version's threshold."""
    raw = np.zeros((1, PLACES, 5 + CLASSES))
    raw[..., 4] = -20.0
    truth = np.array([[[0.40, 0.35, 0.60, 0.50, 1]]])  # fits anchor 3 exactly, in row 1, column 3 of the second grid
    neighbour = 12 + (1 * 6 + 3) * 2  # the other anchor of the cell: (0.1, 0.2)
    raw[0, neighbour, 0:4] = 0.0, 0.0, math.log(0.2 / 0.1), math.log(0.15 / 0.2)
    raw[0, neighbour, 4] = 3.0
    box = np.array(around(3.5 / 6, 1.5 / 4, 0.2, 0.15))
    shared = overlap(box, truth[0, 0, :4])
    for version, punished in ((2, 0.5 * sigmoid(3) ** 2), (3, -math.log(1 - sigmoid(3)))):
        lenient, strict = (
            float(make(version, ignore=shared + d).call(truth, tf.constant(raw))[0]) for d in (-1e-6, 1e-6)
        )
        np.testing.assert_allclose(strict - lenient, punished, rtol=1e-6)


def test_the_constants():
    """Each with its source beside it in the code; YOLOv2's pull lasts 12,800 images in darknet."""
    names = (
        "V1_COORDINATES", "V1_NO_OBJECT", "V2_COORDINATES", "V2_OBJECT", "V2_NO_OBJECT", "V2_CLASS", "V2_IGNORE",
        "V2_PULL", "V2_PULLED_IMAGES", "V3_IGNORE", "V3_COCO_IGNORE", "SMALL",
    )  # fmt: skip
    assert [getattr(losses, name) for name in names] == [5, 0.5, 1, 5, 1, 1, 0.6, 0.01, 12_800, 0.5, 0.7, 2]


@pytest.mark.parametrize("box_loss", ["paper", "ciou"])
@pytest.mark.parametrize("version", [1, 2, 3])
def test_gradients_are_those_of_finite_differences(version, box_loss, monkeypatch):
    """Of every kind of number. What no gradient passes (an IoU that is a target) is held where it was."""
    options = {"box_loss": box_loss} | ({"pull": 0.01} if version == 2 else {})
    loss, truth = make(version, **options), np.array([ORDINARY])
    raw = raw_numbers(version, seed=3)
    stopped = []
    monkeypatch.setattr(ops, "stop_gradient", lambda x: stopped.append(tf.stop_gradient(x)) or stopped[-1])
    _, gradient = with_gradient(loss, truth, raw)
    rng = np.random.default_rng(0)
    felt = np.argwhere(np.abs(gradient) > 1e-4)
    first = np.unique(felt[:, -1], return_index=True)[1]  # each of the channels, and then any
    at = np.concatenate([felt[first], rng.permutation(felt)])[:40]
    assert set(at[:, -1]) == set(range(raw.shape[-1]))
    moved = np.repeat(raw, 80, axis=0)
    for row, index in enumerate(at):
        moved[(slice(2 * row, 2 * row + 2), *index[1:])] += [-1e-5, 1e-5]
    held = iter(stopped)
    monkeypatch.setattr(ops, "stop_gradient", lambda x: tf.repeat(next(held), 80, axis=0))
    ends = loss.call(np.repeat(truth, 80, axis=0), tf.constant(moved)).numpy().reshape(40, 2)
    assert next(held, None) is None
    expected = (ends[:, 1] - ends[:, 0]) / 2e-5
    np.testing.assert_allclose(gradient[tuple(at.T)], expected, rtol=1e-4, atol=1e-7)


def test_the_gradients_of_the_boxes_are_darknet_s():
    """delta_region_box: scale (2 - wh) (truth - x), through the sigmoid for x and y; delta_yolo_box without it."""
    raw = raw_numbers(2, seed=4)
    truth = np.array([[[0.40, 0.35, 0.60, 0.50, 1]]])
    place = 12 + (1 * 6 + 3) * 2 + 1
    tx, ty, tw, th = raw[0, place, :4]
    fx, fy, weight = 0.5 * 6 - 3, 0.425 * 4 - 1, 2 - 0.2 * 0.15
    for version in (2, 3):
        got = with_gradient(make(version), truth, raw)[1][0, place, :4]
        slope = [sigmoid(t) * (1 - sigmoid(t)) if version == 2 else 1 for t in (tx, ty)]
        expected = [(sigmoid(tx) - fx) * slope[0], (sigmoid(ty) - fy) * slope[1], tw - 0.0, th - 0.0]
        np.testing.assert_allclose(got, weight * np.array(expected), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("box_loss", ["paper", "ciou"])
@pytest.mark.parametrize("version", [1, 2, 3])
def test_never_nan(version, box_loss):
    """darknet#567: no object on a head, none in a batch, none at all; raw numbers as large as they come."""
    raw = raw_numbers(version, len(EVERYTHING)).astype("float32")
    raw[::2] *= 60
    loss = make(version, box_loss=box_loss)
    for truth in (EVERYTHING, np.array([NOTHING] * len(EVERYTHING)), np.zeros((len(EVERYTHING), 0, 5))):
        each, gradient = with_gradient(loss, truth.astype("float32"), raw)
        assert each.shape == (len(EVERYTHING),)
        assert np.isfinite(each).all()
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("version", [1, 2, 3])
def test_ciou_takes_the_place_of_the_squared_errors(version):
    """A box that fits exactly has no box error either way; one that does not has another."""
    truth = np.array([[[0.40, 0.35, 0.60, 0.50, 1]]])
    if version == 1:
        raw = np.zeros((1, 3, 4, 13))
        raw[0, 1, 2, 0:4] = 0.5 * 4 - 2, 0.425 * 3 - 1, math.sqrt(0.2), math.sqrt(0.15)
        at = (0, 1, 2)
    else:
        raw = np.zeros((1, PLACES, 8))
        at = (0, 12 + (1 * 6 + 3) * 2 + 1)
        raw[(*at, slice(0, 2))] = -30.0, math.log(0.7 / 0.3)
    exact = [float(make(version, box_loss=how).call(truth, tf.constant(raw))[0]) for how in ("paper", "ciou")]
    if version != 3:  # the cross-entropy of an offset that is neither 0 nor 1 does not vanish
        np.testing.assert_allclose(*exact, atol=1e-6)
    raw[(*at, 2)] += 0.3
    moved = [float(make(version, box_loss=how).call(truth, tf.constant(raw))[0]) for how in ("paper", "ciou")]
    assert moved[1] - exact[1] > 0.1
    assert abs(moved[0] - moved[1]) > 1e-3


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_loss_is_rebuilt_from_its_config(version):
    loss = make(version, box_loss="ciou", **({"ignore": 0.4} if version > 1 else {}))
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    raw = tf.constant(raw_numbers(version, 2))
    truth = np.array([ORDINARY, BORDER])
    np.testing.assert_array_equal(loss.call(truth, raw), again.call(truth, raw))


def test_an_unknown_box_loss_suggests_the_nearest():
    with pytest.raises(ValueError, match="there is no box loss called 'cious': did you mean 'ciou'"):
        YoloV1Loss(3, box_loss="cious")


def test_cross_entropy_of_large_numbers_is_finite():
    np.testing.assert_allclose(cross_entropy(np.array([100.0, -100.0]), np.array([1.0, 0.0])), 0, atol=1e-12)
    np.testing.assert_allclose(cross_entropy(np.array([-100.0]), np.array([1.0])), 100)

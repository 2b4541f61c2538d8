"""Localisation and landmarks: labels and losses (catalogue C-091 to C-094, E-63, E-64, S-072, S-073)."""

import keras
import numpy as np
import pytest

from ccv.detection.localization import LocalizationLoss, landmark_target, localization_boxes, localization_target
from ccv.models.localizer import localizer

# The slides' example: a car, the second of pedestrian, car and motorcycle; and what a network answered.
LABEL = [1, 0.5, 0.7, 0.3, 0.4, 0, 1, 0]
GUESS = [0.8, 0.4, 0.6, 0.3, 0.5, 0.1, 0.7, 0.2]
CAR = [0.3, 0.55, 0.7, 0.85, 1]
PADDING = [-1, -1, -1, -1, -1]


def test_the_label_of_the_slides_has_eight_components():
    label = localization_target([CAR], 3)
    assert label.dtype == np.float32
    np.testing.assert_allclose(label, LABEL, atol=1e-6)


def test_padding_alone_is_background():
    labels = localization_target([[CAR, PADDING], [PADDING, PADDING], [PADDING, CAR]], 3)
    np.testing.assert_allclose(labels, [LABEL, [0] * 8, LABEL], atol=1e-6)
    assert localization_target(np.zeros((4, 0, 5)), 2).tolist() == [[0.0] * 7] * 4


def test_height_comes_before_width():
    np.testing.assert_allclose(localization_target([[0, 0, 0.8, 0.2, 0]], 1), [1, 0.4, 0.1, 0.2, 0.8, 1], atol=1e-6)


def test_labels_turn_back_into_boxes():
    rng = np.random.default_rng(0)
    corners = np.sort(rng.uniform(size=(50, 2, 2)), axis=1).reshape(50, 4)
    truth = np.column_stack([corners, rng.integers(0, 4, 50)])[:, None]
    truth[::7] = -1
    np.testing.assert_allclose(localization_boxes(localization_target(truth, 4)), truth, atol=1e-6)


def test_a_box_is_cut_at_the_border_and_doubt_is_padding():
    assert localization_boxes([0.9, 1, 0.5, 1, 0.5, 0.2, 0.8]).tolist() == [[0.75, 0, 1, 1, 1]]
    assert localization_boxes([0.4, 1, 0.5, 1, 0.5, 0.2, 0.8]).tolist() == [PADDING]
    assert localization_boxes([0.4, 1, 0.5, 1, 0.5, 0.2, 0.8], threshold=0.3)[0, 4] == 1


def test_the_losses_of_the_slides():
    loss = LocalizationLoss(reduction="none")
    found = loss([LABEL, [0, *LABEL[1:]]], [GUESS, GUESS])
    np.testing.assert_allclose(keras.ops.convert_to_numpy(found), [0.21, 0.64], atol=1e-6)
    mean = float(LocalizationLoss()([LABEL, [0] * 8], [GUESS, GUESS]))
    assert mean == pytest.approx((0.21 + 0.64) / 2, abs=1e-6)


def test_likelihood_adds_up_its_three_parts():
    loss = LocalizationLoss("likelihood", reduction="none")
    found = keras.ops.convert_to_numpy(loss([LABEL, [0] * 8], [GUESS, GUESS]))
    box = 0.1**2 + 0.1**2 + 0 + 0.1**2
    np.testing.assert_allclose(found, [-np.log(0.8) + box - np.log(0.7), -np.log(0.2)], rtol=1e-5)


@pytest.mark.parametrize("kind", ["squared", "likelihood"])
def test_background_pulls_at_the_flag_alone(kind):
    """Equal guesses but for the box and the classes: the same loss."""
    other = [0.8, *np.random.default_rng(0).uniform(0.1, 0.9, 7)]
    losses = LocalizationLoss(kind, reduction="none")([[0] * 8] * 2, [GUESS, other])
    assert float(losses[0]) == float(losses[1])


def test_landmarks_are_2_l_plus_1_numbers():
    points = np.random.default_rng(0).uniform(size=(3, 64, 2))
    label = landmark_target(points, [1, 0, 1])
    assert label.shape == (3, 2 * 64 + 1)
    np.testing.assert_allclose(label[0], [1, *points[0].ravel()], rtol=1e-6)
    assert not label[1].any()
    assert landmark_target([[0.25, 0.5]]).tolist() == [1, 0.25, 0.5]


def test_the_loss_of_landmarks():
    loss = LocalizationLoss(reduction="none")
    labels = landmark_target([[[0.25, 0.5], [1, 0]]] * 2, [True, False])
    found = keras.ops.convert_to_numpy(loss(labels, [[0.5, 0.25, 0.5, 0.5, 0]] * 2))
    np.testing.assert_allclose(found, [0.5, 0.25])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["squared", "likelihood"])
def test_a_localizer_learns_where_the_square_is(kind, tmp_path):
    rng = np.random.default_rng(0)
    images = rng.normal(0, 0.1, (128, 32, 32, 1)).astype("float32")
    truth = np.full((128, 1, 5), -1.0)
    for image, row in zip(images[:96], truth, strict=False):
        (left, top), tall = rng.integers(0, 16, 2), rng.integers(2)
        height, width = (16, 8) if tall else (8, 16)
        image[top : top + height, left : left + width] += 1
        row[0] = [left / 32, top / 32, (left + width) / 32, (top + height) / 32, tall]
    labels = localization_target(truth, 2)
    keras.utils.set_random_seed(0)
    model = localizer(input_shape=(32, 32, 1), classes=2, width=1 / 2)
    model.compile(keras.optimizers.Adam(3e-3), LocalizationLoss(kind))
    before = model.evaluate(images, labels, verbose=0)
    model.fit(images, labels, batch_size=16, epochs=12, verbose=0)
    assert model.evaluate(images, labels, verbose=0) < before / 4
    found = localization_boxes(model.predict(images, verbose=0))
    assert ((found[..., 4] >= 0) == (truth[..., 4] >= 0)).mean() > 0.95
    assert np.abs(found - truth)[:96, 0, :4].mean() < 0.06
    model.save(tmp_path / "localizer.keras")
    loaded = keras.saving.load_model(tmp_path / "localizer.keras", safe_mode=True)
    assert loaded.loss.kind == kind


BAD = [
    ("two objects", lambda: localization_target([CAR, CAR], 3), "one object an image, here one has several"),
    ("class", lambda: localization_target([CAR], 1), "classes must be numbers from 0 to 0, not 1"),
    ("four numbers", lambda: localization_target([CAR[:4]], 3), r"\(boxes, 5\), not the shape \(1, 4\)"),
    ("no classes", lambda: localization_boxes([1, 0, 0, 1, 1]), r"\(batch, 5 \+ classes\), not the shape \(5,\)"),
    ("points", lambda: landmark_target([0.1, 0.2]), r"points must be \(batch, landmarks, 2\)"),
    ("flags", lambda: landmark_target([[[0, 0]]] * 3, [1, 0]), "one for each of 3 images"),
    (
        "kind",
        lambda: LocalizationLoss("square"),
        "no kind of localisation loss called 'square': did you mean 'squared'",
    ),
]


@pytest.mark.parametrize(("call", "sentence"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_input(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()

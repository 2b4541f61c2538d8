"""Soft labels against the pixels."""

import numpy as np
import pytest

from ccv.augment import pipeline

FLAT = np.repeat(np.array([0, 255], "uint8"), 4)[:, None, None, None] * np.ones((1, 32, 40, 3), "uint8")
KINDS = np.repeat([0, 1], 4)


@pytest.mark.parametrize("recipe", ["mixup", "cutmix"])
@pytest.mark.parametrize(
    "labels", [KINDS, KINDS[:, None], np.eye(2)[KINDS], np.eye(2, dtype=int)[KINDS]], ids=lambda x: str(x.shape)
)
def test_the_label_is_the_share_of_the_pixels(recipe, labels):
    images, soft = pipeline(recipe, classes=2, alpha=1.0)(FLAT, labels)
    images, soft = np.asarray(images), np.asarray(soft)
    assert images.dtype == "uint8"
    np.testing.assert_allclose(soft.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(images.mean((1, 2, 3)) / 255, soft[:, 1], atol=0.005)
    assert ((soft > 0.02) & (soft < 0.98)).any()


def test_cutmix_pastes_a_rectangle():
    images = np.asarray(pipeline("cutmix", classes=2, seed=1)(FLAT, KINDS)[0])
    for image, own in zip(images[..., 0], FLAT[..., 0], strict=True):
        rows, columns = np.nonzero(image != own)
        if len(rows):
            area = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
            assert area == len(rows)


def test_at_rest_labels_are_soft_too():
    images, soft = pipeline("mixup", classes=3)(FLAT, KINDS, training=False)
    assert (np.asarray(images) == FLAT).all()
    assert (np.asarray(soft) == np.eye(3)[KINDS]).all()


def test_integer_labels_need_the_count_of_classes():
    with pytest.raises(ValueError, match=r"classes=10"):
        pipeline("mixup")(FLAT, KINDS)
    with pytest.raises(ValueError, match="at least 2"):
        pipeline("mixup", classes=1)


def test_what_cannot_be_mixed_is_said():
    with pytest.raises(ValueError, match=r"dataset\.batch"):
        pipeline("cutmix", classes=2)(FLAT[0], KINDS[0])
    with pytest.raises(ValueError, match="left of a box"):
        pipeline("cutmix", classes=2, boxes="xyxy")
    with pytest.raises(ValueError, match="leave it out"):
        pipeline("detection", boxes="xyxy")({"images": FLAT, "labels": KINDS})

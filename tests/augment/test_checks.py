"""Bad input: one sentence that says what to do, and nothing that goes on in silence."""

import numpy as np
import pytest

from ccv.augment import pipeline

IMAGES = np.full((4, 16, 16, 3), 100, "uint8")


@pytest.mark.parametrize(
    "recipe, options, words",
    [
        ("basic", {"flip": "no"}, "True or False"),
        ("alexnet", {"flip": None}, "True or False"),
        ("alexnet", {"size": (8,)}, r"\(height, width\)"),
        ("detection", {"boxes": "xyxy", "scale": 1.5}, r"\(least, largest\)"),
        ("detection", {"boxes": "xyxy", "scale": (1.4, 0.6)}, r"\(least, largest\)"),
        ("mixup", {"alpha": float("inf")}, "alpha=inf"),
        ("mixup", {"alpha": 0.001}, "from 0.05"),
        ("cutmix", {"alpha": 4}, "to 1"),
        *[("basic", {"value_range": ends}, "darkest") for ends in [(0,), 5, "ab", (0, 1, 2), (0, float("inf"))]],
    ],
    ids=str,
)
def test_options(recipe, options, words):
    with pytest.raises(ValueError, match=words):
        pipeline(recipe, **options)


@pytest.mark.parametrize(
    "labels, words",
    [
        (np.zeros(3, int), "4 images have 3 labels"),
        ({"cat": np.zeros(4), "color": np.zeros(4)}, "one array"),
        ({"boxes": np.ones((3, 1, 4)), "labels": np.ones((3, 1), int)}, "4 images have 3 tables"),
        ({"boxes": np.ones((4, 2, 4)), "labels": np.ones((4, 1), int)}, "2 boxes have 1 labels"),
        ({"boxes": np.ones((4, 1, 4)), "labels": np.ones((4, 1), "uint8")}, "cast them to int32"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_labels(labels, words):
    with pytest.raises(ValueError, match=words):
        pipeline("basic", boxes="xyxy")(IMAGES, labels)


def test_classes_that_do_not_exist():
    """A class of 4 with classes=4, as where they are counted from 1, was a label of zeros."""
    for labels in (np.array([0, 1, 2, 4]), np.array([0, 1, 2, -1]), np.array([0.1, 0.9, 0, 1])):
        with pytest.raises(Exception, match=r"is not in \[0, 4\)"):
            pipeline("mixup", classes=4)(IMAGES, labels)
    with pytest.raises(ValueError, match="leave classes out"):
        pipeline("mixup", classes=4)(IMAGES, np.eye(5)[:4])
    assert pipeline("mixup", classes=2)(IMAGES, np.ones((4, 1), "float32"))[1].shape == (4, 1)


def test_what_is_no_image():
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices((IMAGES, np.arange(4)))
    for images, words in [
        (dataset, "dataset.map"),
        (tf.ragged.constant([[[1], [2, 3]]]), "ragged"),
        (IMAGES[:0], "no pixels"),
        (IMAGES.astype("uint16"), "value_range"),
        (IMAGES.astype("int8"), "value_range"),
    ]:
        with pytest.raises(ValueError, match=words):
            pipeline("basic")(images)
    with pytest.raises(TypeError, match=r"not list: call pipe\(images\)"):
        pipeline("basic").over([IMAGES])
    with pytest.raises(TypeError, match="weights are not augmented"):
        dataset.map(lambda image, label: (image, label, 1.0)).map(pipeline("basic"))
    for shape, words in [(None, "expand_animations"), ((None, None, None), "decode_jpeg")]:
        unknown = tf.data.Dataset.from_generator(lambda: iter(IMAGES), output_signature=tf.TensorSpec(shape, tf.uint8))
        with pytest.raises(ValueError, match=words):
            unknown.map(pipeline("basic"))


def test_ragged_boxes():
    import tensorflow as tf

    boxes = tf.ragged.constant([[[1.0, 1, 8, 8]]] * 3 + [[[1.0, 1, 8, 8]] * 2], ragged_rank=1, inner_shape=(4,))
    targets = {"boxes": boxes, "labels": tf.ragged.constant([[1]] * 3 + [[1, 2]])}
    with pytest.raises(ValueError, match=r"to_tensor\(-1\)"):
        pipeline("basic", boxes="xyxy")(IMAGES, targets)
    padded = {key: value.to_tensor(-1) for key, value in targets.items()}
    assert pipeline("basic", boxes="xyxy")(IMAGES, padded)[1]["boxes"].shape == (4, 2, 4)

"""Classification with localisation, and landmarks: one object an image, and the label that says where it is.

The label of the lectures is y = [Pc, bx, by, bh, bw, c1, c2, ...]: whether there is an object, the centre, height and
width of its box as parts of the image's, and its class; eight numbers for three classes. Where there is none, Pc is 0
and nothing else counts. Landmarks are the same idea: [flag, x1, y1, x2, y2, ...], 2L + 1 numbers for L points.
Source: catalogue C-091 to C-094, E-63, E-64; A. Ng's course, week 3. `ccv.models.localizer` is a network for it.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from ccv.names import check_name

KINDS = ("squared", "likelihood")


def localization_target(truth: Any, classes: int) -> np.ndarray:
    """Return the label `[Pc, bx, by, bh, bw, c1, ...]`, (batch, 5 + classes) in float32, for one object an image.

    Args:
        truth: (batch, boxes, 5) or, of one image, (boxes, 5): x_min, y_min, x_max, y_max as parts of the image, then
            the class; rows of -1 are padding, and an image of padding alone is background: all zeros.
        classes: how many classes.

    Raises:
        ValueError: the shape is another, an image has more than one object, or a class is not below `classes`.

    Source: catalogue C-092. Mind the order: height comes before width.

    >>> localization_target([[0.3, 0.55, 0.7, 0.85, 1]], classes=3).round(2)
    array([1. , 0.5, 0.7, 0.3, 0.4, 0. , 1. , 0. ], dtype=float32)
    """
    rows = np.asarray(truth, dtype="float32")
    if rows.ndim not in (2, 3) or rows.shape[-1] != 5:
        raise ValueError(f"truth must be (batch, boxes, 5) or (boxes, 5), not the shape {rows.shape}")
    there = rows[..., 4] >= 0
    if (there.sum(axis=-1) > 1).any():
        raise ValueError("localisation is of one object an image, here one has several: use a detector")
    if (rows[..., 4] >= classes).any():
        raise ValueError(f"classes must be numbers from 0 to {classes - 1}, not {rows[..., 4].max():g}")
    left, top, right, bottom, kind = np.moveaxis(rows, -1, 0)
    box = [np.ones_like(left), (left + right) / 2, (top + bottom) / 2, bottom - top, right - left]
    labels = [*box, *(kind == number for number in range(classes))]
    # At most one row is no padding, so the sum over rows picks it.
    return np.where(there[..., None], np.stack(labels, axis=-1), 0).sum(axis=-2).astype("float32")


def localization_boxes(predictions: Any, threshold: float = 0.5) -> np.ndarray:
    """Turn labels or predictions (..., 5 + classes) back into truth's rows (..., 1, 5), of -1 for Pc below `threshold`.

    The box is cut at the image's border, and the class is the likeliest. Raises ValueError for fewer than six numbers.

    >>> localization_boxes([1, 0.5, 0.7, 0.3, 0.4, 0, 1, 0]).round(2)
    array([[0.3 , 0.55, 0.7 , 0.85, 1.  ]], dtype=float32)
    """
    values = np.asarray(predictions, dtype="float32")
    if not values.ndim or values.shape[-1] < 6:
        raise ValueError(f"predictions must be (batch, 5 + classes), not the shape {values.shape}")
    present, x, y, height, width = np.moveaxis(values[..., :5], -1, 0)
    corners = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=-1)
    kind = values[..., 5:].argmax(axis=-1)[..., None]
    rows = np.concatenate([np.clip(corners, 0, 1), kind], axis=-1)
    return np.where(present[..., None] >= threshold, rows, -1)[..., None, :].astype("float32")


def landmark_target(points: Any, present: Any = True) -> np.ndarray:
    """Return the label `[flag, x1, y1, x2, y2, ...]`, (batch, 2L + 1) in float32; all zeros without the object.

    Args:
        points: (batch, L, 2) or, of one image, (L, 2): x and y as parts of the image's width and height.
        present: (batch,) or one flag: whether the object (a face, a person) is there.

    Raises:
        ValueError: the points have another shape, or the flags are not as many as the images.

    Source: catalogue C-094, E-64: 64 points of a face make 129 numbers.

    >>> landmark_target(np.full((64, 2), 0.5)).shape, landmark_target([[0.1, 0.2]], present=False).tolist()
    ((129,), [0.0, 0.0, 0.0])
    """
    places = np.asarray(points, dtype="float32")
    if places.ndim not in (2, 3) or places.shape[-1] != 2:
        raise ValueError(f"points must be (batch, landmarks, 2) or (landmarks, 2), not the shape {places.shape}")
    batch = places.shape[:-2]
    flags = np.asarray(present, dtype="float32")
    if flags.shape not in ((), batch):
        raise ValueError(f"present must be one flag, or one for each of {len(places)} images, not {flags.shape}")
    flag = np.broadcast_to(flags, batch)[..., None]
    return np.concatenate([flag, flag * places.reshape(*batch, -1)], axis=-1)


@keras.saving.register_keras_serializable("ccv")
class LocalizationLoss(keras.losses.Loss):
    """The loss of a label whose first number says whether the others count.

    `kind="squared"`: the sum of squared differences, of all numbers where the label's first is 1, of the first alone
    where it is 0. It fits landmarks too. `kind="likelihood"`: binary cross-entropy of Pc, and where there is an object
    squared differences of the box and the cross-entropy of the classes, whose predictions must be probabilities.

    Raises ValueError for another kind. Source: catalogue C-093.

    >>> y = [[1, 0.5, 0.7, 0.3, 0.4, 0, 1, 0]]
    >>> guess = [[0.8, 0.4, 0.6, 0.3, 0.5, 0.1, 0.7, 0.2]]
    >>> loss = LocalizationLoss()
    >>> round(float(loss(y, guess)), 6), round(float(loss([[0.0] * 8], guess)), 6)
    (0.21, 0.64)
    """

    def __init__(self, kind: str = "squared", name: str = "localization_loss", **options: Any) -> None:
        super().__init__(name=name, **options)
        self.kind = check_name("kind of localisation loss", kind, KINDS)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each image: `(batch, numbers)` twice -> `(batch,)`."""
        y_pred = ops.convert_to_tensor(y_pred)
        y_true = ops.cast(y_true, y_pred.dtype)
        there = y_true[..., 0]
        if self.kind == "squared":
            squares = ops.square(y_true - y_pred)
            return squares[..., 0] + there * ops.sum(squares[..., 1:], axis=-1)
        flag = ops.binary_crossentropy(there, y_pred[..., 0])
        box = ops.sum(ops.square(y_true[..., 1:5] - y_pred[..., 1:5]), axis=-1)
        return flag + there * (box + ops.categorical_crossentropy(y_true[..., 5:], y_pred[..., 5:]))

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` needs."""
        return {**super().get_config(), "kind": self.kind}

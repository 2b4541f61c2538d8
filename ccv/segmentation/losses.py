"""Losses for masks of class numbers: what Keras's own ask for one-hot masks for, eight times the memory.

Pixels of `UNKNOWN` (255) count nothing. For a one-hot mask there are `keras.losses.Dice` and `Tversky`.
"""

from typing import Any

import keras
from keras import ops

from ccv.segmentation.masks import UNKNOWN

SMOOTH = 1.0  # pixels: keeps the ratio defined where a class is neither there nor said to be


def dice_loss(y_true: Any, y_pred: Any) -> Any:
    """Return 1 - the mean over the classes of 2 |A and B| / (|A| + |B|), a scalar.

    `y_true` `(batch, height, width)`, or with a last axis of 1, holds class numbers or 255; `y_pred` `(batch, height,
    width, classes)` probabilities, which make the counts soft. Sums run over the whole batch, so that a class of few
    pixels is judged on all of them; SMOOTH is added to both sums. Source: Milletari et al. 2016 (V-Net), section 3.

    >>> float(dice_loss([[[0, 1]]], [[[[1.0, 0.0], [0.0, 1.0]]]]))
    0.0
    """
    hot, known, y_pred = _prepared(y_true, y_pred)
    y_pred = y_pred * known[..., None]
    both = ops.sum(hot * y_pred, axis=(0, 1, 2))
    each = ops.sum(hot, axis=(0, 1, 2)) + ops.sum(y_pred, axis=(0, 1, 2))
    return 1.0 - ops.mean((2.0 * both + SMOOTH) / (each + SMOOTH))


def cross_entropy(y_true: Any, y_pred: Any) -> Any:
    """Return the mean of -log of the true class's probability over the pixels that are known, a scalar."""
    hot, known, y_pred = _prepared(y_true, y_pred)
    own = ops.sum(hot * y_pred, axis=-1)
    own = ops.where(known > 0, ops.maximum(own, keras.config.epsilon()), 1.0)
    return -ops.sum(ops.log(own)) / ops.maximum(ops.sum(known), 1.0)


@keras.saving.register_keras_serializable(package="ccv")
class CrossEntropyDice(keras.losses.Loss):
    """`cross_entropy` + `dice` times `dice_loss`: the first says which way from the first step, the second what counts.

    `dice=0` is the cross-entropy alone. Where things are rare and small a larger `dice` learns them sooner: with things
    on 0.4 % of the pixels, five epochs gave an IoU of .32 with 1 and .92 with 5, the median of three seeds. Tversky's
    loss (.3, .7) in place of Dice's came to .61 then, and after fifteen epochs to .998 where Dice has .991; alone to
    .955 where Dice has .959; the focal loss to 0, with Dice to .07. So neither is here. Shapes as in `dice_loss`.
    """

    def __init__(self, dice: float = 1.0, name: str = "cross_entropy_dice", **options: Any) -> None:
        options.setdefault("reduction", "sum")  # it is one number already
        super().__init__(name=name, **options)
        self.dice = dice

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return one number."""
        loss = cross_entropy(y_true, y_pred)
        return loss + self.dice * dice_loss(y_true, y_pred) if self.dice else loss

    def get_config(self) -> dict[str, Any]:
        """Return what makes the loss again."""
        return {**super().get_config(), "dice": self.dice}


def _prepared(y_true: Any, y_pred: Any) -> tuple[Any, Any, Any]:
    """Return one-hot truth (zeros where unknown), 1 where it is known, and the probabilities."""
    y_pred = ops.convert_to_tensor(y_pred)
    labels = ops.convert_to_tensor(y_true)
    if len(labels.shape) == len(y_pred.shape):
        if labels.shape[-1] != 1:
            raise ValueError(f"masks must be (batch, height, width) of class numbers, not {tuple(labels.shape)}")
        labels = labels[..., 0]
    wanted, given = tuple(y_pred.shape[1:3]), tuple(labels.shape[1:3])
    if len(labels.shape) != 3 or any(None not in (a, b) and a != b for a, b in zip(wanted, given, strict=True)):
        raise ValueError(f"masks of {tuple(labels.shape)} do not fit predictions of {tuple(y_pred.shape)}: same sides")
    labels = ops.cast(labels, "int32")
    known = ops.cast(labels != UNKNOWN, y_pred.dtype)
    hot = ops.one_hot(ops.where(labels == UNKNOWN, -1, labels), y_pred.shape[-1], dtype=y_pred.dtype)
    return hot, known, y_pred

"""The losses that draw the same together and push others apart: contrastive and triplet, over a batch of identities.

Both take identities `(batch,)` or `(batch, 1)` and embeddings `(batch, size)`, compare all with all, and return one
number. Two embeddings at the same place have a gradient of zero, not NaN.
"""

from typing import Any

import keras
from keras import ops

from ccv.checks import check_number
from ccv.names import check_name

MININGS = ("semi-hard", "hard", "all")
FAR = 1e9

register = keras.saving.register_keras_serializable("ccv")


def squared_distances(embeddings: Any) -> Any:
    """Return `(batch, batch)`: the squared Euclidean distance of all embeddings `(batch, size)` to all."""
    return ops.sum(ops.square(embeddings[:, None] - embeddings[None]), axis=-1)


def safe_root(squares: Any) -> Any:
    """Return the square root, with a gradient of 0 at 0, where that of the root is infinite."""
    is_positive = squares > 0
    return ops.where(is_positive, ops.sqrt(ops.where(is_positive, squares, 1.0)), 0.0)


def same_and_other(identities: Any, kind: str) -> tuple[Any, Any]:
    """Return two tables `(batch, batch)` of 0 and 1: the pairs of one identity, without oneself, and all others."""
    names = ops.reshape(identities, (-1,))
    equal = ops.cast(ops.equal(names[:, None], names[None]), kind)
    return equal - ops.eye(ops.shape(names)[0], dtype=kind), 1 - equal


class MarginLoss(keras.losses.Loss):
    """What both have in common: a margin, how far apart others shall be, above 0."""

    def __init__(self, margin: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.margin = check_number("margin", margin, lambda m: m > 0, "above 0")

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the loss."""
        return super().get_config() | {"margin": self.margin}


@register
class ContrastiveLoss(MarginLoss):
    """The mean of D^2 over the pairs of one identity, plus that of max(margin - D, 0)^2 over all others.

    D is the Euclidean distance. Both means count the same, however many more pairs there are of others. Source:
    Hadsell, Chopra, LeCun, "Dimensionality reduction by learning an invariant mapping", CVPR 2006, equation 4.
    """

    def __init__(self, margin: float = 1.0, **kwargs: Any) -> None:
        super().__init__(margin, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss, one number."""
        squares = squared_distances(y_pred)
        same, other = same_and_other(y_true, y_pred.dtype)
        push = ops.square(ops.maximum(self.margin - safe_root(squares), 0))
        return mean_where(same, squares) + mean_where(other, push)


@register
class TripletLoss(MarginLoss):
    """The mean of max(d(anchor, positive) - d(anchor, negative) + margin, 0) over triplets of the batch.

    d is the squared distance. `mining` chooses the negatives: "semi-hard", for every pair of anchor and positive the
    nearest that lies farther than the positive, or, where none does, the farthest; "hard", for every anchor its
    farthest positive with its nearest negative; "all" averages over all triplets. "semi-hard" and "all" hold a table of
    batch x batch x batch numbers: 64 MB for 256. Source: Schroff, Kalenichenko,
    Philbin, "FaceNet", CVPR 2015, section 3; "hard" is the batch-hard of Hermans, Beyer, Leibe 2017.
    """

    def __init__(self, margin: float = 0.2, mining: str = "semi-hard", **kwargs: Any) -> None:
        super().__init__(margin, **kwargs)
        self.mining = check_name("mining", mining, MININGS)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the loss."""
        return super().get_config() | {"mining": self.mining}

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss, one number."""
        squares = squared_distances(y_pred)
        same, other = same_and_other(y_true, y_pred.dtype)
        if self.mining == "hard":
            return self._hard(squares, same, other)
        if self.mining == "all":
            triplets = same[:, :, None] * other[:, None, :]
            return mean_where(triplets, ops.maximum(squares[:, :, None] - squares[:, None, :] + self.margin, 0))
        negative = semi_hard(squares, other)
        has_other = ops.max(other, axis=1, keepdims=True)
        return mean_where(same * has_other, ops.maximum(squares - negative + self.margin, 0))

    def _hard(self, squares: Any, same: Any, other: Any) -> Any:
        farthest = ops.max(squares * same, axis=1)
        nearest = ops.min(ops.where(other > 0, squares, FAR), axis=1)
        is_anchor = ops.max(same, axis=1) * ops.max(other, axis=1)
        return mean_where(is_anchor, ops.maximum(farthest - nearest + self.margin, 0))


def semi_hard(squares: Any, other: Any) -> Any:
    """Return `(anchors, positives)`: the squared distance to the negative of each pair of anchor and positive."""
    candidates, wanted = squares[:, None, :], other[:, None, :] > 0  # (anchors, positives, negatives)
    is_beyond = ops.logical_and(wanted, candidates > squares[:, :, None])
    beyond = ops.min(ops.where(is_beyond, candidates, FAR), axis=-1)
    farthest = ops.max(squares * other, axis=-1, keepdims=True)
    return ops.where(ops.any(is_beyond, axis=-1), beyond, farthest)


def mean_where(weights: Any, values: Any) -> Any:
    """Return the weighted mean; 0 where nothing has a weight."""
    return ops.sum(weights * values) / ops.maximum(ops.sum(weights), 1)

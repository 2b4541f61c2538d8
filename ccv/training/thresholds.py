"""How well scores put the images that show a label before the others, and from which score on the label is said."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import keras
import numpy as np

from ccv.feeding.examples import Examples

BATCH = 32
UNCHOSEN = 0.5  # where no images are there to choose on


class Ranking(NamedTuple):
    """One label at every score that a threshold could be, the highest first: `said` yes so often, and right `hits`."""

    scores: np.ndarray
    said: np.ndarray
    hits: np.ndarray


def ranking(truth: np.ndarray, scores: np.ndarray) -> Ranking:
    """Rank the images by the scores `(images,)` of a label; equal scores are said together. `truth` is 0 or 1."""
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    last = np.flatnonzero(np.append(falling[1:] != falling[:-1], True))  # of each run of equal scores
    return Ranking(falling[last], last + 1, np.cumsum(truth[order] > 0)[last])


def average_precision(truth: np.ndarray, scores: np.ndarray) -> float:
    """Return the mean precision over the recall of a label, which does not interpolate; NaN where no image shows it.

    Source: scikit-learn's `average_precision_score`.

    >>> average_precision(np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.1]))
    0.8333333333333333
    """
    _, said, hits = ranking(truth, scores)
    if not hits[-1]:
        return float("nan")
    return float((np.diff(hits, prepend=0) * hits / said).sum() / hits[-1])


def best_threshold(truth: np.ndarray, scores: np.ndarray) -> float:
    """Return the score from which on saying yes has the best F1: halfway to the next lower one.

    Of several that are as good it is the highest. Where no image shows the label it is 0.5.

    >>> best_threshold(np.array([1, 0, 1, 0]), np.array([0.9, 0.25, 0.75, 0.1]))
    0.5
    """
    distinct, said, hits = ranking(truth, scores)
    if not hits[-1]:
        return UNCHOSEN
    best = int(np.argmax(2 * hits / (said + hits[-1])))
    lower = distinct[best + 1] if best + 1 < len(distinct) else 0.0
    return float(distinct[best] + lower) / 2


def numbers_of(thresholds: Mapping[str, float] | None, names: Sequence[str]) -> list[float]:
    """Return the thresholds in the order of the labels; one half each where none are given.

    Raises ValueError where some are given and one is missing.
    """
    if thresholds is None:
        return [UNCHOSEN] * len(names)
    missing = [name for name in names if name not in thresholds]
    if missing:
        raise ValueError(f"there is no threshold for {missing[0]!r}, only for {', '.join(thresholds)}")
    return [float(thresholds[name]) for name in names]


def choose(model: keras.Model, held_out: Examples, batch_size: int = BATCH) -> np.ndarray:
    """Return the `best_threshold` of each label on images that the model was not trained on."""
    truth, scores = [], []
    for images, labels in held_out.in_order(held_out.batch_size or batch_size).as_numpy_iterator():
        truth.append(labels)
        scores.append(np.asarray(keras.ops.convert_to_numpy(model.predict_on_batch(images)), np.float64))
    columns = zip(np.concatenate(truth).T, np.concatenate(scores).T, strict=True)
    return np.array([best_threshold(one, its) for one, its in columns])

"""How far a network's confidence can be trusted: the reliability diagram."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ccv.plots.style import BLUE, ORANGE, WIDTH, checked, described, new_figure, styled
from ccv.plots.words import clauses, counted


@styled
def reliability(confidence: Any, accuracy: Any, counts: Any, *, title: str | None = None) -> Figure:
    """Draw how often predictions of each confidence are right, beside the diagonal of a network that knows it.

    Args:
        confidence: (bins,), the mean confidence of each bin, NaN where it is empty.
        accuracy: (bins,), the share of right predictions in it, NaN where it is empty.
        counts: (bins,), how many predictions it has.
        title: above the figure.

    Raises:
        ValueError: the three differ in length.

    >>> figure = reliability([0.3, 0.8], [0.25, 0.9], [4, 10])
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['share that is right', 'predictions']
    """
    sure, right = (
        checked(values, name, "(bins,)", (1,)) for values, name in ((confidence, "confidence"), (accuracy, "accuracy"))
    )
    sizes = checked(counts, "counts", "(bins,)", (1,))
    if not len(sure) == len(right) == len(sizes):
        raise ValueError(
            f"confidence, accuracy and counts must be equally long, got {len(sure)}, {len(right)}, {len(sizes)}"
        )
    figure = new_figure(WIDTH / 2, 5.0, title)
    upper, lower = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
    edges = np.linspace(0, 1, len(sizes) + 1)
    width = 1 / len(sizes)
    upper.bar(edges[:-1], np.nan_to_num(right), width, align="edge", color=BLUE, edgecolor="white", label="measured")
    upper.plot([0, 1], [0, 1], color="0.4", linestyle="--", label="sure as it should be")
    upper.plot(sure, right, "o", color=ORANGE, ms=5)
    upper.set(ylabel="share that is right", xlim=(0, 1), ylim=(0, 1))
    upper.legend(loc="upper left")
    lower.bar(edges[:-1], sizes, width, align="edge", color="0.7", edgecolor="white")
    lower.set(xlabel="confidence", ylabel="predictions")
    pairs = [f"sure {s:.0%}, right {r:.0%}" for s, r, n in zip(sure, right, sizes, strict=True) if n]
    surer = np.nansum((sure - right) * sizes) / max(sizes.sum(), 1)
    told = f"on the whole {abs(surer):.1%} {'surer' if surer > 0 else 'less sure'} than it is right"
    return described(
        figure, f"Reliability diagram of {counted(int(sizes.sum()), 'prediction')}: {clauses(pairs, 10)}; {told}."
    )

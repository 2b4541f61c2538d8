"""Embeddings: which distances same and different pairs have, who is let in, and where the pictures lie."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ccv.plots.style import BLUE, GREEN, ORANGE, RED, SMALL, checked, described, new_figure, styled, tidy
from ccv.plots.words import clauses, counted, listed

COLORS, STYLES = (BLUE, ORANGE, GREEN, RED, "#CC79A7", "#56B4E9", "black", "0.55"), ("-", "--", "-.", ":")
KINDS = ("same", "different")
LEAST = 1e-3  # the smallest rate of false accepts that the axis shows
POINTS = (0.001, 0.01, 0.1)  # rates of false accepts that a description reads


@styled
def distances(same: Any, other: Any, threshold: float | None = None, *, title: str | None = None) -> Figure:
    """Draw how often same pairs, and different ones, have which distance; at most `threshold` is let in.

    Args:
        same, other: distances (pairs,).
        threshold: a line, beyond which pairs are refused; None draws none.
        title: above the figure.

    Raises:
        TypeError: the distances are no real numbers.
        ValueError: there are none of a kind.

    >>> figure = distances([0.1, 0.2, 0.6], [0.5, 0.9], threshold=0.55)
    >>> figure.alt.rpartition(": ")[2]
    '66.7% of the same pairs and 50.0% of the different ones.'
    """
    groups = [checked(each, name, "(pairs,)", (1,)) for name, each in (("same", same), ("other", other))]
    figure = new_figure(9, 3.6, title)
    axes = tidy(figure.add_subplot(), xlabel="distance of the two embeddings", ylabel="share of the pairs")
    edges = np.linspace(0, max(group.max() for group in groups) * 1.02, 41)
    for group, label, color, hatch in zip(groups, KINDS, (BLUE, ORANGE), ("", "//"), strict=True):
        weights = np.full(len(group), 1 / len(group))
        look: Any = {"color": color, "alpha": 0.6, "hatch": hatch, "edgecolor": "white"}
        axes.hist(group, edges.tolist(), weights=weights, label=label, **look)
    text = ", ".join(
        f"{counted(len(group), f'{kind} pair')} {verb}{np.median(group):.2f}"
        for group, kind, verb in zip(groups, KINDS, ("have distances around ", "around "), strict=True)
    )
    if threshold is not None:
        axes.axvline(threshold, color="black", ls="--", label=f"threshold {threshold:.2f}")
        shares = [f"{(group <= threshold).mean():.1%}" for group in groups]
        text += (
            f". At most {threshold:.2f} is let in: {shares[0]} of the same pairs and {shares[1]} of the different ones"
        )
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.legend()
    return described(figure, f"{text}.")


@styled
def roc(curves: Mapping[str, Any], *, title: str | None = None) -> Figure:
    """Draw the true accepts against the false ones, whose axis is logarithmic; a circle marks the equal error.

    Args:
        curves: by name, what has `false_accepts` and `true_accepts` (points,), as `ccv.embedding.verify` gives it.
        title: above the figure.

    Raises:
        ValueError: there are no curves.

    >>> from types import SimpleNamespace
    >>> towers = SimpleNamespace(false_accepts=[0.0, 0.1, 1.0], true_accepts=[0.0, 0.9, 1.0])
    >>> roc({"towers": towers}).alt.rpartition(", ")[2]
    'equal error 10.0%.'
    """
    if not curves:
        raise ValueError("curves is empty: give one curve at least")
    figure = new_figure(8, 4.4, title)
    axes = tidy(
        figure.add_subplot(), xlabel="false accepts: different pairs, let in", xscale="log", xlim=(LEAST, 1),
        ylabel="true accepts: same pairs, let in", ylim=(0, 1.03),
    )  # fmt: skip
    told = []
    for index, (name, curve) in enumerate(curves.items()):
        false, true = np.asarray(curve.false_accepts), np.asarray(curve.true_accepts)
        look: Any = {"color": COLORS[index % len(COLORS)], "ls": STYLES[index % len(STYLES)]}
        axes.step(np.maximum(false, LEAST / 2), true, where="post", label=name, **look)
        at = int(np.abs(false - (1 - true)).argmin())
        axes.plot(max(false[at], LEAST), true[at], "o", color=look["color"], ms=8)
        heights = (f"{true[false <= point].max():.1%} at {point:.1%}" for point in POINTS)
        told.append(f"{name}: true accepts of {listed(heights)} false accepts, equal error {false[at]:.1%}")
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.legend(loc="lower right", title="circle: equal error rate")
    return described(figure, f"True accepts against false accepts. {clauses(told)}.")


@styled
def embedding_map(embeddings: Any, labels: Sequence[Any], *, title: str | None = None) -> Figure:
    """Draw embeddings in the plane in which they spread most (principal components), each as its label's text.

    Args:
        embeddings: (count, size), at least two of at least two numbers.
        labels: a text for each.
        title: above the figure.

    Raises:
        TypeError: the embeddings are no real numbers.
        ValueError: there are fewer labels, or more.

    >>> embedding_map([[1.0, 0.0], [0.9, 0.1], [-1.0, 0.2]], ["a", "a", "b"]).alt
    '3 embeddings of a and b, in a plane that holds 100% of their spread.'
    """
    vectors = checked(embeddings, "embeddings", "(count, size)", (2,)).astype(float)
    if len(labels) != len(vectors):
        raise ValueError(f"labels must be as many as embeddings, {len(vectors)}, not {len(labels)}")
    centred = vectors - vectors.mean(axis=0)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    plane = centred @ directions[:2].T
    shown = float(np.square(sizes[:2]).sum() / max(np.square(sizes).sum(), 1e-12))
    names = list(dict.fromkeys(map(str, labels)))
    figure = new_figure(9, 6, title)
    first, second = (float(size**2 / max(np.square(sizes).sum(), 1e-12)) for size in sizes[:2])
    axes = tidy(figure.add_subplot(), xlabel=f"first principal component, {first:.0%} of the spread")
    axes.set_ylabel(f"second, {second:.0%}")
    for (x, y), label in zip(plane.tolist(), labels, strict=True):
        color = COLORS[names.index(str(label)) % len(COLORS)]
        axes.text(x, y, str(label), color=color, fontsize=SMALL + 3, ha="center", va="center")
    axes.update_datalim(plane)
    axes.autoscale_view()
    axes.margins(0.06)
    text = (
        f"{counted(len(vectors), 'embedding')} of {listed(names)}, in a plane that holds {shown:.0%} of their spread."
    )
    return described(figure, text)

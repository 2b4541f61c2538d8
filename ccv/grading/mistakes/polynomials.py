"""Which term of a formula is another one: the numbers that an answer gives, taken apart into products of its arguments.

Both the right numbers and the wrong ones are written as a sum of one or two such products. It is said only where that
holds for all questions, so it is arithmetic and cannot be false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from ccv.grading.mistakes.terms import numbers_by_question, spell_product

_MOST_VARIABLES = 7
_MOST_FACTORS = 4
_FEWEST_QUESTIONS = 6  # different ones, since two terms and their coefficients fit a few numbers by chance
_PRECISION = 1e-9
_COEFFICIENTS = {1.0, 2.0, 3.0, 4.0, 0.5, 0.25, -1.0, -2.0}

Term = tuple[float, tuple[str, ...]]  # a coefficient and its factors


def other_term(
    reference: Callable, questions: Sequence[tuple[tuple, dict]], pairs: Sequence[tuple[Any, Any]]
) -> str | None:
    """Return which term is wrong, of answers that are single numbers and sums of products of the arguments.

    >>> def weights(kernel, filters):
    ...     return kernel * kernel * filters + filters
    >>> asked = [((k, f), {}) for k, f in [(2, 3), (3, 5), (4, 2), (5, 7), (2, 9), (7, 4), (6, 6)]]
    >>> other_term(weights, asked, [(k * k * f + k, weights(k, f)) for (k, f), _ in asked])
    'one of the terms is `kernel`, and it should be another'
    """
    try:
        mine, right = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
        values = numbers_by_question(reference, questions)
    except (TypeError, ValueError):  # these are no numbers, or it cannot be asked so
        return None
    if (
        not values
        or mine.ndim != 1
        or right.ndim != 1
        or np.allclose(mine, right)
        or len({*zip(mine, right, strict=True)}) < _FEWEST_QUESTIONS
    ):
        return None
    products = _products(values)
    wanted = _sum_of(right, products)
    return _told(mine, products, wanted) if wanted else None


def _told(mine: np.ndarray, products: dict[tuple[str, ...], np.ndarray], wanted: list[Term]) -> str | None:
    for kept in wanted:
        others = [term for term in wanted if term is not kept]
        rest = mine - kept[0] * products[kept[1]]
        for term in _single(rest, products):
            too_much = "one of the terms is {}, and it should be another" if others else "the term {} is too much"
            return too_much.format(_spell(term))
    return next((f"that is {_spell(term)}" for term in _single(mine, products)), None)


def _products(values: dict[str, np.ndarray]) -> dict[tuple[str, ...], np.ndarray]:
    names = [name for name, numbers in values.items() if np.unique(numbers).size > 1][:_MOST_VARIABLES]
    chosen = (c for n in range(_MOST_FACTORS + 1) for c in combinations_with_replacement(names, n))
    size = len(next(iter(values.values()), []))
    return {c: np.prod([values[name] for name in c], axis=0) if c else np.ones(size) for c in chosen}


def _sum_of(numbers: np.ndarray, products: dict[tuple[str, ...], np.ndarray]) -> list[Term]:
    """The simplest sum of one or two terms that gives these numbers; empty where there is none."""
    for term in _single(numbers, products):
        return [term]
    for factors, product in products.items():
        for term in _single(numbers - product, products):
            return [(1.0, factors), term]
    return []


def _single(numbers: np.ndarray, products: dict[tuple[str, ...], np.ndarray]) -> Iterator[Term]:
    """Each term that gives these numbers, those of few factors first."""
    if not numbers.any():
        return
    table = np.array([*products.values()])
    with np.errstate(all="ignore"):
        weights = (table @ numbers) / np.einsum("ij,ij->i", table, table)
        fits = np.isclose(weights[:, None] * table, numbers, rtol=_PRECISION, atol=_PRECISION).all(axis=1)
    for number in np.flatnonzero(fits):
        weight = round(float(weights[number]), 6)
        if weight in _COEFFICIENTS:
            yield weight, list(products)[number]


def _spell(term: Term) -> str:
    weight, factors = term
    said = spell_product(factors)
    if not factors:
        return f"{weight:g}"
    return said if weight == 1 else f"{weight:g} x {said}"

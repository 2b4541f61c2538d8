"""What is missing from numbers, or too much in them: one of the arguments, or a product of two.

Such a statement ("every wrong number is too small by `filters`") is arithmetic, true of all that was seen. It covers a
family of mistakes over any exercise: the term that is left out, the factor that is forgotten or counted twice.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from ccv.grading.comparing.compare import wrong_places
from ccv.grading.mistakes.relations import answers_by_part, wrong_parts

_PRECISION = 1e-9
_FEWEST = 3  # different wrong numbers, and values of the term
_MANY = 12  # different wrong numbers that are explained by a term of two values no more by chance
_MOST_VALUES = 8
_MOST_ITEMS = 3
_LARGEST = 1_000_000

_STEPS: tuple[tuple[str, Callable[[np.ndarray, float], np.ndarray]], ...] = (
    ("too small by {}", np.subtract),
    ("too large by {}", np.add),
    ("what it should be, divided by {}", np.divide),
    ("what it should be, times {}", np.multiply),
)


def missing_term(
    reference: Callable, questions: Sequence[tuple[tuple, dict]], pairs: Sequence[tuple[Any, Any]]
) -> str | None:
    """Return what explains all wrong numbers as the right ones and one term, made of the arguments of each question.

    None where nothing does, or two equally simple terms do, or there are fewer than three different wrong numbers.

    >>> def area(height, width):
    ...     return height * width
    >>> questions = [((2, 3), {}), ((4, 5), {}), ((6, 9), {})]
    >>> missing_term(area, questions, [(9, 6), (25, 20), (63, 54)])
    'every wrong number is too large by `width`'
    """
    asked = [_wrong_of(*pair) for pair in pairs]
    wrong = [numbers for numbers in asked if numbers]
    different = len({mine for numbers in wrong for mine, _ in numbers})
    if different < _FEWEST or not wrong_parts(pairs):
        return None
    try:
        terms = [_terms(reference, *question) for question, numbers in zip(questions, asked, strict=True) if numbers]
    except (TypeError, ValueError):  # it cannot be asked so
        return None
    constant = _constant([pair for numbers in wrong for pair in numbers])
    if constant:
        return constant
    fewest = _FEWEST - (different >= _MANY)
    for factors in (1, 2):
        fitting = [says for says in _statements(terms, factors, fewest) if _holds(says, terms, wrong)]
        if fitting:
            says, _, names = fitting[0]
            return f"every wrong number is {says.format(spell_product(names))}" if len(fitting) == 1 else None
    return None


def _constant(wrong: list[tuple[float, float]]) -> str | None:
    """What is said where all wrong numbers stand in one whole ratio, or at one whole distance, to the right ones."""
    mine, right = np.array(wrong).T
    with np.errstate(all="ignore"):
        statements = (
            ("{:.0f} times what it should be", mine / right),
            ("what it should be, divided by {:.0f}", right / mine),
            ("{:.0f} too large", mine - right),
            ("{:.0f} too small", right - mine),
        )
    for says, numbers in statements:
        whole = np.rint(numbers[0])
        if 1 < whole < _LARGEST and np.allclose(numbers, whole, rtol=_PRECISION, atol=0):
            return f"every wrong number is {says.format(whole)}"
    return None


Statement = tuple[str, Callable, tuple[str, ...]]


def _statements(terms: list[dict[str, float]], factors: int, fewest: int) -> Iterator[Statement]:
    names = [name for name in terms[0] if all(name in term for term in terms)]
    for chosen in combinations_with_replacement(names[:_MOST_VALUES], factors):
        if len({_value(term, chosen) for term in terms}) >= min(fewest, len(terms)) > 1:
            yield from ((says, step, chosen) for says, step in _STEPS)


def _holds(statement: Statement, terms: list[dict[str, float]], wrong: list[list[tuple[float, float]]]) -> bool:
    _, step, chosen = statement
    with np.errstate(all="ignore"):
        return all(
            np.isclose(mine, step(right, _value(term, chosen)), rtol=_PRECISION, atol=0)
            for term, numbers in zip(terms, wrong, strict=True)
            for mine, right in numbers
        )


def _value(term: dict[str, float], names: tuple[str, ...]) -> float:
    return float(np.prod([term[name] for name in names], dtype=float))


def spell_product(names: Sequence[str]) -> str:
    """Return factors as a product: "`kernel` x `filters`"."""
    return " x ".join(names)


def numbers_by_question(reference: Callable, questions: Sequence[tuple[tuple, dict]]) -> dict[str, np.ndarray]:
    """Return the numbers that all questions give, by their names: one a question.

    Raises:
        TypeError: the reference cannot be asked so.
    """
    terms = [_terms(reference, *question) for question in questions]
    return {name: np.array([term[name] for term in terms]) for name in terms[0] if all(name in term for term in terms)}


def _wrong_of(mine: Any, right: Any) -> list[tuple[float, float]]:
    """The wrong numbers of one answer beside the right ones; of complex answers, none."""
    numbers: list[tuple[float, float]] = []
    for given, wanted in answers_by_part(mine, right):
        if given.shape == wanted.shape and {given.dtype.kind, wanted.dtype.kind} <= set("iuf"):
            wrong = wrong_places(given, wanted)
            numbers += zip(given[wrong].astype(float), wanted[wrong].astype(float), strict=True)
    return numbers


def _terms(reference: Callable, args: tuple, kwargs: dict) -> dict[str, float]:
    """The numbers that one question gives: its numbers, and of its rows and arrays how many things they hold."""
    bound = inspect.signature(reference).bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(named for name, value in bound.arguments.items() for named in _numbers_of(f"`{name}`", value))


def _numbers_of(name: str, value: Any) -> Iterator[tuple[str, float]]:
    if isinstance(value, int | float | np.number):  # True is 1
        yield name, float(value)
    elif isinstance(value, np.ndarray) and value.ndim == 2:
        if value.dtype == bool:
            yield f"the number of True in {name}", float(value.sum())
        yield f"the number of rows of {name}", float(value.shape[0])
        yield f"the number of columns of {name}", float(value.shape[1])
    elif isinstance(value, list | tuple):
        yield f"the number of items of {name}", float(len(value))
        if value and all(isinstance(one, int | float) for one in value):
            yield f"the product of {name}", float(np.prod(value, dtype=float))
            yield f"the sum of {name}", float(np.sum(value, dtype=float))
            yield from ((f"{name[:-1]}[{n}]`", float(number)) for n, number in enumerate(value[:_MOST_ITEMS]))

"""Arithmetic that takes a number or a numpy array of numbers, so that one formula prices one layout or a million."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any, TypeVar

Amount = Any
T = TypeVar("T")


def largest(*amounts: Amount) -> Amount:
    """The largest, element by element."""
    return reduce(lambda one, other: one * (one >= other) + other * (one < other), amounts)


def smallest(*amounts: Amount) -> Amount:
    """The smallest, element by element."""
    return reduce(lambda one, other: one * (one <= other) + other * (one > other), amounts)


def choose(condition: Amount, then: Amount, otherwise: Amount) -> Amount:
    """`then` where the condition holds, else `otherwise`; both are worked out."""
    return then * (condition != 0) + otherwise * (condition == 0)


def is_one(amount: Amount) -> bool:
    """Whether it is one number and not an array."""
    return not hasattr(amount, "shape") or amount.shape == ()


def any_of(truth: Amount) -> bool:
    """Whether it holds for one of the layouts at least."""
    return bool(truth.any()) if hasattr(truth, "any") else bool(truth)


def widest(things: Iterable[T], amount: Callable[[T], Amount]) -> tuple[Amount, T]:
    """The largest amount, element by element, and the thing that has it in the first of the layouts."""
    pairs = [(amount(thing), thing) for thing in things]
    first = max(pairs, key=lambda pair: pair[0] if is_one(pair[0]) else pair[0].flat[0])
    return largest(*(found for found, _ in pairs)), first[1]

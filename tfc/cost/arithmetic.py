"""Arithmetic that takes a number or a numpy array of numbers, so that one formula prices one layout or a million."""

from __future__ import annotations

from functools import reduce
from typing import Any

Amount = Any


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

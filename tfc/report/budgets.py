"""Budgets as they are shown: which of them, and what is left of each limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tfc.cost.items import Unknown
from tfc.cost.verdict import Verdict, Zone
from tfc.units import Dimension, say


def shown(verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    """The budgets of a block; the device's own memory where no budget speaks of it, or where it is too small."""
    found = tuple(verdicts)
    spoken = any(verdict.budget.metric == "memory" and not verdict.implicit for verdict in found)
    return (verdict for verdict in found if not verdict.implicit or not spoken or verdict.zone is Zone.BROKEN)


def strength(verdict: Verdict) -> str:
    """`require` or `prefer`; `device` of what no budget states."""
    return "device" if verdict.implicit else verdict.budget.strength


def met(verdict: Verdict) -> bool:
    """Whether nothing is to be said against it: a preference may be uncertain, a requirement may not."""
    return bool(verdict.ok) and (verdict.zone is Zone.MET or not verdict.budget.required)


def limit(verdict: Verdict) -> str:
    """`<= 5 s at batch = 2 and load = 20%`."""
    asked = verdict.budget
    return f"{asked.comparison} {asked.limit}" + (f" at {asked.at}" if asked.conditions else "")


def left(verdict: Verdict) -> str:
    """What is left of a limit, or why that cannot be said."""
    if isinstance(verdict.figure, Unknown):
        return f"cannot be judged: {verdict.figure.reason}"
    if verdict.zone is Zone.UNSURE and verdict.budget.required:
        figure = verdict.figure
        return (
            f"within the error: {say(figure.low, figure.dimension)} to {say(figure.high, figure.dimension)}"
        )
    if verdict.budget.limit.dimension is not Dimension.BYTES or verdict.spare is None:
        return ""
    return f"{say(abs(verdict.spare), Dimension.BYTES)} {'to spare' if verdict.spare >= 0 else 'too much'}"

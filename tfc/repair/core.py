"""The lines that no edit gets around: the smallest set of them whose amounts alone break a budget.

A deletion filter, as irreducible infeasible subsets of linear programs are found (Chinneck and Dravnieks, ORSA Journal
on Computing 3(2), 1991): each line is left out once, the smallest first, and stays out if the rest is still too much.
"""

from __future__ import annotations

from dataclasses import dataclass

from tfc.cost.items import Figure, Item, by_category, by_line
from tfc.cost.verdict import Verdict
from tfc.diagnostics.core import Span
from tfc.units import Dimension, say


@dataclass(frozen=True)
class Line:
    """What one line of the spec asks for, in base units, and what most of that is; no span is the machine's own."""

    span: Span | None
    amount: float
    what: str


@dataclass(frozen=True)
class Core:
    """Lines whose amounts together are beyond a limit, though without any one of them they would not be."""

    lines: tuple[Line, ...]  # the largest first
    limit: float
    dimension: Dimension

    @property
    def total(self) -> float:
        """What the lines come to, in base units."""
        return sum(line.amount for line in self.lines)

    def __str__(self) -> str:
        """`52.1 GiB activations (model.tfs:9), 23.5 GiB logits (model.tfs:14), together 75.6 GiB of 72.0 GiB`."""
        named = ", ".join(
            f"{say(line.amount, self.dimension)} {line.what} ({place(line.span)})" for line in self.lines
        )
        together = f", together {say(self.total, self.dimension)}" if len(self.lines) > 1 else ""
        return f"{named}{together} of {say(self.limit, self.dimension)}"


def core(verdict: Verdict) -> Core | None:
    """The irreducible lines of a broken upper limit; None where it is met, has no items, or is a lower limit."""
    figure, budget = verdict.figure, verdict.budget
    if not isinstance(figure, Figure) or not budget.upper or not figure.items:
        return None
    limit = float(budget.limit.value)
    least = [_least(item) for item in figure.items]
    amounts = by_line(least)
    if sum(amounts.values()) <= limit:
        return None
    lines = (Line(span, amount, _mostly(least, span)) for span, amount in _filtered(amounts, limit))
    return Core(tuple(lines), limit, figure.dimension)


def _least(item: Item) -> Item:
    """An item at its lower bound: what is surely there."""
    return Item(item.least, item.dimension, item.category, item.what, span=item.span)


def _mostly(items: list[Item], span: Span | None) -> str:
    """The largest category of a line."""
    return next(iter(by_category(item for item in items if item.span == span)))


def _filtered(amounts: dict[Span | None, float], limit: float) -> list[tuple[Span | None, float]]:
    kept = dict(amounts)
    for span, amount in sorted(amounts.items(), key=lambda pair: pair[1]):
        if sum(kept.values()) - amount > limit:
            del kept[span]
    return sorted(kept.items(), key=lambda pair: -pair[1])


def place(span: Span | None) -> str:
    """`model.tfs:9`; what no line causes is the machine's own."""
    return span.place if span is not None else "of no line"

"""The lines that no edit gets around: the smallest set of them whose amounts alone break a budget.

A deletion filter, as irreducible infeasible subsets of linear programs are found (Chinneck and Dravnieks, ORSA Journal
on Computing 3(2), 1991): each line is left out once, the smallest first, and stays out if the rest is still too much.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tfc.cost.items import Figure, Item, by_line
from tfc.cost.verdict import Verdict
from tfc.diagnostics.core import Span
from tfc.units import Dimension, say


@dataclass(frozen=True)
class Core:
    """Lines whose amounts together are beyond a limit, though without any one of them they would not be."""

    lines: tuple[tuple[Span | None, float], ...]  # the largest first; None is what no line of the spec causes
    limit: float
    dimension: Dimension

    @property
    def total(self) -> float:
        """What the lines come to, in base units."""
        return sum(amount for _, amount in self.lines)

    def __str__(self) -> str:
        """`model.tfs:9 52.1 GiB, model.tfs:14 23.5 GiB: 75.6 GiB of 72 GiB`."""
        named = ", ".join(f"{place(span)} {say(amount, self.dimension)}" for span, amount in self.lines)
        return f"{named}: {say(self.total, self.dimension)} of {say(self.limit, self.dimension)}"


def core(verdict: Verdict) -> Core | None:
    """The irreducible lines of a broken upper limit; None where it is met, has no items, or is a lower limit."""
    figure, budget = verdict.figure, verdict.budget
    if not isinstance(figure, Figure) or not budget.upper or not figure.items:
        return None
    limit = float(budget.limit.value)
    amounts = by_line(_least(figure.items))
    if sum(amounts.values()) <= limit:
        return None
    return Core(tuple(_filtered(amounts, limit)), limit, figure.dimension)


def _least(items: Iterable[Item]) -> Iterable[Item]:
    """Items at their lower bounds: what is surely there."""
    return (Item(item.least, item.dimension, item.category, item.what, span=item.span) for item in items)


def _filtered(amounts: dict[Span | None, float], limit: float) -> list[tuple[Span | None, float]]:
    kept = dict(amounts)
    for span, amount in sorted(amounts.items(), key=lambda pair: pair[1]):
        if sum(kept.values()) - amount > limit:
            del kept[span]
    return sorted(kept.items(), key=lambda pair: -pair[1])


def place(span: Span | None) -> str:
    """`model.tfs:9`; what no line causes is the machine's own."""
    return span.place if span is not None else "outside the spec"

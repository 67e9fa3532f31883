"""Amounts with the line of the spec that each comes from, and their sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from tfc.cost.arithmetic import Amount, is_one, largest
from tfc.diagnostics.core import Share, Span
from tfc.units import Dimension, say

ALWAYS = ""  # the moment of what is resident all the time


@dataclass(frozen=True)
class Item:
    """An amount of one thing, and the line that it comes from.

    Bytes are resident at a moment of the step; seconds are spent in the part of the run that `moment` names. `low` and
    `high` bound what is not exact.
    """

    amount: Amount
    dimension: Dimension
    category: str
    what: str
    moment: str = ALWAYS
    span: Span | None = None
    low: Amount = None
    high: Amount = None

    @property
    def least(self) -> Amount:
        return self.amount if self.low is None else self.low

    @property
    def most(self) -> Amount:
        return self.amount if self.high is None else self.high


@dataclass(frozen=True)
class Unknown:
    """A metric that cannot be worked out, and why: TFS408."""

    reason: str
    help: str = ""


@dataclass(frozen=True)
class Figure:
    """A metric with its interval, and the items that it is made of."""

    value: Amount
    low: Amount
    high: Amount
    dimension: Dimension
    items: tuple[Item, ...] = ()
    note: str = ""

    def __str__(self) -> str:
        return say(self.value, self.dimension)

    def scaled(self, factor: float, dimension: Dimension | None = None) -> Figure:
        """The same times a factor, in another dimension."""
        return Figure(
            self.value * factor,
            self.low * factor,
            self.high * factor,
            dimension or self.dimension,
            self.items,
            self.note,
        )


def total(items: Iterable[Item]) -> tuple[Amount, Amount, Amount]:
    """The sums of the amounts, of their lower and of their upper bounds."""
    found = tuple(items)
    return sum(i.amount for i in found), sum(i.least for i in found), sum(i.most for i in found)


@dataclass(frozen=True)
class Memory:
    """Bytes on one rank, moment by moment."""

    rank: str  # which rank: "stage 1 of 2", or "" where all are alike
    items: tuple[Item, ...]

    @property
    def moments(self) -> tuple[str, ...]:
        """The moments at which the peak may be, in the order of a step."""
        return tuple(moment for moment in self._by_moment if moment != ALWAYS)

    @cached_property
    def _by_moment(self) -> dict[str, tuple[Item, ...]]:
        found: dict[str, list[Item]] = {ALWAYS: []}
        for item in self.items:
            found.setdefault(item.moment, []).append(item)
        return {moment: tuple(items) for moment, items in found.items()}

    def of(self, moment: str) -> tuple[Item, ...]:
        """What is resident at a moment and not all the time; `ALWAYS` gives what is."""
        return self._by_moment[moment]

    def at(self, moment: str) -> tuple[Item, ...]:
        """What is resident at a moment."""
        return self._by_moment[ALWAYS] + self._by_moment[moment]

    def total(self, moment: str, categories: frozenset[str] | None = None) -> Amount:
        """Bytes at a moment, of some categories only if they are named."""
        return sum(i.amount for i in self.at(moment) if categories is None or i.category in categories)

    @property
    def peak(self) -> Amount:
        return largest(*(self.total(moment) for moment in self.moments))

    @cached_property
    def peak_moment(self) -> str:
        """When the peak is; of one layout."""
        return max(self.moments, key=self.total)

    def figure(self, categories: frozenset[str] | None = None) -> Figure:
        """The peak of some categories: its moment is that at which these are largest, not the whole."""
        moment = max(self.moments, key=lambda found: self.total(found, categories))
        wanted = tuple(i for i in self.at(moment) if categories is None or i.category in categories)
        value, low, high = total(wanted)
        return Figure(value, low, high, Dimension.BYTES, wanted)


def shares(items: Iterable[Item], *, least: float = 0.01) -> tuple[Share, ...]:
    """The rows of an attribution, largest first: items of one category, line and cause are one row."""
    rows: dict[tuple[str, Span | None, str], list[Item]] = {}
    for item in items:
        rows.setdefault((item.category, item.span, item.what), []).append(item)
    whole = sum(item.amount for row in rows.values() for item in row) or 1
    ordered = sorted(rows.items(), key=lambda row: -sum(item.amount for item in row[1]))
    return tuple(
        Share(say(amount, row[0].dimension), category, span, what)
        for (category, span, what), row in ordered
        if (amount := sum(item.amount for item in row)) >= least * whole
    )


def by_category(items: Iterable[Item]) -> dict[str, Amount]:
    """Sums by category, largest first."""
    found: dict[str, Amount] = {}
    for item in items:
        found[item.category] = found.get(item.category, 0) + item.amount
    if not all(is_one(amount) for amount in found.values()):
        return found
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def by_line(items: Iterable[Item]) -> dict[Span | None, Amount]:
    """Sums by line of the spec, largest first; None is what no line causes."""
    found: dict[Span | None, Amount] = {}
    for item in items:
        found[item.span] = found.get(item.span, 0) + item.amount
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))

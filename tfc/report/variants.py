"""Variants side by side: for each block a row a variant, with what varies, what it costs, and a word on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tfc.api import Variation
from tfc.check.budgets import verdicts_of
from tfc.check.priced import priced
from tfc.cost.items import Figure, Unknown
from tfc.cost.verdict import Verdict, Zone
from tfc.diagnostics.core import Report
from tfc.plan import Plan
from tfc.units import Dimension, say

# The metrics of a block that trains and of one that serves, with the heads of their columns.
TRAINING = {"memory": "memory", "step_time": "step", "mfu": "mfu", "time": "time", "cost": "cost"}
SERVING = {"memory": "memory", "latency": "latency", "throughput": "throughput", "cost": "cost a million"}
LESS = {"time": "faster", "latency": "faster", "cost": "cheaper"}
MORE = {"time": "slower", "latency": "slower", "cost": "dearer"}


@dataclass(frozen=True)
class Row:
    """One variant of one block; a figure is None where it cannot be known."""

    values: Mapping[str, str]
    figures: Mapping[str, Figure | None]
    verdicts: tuple[Verdict, ...]
    report: Report
    as_written: bool

    @property
    def broken(self) -> tuple[Verdict, ...]:
        """What is required and surely not met, the device's own memory included."""
        return tuple(one for one in self.verdicts if one.zone is Zone.BROKEN and one.budget.required)

    @property
    def over(self) -> float:
        """Bytes beyond what the tightest limit on memory allows; 0 within it."""
        return max([-(one.spare or 0) for one in self.broken if one.budget.metric == "memory"], default=0)

    @property
    def fits(self) -> bool:
        return bool(self.figures) and not self.broken


@dataclass(frozen=True)
class Table:
    """All variants of one block, and the spec as written, with which they are compared."""

    block: str
    columns: Mapping[str, str]  # the head of each metric
    rows: Sequence[Row]
    written: Row

    @cached_property
    def goals(self) -> tuple[str, ...]:
        """The figures that one chooses by, of those that every row that fits has."""
        fitting = [row for row in self.rows if row.fits]
        known = [name for name in self.columns if fitting and all(row.figures.get(name) for row in fitting)]
        instead = {"step_time"} if "time" in known else set()
        return tuple(name for name in known if name != "mfu" and name not in instead)

    @cached_property
    def front(self) -> frozenset[int]:
        """The places of the rows on the Pareto front: they fit, and no other that fits is as good in each of the goals
        and better in one. Where fewer than two fit there is nothing to choose, and no front."""
        points = {place: self._point(row) for place, row in enumerate(self.rows) if row.fits}
        return frozenset(
            place
            for place, point in points.items()
            if len(points) > 1 and not any(better(other, point) for other in points.values())
        )

    def _point(self, row: Row) -> tuple[float, ...]:
        """The goals of a row, each so that less is better, to the digits that a person would compare."""
        found = ((name, row.figures[name]) for name in self.goals)
        return tuple(
            float(f"{figure.value:.4g}") * (-1 if name == "throughput" else 1)
            for name, figure in found
            if figure
        )

    def word(self, row: Row) -> str:
        """What is to be said of a row: that it is as written, by how much it misses, or how it compares."""
        own = ["as written"] if row.as_written else []
        if not row.figures:
            first = row.report.errors[0]
            return f"{first.code}: {first.message}"
        if row.over:
            return ", ".join([f"over by {say(row.over, Dimension.BYTES)}", *own])
        if row.broken:
            missed = (
                f"{b.metric} {b.comparison} {b.limit} not met" for b in (one.budget for one in row.broken)
            )
            return ", ".join([*dict.fromkeys(missed), *own])
        return own[0] if own else ", ".join(filter(None, ["fits", compared(row, self.written)]))


def better(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether one point dominates the other: nowhere more, and somewhere less."""
    return all(a <= b for a, b in zip(one, other, strict=True)) and tuple(one) != tuple(other)


def compared(row: Row, written: Row) -> str:
    """`5% cheaper`: against the spec as written, by the last of its figures that both have."""
    for name in ("cost", "time", "latency"):
        now, before = row.figures.get(name), written.figures.get(name)
        if now is None or before is None or not before.value:
            continue
        change = now.value / before.value - 1
        return f"{abs(change):.0%} {(LESS if change < 0 else MORE)[name]}" if abs(change) >= 0.005 else ""
    return ""


def some_priced(variations: list[Variation]) -> list[Variation]:
    """The variations; raises `SpecError` with what is wrong of the first if none of them can be priced."""
    if all(one.plan is None for one in variations):
        variations[0].report.raise_errors()
    return variations


def tables(variations: Sequence[Variation], written: Plan) -> list[Table]:
    """A table for each block that the varied settings can change; for every block if they name none."""
    plans = [one.plan for one in variations if one.plan is not None]
    blocks = dict.fromkeys(name for plan in plans for name in blocks_of(plan))
    kinds = {name.split(".")[0] for one in variations for name in one.values if "." in name}
    concerned = [name for name in blocks if concerns(name, kinds)] or list(blocks)
    base = Variation({}, written, written.report, True)
    return [
        Table(name, columns(name), [row(one, name) for one in variations], row(base, name))
        for name in concerned
    ]


def blocks_of(plan: Plan) -> Iterator[str]:
    """The full names of the blocks that train and that serve."""
    spec = plan.spec
    for block in (*spec.trains.values(), *spec.distills.values(), *spec.deploys.values()):
        yield spec.full_name(block)


def concerns(block: str, kinds: Iterable[str]) -> bool:
    """Whether a setting of one of these kinds of blocks can change what a block costs."""
    own = {"deploy", "model"} if serves(block) else {"train", "distill", "data", "model"}
    return not kinds or bool(own & set(kinds))


def serves(block: str) -> bool:
    return block.split(".")[0] == "deploy"


def columns(block: str) -> Mapping[str, str]:
    return SERVING if serves(block) else TRAINING


def row(variation: Variation, block: str) -> Row:
    plan = variation.plan
    estimate = estimate_of(plan, block) if plan is not None and priced(plan.report) else None
    if estimate is None:
        return Row(variation.values, {}, (), variation.report, variation.as_written)
    found = {name: estimate.metric(name) for name in columns(block)}
    figures = {name: None if isinstance(figure, Unknown) else figure for name, figure in found.items()}
    return Row(variation.values, figures, verdicts_of(estimate), variation.report, variation.as_written)


def estimate_of(plan: Plan, block: str) -> Any:
    return plan.servings.get(block) if serves(block) else plan.estimates.get(block)

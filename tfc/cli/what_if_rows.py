"""The rows of `tfc what-if`: for each variant what varies, what it costs, and a word on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tfc.api import Variation
from tfc.check.budgets import verdicts_of
from tfc.cli.reports import priced
from tfc.cost.estimate import Estimate
from tfc.cost.items import Figure, Unknown
from tfc.cost.verdict import Verdict, Zone
from tfc.diagnostics.core import Report
from tfc.units import Dimension, say

FIGURES = {"memory": "memory", "step_time": "step", "mfu": "mfu", "time": "time", "cost": "cost"}
LESS, MORE = {"time": "faster", "cost": "cheaper"}, {"time": "slower", "cost": "dearer"}


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
    def fits(self) -> bool:
        return bool(self.verdicts) and not self.broken and self.report.ok


def rows(variations: Sequence[Variation], block: str) -> list[Row]:
    """The rows for one block, by its full name."""
    return [row(variation, block) for variation in variations]


def row(variation: Variation, block: str) -> Row:
    plan = variation.plan
    estimate = plan.estimates.get(block) if plan is not None and priced(plan.report) else None
    if estimate is None:
        return Row(variation.values, {}, (), variation.report, variation.as_written)
    return Row(
        variation.values, figures(estimate), verdicts_of(estimate), variation.report, variation.as_written
    )


def figures(estimate: Estimate) -> dict[str, Figure | None]:
    found = {name: estimate.metric(name) for name in FIGURES}
    return {name: None if isinstance(figure, Unknown) else figure for name, figure in found.items()}


def word(row: Row, written: Row | None) -> str:
    """What is to be said of a row: that it is as written, by how much it misses, or how it compares."""
    if not row.figures:
        first = row.report.errors[0]
        return f"{first.code}: {first.message}"
    memory = [one for one in row.broken if one.budget.metric == "memory"]
    if memory:
        over = say(max(-(one.spare or 0) for one in memory), Dimension.BYTES)
        return f"over by {over}" + (", as written" if row.as_written else "")
    broken = [f"{one.budget.metric} {one.budget.comparison} {one.budget.limit} not met" for one in row.broken]
    if broken:
        return ", ".join(dict.fromkeys(broken)) + (", as written" if row.as_written else "")
    if not row.report.ok:
        return f"{row.report.errors[0].code}: {row.report.errors[0].message}"
    return "as written" if row.as_written else ", ".join(filter(None, ["fits", compared(row, written)]))


def compared(row: Row, written: Row | None) -> str:
    """`5% cheaper`: against the spec as written, by cost where that is known, else by time."""
    for name in ("cost", "time"):
        now, before = row.figures.get(name), written.figures.get(name) if written else None
        if now is None or before is None or not before.value:
            continue
        change = now.value / before.value - 1
        if abs(change) < 0.005:
            return ""
        return f"{abs(change):.0%} {(LESS if change < 0 else MORE)[name]}"
    return ""

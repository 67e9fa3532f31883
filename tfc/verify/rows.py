"""The rows of a verification: a metric as it was predicted, as it was measured, and what is asked of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tfc.check.budgets import CODES
from tfc.cost.items import Figure, Unknown
from tfc.diagnostics.core import Diagnostic, Label, Severity
from tfc.run.quality import Quality, diagnose
from tfc.spec.budget import METRICS, Budget
from tfc.verify.measured import Measured, Unmeasured


class Verdict(StrEnum):
    MET = "met"
    BROKEN = "broken"
    UNKNOWN = "unknown"  # there is no figure, or none that decides
    FREE = ""  # nothing is asked of it


@dataclass(frozen=True)
class Row:
    """One metric of one block."""

    metric: str
    predicted: Figure | Unknown
    measured: Measured | Unmeasured
    budget: Budget | None = None
    quality: Quality | None = None  # what the figure of a budget on quality stands on

    @property
    def verdict(self) -> Verdict:
        """How the measured figure stands to the budget."""
        if self.budget is None:
            return Verdict.FREE
        if isinstance(self.measured, Unmeasured):
            return Verdict.UNKNOWN
        if self.budget.met(self.measured.value):
            return Verdict.MET
        # The peak of the largest batch bounds that of a smaller one, and says no more of it.
        bounds = self.metric == "memory" and bool(self.measured.note)
        return Verdict.UNKNOWN if bounds else Verdict.BROKEN

    @property
    def broken(self) -> bool:
        """Whether something that is required is not so."""
        return self.verdict is Verdict.BROKEN and self.budget is not None and self.budget.required

    @property
    def within(self) -> bool | None:
        """Whether what was measured lies in the interval that was predicted; None where one of them is not known."""
        if isinstance(self.predicted, Unknown) or isinstance(self.measured, Unmeasured):
            return None
        return bool(self.predicted.low <= self.measured.value <= self.predicted.high)


@dataclass(frozen=True)
class Block:
    """The rows of one block of the spec; of a deployment also the batches that were timed."""

    name: str
    rows: tuple[Row, ...]
    title: str = ""
    latency: tuple[dict[str, Any], ...] = ()


def judge(rows: Iterable[Row]) -> Iterator[Diagnostic]:
    """What is to be said of budgets that are broken or have no figure."""
    for row in rows:
        if row.budget is None or row.verdict is Verdict.MET:
            continue
        if row.quality is not None:
            yield from diagnose(row.quality)
        elif row.verdict is Verdict.BROKEN:
            yield _broken(row, row.budget)
        else:
            yield _unknown(row, row.budget)


def _broken(row: Row, budget: Budget) -> Diagnostic:
    assert isinstance(row.measured, Measured)
    must = "may be" if budget.upper else "must be at least"
    notes = [row.measured.note] if row.measured.note else []
    if isinstance(row.predicted, Figure):
        notes.append(f"predicted was {row.predicted}")
    return Diagnostic(
        CODES[budget.metric.split(".")[0]],
        f"{budget.metric} was measured at {row.measured} and {must} {budget.limit}",
        _labels(budget),
        Severity.ERROR if budget.required else Severity.WARNING,
        tuple(notes),
    )


def _unknown(row: Row, budget: Budget) -> Diagnostic:
    found = row.measured
    reason = found.reason if isinstance(found, Unmeasured) else f"{found} {found.note}"
    message = f"whether `{budget.metric}` keeps to {budget.limit} was not measured: {reason}"
    return Diagnostic("TFS408", message, _labels(budget), Severity.WARNING)


def _labels(budget: Budget) -> tuple[Label, ...]:
    return (Label(budget.span, "the budget"),) if budget.span is not None else ()


def of_quality(found: Quality, predicted: Figure | Unknown) -> Row:
    """The row of a budget on quality."""
    budget, value = found.budget, found.value
    if value is None or math.isnan(value):
        measured: Measured | Unmeasured = Unmeasured(found.why or f"`data.{found.split}` was not scored")
    else:
        measured = Measured(value, budget.limit.dimension)
    return Row(budget.metric, predicted, measured, budget, found)


def is_quality(metric: str) -> bool:
    """Whether a metric is one that `evaluate.py` measures."""
    return METRICS[metric].measured

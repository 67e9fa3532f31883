"""Whether a budget is met. Memory has three zones: its estimate is an interval, and running out is the end of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tfc.cost.items import Figure, Unknown
from tfc.diagnostics.core import Span
from tfc.units import Dimension, Quantity, say


class Zone(StrEnum):
    MET = "met"
    UNSURE = "unsure"  # the limit lies within the interval
    BROKEN = "broken"
    UNKNOWN = "unknown"  # cannot be worked out: TFS408


@dataclass(frozen=True)
class Limit:
    """A limit that no budget states: the memory of the device."""

    metric: str
    limit: Quantity
    span: Span | None
    block_name: str
    strength: str = "require"
    comparison: str = "<="
    conditions: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None

    @property
    def required(self) -> bool:
        return True

    @property
    def upper(self) -> bool:
        return True

    def met(self, value: float) -> bool:
        return value <= self.limit.value


@dataclass(frozen=True)
class Verdict:
    """A budget (or the limit of a device) beside what is predicted of it."""

    budget: Any
    figure: Figure | Unknown
    zone: Zone

    @property
    def ok(self) -> bool | None:
        """Whether the predicted value keeps to the limit; None where there is none."""
        return None if self.zone is Zone.UNKNOWN else self.budget.met(self.value)

    @property
    def value(self) -> float | None:
        return None if isinstance(self.figure, Unknown) else float(self.figure.value)

    @property
    def spare(self) -> float | None:
        """How far within the limit, in the unit of the limit; negative beyond it."""
        if self.value is None:
            return None
        distance = self.budget.limit.value - self.value
        return distance if self.budget.upper else -distance

    @property
    def implicit(self) -> bool:
        return isinstance(self.budget, Limit)

    @property
    def text(self) -> str:
        """`47.0 GiB <= 72 GiB      25.0 GiB to spare`."""
        limit = f"{self.budget.comparison} {self.budget.limit}"
        if isinstance(self.figure, Unknown):
            return f"? {limit}      {self.figure.reason}"
        said = f"{self.figure} {limit}"
        if self.spare is None or self.budget.limit.dimension is not Dimension.BYTES:
            return said
        word = "to spare" if self.spare >= 0 else "too much"
        return f"{said}      {say(abs(self.spare), Dimension.BYTES)} {word}"


def judge(budget: Any, figure: Figure | Unknown) -> Verdict:
    """The verdict on one budget."""
    if isinstance(figure, Unknown):
        return Verdict(budget, figure, Zone.UNKNOWN)
    low, high = (
        (figure.low, figure.high) if budget.metric.startswith("memory") else (figure.value, figure.value)
    )
    best, worst = (low, high) if budget.upper else (high, low)
    if not budget.met(best):
        zone = Zone.BROKEN
    elif not budget.met(worst):
        zone = Zone.UNSURE
    else:
        zone = Zone.MET
    return Verdict(budget, figure, zone)

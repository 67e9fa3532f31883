"""The figures of a block and its budgets, in the words and with the gauges of the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tfc.cost.items import Figure, Unknown
from tfc.cost.verdict import Verdict, Zone
from tfc.report import budgets
from tfc.units import say

HEADS = {
    "memory": "memory",
    "step_time": "one step",
    "time": "whole run",
    "cost": "cost",
    "mfu": "of the peak (MFU)",
    "throughput": "throughput",
    "energy": "energy",
    "size": "size",
    "latency": "latency (p99)",
}


@dataclass(frozen=True)
class Shown:
    """One figure: what it is called, its value and its unit apart, and its interval."""

    name: str
    value: str
    unit: str
    between: str


@dataclass(frozen=True)
class Budget:
    """One budget: its sign in words too, its cells, and a gauge where the figure is known."""

    style: str
    sign: str
    word: str
    strength: str
    metric: str
    value: str
    limit: str
    left: str
    because: str
    gauge: tuple[float, float, float, float] | None  # value, low, high and limit, as shares of the gauge
    line: Any


def figures(subject: Any, metrics: tuple[str, ...]) -> Iterator[Shown]:
    """The figures that are known."""
    for name in metrics:
        found = subject.metric(name)
        if isinstance(found, Unknown):
            continue
        value, _, unit = str(found).rpartition(" ") if " " in str(found) else (str(found), "", "")
        head = (
            "cost of a million tokens"
            if name == "cost" and subject.name.startswith("deploy")
            else HEADS[name]
        )
        yield Shown(head, value, unit, between(found))


def between(figure: Figure) -> str:
    """`54.0 to 61.5 GiB`; nothing of what is exact."""
    low, high = say(figure.low, figure.dimension), say(figure.high, figure.dimension)
    unit = high[high.rfind(" ") :] if " " in high else "\0"
    return f"{low.removesuffix(unit)} to {high}" if low != high else ""


def budget(verdict: Verdict) -> Budget:
    """What is shown of one budget."""
    sign, word, style = _said(verdict)
    asked = verdict.budget
    return Budget(
        style,
        sign,
        word,
        budgets.strength(verdict),
        asked.metric,
        "?" if isinstance(verdict.figure, Unknown) else str(verdict.figure),
        budgets.limit(verdict),
        budgets.left(verdict),
        getattr(asked, "reason", None) or "",
        gauge(verdict),
        asked.span,
    )


def _said(verdict: Verdict) -> tuple[str, str, str]:
    if budgets.met(verdict):
        return "✓", "met", "good"
    if verdict.zone is Zone.UNKNOWN:
        return "?", "measured later", "open"
    if verdict.zone is Zone.UNSURE or not verdict.budget.required:
        return "!", "within the error" if verdict.zone is Zone.UNSURE else "not met", "warn"
    return "✗", "broken", "bad"


def gauge(verdict: Verdict) -> tuple[float, float, float, float] | None:
    """Value, bounds and limit on a scale that has room for the largest of them."""
    figure = verdict.figure
    if isinstance(figure, Unknown):
        return None
    limit = float(verdict.budget.limit.value)
    value, low, high = (float(one) for one in (figure.value, figure.low, figure.high))
    most = 1.04 * max(value, limit, min(high, 2 * max(value, limit)))
    if most <= 0:
        return None
    return value / most, low / most, min(1.0, high / most), limit / most

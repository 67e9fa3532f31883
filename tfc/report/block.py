"""One block of a spec as the page shows it: its verdict, its figures, its budgets, and what each is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tfc.check.budgets import verdicts_of
from tfc.cost.estimate import NAMES
from tfc.cost.items import Figure, Item, Unknown, by_category
from tfc.cost.verdict import Verdict, Zone
from tfc.plan import Plan
from tfc.report import budgets
from tfc.report.devices import Devices, devices
from tfc.report.groups import MEMORY, OTHER, OUTSIDE, TIME, Group, memory_group, time_group
from tfc.report.heads import divided, served
from tfc.report.limits import limits
from tfc.report.timeline import Timeline, timeline
from tfc.units import Dimension, say

# What each zone is called, its sign and its class; from the worst to the best.
WORDS = {
    Zone.BROKEN: ("does not fit", "✗", "bad"),
    Zone.UNSURE: ("may not fit", "!", "warn"),
    Zone.MET: ("fits", "✓", "good"),
}
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
TRAINING = ("memory", "step_time", "time", "cost", "mfu", "throughput", "energy")
SERVING = ("memory", "latency", "throughput", "size", "cost")


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


@dataclass(frozen=True)
class Part:
    """One part of a whole, its share of it, and the largest of what it is made of."""

    name: str
    style: str
    text: str
    share: float


@dataclass(frozen=True)
class Whole:
    """A whole with its parts, largest first; `bar` has them in the order in which they are stacked."""

    name: str
    text: str
    note: str
    parts: tuple[Part, ...]
    bar: tuple[Part, ...]


@dataclass(frozen=True)
class Block:
    """A block that trains or serves."""

    name: str
    anchor: str
    kind: str
    does: str
    word: str
    sign: str
    style: str
    reason: str
    filled: tuple[float, float, float]  # memory and its bounds as shares of the device
    capacity: str
    figures: tuple[Shown, ...]
    budgets: tuple[Budget, ...]
    wholes: tuple[Whole, ...]
    timeline: Timeline | None
    devices: Devices | None
    unvalidated: tuple[str, ...]
    how: str
    memory_items: tuple[Item, ...]
    time_items: tuple[Item, ...]
    time_name: str


def blocks(plan: Plan) -> Iterator[Block]:
    """The blocks of a plan that train and that serve, in the order of their kinds."""
    for name, estimate in plan.estimates.items():
        yield block(estimate, divided(plan.layouts[name], plan), TRAINING)
    for estimate in plan.servings.values():
        yield block(estimate, served(estimate.serving, plan), SERVING)


def block(subject: Any, does: str, metrics: tuple[str, ...]) -> Block:
    """What the page shows of one block."""
    verdicts = verdicts_of(subject)
    zone = worst_zone(verdicts)
    word, sign, style = WORDS[zone]
    memory = subject.metric("memory")
    trains = metrics is TRAINING
    chart = timeline(subject.timeline(), subject.worst.rank, limits(subject)) if trains else None
    taking = subject.step if trains else _items(subject.metric("latency", {"load": 0}))
    return Block(
        subject.name,
        subject.name.replace(".", "-"),
        subject.name.split(".")[0],
        does,
        word,
        sign,
        style,
        reason(verdicts, zone),
        _filled(memory, subject.capacity),
        say(subject.capacity, Dimension.BYTES),
        tuple(figures(subject, metrics)),
        tuple(map(budget, budgets.shown(verdicts))),
        tuple(wholes(subject, taking, trains)),
        chart,
        devices(subject) if trains and not subject.layout.device.is_cpu else None,
        tuple(subject.unvalidated),
        getattr(subject, "how", "from published figures; `tfc verify` measures the built engine"),
        tuple(subject.resident),
        tuple(taking),
        "step" if trains else "latency",
    )


def _filled(memory: Figure, capacity: float) -> tuple[float, float, float]:
    """How full the device is, and the bounds of that; what is too much ends at its rim."""
    value, low, high = (min(1.0, float(one) / capacity) for one in (memory.value, memory.low, memory.high))
    return value, low, high


def worst_zone(verdicts: tuple[Verdict, ...]) -> Zone:
    """The zone of what is required; what can only be measured later is no verdict."""
    found = {one.zone for one in verdicts if one.budget.required}
    return next((zone for zone in WORDS if zone in found), Zone.MET)


def reason(verdicts: tuple[Verdict, ...], zone: Zone) -> str:
    """What the verdict rests on: the budgets that are broken, or how much memory is left."""
    missed = [one for one in verdicts if one.zone is zone and one.budget.required]
    if zone is not Zone.MET:
        tightest = min((one for one in missed if one.budget.metric == "memory"), key=_limit, default=None)
        told = [one for one in missed if one.budget.metric != "memory" or one is tightest]
        return "; ".join(map(missing, told))
    spare = [one.spare for one in missed if one.budget.metric == "memory" and one.spare is not None]
    return f"{say(min(spare), Dimension.BYTES)} to spare" if spare else ""


def _limit(verdict: Verdict) -> float:
    return float(verdict.budget.limit.value)


def missing(verdict: Verdict) -> str:
    """`memory 76.1 GiB, at most 36.0 GiB`."""
    asked = verdict.budget
    bound = f"at {'most' if asked.upper else 'least'} {asked.limit}"
    return f"{asked.metric} {verdict.figure}, {bound}" + (f" at {asked.at}" if asked.conditions else "")


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


def wholes(subject: Any, taking: tuple[Item, ...], trains: bool) -> Iterator[Whole]:
    """Memory at its peak, and the time of a step or of an answer, each with its parts."""
    memory = subject.metric("memory")
    note = subject.peak_moment if trains else "at the largest batch and lengths"
    yield whole("Memory at the peak", note, memory, by_category(subject.resident), MEMORY, OUTSIDE)
    time = subject.metric("step_time") if trains else subject.metric("latency", {"load": 0})
    if isinstance(time, Figure):
        name, note = ("One step", "") if trains else ("One answer", "of the longest lengths, alone")
        yield whole(name, note, time, by_category(taking), TIME, OTHER)


def whole(
    name: str, note: str, figure: Figure, found: Mapping[str, Any], bands: tuple[Group, ...], rest: Group
) -> Whole:
    """A whole and its parts by category, each in the colour of its group."""
    total = sum(map(float, found.values())) or 1.0
    of = memory_group if bands is MEMORY else time_group
    order = {
        band.style: place for place, band in enumerate((rest, *bands) if bands is MEMORY else (*bands, rest))
    }
    parts = tuple(
        Part(
            NAMES.get(category, category),
            of(category).style,
            say(float(amount), figure.dimension),
            float(amount) / total,
        )
        for category, amount in found.items()
        if amount > 0.0005 * total
    )
    bar = sorted(parts, key=lambda part: (order[part.style], -part.share))
    return Whole(name, str(figure), note, parts, tuple(bar))


def _items(found: Figure | Unknown) -> tuple[Item, ...]:
    return found.items if isinstance(found, Figure) else ()

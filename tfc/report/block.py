"""One block of a spec as the page shows it: its verdict, its figures, its budgets, and what each is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tfc.check.budgets import verdicts_of
from tfc.cost.items import Figure, Item, Unknown
from tfc.cost.verdict import Verdict, Zone
from tfc.plan import Plan
from tfc.report import budgets
from tfc.report.devices import Devices, devices
from tfc.report.figures import Budget, Shown, budget, figures
from tfc.report.heads import divided, served
from tfc.report.limits import limits
from tfc.report.timeline import Timeline, timeline
from tfc.report.wholes import Whole, wholes
from tfc.units import Dimension, say

# What each zone is called, its sign and its class; from the worst to the best.
WORDS = {
    Zone.BROKEN: ("does not fit", "✗", "bad"),
    Zone.UNSURE: ("may not fit", "!", "warn"),
    Zone.MET: ("fits", "✓", "good"),
}
TRAINING = ("memory", "step_time", "time", "cost", "mfu", "throughput", "energy")
SERVING = ("memory", "latency", "throughput", "size", "cost")


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
    chosen: tuple[str, ...]  # what `auto` became, and what it was preferred to
    unvalidated: tuple[str, ...]
    how: str
    memory_items: tuple[Item, ...]
    time_items: tuple[Item, ...]
    time_name: str


def blocks(plan: Plan) -> Iterator[Block]:
    """The blocks of a plan that train and that serve, in the order of their kinds."""
    for name, estimate in plan.estimates.items():
        yield block(estimate, divided(plan.layouts[name], plan), TRAINING, tuple(chosen(plan, name)))
    for estimate in plan.servings.values():
        yield block(estimate, served(estimate.serving, plan), SERVING)


def chosen(plan: Plan, name: str) -> Iterator[str]:
    """What each `auto` of a block became, what came next and why it lost, and what would be better if it fitted."""
    decision = plan.decisions.get(name)
    if decision is None:
        return
    yield f"In place of `auto`: {', '.join(f'`{key} = {value}`' for key, value in decision.values.items())}."
    if decision.why:
        yield f"Next best: {decision.why}."
    if decision.short:
        yield f"Preferred, and too large: {decision.short}."


def block(subject: Any, does: str, metrics: tuple[str, ...], chosen: tuple[str, ...] = ()) -> Block:
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
        chosen,
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


def _items(found: Figure | Unknown) -> tuple[Item, ...]:
    return found.items if isinstance(found, Figure) else ()

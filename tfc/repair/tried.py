"""A notch and what is predicted with it, and which of several such are worth a word."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tfc.check.budgets import verdicts_of
from tfc.cost.estimate import Estimate
from tfc.cost.items import Figure
from tfc.cost.verdict import Zone
from tfc.diagnostics.core import Safety
from tfc.plan import Plan

if TYPE_CHECKING:
    from tfc.cost.latency import ServingEstimate
    from tfc.repair.notch import Notch

SAFETY = (Safety.SAFE, Safety.CHANGES_RUN, Safety.CHANGES_MODEL)


@dataclass(frozen=True)
class Tried:
    """A notch, and what is predicted with it: the whole plan, and the block that the notch is about."""

    notch: Notch
    plan: Plan
    subject: Any
    cures: bool
    later: bool = False  # it asks for what is not generated yet, and the spec did not

    @cached_property
    def slower(self) -> float:
        """Seconds that a step takes, or a request."""
        return float(self.subject.step_time) if isinstance(self.subject, Estimate) else _latency(self.subject)

    @cached_property
    def order(self) -> tuple[Any, ...]:
        """By safety, what can be compiled, what was asked for, then loss of step time, then memory left."""
        return (
            SAFETY.index(self.notch.safety),
            self.later,
            self.notch.last_resort,
            round(self.slower, 9),
            float(self.subject.memory),
        )

    @cached_property
    def price(self) -> tuple[float, ...]:
        """Everything by which another may be better: the less, the better."""
        return (*map(float, self.order[:3]), float(len(self.notch.moves)), *self.order[3:])


def looked_at(
    plan: Plan, subject: Any, notch: Notch, replan: Callable[[tuple[str, ...]], Plan | None]
) -> Tried | None:
    """A notch with the estimate of its block alone; None where it can be neither written nor planned."""
    if notch.edits(plan.spec.source) is None:
        return None
    other = replan(tuple(move.setting(plan.spec.full_name(move.chain[0])) for move in notch.moves))
    if other is None:
        return None
    now = alone(other, subject.name)
    if now is None:
        return None
    return Tried(notch, other, now, not broken(now), bool(not_yet(now, subject)))


def not_yet(now: Any, before: Any) -> list[str]:
    """What a block asks for that is not generated yet, in settings of which `before` had nothing such."""
    known = {name.split()[0] for name in before.unvalidated}
    return [name for name in now.unvalidated if name.split()[0] not in known]


def alone(plan: Plan, name: str) -> Estimate | ServingEstimate | None:
    """The estimate of one block, without solving and dividing the others; None where there is no such block."""
    kind = name.split(".")[0]
    part = plan.alone(kind)
    return (part.servings if kind == "deploy" else part.estimates).get(name)


def broken(subject: Any) -> set[str]:
    """The metrics of a block whose required budgets are not surely met; the device's own memory is one."""
    return {
        verdict.budget.metric
        for verdict in verdicts_of(subject)
        if verdict.budget.required and verdict.zone not in (Zone.MET, Zone.UNKNOWN)
    }


def first_of_each(found: Iterable[Tried]) -> list[Tried]:
    """Of each setting the least change that is enough, which is proposed first: 8 to 4 and not 8 to 1."""
    least: dict[Any, Tried] = {}
    for one in found:
        least.setdefault(one.notch.settings, one)
    return list(least.values())


def undominated(found: list[Tried]) -> list[Tried]:
    """Those that no other beats in everything, the best first; what is not generated yet only if nothing else fits."""
    ready = [one for one in found if not one.later]
    kept = [one for one in (ready or found) if not any(_beats(other, one) for other in ready or found)]
    return sorted(kept, key=lambda one: one.order)


def _beats(one: Tried, other: Tried) -> bool:
    return one.price != other.price and all(a <= b for a, b in zip(one.price, other.price, strict=True))


def _latency(subject: ServingEstimate) -> float:
    figure = subject.metric("latency", {"load": 0})
    return float(figure.value) if isinstance(figure, Figure) else 0.0

"""An option with its prediction: what it takes, which budgets it keeps, and how it compares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tfc.advise.option import DEPARTURE, Lever, Option
from tfc.check.budgets import verdicts_of
from tfc.cost.items import Figure, Unknown
from tfc.cost.verdict import Verdict, Zone
from tfc.diagnostics.core import Fix

if TYPE_CHECKING:
    from tfc.plan import Plan

RANKED = 5  # places of `order` that come before what is preferred
FIGURES = ("memory", "step_time", "time", "cost")


@dataclass(frozen=True)
class Priced:
    """An option planned; the spec as written has none. `subjects` are the blocks that learn, the asked one first."""

    option: Option | None
    plan: Plan
    subjects: tuple[Any, ...]
    later: tuple[
        str, ...
    ] = ()  # what is not generated yet, that it asks for and the spec as written does not
    fix: Fix | None = None  # the same as edits of the file; None where a `--set` stands before it

    @property
    def subject(self) -> Any:
        return self.subjects[0]

    @property
    def title(self) -> str:
        return self.option.title if self.option else "as written"

    @property
    def departure(self) -> int:
        return self.option.departure if self.option else 0

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        return tuple(verdict for subject in self.subjects for verdict in verdicts_of(subject))

    @cached_property
    def broken(self) -> tuple[Verdict, ...]:
        """What is required and not surely kept; the device's own memory is required too."""
        return tuple(
            one for one in self.verdicts if one.budget.required and one.zone not in (Zone.MET, Zone.UNKNOWN)
        )

    @cached_property
    def missed(self) -> tuple[Verdict, ...]:
        """What is preferred and not reached."""
        return tuple(one for one in self.verdicts if not one.budget.required and one.ok is False)

    @cached_property
    def figures(self) -> Mapping[str, Figure | None]:
        """Memory of the worst block, the step of the asked one, time and money of all that learn."""
        found = {name: [subject.metric(name) for subject in self.subjects] for name in FIGURES}
        return {
            "memory": max(_known(found["memory"]), key=lambda one: one.value, default=None),
            "step_time": next(iter(_known(found["step_time"])), None),
            "time": _sum(found["time"]),
            "cost": _sum(found["cost"]),
        }

    @cached_property
    def over(self) -> float:
        """By which share of its limit the worst of the broken budgets is missed, at the upper bound of memory."""
        return max((_beyond(one) for one in self.broken), default=0.0)

    @cached_property
    def order(self) -> tuple[Any, ...]:
        """What comes first: budgets kept, wishes kept, the model and the devices kept, what can be compiled, then what
        the spec prefers, and of what is alike the plainest."""
        return (
            bool(self.broken),
            round(self.over, 3),
            len(self.missed),
            self.departure,
            bool(self.later),
            *self.preference,
            self.moves,
        )

    @property
    def moves(self) -> int:
        """Settings that it moves."""
        return len(self.option.notch.moves) if self.option else 0

    @property
    def least_change(self) -> tuple[Any, ...]:
        """The order of options of one lever: as `order`, but of what changes the model what leaves most of it first."""
        if self.departure <= DEPARTURE[Lever.DEVICES]:
            return self.order
        kept = -self.subjects[-1].parameters
        flops = -float(self.subjects[-1].flops)
        return (*self.order[:3], bool(self.later), kept, flops, *self.order[RANKED:])

    @cached_property
    def preference(self) -> tuple[float, ...]:
        """The less, the better: the metrics that `prefer` names, then cost, or else the time of a step."""
        wished = [
            float(figure.value if budget.upper else -figure.value)
            for budget in self.subject.budgets
            if not budget.required and not isinstance(figure := self.subject.metric(budget.metric), Unknown)
        ]
        cost, step = self.figures["cost"], self.figures["step_time"]
        last = cost if cost is not None else step
        return tuple(_alike(value) for value in (*wished, float(last.value) if last is not None else 0.0))

    def served(self) -> Iterator[tuple[str, Figure, Figure | None]]:
        """Name, latency and size of each deployment."""
        for name, serving in self.plan.servings.items():
            latency, size = serving.metric("latency", {}), serving.metric("size", {})
            if isinstance(latency, Figure):
                yield name, latency, size if isinstance(size, Figure) else None


def _alike(value: float) -> float:
    """Three digits: what differs by less is alike."""
    return float(f"{value:.3g}")


def _known(found: Iterable[Figure | Unknown]) -> list[Figure]:
    return [one for one in found if isinstance(one, Figure)]


def _sum(found: list[Figure | Unknown]) -> Figure | None:
    """The sum, if every part is known."""
    known = _known(found)
    if len(known) < len(found) or not known:
        return None
    value, low, high = (sum(getattr(one, name) for one in known) for name in ("value", "low", "high"))
    return Figure(value, low, high, known[0].dimension, tuple(item for one in known for item in one.items))


def _beyond(verdict: Verdict) -> float:
    figure, limit = verdict.figure, verdict.budget.limit.value
    if isinstance(figure, Unknown) or not limit:
        return 0.0
    worst = figure.high if verdict.budget.upper else figure.low
    distance = worst - limit if verdict.budget.upper else limit - worst
    return max(0.0, float(distance / abs(limit)))

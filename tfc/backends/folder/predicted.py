"""What a README says was predicted: a table for each block that is run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tfc.backends.layouts import device_words
from tfc.cost.items import Figure, Unknown
from tfc.units import say

if TYPE_CHECKING:
    from tfc.plan import Plan

LEARNING = {
    "memory": "memory",
    "step_time": "time of a step",
    "time": "time of the run",
    "throughput": "throughput",
}


@dataclass(frozen=True)
class Row:
    """One line of a table of predictions."""

    name: str
    value: str
    interval: str


@dataclass(frozen=True)
class Predicted:
    """What is said of one block."""

    about: str
    rows: list[Row]
    budgets: list[str]


def predicted(plan: Plan) -> list[Predicted]:
    """The runs, then the deployments, in the order of the spec."""
    spec, found = plan.solved, []
    verbs = {"train": "Training", "distill": "Distilling"}
    for one in plan.estimates.values():
        block = one.layout.train
        about = f"{verbs[block.kind]} `{one.layout.model.label}` on {device_words(one.layout)}:"
        rows = [_row(name, one.metric(metric)) for metric, name in LEARNING.items()]
        found.append(Predicted(about, rows, [_budget(budget, one) for budget in block.budgets]))
    for label, block in spec.deploys.items():
        one = plan.servings[spec.full_name(block)]
        rows = [
            _row(f"{line.name}, {line.text}" if line.text else line.name, line.value)
            for line in one.summary()
        ]
        about = f"Serving `{label}` with {block.target.name} on `{one.serving.device.name}`:"
        found.append(Predicted(about, rows, [_budget(budget, one) for budget in block.budgets]))
    return found


def _row(name: str, figure: Figure | Unknown) -> Row:
    if isinstance(figure, Unknown):
        return Row(name, "not known", figure.reason)
    between = " and ".join(say(bound, figure.dimension) for bound in (figure.low, figure.high))
    return Row(name, str(figure), between)


def _budget(budget: Any, found: Any) -> str:
    """What was asked for, and what is predicted of it."""
    asked = f"{budget.strength} {budget.metric} {budget.comparison} {budget.limit}"
    if budget.conditions:
        asked += f" at {budget.at}"
    figure = found.metric(budget.metric, budget.conditions)
    said = "not known before it is measured" if isinstance(figure, Unknown) else f"{figure} predicted"
    return f"- `{asked}`{f', because {budget.reason}' if budget.reason else ''}: {said}"

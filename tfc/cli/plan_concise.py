"""`tfc plan` in one line a figure, as `grep` and `awk` read it: block, metric, value, limit."""

from __future__ import annotations

from collections.abc import Iterator

from tfc.check.budgets import subjects, verdicts_of
from tfc.cost.items import Unknown
from tfc.plan import Plan

METRICS = ("memory", "step_time", "throughput", "mfu", "time", "cost")


def rows(plan: Plan) -> Iterator[str]:
    """`train memory 47.0 GiB`, and for each budget `train require memory 47.0 GiB <= 72 GiB met`."""
    for name, graph in plan.graphs.items():
        yield f"model.{name} parameters {graph.parameters}"
    for name, estimate in plan.estimates.items():
        for metric in METRICS:
            figure = estimate.metric(metric)
            if not isinstance(figure, Unknown):
                yield f"{name} {metric} {figure}"
    for subject in subjects(plan):
        for verdict in verdicts_of(subject):
            budget = verdict.budget
            if not verdict.implicit:
                said = "?" if isinstance(verdict.figure, Unknown) else str(verdict.figure)
                limit = f"{budget.comparison} {budget.limit}"
                yield f"{subject.name} {budget.strength} {budget.metric} {said} {limit} {verdict.zone}"

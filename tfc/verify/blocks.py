"""The blocks of a verification: of a model, of a run in which one learns, of a deployment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tfc.cost.model import ModelEstimate
from tfc.run.child import Failed, start
from tfc.run.deploying import exporting
from tfc.run.quality import Quality
from tfc.run.scoring import score_deployment, score_model
from tfc.run.state import State
from tfc.run.steps import Step
from tfc.run.work import WEIGHTS, Work
from tfc.spec.budget import Budget
from tfc.verify.deployment import Built, at_shape, shapes
from tfc.verify.learning import Learnt, parameters
from tfc.verify.measured import Measured, Unmeasured
from tfc.verify.rows import Block, Row, is_quality, of_quality

MEASURED = "measured.json"
# What is shown where nothing is asked of it.
OF_DEPLOYMENT, OF_LEARNING = ("memory", "size", "throughput"), ("step_time", "memory", "throughput")


def of_model(work: Work, label: str) -> Block:
    """What is asked of a model by itself, beside the weights that there are."""
    spec = work.plan.spec
    model = spec.models[label]
    estimate = ModelEstimate(spec.full_name(model), model, work.plan.graphs[label])
    found = parameters(work.model(label) / WEIGHTS)
    rows = [
        Row(budget.metric, estimate.metric(budget.metric, budget.conditions), found, budget)
        for budget in model.budgets
    ]
    return Block(estimate.name, tuple(rows))


def of_learning(work: Work, step: Step) -> Block:
    """A run that is over: what its log says, and what its model scores."""
    score_model(work, step.model)
    estimate = work.plan.estimates[step.name]
    found = Learnt(estimate, step.folder(work.runs))
    asked = [budget.metric for budget in step.block.budgets]
    free = [
        Row(name, estimate.metric(name), found.metric(name))
        for name in OF_LEARNING
        if name in found.logged and name not in asked
    ]
    rows = [
        of_quality(Quality(work, step, budget), estimate.metric(budget.metric, budget.conditions))
        if is_quality(budget.metric)
        else Row(
            budget.metric,
            estimate.metric(budget.metric, budget.conditions),
            found.metric(budget.metric),
            budget,
        )
        for budget in step.block.budgets
    ]
    return Block(step.name, (*free, *rows))


def of_deployment(work: Work, step: Step, exported: bool, latency: bool) -> Block:
    """What was exported, measured; with `latency` only how fast it answers. What was not has no figures."""
    serving = work.plan.servings[step.name]
    title = f"{step.block.target.name} on {serving.serving.device.name}"
    if not exported:
        why = Unmeasured(f"`{step.label}` is not exported: `tfc run {work.plan.name} export` does it")
        rows = [
            Row(b.metric, serving.metric(b.metric, b.conditions), why, b)
            for b in step.block.budgets
            if not latency or b.metric.startswith("latency")
        ]
        # Where nothing is asked, one row says why there are no others.
        free = "latency" if latency else "size"
        return Block(step.name, tuple(rows) or (Row(free, serving.metric(free), why),), title)
    _age(work, step)
    measured = _measured(work, step)
    if not latency:
        score_deployment(work, step)
    rows = tuple(_rows(work, step, measured, latency))
    timed = tuple(measured.get("latency", ())) if isinstance(measured, dict) else ()
    return Block(step.name, rows, title, timed)


def _age(work: Work, step: Step) -> None:
    """Tell where a deployment is not what would be exported now."""
    task = exporting(work, step)
    if State.read(work.runs).of(task.name).inputs != task.given:
        work.tell(f"{step.name} was exported from other code, data or weights than there are now")


def _measured(work: Work, step: Step) -> dict[str, Any] | Unmeasured:
    """What `measure.py` finds; why not, where it fails."""
    place = step.folder(work.runs) / MEASURED
    serving = work.plan.servings[step.name].serving
    at = ["x".join(map(str, shape)) for shape in shapes(serving, step.block.budgets)]
    try:
        start(work.script("measure.py", step.label, "--at", *at, data=False), work.folder, talk=True)
        return json.loads(place.read_text(encoding="utf-8"))
    except Failed as failed:
        work.tell(f"error: {failed}")
        return Unmeasured("`measure.py` could not run here; what it said stands above")


def _rows(work: Work, step: Step, measured: dict[str, Any] | Unmeasured, latency: bool) -> Iterator[Row]:
    """What nothing is asked of first, then the budgets."""
    estimate = work.plan.servings[step.name]

    def figure(name: str, conditions: Any) -> Measured | Unmeasured:
        if isinstance(measured, Unmeasured):
            return measured
        return Built(estimate.serving, measured).metric(name, conditions)

    def row(name: str, conditions: Any, budget: Budget | None = None) -> Row:
        predicted = estimate.metric(name, at_shape(estimate.serving, name, conditions))
        if budget is not None and is_quality(name):
            return of_quality(Quality(work, step, budget), predicted)
        return Row(name, predicted, figure(name, conditions), budget)

    asked = {budget.metric for budget in step.block.budgets if not budget.conditions}
    free = ("latency",) if latency else (*OF_DEPLOYMENT, "latency")
    known = asked | ({"latency"} if "latency.p99" in asked else set())
    yield from (row(name, {}) for name in free if name not in known)
    for budget in step.block.budgets:
        if not latency or budget.metric.startswith("latency"):
            yield row(budget.metric, budget.conditions, budget)

"""Budgets: what is required of a plan, and what it is predicted to take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.cost.estimate import DROPS, MEASURED
from tfc.cost.items import Figure, Unknown, shares
from tfc.cost.model import ModelEstimate
from tfc.cost.verdict import Limit, Verdict, Zone, judge
from tfc.diagnostics.core import Diagnostic, Label, Report, Severity
from tfc.fields import How
from tfc.units import Dimension, Quantity, say

if TYPE_CHECKING:
    from tfc.plan import Plan

# The code of each metric, by its first word.
CODES = {
    "memory": "TFS401",
    "size": "TFS401",
    "parameters": "TFS401",
    "latency": "TFS402",
    "lost_work": "TFS403",
    "time": "TFS404",
    "step_time": "TFS404",
    "cost": "TFS405",
    "energy": "TFS405",
    "throughput": "TFS406",
    "mfu": "TFS406",
}
CANNOT_JUDGE, NONE_FITS = "TFS408", "TFS410"
CURABLE = frozenset((*CODES.values(), NONE_FITS))

_QUANTILES = {
    "p50": "the median of latency",
    "p95": "the 95th percentile of latency",
    "p99": "the 99th percentile of latency",
    "mean": "the mean of latency",
}


def subjects(plan: Plan) -> tuple[Any, ...]:
    """What budgets are about: models, training runs, deployments, in the order of their kinds."""
    spec = plan.spec
    models = (
        ModelEstimate(spec.full_name(model), model, plan.graphs[model.label])
        for model in spec.models.values()
        if model.budgets
    )
    return (*models, *plan.estimates.values(), *plan.servings.values())


def verdicts(plan: Plan) -> tuple[Verdict, ...]:
    """Every budget of the spec, and the memory of every device, beside what is predicted."""
    return tuple(verdict for subject in subjects(plan) for verdict in verdicts_of(subject))


def verdicts_of(subject: Any) -> tuple[Verdict, ...]:
    """The verdicts on one block."""
    found = [judge(budget, subject.metric(budget.metric, budget.conditions)) for budget in subject.budgets]
    if subject.capacity is not None:
        limit = Quantity(subject.capacity, Dimension.BYTES)
        found.append(
            judge(Limit("memory", limit, subject.capacity_span, subject.name), subject.metric("memory", {}))
        )
    return tuple(found)


def budgets(plan: Plan) -> Iterator[Diagnostic]:
    """TFS401 to TFS406, TFS408 and TFS410: a budget that is broken, may be broken, or cannot be judged."""
    for subject in subjects(plan):
        for verdict in _once(verdicts_of(subject)):
            found = diagnose(subject, verdict)
            if found is not None:
                yield found


def measured_later(plan: Plan) -> frozenset[Diagnostic]:
    """Those TFS408 that speak of what `evaluate.py` measures: no prediction, and soon known where a plan is run."""
    return frozenset(
        _unknown(verdict)
        for subject in subjects(plan)
        for verdict in verdicts_of(subject)
        if isinstance(verdict.figure, Unknown) and verdict.budget.metric in (*MEASURED, *DROPS)
    )


def _once(found: tuple[Verdict, ...]) -> Iterator[Verdict]:
    """A device that is too small is told once: by the budget on memory, where that is broken too."""
    broken = any(
        verdict.budget.metric == "memory" and verdict.zone is Zone.BROKEN and not verdict.implicit
        for verdict in found
    )
    return (
        verdict for verdict in found if not (verdict.implicit and (broken or verdict.zone is Zone.UNKNOWN))
    )


def curable(report: Report) -> bool:
    """Whether a report speaks of a budget that edits may cure."""
    return any(found.code in CURABLE for found in report)


def diagnose(estimate: Any, verdict: Verdict) -> Diagnostic | None:
    """What is to be said of one verdict; None if the budget is met."""
    budget = verdict.budget
    if isinstance(verdict.figure, Unknown):
        return _unknown(verdict)
    if verdict.zone is Zone.MET or (verdict.ok and not budget.required):
        return None
    code = CODES[budget.metric.split(".")[0]]
    chosen = _chosen(estimate) if code == "TFS401" and verdict.zone is Zone.BROKEN else ()
    return Diagnostic(
        NONE_FITS if chosen else code,
        _none_fits(estimate, verdict, chosen) if chosen else _message(estimate, verdict),
        (*_labels(verdict), *_causes(budget.metric, verdict.figure)),
        Severity.ERROR if budget.required and verdict.zone is Zone.BROKEN else Severity.WARNING,
        tuple(_notes(estimate, verdict)),
        () if code == "TFS403" else shares(verdict.figure.items),
    )


def _chosen(estimate: Any) -> tuple[str, ...]:
    """The settings of a block that were `auto` and bear on memory, where they are all that could be chosen."""
    train = getattr(getattr(estimate, "layout", None), "train", None)
    if train is None:
        return ()
    found = [name for name in ("microbatch", "recompute") if train.origin_of(name).how is How.AUTO]
    return tuple(
        found
        + [
            name
            for name in ("zero", "tensor", "pipeline", "context")
            if train.parallel.origin_of(name).how is How.AUTO
        ]
    )


def _message(estimate: Any, verdict: Verdict) -> str:
    """The headline, which stands alone: what is predicted, and what was allowed."""
    metric, value, limit = verdict.budget.metric, str(verdict.figure), str(verdict.budget.limit)
    allowed = f"may {{}} {limit}" if verdict.budget.upper else f"must {{}} at least {limit}"
    doing = estimate.doing
    match metric.split(".")[0]:
        case "memory":
            return _memory_message(estimate, verdict)
        case "latency":
            return f"{_latency(metric)} is estimated at {value} and {allowed.format('be')}"
        case "lost_work":
            return f"a lost node costs up to {value} of work and {allowed.format('cost')}"
        case "time":
            return f"{doing} takes {value} and {allowed.format('take')}"
        case "step_time":
            return f"a step of {doing} takes {value} and {allowed.format('take')}"
        case "cost":
            return f"{estimate.costing} costs {value} and {allowed.format('cost')}"
        case "energy":
            return f"{doing} takes {value} of energy and {allowed.format('take')}"
        case "mfu":
            return f"{doing} uses {value} of the device's peak and {allowed.format('use')}"
        case "throughput":
            return f"{doing} reaches {value} and {allowed.format('reach')}"
        case "parameters":
            return f"{doing} has {value} parameters and {allowed.format('have')}"
        case _:
            return f"the {metric} of {doing} is {value} and {allowed.format('be')}"


def _memory_message(estimate: Any, verdict: Verdict) -> str:
    held = {"allocated": " for tensors", "reserved": " of torch's", "host": " of the host's memory"}
    value, limit = verdict.figure, verdict.budget.limit
    needs = (
        f"{estimate.doing} needs {value}{held.get(verdict.budget.metric.partition('.')[2], '')}{estimate.who}"
    )
    if verdict.zone is Zone.UNSURE:
        return f"{needs}, which is not surely within {'the device' if verdict.implicit else 'its budget'} of {limit}"
    return f"{needs}, which has {limit}" if verdict.implicit else f"{needs} and may use {limit}"


def _latency(metric: str) -> str:
    """`the 99th percentile of latency to the first token`."""
    first, _, quantile = metric.rpartition(".")
    kind = first if quantile in _QUANTILES else metric
    of = {"latency.first_token": " to the first token", "latency.token": " of a token"}.get(kind, "")
    return f"{_QUANTILES.get(quantile, _QUANTILES['p99'])}{of}"


def _none_fits(estimate: Any, verdict: Verdict, chosen: tuple[str, ...]) -> str:
    over = say(-(verdict.spare or 0), verdict.budget.limit.dimension)
    return f"no choice of {_and(chosen)} fits: the smallest still needs {verdict.figure}{estimate.who}, {over} too much"


def _and(words: tuple[str, ...]) -> str:
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _labels(verdict: Verdict) -> Iterator[Label]:
    span = verdict.budget.span
    if span is not None:
        yield Label(span, f"has {verdict.budget.limit}" if verdict.implicit else "the budget")


def _causes(metric: str, figure: Figure) -> Iterator[Label]:
    """Lost work has few causes, each with a line of its own: they are labels, where others are a table of shares."""
    if metric != "lost_work":
        return
    for item in figure.items:
        if item.span is not None:
            yield Label(item.span, ("and " if item.category != "work" else "") + item.what, primary=False)


def _notes(estimate: Any, verdict: Verdict) -> Iterator[str]:
    figure = verdict.figure
    assert isinstance(figure, Figure)
    if verdict.budget.metric.startswith("memory") and estimate.peak_moment:
        yield f"the peak is {estimate.peak_moment}"
    low, high = say(figure.low, figure.dimension), say(figure.high, figure.dimension)
    if low != high:
        yield f"an estimate: between {low} and {high}" + (f"; {figure.note}" if figure.note else "")
    if estimate.unvalidated:
        yield f"not yet validated: {', '.join(estimate.unvalidated)}"


def _unknown(verdict: Verdict) -> Diagnostic:
    budget, figure = verdict.budget, verdict.figure
    assert isinstance(figure, Unknown)
    label = (Label(budget.span, "this budget"),) if budget.span is not None else ()
    return Diagnostic(
        CANNOT_JUDGE,
        f"whether `{budget.metric}` keeps to {budget.limit} cannot be said: {figure.reason}",
        label,
        Severity.WARNING,
        help=figure.help,
    )

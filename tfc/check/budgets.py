"""Budgets: what is required of a plan, and what it is predicted to take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from tfc.cost.items import Figure, Item, Unknown, shares
from tfc.cost.verdict import Limit, Verdict, Zone, judge
from tfc.diagnostics.core import Diagnostic, Label, Severity
from tfc.units import Dimension, Quantity, say

if TYPE_CHECKING:
    from tfc.cost.estimate import Estimate
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

_QUANTILES = {
    "p50": "the median of latency",
    "p95": "the 95th percentile of latency",
    "p99": "the 99th percentile of latency",
    "mean": "the mean of latency",
}


def verdicts(plan: Plan) -> tuple[Verdict, ...]:
    """Every budget of the spec, and the memory of every device, beside what is predicted: in the order of the spec."""
    return tuple(verdict for estimate in plan.estimates.values() for verdict in verdicts_of(estimate))


def verdicts_of(estimate: Estimate) -> tuple[Verdict, ...]:
    """The verdicts on one block."""
    found = [judge(budget, estimate.metric(budget.metric, budget.conditions)) for budget in estimate.budgets]
    limit = estimate.capacity
    if limit is not None:
        budget = Limit("memory", Quantity(limit, Dimension.BYTES), estimate.capacity_span, estimate.name)
        found.append(judge(budget, estimate.metric("memory", {})))
    return tuple(found)


def budgets(plan: Plan) -> Iterator[Diagnostic]:
    """TFS401 to TFS406, TFS408 and TFS410: a budget that is broken, may be broken, or cannot be judged."""
    for estimate in plan.estimates.values():
        for verdict in _once(verdicts_of(estimate)):
            found = diagnose(plan, estimate, verdict)
            if found is not None:
                yield found


def _once(found: tuple[Verdict, ...]) -> Iterator[Verdict]:
    """A device that is too small is told once: by the budget on memory, where that is broken too."""
    broken = any(
        verdict.budget.metric == "memory" and verdict.zone is Zone.BROKEN and not verdict.implicit
        for verdict in found
    )
    return (verdict for verdict in found if not (verdict.implicit and (broken or verdict.zone is Zone.UNKNOWN)))


def diagnose(plan: Plan, estimate: Estimate, verdict: Verdict) -> Diagnostic | None:
    """What is to be said of one verdict; None if the budget is met."""
    budget = verdict.budget
    if isinstance(verdict.figure, Unknown):
        return _unknown(estimate, verdict)
    if verdict.zone is Zone.MET or (verdict.ok and not budget.required):
        return None
    code = CODES[budget.metric.split(".")[0]]
    chosen = estimate.chosen if code == "TFS401" and verdict.zone is Zone.BROKEN else ()
    return Diagnostic(
        NONE_FITS if chosen else code,
        _none_fits(estimate, verdict, chosen) if chosen else _message(estimate, verdict),
        (*_labels(verdict), *_causes(verdict.figure)),
        Severity.ERROR if budget.required and verdict.zone is Zone.BROKEN else Severity.WARNING,
        tuple(_notes(estimate, verdict)),
        shares(verdict.figure.items),
    )


def _message(estimate: Estimate, verdict: Verdict) -> str:
    """The headline, which stands alone: what is predicted, and what was allowed."""
    metric, value, limit = verdict.budget.metric, str(verdict.figure), str(verdict.budget.limit)
    more = "may" if verdict.budget.upper else "must"
    doing, who = estimate.doing, estimate.who
    match metric.split(".")[0]:
        case "memory":
            held = {"allocated": " for tensors", "reserved": " in torch's hands", "host": " of the host"}
            part = held.get(metric.partition(".")[2], "")
            needs = f"{doing} needs {value}{part}{who}"
            if verdict.implicit:
                return f"{needs}, which has {limit}"
            return f"{needs} and may use {limit}" if not verdict.ok else f"{needs}, close to the {limit} it may use"
        case "latency":
            first, _, quantile = metric.rpartition(".")
            which = _QUANTILES.get(quantile, _QUANTILES["p99"])
            of = {"latency.first_token": " to the first token", "latency.token": " of a token"}
            return f"{which}{of.get(metric if quantile not in _QUANTILES else first, '')} is estimated at {value} and {more} be {limit}"
        case "lost_work":
            return f"a lost node costs up to {value} of work and {more} cost {limit}"
        case "time":
            return f"{doing} takes {value} and {more} take {limit}"
        case "step_time":
            return f"a step of {doing} takes {value} and {more} take {limit}"
        case "cost":
            return f"{estimate.costing} costs {value} and {more} cost {limit}"
        case "energy":
            return f"{doing} takes {value} of energy and {more} take {limit}"
        case "mfu":
            return f"{doing} uses {value} of the device's peak and {more} use {limit}"
        case "throughput":
            return f"{doing} reaches {value} and {more} reach {limit}"
        case "parameters":
            return f"the model has {value} parameters and {more} have {limit}"
        case _:
            return f"the {metric} of {doing} is {value} and {more} be {limit}"


def _none_fits(estimate: Estimate, verdict: Verdict, chosen: tuple[str, ...]) -> str:
    over = say(-(verdict.spare or 0), verdict.budget.limit.dimension)
    return f"no choice of {_and(chosen)} fits: the smallest still needs {verdict.figure}{estimate.who}, {over} too much"


def _and(words: tuple[str, ...]) -> str:
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _labels(verdict: Verdict) -> Iterator[Label]:
    span = verdict.budget.span
    if span is not None:
        yield Label(span, f"has {verdict.budget.limit}" if verdict.implicit else "the budget")


def _causes(figure: Figure) -> Iterator[Label]:
    """For a sum of few causes, each at its line; a longer list is a table of shares instead."""
    if figure.dimension is Dimension.TIME and figure.items and all(item.category in ("work", "writing", "return") for item in figure.items):
        for item in figure.items:
            if item.span is not None:
                yield Label(item.span, ("and " if item.category != "work" else "") + item.what, primary=False)


def _notes(estimate: Estimate, verdict: Verdict) -> Iterator[str]:
    figure = verdict.figure
    assert isinstance(figure, Figure)
    if verdict.budget.metric.startswith("memory") and estimate.peak_moment:
        yield f"the peak is {estimate.peak_moment}"
    low, high = say(figure.low, figure.dimension), say(figure.high, figure.dimension)
    if low != high:
        yield f"an estimate: between {low} and {high}" + (f"; {figure.note}" if figure.note else "")
    if estimate.unvalidated:
        yield f"not yet validated: {', '.join(estimate.unvalidated)}"


def _unknown(estimate: Estimate, verdict: Verdict) -> Diagnostic | None:
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

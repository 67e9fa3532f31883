"""`plan.json`: what the compiler believed of a spec, with the line behind each value.

The generated `train.py` reads `predicted` of its block from it, to print it beside what it measures.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tfc import __version__
from tfc.check.budgets import subjects, verdicts_of
from tfc.cost.estimate import Estimate
from tfc.cost.items import Figure, Item, Unknown, total
from tfc.cost.latency import ServingEstimate
from tfc.cost.verdict import Verdict
from tfc.diagnostics.core import Span
from tfc.fields import Kind
from tfc.files import digest
from tfc.parallel.layout import Layout
from tfc.parallel.serving import Serving
from tfc.plan import Plan
from tfc.spec.written import dimension_of, written
from tfc.units import Dimension, Quantity

SCHEMA = 1
WIDTH = 400  # up to which an object without others in it stays on one line

# What amounts are counted in; what is absent here is a bare number.
BASE_UNITS = {dimension: dimension.value for dimension in Dimension} | {
    Dimension.COUNT: "",
    Dimension.SHARE: "",
    Dimension.POINTS: "",
    Dimension.TIME: "s",
    Dimension.POWER: "W",
    Dimension.ENERGY: "J",
    Dimension.BANDWIDTH: "bytes/s",
    Dimension.TOKEN_RATE: "tokens/s",
    Dimension.REQUEST_RATE: "requests/s",
    Dimension.PRICE: "USD/h",
}


def plan_json(plan: Plan) -> str:
    """The text of `plan.json`; the same for the same spec, wherever and whenever it is made."""
    raw = {
        "schema": SCHEMA,
        "tfc": __version__,
        "spec": {"file": plan.name, "hash": plan.hash},
        "settings": settings(plan),
        "models": {name: _model(plan, name) for name in plan.spec.models},
        "layouts": {name: _layout(estimate) for name, estimate in plan.estimates.items()},
        "estimates": {name: _estimate(estimate) for name, estimate in plan.estimates.items()},
        "predicted": {
            name: predicted(estimate) for name, estimate in (plan.estimates | plan.servings).items()
        },
        "deployments": {name: _deployment(estimate) for name, estimate in plan.servings.items()},
        "budgets": [_verdict(one.name, verdict) for one in subjects(plan) for verdict in verdicts_of(one)],
        "profiles": _profiles(plan),
    }
    return laid_out(raw) + "\n"


def settings(plan: Plan) -> dict[str, dict[str, Any]]:
    """Every setting: its value and unit, its line, and whether it was written, inherited, a default or `auto`."""
    found = {}
    for name, setting, holder in plan.solved.settings():
        value, origin = getattr(holder, setting.attribute), holder.origin_of(setting.name)
        found[name] = {**_amount(value, setting.kind), "at": place(origin.span), "origin": origin.how.value}
    return found


def predicted(estimate: Estimate | ServingEstimate) -> dict[str, Any]:
    """What is measured later, each with its interval: seconds of a step and bytes at the peak; of a deployment bytes at
    the peak and in its files, and seconds of one request of the longest lengths, alone."""
    if isinstance(estimate, ServingEstimate):
        return {name: _figure(estimate.metric(name, {"load": 0})) for name in ("memory", "size", "latency")}
    return {name: _figure(estimate.metric(name)) for name in ("step_time", "memory")}


def _model(plan: Plan, name: str) -> dict[str, Any]:
    """Parameters, and FLOPs of one sequence of the whole context: forward, and forward and backward."""
    graph, context = plan.graphs[name], plan.spec.models[name].context
    useful = graph.at(1, context, context).useful_flops
    return {
        "parameters": graph.parameters,
        "flops": {"forward": useful, "training": 3 * useful, "of": f"1 sequence of {context} tokens"},
    }


def _layout(estimate: Estimate) -> dict[str, Any]:
    layout = estimate.layout
    return {
        "device": layout.device.name,
        "nodes": layout.nodes,
        "per_node": layout.per_node,
        "data": layout.data,
        "tensor": layout.tensor,
        "pipeline": layout.pipeline,
        "context": layout.context,
        "zero": layout.zero,
        "shards": layout.shards,
        "batch": written(layout.train.batch),
        "microbatch": written(layout.train.microbatch),
        "accumulation": layout.accumulation,
        "buckets": [list(bucket) for bucket in layout.buckets],
        "steps": layout.steps,
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    figures = {name: _figure(figure) for name, figure in estimate.figures.items()}
    if estimate.disk is not None:
        figures["disk"] = _figure(estimate.disk)
    return {
        "figures": figures,
        "peak": estimate.peak_moment,
        "memory": _items(estimate.resident),
        "step": _items(estimate.step),
        "not_yet_validated": list(estimate.unvalidated),
    }


def _deployment(estimate: ServingEstimate) -> dict[str, Any]:
    """The figures of a deployment as it may be asked at the most, and what its memory is made of."""
    figures = {line.name: _figure(line.value) for line in estimate.summary()}
    return {
        "figures": figures,
        "memory": _items(estimate.resident),
        "not_yet_validated": list(estimate.unvalidated),
    }


def _items(items: Iterable[Item]) -> list[dict[str, Any]]:
    """The items that are not nothing; those of one kind, moment and line are one."""
    groups: dict[tuple[Any, ...], list[Item]] = {}
    for item in items:
        if item.most:
            groups.setdefault((item.category, item.what, item.moment, item.span), []).append(item)
    return [_item(group) for group in groups.values()]


def _item(group: list[Item]) -> dict[str, Any]:
    first = group[0]
    amount, low, high = (rounded(bound) for bound in total(group))
    sums = {"amount": amount, "low": low, "high": high, "unit": BASE_UNITS[first.dimension]}
    about = {"category": first.category, "what": first.what, "moment": first.moment}
    return sums | about | {"at": place(first.span)}


def _figure(figure: Figure | Unknown) -> dict[str, Any]:
    if isinstance(figure, Unknown):
        return {"unknown": figure.reason}
    bounds = {"value": figure.value, "low": figure.low, "high": figure.high}
    return {name: rounded(bound) for name, bound in bounds.items()} | {"unit": BASE_UNITS[figure.dimension]}


def rounded(value: float) -> float:
    """Twelve significant digits: exact for bytes, and the same whatever libm a machine has."""
    shown = float(f"{value:.12g}")
    return int(shown) if shown == int(shown) else shown


def _verdict(block: str, verdict: Verdict) -> dict[str, Any]:
    budget = verdict.budget
    return {
        "block": block,
        "strength": budget.strength,
        "metric": budget.metric,
        "comparison": budget.comparison,
        "limit": rounded(budget.limit.value),
        "unit": BASE_UNITS[budget.limit.dimension],
        "conditions": {name: plain(value) for name, value in sorted(budget.conditions.items())},
        "because": budget.reason,
        "at": place(budget.span),
        "predicted": rounded(verdict.value) if verdict.value is not None else None,
        "verdict": verdict.zone.value,
    }


def _profiles(plan: Plan) -> dict[str, Any]:
    """What the predictions of each block stand on: a measured profile, or the published figures of its device."""
    blocks = {**plan.layouts, **{name: one.serving for name, one in plan.servings.items()}}
    return {name: _profile(layout) for name, layout in sorted(blocks.items())}


def _profile(layout: Layout | Serving) -> dict[str, str]:
    if layout.profile is not None:
        return {"profile": layout.profile.source, "device": layout.device.name, "hash": layout.profile.hash}
    figures = json.dumps(layout.device.figures, sort_keys=True)
    return {"profile": "data sheet", "device": layout.device.name, "hash": digest(figures)}


def place(span: Span | None) -> str | None:
    """`model.tfs:12`, seen from the folder of the spec."""
    return span.place if span is not None else None


def _amount(value: Any, kind: Kind) -> dict[str, Any]:
    """A number and its base unit, a truth, a word, or a text as a spec would have it."""
    if isinstance(value, Quantity):
        return {"value": value.value, "unit": BASE_UNITS[value.dimension]}
    if isinstance(value, bool | str) or value is None:
        return {"value": value, "unit": ""}
    if isinstance(value, int | float):
        return {"value": value, "unit": BASE_UNITS.get(dimension_of(kind) or Dimension.COUNT)}
    return {"value": written(value, kind), "unit": ""}


def plain(value: Any) -> Any:
    """A value of a condition: what JSON has no form for, as a spec writes it."""
    return value if isinstance(value, bool | int | float | str) else written(value)


def laid_out(value: Any, margin: str = "") -> str:
    """JSON with what is small on one line, so that a setting or an item is a line of a diff."""
    flat = json.dumps(value, ensure_ascii=False)
    nested = isinstance(value, dict | list) and any(isinstance(part, dict | list) for part in _parts(value))
    if not isinstance(value, dict | list) or not value or (not nested and len(margin) + len(flat) <= WIDTH):
        return flat
    inner = margin + "  "
    if isinstance(value, dict):
        rows = [f"{json.dumps(name)}: {laid_out(part, inner)}" for name, part in value.items()]
        opening, closing = "{", "}"
    else:
        rows = [laid_out(part, inner) for part in value]
        opening, closing = "[", "]"
    return f"{opening}\n{inner}" + f",\n{inner}".join(rows) + f"\n{margin}{closing}"


def _parts(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value

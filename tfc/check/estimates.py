"""What estimates say beside budgets: memory that is not used, and how far they are from what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.cost.estimate import Estimate
from tfc.cost.items import Figure
from tfc.cost.validated import outside
from tfc.diagnostics.core import Diagnostic, Fix, Label, Safety, Severity
from tfc.fields import How
from tfc.spec.edits import edit
from tfc.spec.written import written
from tfc.units import Dimension, Quantity, say

if TYPE_CHECKING:
    from tfc.plan import Plan

WORTH = 0.02  # a step that becomes faster by less is not worth a word


def memory_is_used(plan: Plan) -> Iterator[Diagnostic]:
    """TFS901: a larger micro-batch would fit and be faster."""
    for estimate in plan.estimates.values():
        larger = _doubled(estimate)
        if larger is None or not _fits(larger):
            continue
        faster = 1 - larger.step_time / estimate.step_time
        if faster < WORTH:
            continue
        yield _spare(plan, estimate, larger, faster)


def _doubled(estimate: Estimate) -> Estimate | None:
    """The estimate with twice the micro-batch, if it is written and half of the accumulation is whole."""
    layout = estimate.layout
    train = layout.train
    fixed = train.origin_of("accumulation").how in (How.WRITTEN, How.INHERITED)
    if train.origin_of("microbatch").how not in (How.WRITTEN, How.INHERITED) or fixed:
        return None
    if layout.accumulation % 2 or layout.device.is_cpu:
        return None
    return Estimate(layout.replace(micro=2 * layout.micro, accumulation=layout.accumulation // 2))


def _fits(estimate: Estimate) -> bool:
    """Whether memory surely keeps to the device and to every budget."""
    limits = [("memory", estimate.capacity)]
    limits += [
        (b.metric, b.limit.value) for b in estimate.budgets if b.metric.startswith("memory") and b.upper
    ]
    return all(
        isinstance(figure := estimate.metric(name), Figure) and figure.high <= limit for name, limit in limits
    )


def _spare(plan: Plan, estimate: Estimate, larger: Estimate, faster: float) -> Diagnostic:
    train = estimate.layout.train
    spare = say(estimate.capacity - estimate.memory, Dimension.BYTES)
    twice = written(Quantity(2 * train.microbatch.value, train.microbatch.dimension))
    change = edit(plan.spec.source, (train,), "microbatch", twice)
    effect = f"{larger.metric('memory')}, {faster:.0%} faster"
    fix = Fix("double the micro-batch", (change,), Safety.CHANGES_RUN, effect) if change else None
    return Diagnostic(
        "TFS901",
        f"{spare}{estimate.who} stay unused, and twice the micro-batch would fit",
        _label(train.span_of("microbatch"), "this micro-batch"),
        Severity.HINT,
        fixes=(fix,) if fix else (),
    )


def within_what_was_measured(plan: Plan) -> Iterator[Diagnostic]:
    """TFS990: an estimate of something larger than anything that was measured."""
    for estimate in plan.estimates.values():
        found = tuple(outside(estimate))
        if found:
            train = estimate.layout.train
            yield Diagnostic(
                "TFS990",
                f"the estimate of `{estimate.name}` is of more than was measured",
                _label(train.span_of("on"), "runs here"),
                Severity.HINT,
                notes=found,
                help="treat it as a guide, and watch the first steps: the run prints what was predicted beside it",
            )


def _label(span: Any, text: str) -> tuple[Label, ...]:
    return (Label(span, text),) if span is not None else ()

"""What one would try next: settings of a block that bear on memory and time, each with the values beside its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfc.api import Draft, Variation, what_if
from tfc.check.priced import priced
from tfc.spec.written import written
from tfc.units import Quantity

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout
    from tfc.plan import Plan

PRECISIONS = ("fp32", "fp16", "int8")


def neighbours(draft: Draft, block: str) -> list[Variation]:
    """Every combination of the values to try for one block, without those that make no spec.

    The spec itself is among them, and marked as written.
    """
    plan = draft.plan()
    values = {name: found for name, found in choices(plan, block).items() if len(found) > 1}
    if not values:
        return []
    found = [one for one in what_if(draft, values) if one.plan is not None and priced(one.report)]
    own = plan.solved.hash
    return [replace(one, as_written=one.plan is not None and one.plan.solved.hash == own) for one in found]


def scenarios(draft: Draft) -> list[Variation]:
    """The spec as written, and under each of its scenarios; nothing where it has none."""
    names = tuple(draft.spec.scenarios) if draft.scenario_name is None else ()
    if not names:
        return []
    plan = draft.plan()
    found = [Variation({"scenario": "as written"}, plan, plan.report, True)]
    for name in names:
        changed = draft.scenario(name)
        report = changed.check()
        found.append(Variation({"scenario": name}, changed.plan() if priced(report) else None, report, False))
    return found


def choices(plan: Plan, block: str) -> dict[str, list[str]]:
    """The settings of a block that are varied, each with the values to try, in their order."""
    if block in plan.layouts:
        return training(plan, plan.layouts[block])
    deploy = plan.solved.block(block)
    own = written(deploy.precision)  # type: ignore[attr-defined]
    others = [name for name in PRECISIONS if name != getattr(deploy.precision, "name", "")]  # type: ignore[attr-defined]
    values = {f"{block}.precision": [own, *others]}
    if plan.servings[block].serving.generates:
        decoding = written(deploy.decoding)  # type: ignore[attr-defined]
        values[f"{block}.decoding"] = [*dict.fromkeys([decoding, "greedy"])]
    return values


def training(plan: Plan, layout: Layout) -> dict[str, list[str]]:
    """Half, all and twice the micro-batch, all and no recomputation, and on several devices the stages of ZeRO."""
    name, train = layout.name, plan.solved.block(layout.name)
    micro: Quantity = train.microbatch  # type: ignore[attr-defined]
    batch: Quantity = train.batch  # type: ignore[attr-defined]
    sizes = sorted({micro.value / 2, micro.value, micro.value * 2})
    most = batch.value / layout.data if batch.dimension is micro.dimension else float("inf")
    values = {
        f"{name}.microbatch": [
            str(Quantity(int(size), micro.dimension)) for size in sizes if size == int(size) and size <= most
        ],
        f"{name}.recompute": unlike(train.recompute, "none", "full"),  # type: ignore[attr-defined]
    }
    if layout.count > 1:
        values[f"{name}.parallel.zero"] = [str(stage) for stage in sorted({0, 2, 3, layout.zero})]
    return values


def unlike(own: Any, *others: str) -> list[str]:
    """The value of a setting with others to try, each once."""
    text = written(own)
    return [*others] if text in others else [text, *others]

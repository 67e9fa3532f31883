"""Whether the work can be divided as the spec says."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING, Any

from tfc.check.pointing import labels, rewrite, written
from tfc.diagnostics.core import Diagnostic, Safety, Severity
from tfc.fields import AUTO
from tfc.units import Dimension, group

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout
    from tfc.plan import Plan

DEGREES = ("data", "tensor", "pipeline", "context")


def degrees_fill_the_devices(plan: Plan) -> Iterator[Diagnostic]:
    """TFS302: the degrees multiply to the number of devices, or leave a whole number for those that are `auto`."""
    for train in (*plan.spec.trains.values(), *plan.spec.distills.values()):
        parallel, count = train.parallel, train.on.count
        given = {name: getattr(parallel, name) for name in DEGREES if getattr(parallel, name) is not AUTO}
        product = prod(given.values())
        whole = product == count if len(given) == len(DEGREES) else count % product == 0
        if whole:
            continue
        shown = [name for name in DEGREES if name in given and (given[name] != 1 or written(parallel, name))]
        of = " x ".join(f"{name} {given[name]}" for name in shown)
        yield Diagnostic(
            "TFS302",
            f"{of} make {product}, and there {'is' if count == 1 else 'are'} {count} device{'s' if count != 1 else ''}",
            labels(
                *((parallel, name, f"{given[name]}") for name in reversed(shown)),
                (train, "on", f"{count} here"),
            ),
            help="with `data = auto` it is what the others leave",
            fixes=_data_left(parallel, given, count),
        )


def _data_left(parallel: Any, given: dict[str, int], count: int) -> Any:
    others = prod(value for name, value in given.items() if name != "data")
    if "data" not in given or count % others:
        return ()
    return rewrite(
        parallel, "data", str(count // others), "let `data` be what the others leave", Safety.CHANGES_RUN
    )


def nothing_excluded(plan: Plan) -> Iterator[Diagnostic]:
    """TFS305: no two settings that cannot stand together."""
    for layout in plan.layouts.values():
        for conflict in layout.conflicts:
            first, *others = conflict.settings
            yield Diagnostic(
                "TFS305",
                f"{' and '.join(f'`{name}`' for name in conflict.settings)} exclude each other",
                labels(
                    (layout.train.parallel, first, "cannot stand"),
                    *((layout.train.parallel, name, "beside this") for name in others),
                ),
                notes=(conflict.text,),
            )
        yield from _adapters_to_train(layout)


def _adapters_to_train(layout: Layout) -> Iterator[Diagnostic]:
    train, model = layout.train, layout.model
    if getattr(train, "trainable", "all") == "all" or any(
        side.adapters.name != "none" for side in model.sides
    ):
        return
    yield Diagnostic(
        "TFS305",
        "`trainable = adapters` leaves nothing to train: the model has none",
        labels((train, "trainable", "trains adapters only"), (model, "adapters", "none")),
        help="give the model `adapters = bottleneck(rank = 64)`, or train all of it",
    )


def batch_comes_out(plan: Plan) -> Iterator[Diagnostic]:
    """TFS503: micro-batches, accumulation and copies multiply to the batch."""
    for layout in plan.layouts.values():
        if layout.divides:
            continue
        unit = "tokens" if layout.counts_tokens else "sequences"
        per_pass = layout.micro * layout.data
        train = layout.train
        steps = f"{group(layout.micro)} {unit} x {layout.data} GPUs"
        given = written(train, "accumulation")
        if given:
            steps += f" x {layout.accumulation} times"
            per_pass *= layout.accumulation
        yield Diagnostic(
            "TFS503",
            f"a batch of {group(layout.batch)} {unit} is not a multiple of {steps}"
            if not given
            else f"a batch of {group(layout.batch)} {unit} is not {steps}",
            labels(
                (train, "batch", f"{layout.batch / per_pass:.2f} times {group(per_pass)}"),
                (train, "microbatch", "of one GPU in one pass"),
                (train, "accumulation", "passes of one step"),
                (train.parallel, "data", "copies of the model"),
            ),
            notes=_of_the_longest(layout, unit),
            fixes=_nearest_batch(layout, int(per_pass), unit),
        )


def _of_the_longest(layout: Layout, unit: str) -> tuple[str, ...]:
    micro = layout.train.microbatch
    if unit == "tokens" and getattr(micro, "dimension", None) is Dimension.SEQUENCES:
        longest = sum(layout.longest)
        return (f"a sequence counts as {group(longest)} tokens, the longest there is",)
    return ()


def _nearest_batch(layout: Layout, per_pass: int, unit: str) -> Any:
    times = max(1, round(layout.batch / per_pass))
    value = f"{times * per_pass:_} {unit}"
    return rewrite(layout.train, "batch", value, f"use {value}", Safety.CHANGES_RUN)


def fast_links(plan: Plan) -> Iterator[Diagnostic]:
    """TFS304: what sends most stays within a node."""
    for layout in plan.layouts.values():
        inner = layout.tensor * layout.context
        if layout.nodes == 1 or inner <= layout.per_node:
            continue
        name = "tensor" if layout.tensor > 1 else "context"
        ratio = layout.device.node_link.bandwidth / layout.device.fabric.bandwidth
        yield Diagnostic(
            "TFS304",
            f"`{name}` reaches over {inner} devices, and a node has {layout.per_node}",
            labels(
                (layout.train.parallel, name, "crosses nodes"),
                (layout.train, "on", f"{layout.per_node} a node"),
            ),
            severity=Severity.WARNING,
            notes=(f"between nodes a device sends {ratio:.0f} times more slowly than within one",),
            fixes=rewrite(
                layout.train.parallel, name, str(layout.per_node), "stay within a node", Safety.CHANGES_RUN
            ),
        )

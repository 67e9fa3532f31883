"""The time of a whole run: its steps, its checkpoints and its validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.cost.asking import asks_first, first_seconds
from tfc.cost.items import Figure, Item, Unknown, total
from tfc.cost.recovery import WIDE, seconds_between, stall
from tfc.units import Dimension, say

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout

# Forward passes of one validation, in micro-batches: `data.dev` is not read to find out, so its interval is wide.
VALIDATION_BATCHES = 50


def run_time(layout: Layout, step: Figure) -> Figure | Unknown:
    """Seconds of the whole run; needs the number of steps."""
    steps = layout.steps
    if steps is None:
        return Unknown(
            "the run is given in epochs and how much data there is is not known",
            "say `size = ... sequences` in `data`",
        )
    train = layout.train
    text = f"{say(steps, Dimension.STEPS)} of {step}"
    length = next(
        (name for name in ("steps", "tokens", "epochs") if getattr(train, name) is not None), "steps"
    )
    items = [
        Item(
            steps * step.value,
            Dimension.TIME,
            "steps",
            text,
            span=train.span_of(length),
            low=steps * step.low,
            high=steps * step.high,
        ),
        _checkpoints(layout, steps, step),
    ]
    if layout.spec.data_of(train).dev is not None:
        items.append(_validation(layout, steps, step))
    if asks_first(layout):
        first = first_seconds(layout)
        if isinstance(first, Unknown):
            return first
        items += first
    return Figure(*total(items), Dimension.TIME, tuple(items), step.note)


def _checkpoints(layout: Layout, steps: int, step: Figure) -> Item:
    every = seconds_between(layout.train.checkpoint.every, step)
    times = max(1, steps * step.value // max(every.value, step.value))
    each = stall(layout, layout.graph.parameters)
    return Item(
        times * each,
        Dimension.TIME,
        "checkpoints",
        f"{say(int(times), Dimension.COUNT)} of {say(each, Dimension.TIME)}",
        span=layout.train.checkpoint.span_of("every"),
        low=times * each / WIDE,
        high=times * each * WIDE,
    )


def _validation(layout: Layout, steps: int, step: Figure) -> Item:
    every = seconds_between(layout.train.validate, step)
    times = steps * step.value // max(every.value, step.value)
    # A forward pass is a third of what a micro-batch takes.
    each = VALIDATION_BATCHES * step.value / layout.accumulation / 3
    return Item(
        times * each,
        Dimension.TIME,
        "validation",
        f"{say(int(times), Dimension.COUNT)} times {VALIDATION_BATCHES} micro-batches forward",
        span=layout.train.span_of("validate"),
        low=0,
        high=times * each * WIDE,
    )

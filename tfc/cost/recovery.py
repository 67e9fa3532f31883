"""What a lost node costs: the work since the last checkpoint that has arrived, and the time to come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfc.cost.items import Figure, Item, Unknown, total
from tfc.units import Dimension, say_time

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout

# Bytes per second that one writer brings to a store, and seconds to start a run again: orders of magnitude, of which
# no measurement is at hand, so their interval is wide. Object stores: 0.5 GB/s a node is what a few parallel uploads
# reach. Starting: scheduling, imports, communicators, reading the checkpoint; twice that where a node must be found.
LOCAL_DISK = 1e9
OBJECT_STORE = 5e8
START = 150.0
WIDE = 2.0


def checkpoint_bytes(parameters: float, moments: int = 2) -> float:
    """fp32 weights and the moments of the optimizer; the rest is small."""
    return 4 * parameters * (1 + moments)


def write_time(layout: Layout, parameters: float) -> float:
    """Seconds until a checkpoint has arrived: one writer, or one a node where it is sharded."""
    checkpoint = layout.train.checkpoint
    rate = OBJECT_STORE if "://" in (checkpoint.to or "") else LOCAL_DISK
    writers = layout.nodes if checkpoint.write.sharded else 1
    return checkpoint_bytes(parameters) / (rate * writers)


def stall(layout: Layout, parameters: float) -> float:
    """Seconds for which training waits for one checkpoint: until it is copied to the host if written beside it."""
    if layout.train.checkpoint.write.name == "async":
        return checkpoint_bytes(parameters) / layout.count / 10e9
    return write_time(layout, parameters)


def seconds_between(every: Any, step_time: Figure) -> Figure:
    """An interval given in steps or in time, as time."""
    if every.dimension is Dimension.STEPS:
        return step_time.scaled(every.value)
    return Figure(every.value, every.value, every.value, Dimension.TIME)


def lost_work(layout: Layout, parameters: float, step_time: Figure | Unknown) -> Figure | Unknown:
    """The worst that one lost node costs."""
    checkpoint, preemption = layout.train.checkpoint, layout.train.preemption
    if isinstance(step_time, Unknown):
        return step_time
    every = seconds_between(checkpoint.every, step_time)
    writing = write_time(layout, parameters)
    elastic = getattr(getattr(preemption, "resume", None), "name", "") == "elastic"
    coming = START if elastic or layout.nodes == 1 else 2 * START
    back = "to come back with fewer nodes" if elastic else "to come back"
    items = (
        Item(
            every.value,
            Dimension.TIME,
            "work",
            f"{say_time(every.value)} since the last checkpoint",
            span=checkpoint.span_of("every"),
            low=every.low,
            high=every.high,
        ),
        Item(
            writing,
            Dimension.TIME,
            "writing",
            f"{say_time(writing)} until it has arrived",
            span=checkpoint.span_of("write"),
            low=writing / WIDE,
            high=writing * WIDE,
        ),
        Item(
            coming,
            Dimension.TIME,
            "return",
            f"{say_time(coming)} {back}",
            span=layout.train.span_of("preemption"),
            low=coming / WIDE,
            high=coming * WIDE,
        ),
    )
    return Figure(*total(items), Dimension.TIME, items)

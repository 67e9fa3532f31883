"""The time of one optimizer step: what the device computes, what it waits for, and what is sent.

The device's time is a sum over kernels, at what a measured profile or the data sheet says that they take. Where the
host starts them more slowly than they run, it sets the pace: it runs ahead until the loss is read, every few steps, so
that a step takes the longer of both, and once in a while the whole way from an idle device to an idle device.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfc.cost.arithmetic import any_of, largest
from tfc.cost.asking import lesson_seconds
from tfc.cost.communication import step_seconds
from tfc.cost.items import Item
from tfc.cost.memory import at
from tfc.cost.roofline import OPTIMIZER_BYTES, attained
from tfc.cost.stage import Effort, StageTime, seconds

if TYPE_CHECKING:
    from tfc.parallel.base import Message
    from tfc.parallel.layout import Layout

# Steps after which a generated `train.py` reads the loss and so waits for the device (its LOG).
LOGGED = 10
# Python around the kernels, in calls of `pointwise`: of a step (logging, schedule, random numbers), of a micro-batch
# (taking it from the thread that makes it, copying it, starting the backward pass), and of each parameter whose
# gradient is let go. On a CPU (EPYC, 2026-11-22, benchmarks/host.py) a step's log took 40 to 60 such calls, the next
# batch 30 to 50, and a gradient half a call; a GPU's own log and copies are counted by hand.
STEP_CALLS, BATCH_CALLS, TENSOR_CALLS = 80, 80, 0.5
# A host is slower or quicker from hour to hour, by who else is on it: the captions' step took 20 to 35 ms on machines
# with an H100 that were one like another.
HOSTS, HOST_TRUST = ("dispatch", "host"), (0.7, 1.5)


def step_items(layout: Layout) -> tuple[Item, ...]:
    """The time of one optimizer step: compute, recomputation, dispatch, bubble, communication, optimizer, data."""
    sized = at(layout, layout.typical)
    stages = [StageTime(layout, stage, sized) for stage in layout.stages_at(layout.typical)]
    # The slowest stage sets the pace; which one that is does not depend on what is swept.
    return paced(layout, stages, max(stages, key=lambda stage: _first(stage.micro_batch)))


def paced(layout: Layout, stages: Sequence[StageTime], slowest: StageTime) -> tuple[Item, ...]:
    """The same where it is known what the stages take, and which of them is the slowest."""
    train, found = layout.train, list(slowest.items())
    optimizer, adding = slowest.optimizer(), slowest.adding()
    found.append(seconds(optimizer.device, "optimizer", _optimizer_text(layout), train.span_of("optimizer")))
    if any_of(layout.accumulation > 1):
        text = "gradients of micro-batches added up"
        found.append(seconds(adding.device, "compute", text, train.span_of("microbatch")))
    found += _waits(layout, slowest, optimizer, adding)
    if layout.pipeline > 1:
        found.append(_bubble(layout, stages, slowest))
    found += _sent(layout, slowest)
    found += [seconds(*parts) for parts in lesson_seconds(layout)]
    return bounded(found, attained(layout).trust)


def _waits(layout: Layout, stage: StageTime, optimizer: Effort, adding: Effort) -> Iterator[Item]:
    """What a step takes beyond the device's work: waiting for the host, divided among what the host is slow at."""
    times, pace, train = layout.accumulation, stage.pace, layout.train
    around = stage.known.call("pointwise")[0] * (
        STEP_CALLS + times * BATCH_CALLS + TENSOR_CALLS * stage.tensors
    )
    host = around + times * pace.host + adding.host + optimizer.host
    device = times * pace.device + adding.device + optimizer.device
    ahead = largest(host, device)
    # From an idle device: the first micro-batch by itself, the others behind it, then the optimizer.
    more = (times - 1) * pace.steady + adding.device + optimizer.device
    idle = largest(around + pace.alone + more, host)
    waited = (ahead * (LOGGED - 1) + idle) / LOGGED - device
    parts = [
        (amount, "dispatch", f"starting kernels: {name}", "microbatch") for name, amount in stage.waiting()
    ]
    late = largest(optimizer.host - optimizer.device, 0)
    parts.append((late, "dispatch", "starting kernels: the optimizer", "optimizer"))
    parts.append((around, "host", "reading batches, logging", "batch"))
    whole = sum(amount for amount, *_ in parts)
    for amount, category, text, setting in parts:
        yield seconds(waited * amount / whole, category, text, train.span_of(setting))


def _bubble(layout: Layout, stages: Sequence[StageTime], slowest: StageTime) -> Item:
    """Filling and emptying the pipeline: one micro-batch through all stages but the slowest (F4)."""
    others = sum(stage.micro_batch for stage in stages if stage is not slowest)
    chunks = layout.chunks if layout.schedule == "interleaved" else 1
    text = f"{layout.pipeline} stages fill and empty, {layout.schedule}"
    return seconds(others / chunks, "pipeline bubble", text, layout.train.parallel.span_of("pipeline"))


def _sent(layout: Layout, stage: StageTime) -> Iterator[Item]:
    """What is sent and cannot be hidden behind computing."""
    backward = stage.micro_batch * 2 / 3
    for message in layout.sends(stage.work()):
        if isinstance(message.ranks, int | float) and message.ranks <= 1:
            continue
        taken = step_seconds(message, layout)
        # What is sent once a step hides behind its last backward pass, what is sent all the time behind everything.
        window = backward if _once(message) else stage.micro_batch * layout.accumulation
        beside = taken * message.hidden
        exposed = taken - beside + largest(beside - window, 0)
        yield seconds(exposed, "communication", message.what, layout.train.parallel.span_of(message.setting))


def _once(message: Message) -> bool:
    return isinstance(message.count, int) and message.count == 1


def _optimizer_text(layout: Layout) -> str:
    return f"{layout.train.optimizer.name} moves {OPTIMIZER_BYTES} bytes a parameter"


def bounded(items: Iterable[Item], trust: tuple[float, float]) -> tuple[Item, ...]:
    """The items with the bounds within which the figures of the device, and those of its host, are trusted."""
    found = []
    for i in items:
        host = i.category in HOSTS
        low = min(trust[0], HOST_TRUST[0]) if host else trust[0]
        high = max(trust[1], HOST_TRUST[1]) if host else trust[1]
        found.append(replace(i, low=i.amount * low, high=i.amount * high))
    return tuple(found)


def _first(amount: Any) -> float:
    return float(amount.flat[0]) if hasattr(amount, "flat") else float(amount)

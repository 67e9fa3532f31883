"""The time of one optimizer step: a roofline for every product and for what is read and written besides.

A kernel takes the longer of its arithmetic and its bytes, at what the device attains of either; a block takes no less
than the CPU needs to start its kernels. Without a measured profile these are figures of data sheets and the interval is
wide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tfc.cost.arithmetic import Amount, any_of, largest, smallest
from tfc.cost.communication import step_seconds
from tfc.cost.items import Item
from tfc.cost.kept import is_layer, part_of, said
from tfc.cost.lesson import lesson_seconds
from tfc.cost.memory import MASTER, at, element
from tfc.cost.roofline import Roofline
from tfc.ops.output import chunk
from tfc.parallel.base import Work
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.diagnostics.core import Span
    from tfc.graph.sized import SizedBlock, SizedGraph, SizedNode
    from tfc.hardware.device import Device
    from tfc.ops.base import Product
    from tfc.parallel.base import Message
    from tfc.parallel.layout import Layout
    from tfc.parallel.pipeline import Stage

STEP = "step"
# Flash attention's backward pass does five products where the forward pass does two (Dao 2023, arXiv 2307.08691).
ATTENTION_BACKWARD = 2.5
# Bytes that the optimizer moves for a parameter, all of 4: weight, gradient and two moments read, three written (28);
# the norm of the gradients reads them (4) and clipping reads and writes them (8).
OPTIMIZER_BYTES = 40
# What `torch.compile` of each block leaves of the bytes between products: a step of Llama-3.2-1B's shape went from 385
# to 367 ms (devices.toml tells where). A model too small to keep the GPU busy became no faster.
COMPILED_TRAFFIC = 0.8
# What FSDP2 starts for a layer beside its kernels: the gather with its copies in and out, and in the backward pass the
# scatter of the gradients too (torch.distributed.fsdp's _fully_shard, counted by hand).
SHARDED_LAUNCHES = (8, 16)
# Seconds of Python around the kernels: of a step (logging, schedule, clipping) and of a micro-batch (reading it).
STEP_OVERHEAD, BATCH_OVERHEAD = 1e-3, 0.5e-3


@dataclass(frozen=True)
class Passes:
    """Seconds of one operation or block, once, in the forward and in the backward pass."""

    forward: Amount
    backward: Amount

    def __add__(self, other: Passes) -> Passes:
        return Passes(self.forward + other.forward, self.backward + other.backward)


NOTHING = Passes(0, 0)


class StageTime:
    """The time of one stage of a pipeline (all of the model, where there is none) for one micro-batch."""

    def __init__(self, layout: Layout, stage: Stage, sized: SizedGraph) -> None:
        self.layout, self.stage, self.sized = layout, stage, sized
        self.roofline = Roofline(layout.device, layout.train.precision.name)
        self.blocks = {block.name: block for block in sized.blocks if stage.count(block.name)}
        self.compiled = layout.train.compile == "blocks"

    def node(self, node: SizedNode, block: SizedBlock) -> Passes:
        """The device's time for one operation."""
        part, fused = self.layout.kept.inner, self.compiled and is_layer(block)
        products = sum(self.roofline.product(one, self.sized.element, part) for one in _launched(node))
        scores = self.roofline.scores(_scores(node)) * part
        moved = node.traffic * (COMPILED_TRAFFIC if fused else 1) * self.layout.kept.edge
        traffic = self.roofline.traffic(moved)
        # The loss makes its gradients in the forward pass; what that moves is counted there.
        again = 0 if node.op.name == "output" else 2 * traffic
        if node.op.name == "embedding":
            # The gradient of a lookup is as large as its table: filled with zeros, and added to what is there.
            model = self.layout.model
            again += self.roofline.traffic(4 * MASTER * model.rows * model.width * self.layout.kept.copies)
        return Passes(products + scores + traffic, 2 * products + ATTENTION_BACKWARD * scores + again)

    def dispatch(self, block: SizedBlock) -> Passes:
        """What the CPU needs to start the kernels of a block."""
        each = largest(self.layout.device.dispatch, self.layout.device.floor)
        more = SHARDED_LAUNCHES if self.layout.zero >= 2 and is_layer(block) else (0, 0)
        return Passes(*(each * (own + added) for own, added in zip(block.launches, more, strict=True)))

    def computed(self, block: SizedBlock) -> Passes:
        return sum((self.node(node, block) for node in block.nodes), NOTHING)

    def waits(self, block: SizedBlock) -> Amount:
        """By how much starting the kernels of a block takes longer than they do."""
        device, host = self.computed(block), self.dispatch(block)
        return largest(host.forward - device.forward, 0) + largest(host.backward - device.backward, 0)

    def again(self, node: SizedNode, block: SizedBlock) -> Amount:
        """Seconds in which an operation is done again for the backward pass."""
        recompute = self.layout.train.recompute
        full = recompute.name == "full"
        part = recompute.name == "selective" and part_of(node) in recompute.parts
        return self.node(node, block).forward if is_layer(block) and (full or part) else 0

    def items(self) -> Iterator[Item]:
        """The device's time of all micro-batches of a step, and what it waits for."""
        micro_batches = self.layout.accumulation
        for name, block in self.blocks.items():
            times = self.stage.count(name) * micro_batches
            for node in block.nodes:
                passes = self.node(node, block)
                again = self.again(node, block)
                yield _seconds(
                    (passes.forward + passes.backward) * times, "compute", said(node), node.origin.span
                )
                if recomputes(self.layout):
                    span = self.layout.train.span_of("recompute")
                    yield _seconds(again * times, "recomputation", f"{said(node)}, again", span)
            text = f"kernels too small to keep the device busy: {name}"
            yield _seconds(
                self.waits(block) * times, "dispatch", text, self.layout.train.span_of("microbatch")
            )

    @cached_property
    def micro_batch(self) -> Amount:
        """Seconds of one micro-batch, forward and backward, all waiting for kernels included."""
        return sum(item.amount for item in self.items()) / self.layout.accumulation

    @property
    def parameters(self) -> int:
        return sum(block.parameters * self.stage.count(name) for name, block in self.blocks.items())

    def optimizer(self) -> Amount:
        """Seconds of the optimizer's step."""
        return self.roofline.traffic(self.parameters * self.layout.kept.optimizer * OPTIMIZER_BYTES)

    def adding(self) -> Amount:
        """Seconds in which the gradients of micro-batches are added up."""
        times = self.layout.accumulation - 1
        return self.roofline.traffic(self.parameters * self.layout.kept.gradients * 3 * MASTER * times)

    def work(self) -> Work:
        """What the strategies need to know of this stage."""
        layout, model = self.layout, self.layout.model
        source, target = layout.typical
        size = element(layout.train.precision)
        tokens = layout.sequences(layout.typical) * (target or source)
        heads = max((side.kv_heads * side.head_width for side in model.sides), default=0)
        gathered = size if layout.zero >= 2 else MASTER
        return Work(
            parameter_bytes=self.parameters * gathered * layout.kept.copies,
            gradient_bytes=self.parameters * MASTER * layout.kept.copies,
            stream_bytes=tokens * model.width * size,
            key_value_bytes=2 * tokens * heads * size * layout.kept.copies,
            layers=sum(1 for name in self.stage.order if is_layer(self.blocks[name])),
            micro_batches=layout.accumulation,
            recomputed=layout.train.recompute.name == "full",
        )


def _launched(node: SizedNode) -> tuple[Product, ...]:
    """The products as they are computed: those of the loss chunk by chunk."""
    if node.op.name != "output":
        return node.products
    return tuple(
        replace(product, m=(rows := smallest(product.m, chunk(product.n))), count=product.m / rows)
        for product in node.products
    )


def _scores(node: SizedNode) -> Amount:
    """FLOPs of attention: a kernel that takes a mask computes what it hides, one that knows of order does not."""
    return (
        node.executed
        if node.op.name == "sliding"
        else node.useful
        if node.op.family == "attention"
        else node.executed
    )


def recomputes(layout: Layout) -> bool:
    return layout.train.recompute.name != "none"


def step_items(layout: Layout) -> tuple[Item, ...]:
    """The time of one optimizer step: compute, recomputation, dispatch, bubble, communication, optimizer, data."""
    sized = at(layout, layout.typical)
    stages = [StageTime(layout, stage, sized) for stage in layout.stages_at(layout.typical)]
    # The slowest stage sets the pace; which one that is does not depend on what is swept.
    return paced(layout, stages, max(stages, key=lambda stage: _first(stage.micro_batch)))


def paced(layout: Layout, stages: Sequence[StageTime], slowest: StageTime) -> tuple[Item, ...]:
    """The same where it is known what the stages take, and which of them is the slowest."""
    found = list(slowest.items())
    if layout.pipeline > 1:
        found.append(_bubble(layout, stages, slowest))
    found += _sent(layout, slowest)
    found += [_seconds(*parts) for parts in lesson_seconds(layout)]
    found.append(
        _seconds(slowest.optimizer(), "optimizer", _optimizer_text(layout), layout.train.span_of("optimizer"))
    )
    if any_of(layout.accumulation > 1):
        span = layout.train.span_of("microbatch")
        found.append(_seconds(slowest.adding(), "compute", "gradients of micro-batches added up", span))
    host = STEP_OVERHEAD + layout.accumulation * BATCH_OVERHEAD
    found.append(_seconds(host, "host", "reading batches, logging", layout.train.span_of("batch")))
    return bounded(found, layout.device)


def _bubble(layout: Layout, stages: Sequence[StageTime], slowest: StageTime) -> Item:
    """Filling and emptying the pipeline: one micro-batch through all stages but the slowest (F4)."""
    others = sum(stage.micro_batch for stage in stages if stage is not slowest)
    chunks = layout.chunks if layout.schedule == "interleaved" else 1
    text = f"{layout.pipeline} stages fill and empty, {layout.schedule}"
    return _seconds(others / chunks, "pipeline bubble", text, layout.train.parallel.span_of("pipeline"))


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
        yield _seconds(exposed, "communication", message.what, layout.train.parallel.span_of(message.setting))


def _once(message: Message) -> bool:
    return isinstance(message.count, int) and message.count == 1


def _optimizer_text(layout: Layout) -> str:
    return f"{layout.train.optimizer.name} moves {OPTIMIZER_BYTES} bytes a parameter"


def bounded(items: Iterable[Item], device: Device) -> tuple[Item, ...]:
    """The items with the bounds within which the device's figures are trusted."""
    low, high = device.trust
    return tuple(
        Item(i.amount, i.dimension, i.category, i.what, i.moment, i.span, i.amount * low, i.amount * high)
        for i in items
    )


def _seconds(amount: Amount, category: str, what: str, span: Span | None) -> Item:
    return Item(amount, Dimension.TIME, category, what, STEP, span)


def _first(amount: Any) -> float:
    return float(amount.flat[0]) if hasattr(amount, "flat") else float(amount)

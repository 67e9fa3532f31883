"""The time of one stage of a model for one micro-batch: kernels of the device, calls of the host, and who waits.

The host starts kernels, the device runs them in their order. Over a stretch of work the device ends no earlier than it
needs from where it stands, and no earlier than the host has started the last kernel; what the host is ahead, it keeps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tfc.cost.arithmetic import Amount, largest
from tfc.cost.items import Item
from tfc.cost.kept import is_layer, part_of, said
from tfc.cost.memory import MASTER, element
from tfc.cost.roofline import attained
from tfc.ops.output import chunk, paired_chunk
from tfc.parallel.base import Work
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.graph.sized import SizedBlock, SizedGraph, SizedNode
    from tfc.ops.base import Sizes
    from tfc.parallel.layout import Layout
    from tfc.parallel.pipeline import Stage

STEP = "step"
# What FSDP2 starts for a layer beside its kernels: the gather with its copies in and out, and in the backward pass the
# scatter of the gradients too (torch.distributed.fsdp's _fully_shard, counted by hand).
SHARDED_LAUNCHES = (8, 16)
# What `checkpoint(use_reentrant=False)` does beside running a layer twice, in calls of an own function both ways: hooks
# on what is saved, and the state of random numbers kept and put back. On a CPU 76 to 143 us and 230 to 270, where such
# a call takes 17 to 29 (EPYC, 2026-11-22, benchmarks/host.py).
CHECKPOINTED = (4, 10)
# Calls of a parameter in `GradScaler.unscale_`, which puts lists together (torch.amp, by hand).
UNSCALED = 0.5
SMALL = 1024  # bytes of a kernel that makes a mask or an angle: it takes as long as the shortest


@dataclass(frozen=True)
class Passes:
    """Seconds of one operation or block, once, in the forward and in the backward pass."""

    forward: Amount
    backward: Amount

    def __add__(self, other: Passes) -> Passes:
        return Passes(self.forward + other.forward, self.backward + other.backward)

    def __mul__(self, times: Amount) -> Passes:
        return Passes(self.forward * times, self.backward * times)

    @property
    def both(self) -> Amount:
        return self.forward + self.backward


NOTHING = Passes(0, 0)


@dataclass(frozen=True)
class Effort:
    """Seconds of the host and of the device for what is done once a step."""

    host: Amount
    device: Amount


@dataclass(frozen=True)
class Pace:
    """Seconds of a micro-batch: of the host, of the device, and from an idle device until it is idle again."""

    host: Amount
    device: Amount
    alone: Amount

    @property
    def steady(self) -> Amount:
        """Seconds from one micro-batch to the next, where the host may run ahead."""
        return largest(self.host, self.device)

    def at(self, places: Any) -> Pace:
        """Of arrays the values at some places."""
        return Pace(self.host[places], self.device[places], self.alone[places])


def stretch(host: Amount, device: Amount, started: Amount, done: Amount) -> tuple[Amount, Amount]:
    """When the host has started a stretch of kernels and when the device has run them, from where both stood."""
    return started + host, largest(largest(started, done) + device, started + host)


class StageTime:
    """The time of one stage of a pipeline (all of the model, where there is none) for one micro-batch."""

    def __init__(self, layout: Layout, stage: Stage, sized: SizedGraph) -> None:
        self.layout, self.stage, self.sized = layout, stage, sized
        self.known = attained(layout)
        self.dtype = computed_in(layout)
        self.blocks = {block.name: block for block in sized.blocks if stage.count(block.name)}
        self.compiled = layout.train.compile == "blocks"
        self.recompute = layout.train.recompute
        self._nodes: dict[int, Passes] = {}
        # The loss that compares student and teacher is not fused (TeachersLoss): each step is a kernel.
        self.compares = layout.train.kind == "distill" and layout.train.loss_called("kl") is not None

    # ------------------------------------------------------------------------------------------- the device

    def node(self, node: SizedNode, block: SizedBlock) -> Passes:
        """The device's time for one operation."""
        found = self._nodes.get(id(node))
        if found is None:
            found = self._nodes[id(node)] = (
                self._products(node) + self._scores(node) + self._kernels(node, block)
            )
        return found

    def _products(self, node: SizedNode) -> Passes:
        layout, forward, backward = self.layout, 0, 0
        tokens, cut = layout.context, layout.tensor
        for one in node.products:
            rows, count = one.m / tokens, one.count
            if node.op.name == "output":
                count = -(-rows // self._chunk(node))
                rows = rows / count
            # A projection back to the stream is cut along what it reads, every other along what it makes.
            back = one.n == layout.model.width and node.op.name != "output"
            n, k = (one.n, one.k / cut) if back else (one.n / cut, one.k)
            made, given, learnt = (
                count * self.known.product(rows, n, k, self.dtype, kind)
                for kind in ("forward", "input", "weight")
            )
            # The loss makes its gradients in the forward pass.
            at_once = node.op.name == "output"
            forward = forward + made + (given + learnt if at_once else 0)
            backward = backward + (0 if at_once else given + learnt)
        return Passes(forward, backward)

    def _chunk(self, node: SizedNode) -> int:
        """Tokens whose logits exist at once."""
        rows = self.layout.model.rows
        return paired_chunk(rows) if self.compares else chunk(rows, node.sizes.fused)

    def _scores(self, node: SizedNode) -> Passes:
        if node.op.family != "attention":
            return NOTHING
        cut = (self.layout.tensor, self.layout.context)
        return Passes(
            *(_attention(node, self.known, self.dtype, backward, *cut) for backward in (False, True))
        )

    def _kernels(self, node: SizedNode, block: SizedBlock) -> Passes:
        within = node.op.family in ("attention", "ffn", "position") or node.op.name == "output"
        part = self.layout.kept.inner if within else self.layout.kept.edge
        found = [0, 0]
        for one in node.op.kernels(self._as_run(node, block)):
            found[one.backward] = found[one.backward] + one.count * self.known.traffic(one.size * part)
        return Passes(*found)

    def _as_run(self, node: SizedNode, block: SizedBlock) -> Sizes:
        """What a node is applied to; in a layer that is compiled whole no step is a kernel of its own."""
        if self.compiled and is_layer(block):
            return replace(node.sizes, fused=True)
        return replace(node.sizes, fused=False) if self.compares and node.op.name == "output" else node.sizes

    def computed(self, block: SizedBlock) -> Passes:
        return sum((self.node(node, block) for node in block.nodes), NOTHING)

    def again(self, node: SizedNode, block: SizedBlock) -> Amount:
        """Seconds in which an operation is done again for the backward pass."""
        return self.node(node, block).forward if self._redone(node, block) else 0

    def _redone(self, node: SizedNode, block: SizedBlock) -> bool:
        full = self.recompute.name == "full"
        part = self.recompute.name == "selective" and part_of(node) in self.recompute.parts
        return is_layer(block) and (full or part)

    # --------------------------------------------------------------------------------------------- the host

    def dispatch(self, block: SizedBlock) -> Passes:
        """What the CPU needs to start the kernels of a block once, what is recomputed included."""
        found = self._graph(block) if self.compiled and is_layer(block) else NOTHING
        for node in block.nodes if found is NOTHING else ():
            own = self._calls(node, block)
            if self._redone(node, block):
                own = Passes(own.forward, own.backward + own.forward)
            found = found + own
        if is_layer(block):
            found = found + self._module
            if self.layout.zero >= 2:
                each = self.known.call("inplace")[0]
                found = found + Passes(*(each * count for count in SHARDED_LAUNCHES))
            if recomputes(self.layout):
                each = sum(self.known.call("function"))
                found = found + Passes(*(each * count for count in CHECKPOINTED))
        return found

    def _graph(self, block: SizedBlock) -> Passes:
        """A layer that is compiled whole: entering its graph, in it a launch for each kernel, and gradients kept."""
        forward, backward = self.known.call("fused")
        launch, kept = self.known.call("inplace")[0], self.known.call("parameter")[1]
        for node in block.nodes:
            backward = backward + kept * len(node.op.parameters(node.sizes))
            kernels = node.op.kernels(self._as_run(node, block))
            products = len(node.products) + (node.op.family == "attention")
            forward = forward + launch * (products + sum(one.count for one in kernels if not one.backward))
            backward = backward + launch * (2 * products + sum(one.count for one in kernels if one.backward))
        return Passes(forward, backward)

    def _calls(self, node: SizedNode, block: SizedBlock) -> Passes:
        forward, backward = 0, 0
        for one in node.op.calls(self._as_run(node, block)):
            first, last = self.known.call(one.kind)
            forward = forward + one.forward * first
            backward = backward + one.backward * last + one.body * first
        return Passes(forward, backward)

    @property
    def _module(self) -> Passes:
        return Passes(*self.known.call("module"))

    def made_once(self, block: SizedBlock) -> Effort:
        """What the layers of a side share: masks, angles."""
        small = sum(node.op.made_once(node.sizes) for node in block.nodes)
        return Effort(small * self.known.call("inplace")[0], small * self.known.traffic(SMALL))

    # ---------------------------------------------------------------------------------------------- together

    @cached_property
    def pace(self) -> Pace:
        """What one micro-batch takes of the host, of the device, and of both from an idle start."""
        started, done, device = 0, 0, 0
        for name, host, busy in self._stretches():
            times = self.stage.count(name)
            started, done = stretch(host * times, busy * times, started, done)
            device = device + busy * times
        return Pace(started, device, done)

    def _stretches(self) -> Iterator[tuple[str, Amount, Amount]]:
        """The host's and the device's seconds of a block once: all forward, then all backward in reverse."""
        blocks = [
            (name, block, self.dispatch(block), self.computed(block), self.made_once(block))
            for name, block in self.blocks.items()
        ]
        for name, _, host, device, once in blocks:
            times = self.stage.count(name)
            yield name, host.forward + once.host / times, device.forward + once.device / times
        for name, block, host, device, _ in reversed(blocks):
            redone = sum(self.again(node, block) for node in block.nodes)
            yield name, host.backward, device.backward + redone

    @property
    def micro_batch(self) -> Amount:
        """Seconds of one micro-batch, forward and backward, all waiting for kernels included."""
        return self.pace.steady

    def items(self) -> Iterator[Item]:
        """The device's time of all micro-batches of a step."""
        micro_batches = self.layout.accumulation
        for name, block in self.blocks.items():
            times = self.stage.count(name) * micro_batches
            for node in block.nodes:
                span, text = node.origin.span, said(node)
                yield seconds(self.node(node, block).both * times, "compute", text, span)
                if recomputes(self.layout):
                    span = self.layout.train.span_of("recompute")
                    yield seconds(self.again(node, block) * times, "recomputation", f"{text}, again", span)
            once = self.made_once(block).device * micro_batches
            yield seconds(once, "compute", "masks and angles", self.layout.train.span_of("microbatch"))

    def waiting(self) -> Iterator[tuple[str, Amount]]:
        """By how much the host takes longer than the device, stretch by stretch, over all micro-batches."""
        found: dict[str, Amount] = {}
        for name, host, device in self._stretches():
            found[name] = found.get(name, 0) + largest(host - device, 0) * self.stage.count(name)
        for name, amount in found.items():
            yield name, amount * self.layout.accumulation

    # ------------------------------------------------------------------------------------------ once a step

    @property
    def parameters(self) -> int:
        return sum(block.parameters * self.stage.count(name) for name, block in self.blocks.items())

    @property
    def tensors(self) -> int:
        """Parameters as the optimizer counts them: one for each matrix and vector."""
        return sum(
            self.stage.count(name) * sum(len(node.op.parameters(node.sizes)) for node in block.nodes)
            for name, block in self.blocks.items()
        )

    def optimizer(self) -> Effort:
        """Clipping the gradients, and the optimizer's step."""
        own = self.parameters * self.layout.kept.optimizer
        host, device = self.known.optimizer_host(own, self.tensors), self.known.optimizer(own, self.tensors)
        if self.layout.train.precision.name != "fp16":
            return Effort(host, device)
        # The scale of the loss is taken out of the gradients again, all of them at once.
        scaled = self.known.traffic(2 * MASTER * own)
        return Effort(host + UNSCALED * self.tensors * self.known.call("inplace")[0], device + scaled)

    def adding(self) -> Effort:
        """The gradients of all micro-batches but the first, added to what is there."""
        times = self.layout.accumulation - 1
        own = self.parameters * self.layout.kept.gradients
        each = self.known.call("accumulate")[1] - self.known.call("parameter")[1]
        device = self.tensors * self.known.traffic(own * 3 * MASTER / self.tensors)
        return Effort(self.tensors * each * times, device * times)

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


def forward_of(node: SizedNode, known: Any, dtype: str) -> Amount:
    """The device's seconds of an operation that one device does by itself, without gradients and without a loss."""
    products = sum(one.count * known.product(one.m, one.n, one.k, dtype, "forward") for one in node.products)
    kernels = () if node.op.name == "output" else node.kernels
    moved = sum(one.count * known.traffic(one.size) for one in kernels if not one.backward)
    return products + moved + (_attention(node, known, dtype, False) if node.op.family == "attention" else 0)


def _attention(
    node: SizedNode, known: Any, dtype: str, backward: bool, tensor: Amount = 1, context: Amount = 1
) -> Amount:
    sizes = node.sizes
    mask = "given" if node.op.masked(sizes) else "causal" if sizes.causal else "none"  # type: ignore[attr-defined]
    # Keys and values are repeated for all heads where a kernel takes a mask.
    kv_heads = sizes.heads if mask == "given" else sizes.kv_heads
    heads = (sizes.heads / tensor, largest(kv_heads / tensor, 1))
    lengths = (sizes.length / context, sizes.reads)
    return known.attention(sizes.batch, *heads, sizes.head_width, *lengths, mask, dtype, backward)


def computed_in(layout: Layout) -> str:
    """The numbers of products: of bf16 where the device lacks the precision, which TFS602 tells."""
    name = layout.train.precision.name
    return name if layout.device.computes(name) else "bf16"


def recomputes(layout: Layout) -> bool:
    return layout.train.recompute.name != "none"


def seconds(amount: Amount, category: str, what: str, span: object) -> Item:
    return Item(amount, Dimension.TIME, category, what, STEP, span)  # type: ignore[arg-type]

"""What one optimizer step of a row is made of, in seconds at a machine's published figures, before anything is hidden.

Each kind of block has four amounts in each direction: what products take, what attention takes, what is moved beside
them, and how many kernels the CPU must start. `seconds` puts them together, and takes factors on each of them so that
a calibration can be tried on some rows and tested on others; at ones nothing is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from benchmarks.published.foreign import FLASH, TRITON, UNFUSED
from benchmarks.published.machine import Machine, fabric, machine
from tfc.cost.communication import seconds as ring
from tfc.parallel.base import Message

if TYPE_CHECKING:
    from tfc.hardware.device import Link

ELEMENT = 2
NODE = 8  # GPUs
OPTIMIZER_BYTES = 40  # a parameter: as in tfc/cost/time.py
STEP_OVERHEAD, BATCH_OVERHEAD = 1e-3, 0.5e-3
FLASH_BACKWARD = 2.5  # Dao 2023, arXiv 2307.08691


@dataclass(frozen=True)
class Factors:
    """By how much products and attention, moved bytes, starting kernels, and sending take longer than predicted."""

    compute: float = 1.0
    traffic: float = 1.0
    dispatch: float = 1.0
    sending: float = 1.0


PUBLISHED = Factors()


@dataclass(frozen=True)
class Pass:
    """One direction through one block: seconds on the device, kernels, and seconds of sums between ranks."""

    compute: float
    traffic: float
    kernels: int
    sending: float

    def seconds(self, dispatch: float, factors: Factors) -> float:
        device = self.compute * factors.compute + self.traffic * factors.traffic
        host = self.kernels * dispatch * factors.dispatch
        return max(device + self.sending * factors.sending, host)


@dataclass(frozen=True)
class Block:
    """A kind of block: both directions, and how many a stage has at most and has besides."""

    forward: Pass
    backward: Pass
    again: bool  # whether the forward pass is done twice
    stages: tuple[int, ...]  # how many of it each stage has


@dataclass(frozen=True)
class Pieces:
    """One optimizer step."""

    blocks: tuple[Block, ...]
    micro_batches: int
    chunks: int
    dispatch: float
    send: float  # seconds in which the stream goes to the next stage and back, of one micro-batch
    reduce: float  # seconds in which gradients are summed, and parameters gathered again, in a step
    hidden: bool  # whether that goes on beside the computing
    optimizer: float

    def seconds(self, factors: Factors = PUBLISHED) -> float:
        """Seconds of one step."""
        stages = len(self.blocks[0].stages)
        passes = [
            (block.forward.seconds(self.dispatch, factors) * (1 + block.again))
            + block.backward.seconds(self.dispatch, factors)
            for block in self.blocks
        ]
        times = [
            sum(one * block.stages[stage] for one, block in zip(passes, self.blocks, strict=True))
            for stage in range(stages)
        ]
        slowest = max(times)
        pipeline = self.micro_batches * slowest + (sum(times) - slowest) / self.chunks
        sending = self.send * self.micro_batches * (stages > 1)
        exposed = self.reduce * factors.sending
        if self.hidden:
            exposed = max(0.0, exposed - pipeline)
        host = STEP_OVERHEAD + self.micro_batches * BATCH_OVERHEAD
        return pipeline + sending * factors.sending + exposed + self.optimizer * factors.traffic + host


def pieces(profile: Any) -> Pieces:
    """What a row's step is made of, by a profile."""
    row, own = profile.row, machine(profile.row.device)
    source, target = (length // row.context for length in row.lengths)
    sized = profile.graph.at(row.micro, source, target, element=ELEMENT, master=ELEMENT)
    stages = profile.layout.stages
    blocks = []
    for block, found in zip(profile.graph.blocks, sized.blocks, strict=True):
        lengths = {"source": source, "target": target}
        sizes = [
            node.sizes(row.micro, lengths, element=ELEMENT, master=ELEMENT, device="cuda")
            for node in block.nodes
        ]
        layer = bool(block.side)
        forward, backward = _passes(
            profile, own, list(zip(block.nodes, found.nodes, sizes, strict=True)), layer
        )
        again = layer and row.recompute == "full"
        blocks.append(Block(forward, backward, again, tuple(stage.count(block.name) for stage in stages)))
    stream = row.micro * max(source, target) * row.width * ELEMENT
    link = own.near if row.gpus <= NODE else fabric(row)
    parts = row.tensor if row.sequence else 1
    send = 2 * row.chunks * stream / parts / (link.bandwidth * link.attained) * (row.pipeline > 1)
    share = max(_parameters(profile, stage) for stage in stages)
    moved = share * OPTIMIZER_BYTES / (row.data if profile.sharded else 1)
    return Pieces(
        tuple(blocks),
        row.accumulation,
        row.chunks,
        own.dispatch,
        send,
        profile.reducing(share, own, fabric(row)),
        profile.hides,
        moved / (own.bandwidth * own.traffic),
    )


def _passes(profile: Any, own: Machine, nodes: list[Any], layer: bool) -> tuple[Pass, Pass]:
    """Both directions through one block."""
    row = profile.row
    edge = 1 / row.tensor if row.sequence else 1
    compute = scores = traffic = 0.0
    kernels = [0, 0]
    for node, sized, sizes in nodes:
        for product in sized.products:
            flops = product.flops / row.tensor / (own.peak * own.products)
            bytes_ = (
                ELEMENT
                * product.count
                * (product.m * product.k + product.k * product.n + product.m * product.n)
            )
            compute += max(flops, bytes_ / row.tensor / (own.bandwidth * own.traffic))
        kernels[1] += len(node.parameters)  # each gradient is added to what there is
        if not hasattr(node.op, "work"):
            continue
        work = node.op.work(sizes)
        inner = node.op.family in ("attention", "ffn") or node.op.name == "output"
        traffic += work.moved * (1 / row.tensor if inner else edge) / (own.bandwidth * own.traffic)
        kernels[0] += work.forward
        kernels[1] += work.backward
        if node.op.family == "attention":
            share = own.products if node.op.kernel == UNFUSED else own.attention
            flops = 4 * node.op.pairs_computed(sizes) * sizes.head_width
            scores += flops / row.tensor / (own.peak * share)
    sums = _sums(row, own) if layer else 0.0
    back = FLASH_BACKWARD if profile.kernel in (FLASH, TRITON) else 2.0
    return (
        Pass(compute + scores, traffic, kernels[0] + 2 * (row.tensor > 1), sums),
        Pass(2 * compute + back * scores, 2 * traffic, kernels[1] + 2 * (row.tensor > 1), sums),
    )


def _sums(row: Any, own: Machine) -> float:
    """Seconds of the two sums over tensor-parallel ranks of one layer in one direction."""
    if row.tensor == 1:
        return 0.0
    tokens = row.micro * max(row.lengths) // row.context
    size = tokens * row.width * ELEMENT
    return 2 * gathering("all_reduce", row.tensor, size, row.tensor, own, fabric(row))


def _message(kind: str, ranks: int, size: float) -> Message:
    return Message(kind, ranks, size, 1, ranks, 0.0, "", "")


def gathering(kind: str, ranks: int, size: float, reach: int, own: Machine, far: Link) -> float:
    """Seconds of one collective over ranks that stretch over so many neighbours.

    Beyond a node, each of the members that a group has there has an adapter, and all are used, up to what the links
    within the node carry: an assumption about NCCL, which opens several rings.
    """
    if ranks <= 1:
        return 0.0
    if reach <= NODE:
        return float(ring(_message(kind, ranks, size), own.near))
    members = max(1, NODE * ranks // reach)
    joint = replace(far, bandwidth=min(far.bandwidth * members, own.near.bandwidth))
    return float(ring(_message(kind, ranks, size), joint))


def _parameters(profile: Any, stage: Any) -> float:
    """Parameters on a rank of a stage."""
    blocks = profile.graph.blocks
    return sum(block.parameters * stage.count(block.name) for block in blocks) / profile.row.tensor


def model_flops(profile: Any) -> float:
    """FLOPs of one step over all ranks as they are executed: forward, backward, and what is done again."""
    row = profile.row
    source, target = row.lengths
    sized = profile.graph.at(1, source, target, element=ELEMENT, master=ELEMENT)
    forward = again = 0.0
    for block, found in zip(profile.graph.blocks, sized.blocks, strict=True):
        own = found.forward_flops * block.count
        forward += own
        again += own * (bool(block.side) and row.recompute == "full")
    return (3 * forward + again) * row.micro * row.accumulation * row.data

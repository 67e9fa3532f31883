"""The time that a teacher takes: of each step, before the first step, and what it leaves on the disk.

Before the first step a teacher may be asked about all of the data (`cached`) or translate it (`sequence`); how long
that takes depends on how much data there is. A teacher that computes beside its student takes time of every step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.cost.arithmetic import Amount, largest
from tfc.cost.items import Figure, Item, Unknown, total
from tfc.cost.lesson import FP32, graph_of, precision_of, teachers_element, teachers_pass
from tfc.cost.roofline import attained
from tfc.cost.stage import forward_of
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.graph.sized import SizedGraph
    from tfc.parallel.layout import Layout

# Bytes that are read and written of a logit when two distributions are compared: the teacher's logits cast (8), its
# logarithms (8), exp (8), the difference in place and its product (24), their sum (4), the gradient (12).
COMPARED = 64
AGAIN = 24  # of a second softmax, where the ground truth is learnt at another temperature
# A step of a beam reads its keys and values, and gathers them where hypotheses change places: read again, and written.
GATHERED = 3
# How far off the sizes of answers are where only typical lengths are known, and where only the context is.
KNOWN, GUESSED = (0.7, 1.4), (0.1, 1.0)
# By how much decoding may be off: lengths, and beams that end early.
LOW, HIGH = 0.3, 3.0
NO_SIZE = Unknown(
    "how much data there is is not known, and all of it is put to the teacher first",
    "say `size = ... sequences` in `data`",
)


def lesson_seconds(layout: Layout) -> Iterator[tuple[Amount, str, str, Any]]:
    """Seconds of a step that the teacher takes, and the comparison with it: amount, category, what, line."""
    block = layout.train
    if block.kind != "distill" or block.loss_called("kl") is None:
        return
    asked = layout.accumulation * (1 - block.translated)
    if layout.teacher is not None:
        forward = forward_seconds(layout, teachers_pass(layout, layout.typical))
        text = f"forward pass of {block.teacher_name}"
        yield forward * asked, "teacher", text, block.span_of("teacher")
    kl, (source, target) = block.loss_called("kl"), layout.typical
    tokens = layout.sequences(layout.typical) * (target or source)
    twice = kl.temperature != 1 and block.loss_called("cross_entropy") is not None
    moved = tokens * layout.model.rows * (COMPARED + AGAIN * twice)
    seconds = attained(layout).traffic(moved)
    yield seconds * asked, "teacher", "its distribution and the student's compared", kl.origin.span


def forward_seconds(layout: Layout, sized: SizedGraph) -> Amount:
    """Seconds of a forward pass without gradients: of its kernels, or of starting them."""
    known, dtype = attained(layout), precision_of(layout)
    found = 0
    for block in sized.blocks:
        host = sum(one.forward * known.call(one.kind)[0] for node in block.nodes for one in node.calls)
        device = sum(forward_of(node, known, dtype) for node in block.nodes)
        found = found + block.count * largest(host, device)
    return found


# ---------------------------------------------------------------------------------------- before the first step


def asks_first(layout: Layout) -> bool:
    """Whether the teacher answers about all of the data before the first step."""
    block = layout.train
    return block.kind == "distill" and (block.looks_up or block.translated > 0)


def first_seconds(layout: Layout) -> tuple[Item, ...] | Unknown:
    """Seconds of what the teacher is asked before the first step."""
    pairs = _pairs(layout)
    if pairs is None:
        return NO_SIZE
    return tuple(_first_items(layout, pairs))


def _first_items(layout: Layout, pairs: float) -> Iterator[Item]:
    block, bucket = layout.train, layout.typical
    low, high = attained(layout).trust
    batches = pairs / layout.sequences(bucket)
    if block.looks_up:
        size = teachers_element(layout)
        shape = (layout.sequences(bucket), *bucket)
        sized = graph_of(layout).at(*shape, element=size, master=size, device=layout.device.kind)
        seconds = batches * forward_seconds(layout, sized)
        text, span = f"{block.teacher_name} is asked about all pairs", block.span_of("teacher")
        yield Item(seconds, Dimension.TIME, "asking", text, "", span, seconds * low, seconds * high)
    sequence = block.loss_called("sequence")
    if sequence is not None:
        seconds = sequence.sample * batches * _decoding(layout, sequence.beam)
        text, span = f"{block.teacher_name} translates what is learnt", sequence.origin.span
        bounds = (seconds * low * LOW, seconds * high * HIGH)
        yield Item(seconds, Dimension.TIME, "translating", text, "", span, *bounds)


def _decoding(layout: Layout, beam: int) -> Amount:
    """Seconds in which a batch of sources is read, and their targets are written word by word."""
    bucket, teacher = layout.typical, graph_of(layout)
    number = layout.sequences(bucket)
    length = min(layout.lengths[1], bucket[1])
    how = {"element": FP32, "master": FP32, "device": layout.device.kind}
    read = forward_seconds(layout, teacher.at(number, bucket[0], 1, **how))
    # One token of each hypothesis, which reads the whole source.
    token = forward_seconds(layout, teacher.at(number * beam, 1, 1, **how))
    side = teacher.model.sides[-1]
    kept = 2 * FP32 * side.layers * side.kv_heads * side.head_width * (bucket[0] + length / 2) * number * beam
    moved = attained(layout).traffic(kept * GATHERED)
    return read + length * (token + moved)


def disk(layout: Layout) -> Figure | Unknown | None:
    """Bytes that the teacher's answers take on the disk; None where it leaves none there."""
    if not asks_first(layout):
        return None
    pairs = _pairs(layout)
    if pairs is None:
        return NO_SIZE
    items = tuple(_disk_items(layout, pairs))
    return Figure(*total(items), Dimension.BYTES, items)


def _disk_items(layout: Layout, pairs: float) -> Iterator[Item]:
    block, (source, target) = layout.train, layout.lengths
    low, high = KNOWN if layout.spec.data_of(block).lengths is not None else GUESSED
    id_ = 2 if layout.model.vocab <= 1 << 16 else 4
    if block.looks_up:
        top = block.teacher.top
        amount = pairs * target * (top * id_ + (top + 1) * 2)
        span = block.span_of("teacher")
        text = f"{top} tokens and their probabilities at each place"
        yield Item(amount, Dimension.BYTES, "outputs", text, "", span, amount * low, amount * high)
    sequence = block.loss_called("sequence")
    if sequence is not None:
        number = pairs * sequence.sample * sequence.best
        amount = number * ((source + target) * id_ + 2 * 8)
        span = sequence.origin.span
        yield Item(amount, Dimension.BYTES, "translations", "ids", "", span, amount * low, amount * high)


def _pairs(layout: Layout) -> float | None:
    """How many pairs there are; None where that is not said."""
    if layout.size is None:
        return None
    in_tokens = layout.size.dimension is Dimension.TOKENS
    return layout.size.value / (sum(layout.lengths) if in_tokens else 1)

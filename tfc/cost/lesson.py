"""What learning from a teacher takes beside training: its weights, its answers, the comparison, what lies on the disk.

Before the first step a teacher may be asked about all of the data (`cached`) or translate it (`sequence`); how long
that takes, and what it leaves on the disk, depends on how much data there is. A teacher that computes beside its
student takes memory and time of every step.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from tfc.cost.arithmetic import Amount, largest, smallest, widest
from tfc.cost.items import Figure, Item, Unknown, total
from tfc.cost.roofline import Roofline
from tfc.ops.output import paired_chunk
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.graph.graph import Graph
    from tfc.graph.sized import SizedGraph
    from tfc.parallel.layout import Bucket, Layout

FP32 = 4
ID = 8  # bytes of a token that is looked up, as torch counts rows: int64
IN_TEACHER = "in the teacher's forward pass"
IN_TRANSLATING = "while the teacher translates"
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


# ----------------------------------------------------------------------------------------------- memory


def teachers_memory(layout: Layout, bucket: Bucket) -> Iterator[Item]:
    """What is resident of a teacher: its weights and widest moment, or its answers for a batch."""
    block, batch = layout.train, layout.sequences(bucket)
    if block.kind != "distill":
        return
    span = block.span_of("teacher")
    tokens = batch * (bucket[1] or bucket[0])
    if layout.teacher is not None:
        size = _element(layout)
        yield _bytes(size * layout.teacher.parameters, "its weights", span)
        yield _bytes(tokens * layout.teacher.model.width * size, "what its last layer makes", span)
        sized = teachers_pass(layout, bucket)
        nodes = (node for own in sized.blocks if own.name != "output" for node in own.nodes)
        most, _ = widest(nodes, lambda node: sum(t.size for t in node.tensors) + node.temporaries[0])
        read = batch * bucket[0] * layout.teacher.model.width * size if bucket[1] else 0
        yield _bytes(most + read, "its forward pass", span, IN_TEACHER)
    elif block.looks_up:
        top = block.teacher.top
        amount = tokens * (top * (ID + 2) + (top + 1) * (2 * FP32 + 2))
        yield _bytes(amount, "its answers for a batch", span)


def comparison(layout: Layout, sized: SizedGraph, bucket: Bucket) -> Amount:
    """Bytes of a chunk's logits while student and teacher are compared; nothing where they are not."""
    block = layout.train
    kl = block.loss_called("kl") if block.kind == "distill" else None
    if kl is None:
        return 0
    rows, width, element = layout.model.rows, layout.model.width, sized.element
    tokens = layout.sequences(bucket) * (bucket[1] or bucket[0])
    # The student's logits and their logarithms, the teacher's logarithms, and what is aimed at.
    each = element + 3 * FP32
    each += _element(layout) if layout.teacher is not None else 0
    if kl.temperature != 1 and block.loss_called("cross_entropy") is not None:
        each += FP32
    tables = rows * width * (element * (element < FP32) + FP32)  # cast, and the gradient of a chunk
    return smallest(paired_chunk(rows), tokens) * rows * each + tables + tokens * width * element


def translating(layout: Layout, bucket: Bucket, states: Amount) -> Iterator[Item]:
    """The most that decoding takes, before there is a student: what goes beyond the student's own states."""
    sequence = layout.train.loss_called("sequence") if layout.train.kind == "distill" else None
    if sequence is None:
        return
    teacher = _graph_of(layout)
    side = teacher.model.sides[-1]
    rows = layout.sequences(bucket) * sequence.beam
    # One layer's are there twice while they are gathered.
    kept = 2 * FP32 * (side.layers + 1) * side.kv_heads * side.head_width * sum(bucket) * rows
    logits = 4 * FP32 * rows * teacher.model.rows
    amount = largest(FP32 * teacher.parameters + kept + logits - states, 0)
    span = sequence.origin.span
    yield _bytes(amount, "its keys and values while it translates", span, IN_TRANSLATING)


def _bytes(amount: Amount, what: str, span: Any, moment: str = "") -> Item:
    return Item(amount, Dimension.BYTES, "teacher", what, moment, span)


# ------------------------------------------------------------------------------------------ time of a step


def teachers_pass(layout: Layout, bucket: Bucket) -> SizedGraph:
    """The forward pass of a resident teacher over a micro-batch of a bucket."""
    assert layout.teacher is not None
    size = _element(layout)
    shape = (layout.sequences(bucket), *bucket)
    return layout.teacher.at(*shape, element=size, master=size, device=layout.device.kind)


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
    seconds = Roofline(layout.device, block.precision.name).traffic(moved)
    yield seconds * asked, "teacher", "its distribution and the student's compared", kl.origin.span


def forward_seconds(layout: Layout, sized: SizedGraph) -> Amount:
    """Seconds of a forward pass without gradients: of its kernels, or of starting them."""
    roofline = Roofline(layout.device, _precision(layout))
    found = 0
    for block in sized.blocks:
        computed = sum(
            sum(roofline.product(product, sized.element, 1) for product in node.products)
            + roofline.scores(node.useful if node.op.family == "attention" else node.executed)
            + roofline.traffic(0 if node.op.name == "output" else node.traffic)
            for node in block.nodes
        )
        started = block.launches[0] * largest(layout.device.dispatch, layout.device.floor)
        found = found + block.count * largest(computed, started)
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
    low, high = layout.device.trust
    batches = pairs / layout.sequences(bucket)
    if block.looks_up:
        size = _element(layout)
        shape = (layout.sequences(bucket), *bucket)
        sized = _graph_of(layout).at(*shape, element=size, master=size, device=layout.device.kind)
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
    bucket, teacher = layout.typical, _graph_of(layout)
    number = layout.sequences(bucket)
    length = min(layout.lengths[1], bucket[1])
    how = {"element": FP32, "master": FP32, "device": layout.device.kind}
    read = forward_seconds(layout, teacher.at(number, bucket[0], 1, **how))
    # One token of each hypothesis, which reads the whole source.
    token = forward_seconds(layout, teacher.at(number * beam, 1, 1, **how))
    side = teacher.model.sides[-1]
    kept = 2 * FP32 * side.layers * side.kv_heads * side.head_width * (bucket[0] + length / 2) * number * beam
    moved = Roofline(layout.device, "fp32").traffic(kept * GATHERED)
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


# -------------------------------------------------------------------------------------------------- the teacher


def _precision(layout: Layout) -> str:
    """What a teacher computes its distributions in."""
    given = getattr(layout.train.teacher, "precision", None)
    return given or ("fp32" if layout.device.is_cpu else "bf16")


def _element(layout: Layout) -> int:
    return FP32 if _precision(layout) == "fp32" else 2


def _graph_of(layout: Layout) -> Graph:
    from tfc.graph.build import written_languages

    model = layout.spec.models[layout.train.teacher_name]
    return _built(model, max(1, len(written_languages(layout.spec, model))))


@cache
def _built(model: Any, languages: int) -> Graph:
    from tfc.graph.build import build

    return build(model, languages)

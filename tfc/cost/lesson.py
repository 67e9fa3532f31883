"""What learning from a teacher takes of memory: its weights, its answers, the comparison, its own decoding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.cost.arithmetic import Amount, largest, smallest, widest
from tfc.cost.items import Item
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


# ----------------------------------------------------------------------------------------------- memory


def teachers_weights(layout: Layout) -> Iterator[Item]:
    """The weights of a teacher that computes beside its student."""
    if layout.teacher is not None:
        size = teachers_element(layout) * layout.teacher.parameters
        yield _bytes(size, "its weights", layout.train.span_of("teacher"))


def teachers_memory(layout: Layout, bucket: Bucket) -> Iterator[Item]:
    """What else is resident of a teacher: its widest moment, or its answers for a batch."""
    block, batch = layout.train, layout.sequences(bucket)
    if block.kind != "distill":
        return
    span = block.span_of("teacher")
    tokens = batch * (bucket[1] or bucket[0])
    if layout.teacher is not None:
        size = teachers_element(layout)
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
    each += teachers_element(layout) if layout.teacher is not None else 0
    if kl.temperature != 1 and block.loss_called("cross_entropy") is not None:
        each += FP32
    tables = rows * width * (element * (element < FP32) + FP32)  # cast, and the gradient of a chunk
    return smallest(paired_chunk(rows), tokens) * rows * each + tables + tokens * width * element


def translating(layout: Layout, bucket: Bucket, states: Amount) -> Iterator[Item]:
    """The most that decoding takes, before there is a student: what goes beyond the student's own states."""
    sequence = layout.train.loss_called("sequence") if layout.train.kind == "distill" else None
    if sequence is None:
        return
    teacher = graph_of(layout)
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


# ------------------------------------------------------------------------------------ what is put to the teacher


def teachers_pass(layout: Layout, bucket: Bucket) -> SizedGraph:
    """The forward pass of a resident teacher over a micro-batch of a bucket."""
    assert layout.teacher is not None
    size = teachers_element(layout)
    shape = (layout.sequences(bucket), *bucket)
    return layout.teacher.at(*shape, element=size, master=size, device=layout.device.kind)


# -------------------------------------------------------------------------------------------------- the teacher


def precision_of(layout: Layout) -> str:
    """What a teacher computes its distributions in."""
    given = getattr(layout.train.teacher, "precision", None)
    return given or ("fp32" if layout.device.is_cpu else "bf16")


def teachers_element(layout: Layout) -> int:
    return FP32 if precision_of(layout) == "fp32" else 2


def graph_of(layout: Layout) -> Graph:
    from tfc.graph.build import build, written_languages

    model = layout.spec.models[layout.train.teacher_name]
    return build(model, max(1, len(written_languages(layout.spec, model))))

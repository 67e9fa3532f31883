"""The loss of a student on a tape: its distribution beside its teacher's, chunk by chunk (`TeachersLoss`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfc.cost.lesson import teachers_element
from tfc.cost.tape import Leaf, Tensor
from tfc.cost.traces import FP32, SCALAR, Trace
from tfc.ops.base import Sizes, least
from tfc.ops.output import paired_chunk

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout


def compares_all(layout: Layout) -> bool:
    """Whether a teacher computes beside its student, and all that it says is compared."""
    kl = layout.train.loss_called("kl")
    return layout.teacher is not None and kl is not None and kl.top == "all"


def compared(trace: Trace, x: Tensor, sizes: Sizes, table: Leaf | None, layout: Layout) -> Tensor:
    """How far a student is from its teacher; gradients are made in the forward pass."""
    tape, new = trace.tape, trace.tape.new
    weight = new(trace.size(sizes.rows * sizes.width, sizes.element, "copy")) if sizes.casts else None
    stream = new(trace.size(sizes.tokens * sizes.width, sizes.element, "stream"))
    of_table = new(trace.size(sizes.rows * sizes.width, FP32, "copy"))
    each = least(paired_chunk(sizes.rows), sizes.tokens)
    for _ in range(1 if hasattr(each, "shape") else min(2, -(-sizes.tokens // each))):
        _chunk(trace, each, sizes, layout)
    del weight
    saved = [Tensor(stream), Tensor(of_table)]
    return tape.apply([x, Tensor(None, table)], [SCALAR], lambda g, kept: list(kept), saved)[0]


def _chunk(trace: Trace, each: Any, sizes: Sizes, layout: Layout) -> None:
    """The logits of some tokens, their logarithms, what is aimed at, and the gradient."""
    new, before = trace.tape.new, trace.tape.label
    trace.tape.label = before._replace(category="logits")
    kl, truth = layout.train.loss_called("kl"), layout.train.loss_called("cross_entropy")
    flattened, numbers = kl.temperature != 1, trace.size(each * sizes.rows, 1)
    theirs, rows = teachers_element(layout), trace.size(each, 1, "stream")
    held = [new(rows), new(numbers * sizes.element)]  # what counts, logits
    held.append(_logarithms(trace, numbers, sizes, flattened))
    held.append(new(numbers * theirs))
    held.append(_logarithms(trace, numbers, sizes, flattened))
    held.append(new(numbers * FP32))  # what is aimed at
    if truth is not None:
        held.append(new(8 * rows))
        if flattened:  # those at no temperature, beside the gradient so far
            held.append(_logarithms(trace, numbers, sizes, False))
    if sizes.casts:
        exact = held.pop(2) if truth is not None and flattened else None
        held.append(new(numbers * sizes.element))  # the gradient, which takes the place of the exact one
        del exact
    held.append(new(trace.size(sizes.rows * sizes.width, sizes.element, "copy")))
    held.clear()
    trace.tape.label = before


def _logarithms(trace: Trace, numbers: Any, sizes: Sizes, flattened: bool) -> Any:
    """Logarithms in fp32 of logits that are copied to it first, and divided by the temperature."""
    new = trace.tape.new
    copy = new(numbers * FP32) if flattened or (sizes.casts and not trace.half) else None
    if flattened:
        copy, first = new(numbers * FP32), copy
        del first
    made = new(numbers * FP32)
    del copy
    return made

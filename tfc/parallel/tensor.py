"""Tensor parallelism: each matrix is cut in columns or rows (Shoeybi et al. 2019, arXiv 1909.08053)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tfc.parallel.base import Kept, Message, Strategy, Work

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout


class TensorParallel(Strategy):
    """Heads, hidden units and words are divided; the stream between layers is whole on each rank."""

    setting = "tensor"

    def kept(self, layout: Layout) -> Kept:
        part = 1 / layout.tensor
        return Kept(weights=part, copies=part, gradients=part, optimizer=part, inner=part)

    def sends(self, layout: Layout, work: Work) -> Iterable[Message]:
        # Two sums a layer in the forward pass and two in the backward pass; with sequence parallelism each is a
        # gather and a scatter, which together move as much. Recomputing repeats those of the forward pass.
        sums = 6 if work.recomputed else 4
        yield Message(
            "all_reduce",
            layout.tensor,
            work.stream_bytes,
            sums * work.layers * work.micro_batches,
            layout.tensor,
            0.0,
            "partial sums of each layer",
            self.setting,
        )

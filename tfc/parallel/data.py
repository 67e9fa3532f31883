"""Data parallelism: each rank has a copy of the model and a part of the batch (DDP)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tfc.parallel.base import Message, Strategy, Work

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout


class DataParallel(Strategy):
    """Gradients are summed over the copies once a step, in the last backward pass."""

    setting = "data"

    def sends(self, layout: Layout, work: Work) -> Iterable[Message]:
        if layout.zero >= 2:
            return
        # DDP sums bucket by bucket while the rest of the backward pass goes on: two thirds of a step's last
        # micro-batch, of which the first bucket (25 MB) has nothing to hide behind.
        yield Message(
            "all_reduce",
            layout.data,
            work.gradient_bytes,
            1,
            layout.data * layout.tensor * layout.context,
            0.8,
            "gradients summed over the copies",
            self.setting,
        )

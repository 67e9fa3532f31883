"""Context parallelism: each sequence is cut along its length, and keys and values go round (arXiv 2310.01889)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tfc.parallel.base import Kept, Message, Strategy, Work

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout


class ContextParallel(Strategy):
    """All activations are divided; weights are not, and their gradients are summed as over copies."""

    setting = "context"

    def kept(self, layout: Layout) -> Kept:
        return Kept(inner=1 / layout.context, edge=1 / layout.context)

    def sends(self, layout: Layout, work: Work) -> Iterable[Message]:
        # Keys and values are gathered in the forward and backward pass, their gradients scattered in the latter.
        passes = 4 if work.recomputed else 3
        yield Message(
            "all_gather",
            layout.context,
            work.key_value_bytes,
            passes * work.layers * work.micro_batches,
            layout.context * layout.tensor,
            0.5,
            "keys and values of each layer",
            self.setting,
        )

"""The table of embeddings, looked up."""

from __future__ import annotations

from dataclasses import field

from tfc.ops.base import FP32, INT64, Amount, Op, Parameter, Saved, Sizes
from tfc.ops.residual import dropped


class Embedding(Op):
    """A row of the table for each token, in the type that is computed in."""

    name = "embedding"
    table: str = field(default="table")
    owns: bool = field(default=True)  # whether the table is counted here: a tied one is counted once
    scaled: bool = field(default=False)
    rate: float = field(default=0.0)

    def parameters(self, sizes: Sizes) -> tuple[Parameter, ...]:
        return (Parameter(self.table, (sizes.rows, sizes.width)),) if self.owns else ()

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        return Saved("tokens", sizes.tokens, INT64, "stream"), *dropped(sizes, self.rate)

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        """Forward: the rows in the table's own type. Backward: their gradient, and that of the whole table."""
        rows = sizes.tokens * sizes.width * sizes.master
        return rows * (1 + self.scaled), FP32 * (sizes.tokens + sizes.rows) * sizes.width

    def traffic(self, sizes: Sizes) -> Amount:
        each = 2 * sizes.master + (sizes.master + sizes.element) * sizes.casts
        return sizes.tokens * sizes.width * (each + 2 * sizes.master * self.scaled)

    def launches(self, sizes: Sizes) -> tuple[int, int]:
        more = self.scaled + sizes.casts + (self.rate > 0)
        return 1 + more, 3 + more

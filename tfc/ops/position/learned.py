"""Learned positions."""

from __future__ import annotations

from tfc.ops.base import FP32, Amount, Parameter, Sizes
from tfc.ops.position.base import Position


class Learned(Position, name="learned"):
    """A table with a row for each position up to `context`, added to the embeddings."""

    module = "LearnedPositions"
    note = "learned positions"

    def parameters(self, sizes: Sizes) -> tuple[Parameter, ...]:
        return (Parameter("positions.table", (sizes.context, sizes.width)),)

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        return 0, FP32 * sizes.context * sizes.width  # the gradient of the whole table

    def traffic(self, sizes: Sizes) -> Amount:
        return 2 * sizes.tokens * sizes.width * sizes.master

    def launches(self, sizes: Sizes) -> tuple[int, int]:
        return 1, 3

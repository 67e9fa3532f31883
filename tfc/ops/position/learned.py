"""Learned positions."""

from __future__ import annotations

from tfc.ops.base import FP32, Amount, Parameter, Sizes
from tfc.ops.launched import MODULE, PARAMETER, POINTWISE, VIEW, Call, Kernel, both
from tfc.ops.position.base import Position


class Learned(Position, name="learned"):
    """A table with a row for each position up to `context`, added to the embeddings."""

    module = "LearnedPositions"
    note = "learned positions"

    def parameters(self, sizes: Sizes) -> tuple[Parameter, ...]:
        return (Parameter("positions.table", (sizes.context, sizes.width)),)

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        return 0, FP32 * sizes.context * sizes.width  # the gradient of the whole table

    def calls(self, sizes: Sizes) -> tuple[Call, ...]:
        return Call(MODULE), both(VIEW), both(POINTWISE), both(PARAMETER)

    def kernels(self, sizes: Sizes) -> tuple[Kernel, ...]:
        """The sum; back the sum over sequences, and the gradient of the whole table, of which it is a part."""
        rows = sizes.tokens * sizes.width * sizes.master
        table = 2 * FP32 * sizes.context * sizes.width
        return Kernel(2 * rows), Kernel(rows, backward=True), Kernel(table, backward=True)

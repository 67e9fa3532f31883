"""Sinusoidal positions (Vaswani et al. 2017, arXiv 1706.03762)."""

from __future__ import annotations

from tfc.ops.base import FP32, Amount, Sizes
from tfc.ops.launched import INPLACE, MODULE, POINTWISE, Call, Kernel, both, inside
from tfc.ops.position.base import Position


class Sinusoidal(Position, name="sinusoidal"):
    """Fixed sines and cosines of the position, added to the embeddings."""

    module = "Sinusoids"
    note = "sinusoidal positions"

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        return FP32 * sizes.length * sizes.width, 0

    def calls(self, sizes: Sizes) -> tuple[Call, ...]:
        return Call(MODULE), both(POINTWISE), inside(INPLACE, 10)

    def kernels(self, sizes: Sizes) -> tuple[Kernel, ...]:
        """The sum, and before it the sines and cosines, made each time in ten steps."""
        made = 2 * FP32 * sizes.length * sizes.width
        return Kernel(2 * sizes.tokens * sizes.width * sizes.master), Kernel(made, count=10)

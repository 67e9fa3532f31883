"""Sinusoidal positions (Vaswani et al. 2017, arXiv 1706.03762)."""

from __future__ import annotations

from tfc.ops.base import FP32, Amount, Sizes
from tfc.ops.position.base import Position


class Sinusoidal(Position, name="sinusoidal"):
    """Fixed sines and cosines of the position, added to the embeddings."""

    module = "Sinusoids"
    note = "sinusoidal positions"

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        return FP32 * sizes.length * sizes.width, 0

    def traffic(self, sizes: Sizes) -> Amount:
        return 2 * sizes.tokens * sizes.width * sizes.master

    def launches(self, sizes: Sizes) -> tuple[int, int]:
        return 8, 0

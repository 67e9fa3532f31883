"""Root-mean-square norm (Zhang and Sennrich 2019, arXiv 1910.07467)."""

from __future__ import annotations

from tfc.fields import POSITIVE, setting
from tfc.ops.base import Saved, Sizes
from tfc.ops.norm.base import PLACE, Norm


class RmsNorm(Norm, name="rms"):
    """Over the root of the mean square, times a weight."""

    module = "RMSNorm"
    note = "RMS norm"
    lean = True

    eps: float = setting(
        POSITIVE,
        "added to the mean square before the root",
        default=1e-6,
        also=("rms_norm_eps", "norm_eps"),
    )
    place: str = PLACE

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        """Its input alone: the rest is made again in the backward pass."""
        return (Saved("in", sizes.tokens * sizes.width, sizes.element, "stream"),)

    def launches(self, sizes: Sizes) -> tuple[int, int]:
        casts = len(self.parameters(sizes)) * sizes.casts
        return 1 + casts, 3 + 2 * casts

"""Rotary positions (Su et al. 2021, arXiv 2104.09864)."""

from __future__ import annotations

from tfc.fields import POSITIVE, setting
from tfc.ops.base import Amount, Saved, Sizes
from tfc.ops.position.base import Position


class Rope(Position, name="rope"):
    """Queries and keys of self-attention are turned by an angle that grows with the position."""

    module = "rotation"
    note = "rotary positions in self-attention"

    theta: float = setting(
        POSITIVE,
        "base of the wavelengths",
        default=10_000.0,
        also=("rope_theta", "rotary_emb_base", "rope_base"),
    )

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        """The angles, once for all layers; queries and keys are turned in place."""
        size = sizes.length * sizes.head_width
        return tuple(Saved(name, size, sizes.element, "shared") for name in ("cosines", "sines"))

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        swapped = _turned(sizes) * sizes.element
        return swapped, swapped

    def traffic(self, sizes: Sizes) -> Amount:
        return 7 * _turned(sizes) * sizes.element  # swap, times the cosine, plus the swapped times the sine

    def launches(self, sizes: Sizes) -> tuple[int, int]:
        return 3, 5


def _turned(sizes: Sizes) -> Amount:
    return sizes.tokens * (sizes.heads + sizes.kv_heads) * sizes.head_width

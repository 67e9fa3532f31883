"""Rotary positions (Su et al. 2021, arXiv 2104.09864)."""

from __future__ import annotations

from tfc.fields import POSITIVE, setting
from tfc.ops.base import Amount, Saved, Sizes
from tfc.ops.launched import FUNCTION, FUSED, INPLACE, VIEW, Call, Kernel, both, inside
from tfc.ops.position.base import Position

# A slice of the projection is not one stretch, so that no step on it is vectorised: 0.8 to 1.4 TB/s where 4.2 are
# attained (H200, profiler, 2026-11-22).
BY_ELEMENT = 3.0


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

    def calls(self, sizes: Sizes) -> tuple[Call, ...]:
        """A function of our own on a slice of the projection, three steps; back the sine is turned round too."""
        if sizes.fused:
            return both(FUSED), inside(VIEW, 2, 2), inside(INPLACE, 0, 1)
        return both(FUNCTION), inside(VIEW, 2, 2), inside(INPLACE, 2, 3)

    def kernels(self, sizes: Sizes) -> tuple[Kernel, ...]:
        """Copied, swapped, times the cosine (2 each), plus the swapped times the sine (3); fused, turned, put back."""
        turned = _turned(sizes) * sizes.element
        steps = (2, 2) if sizes.fused else [BY_ELEMENT * size for size in (2, 2, 2, 3)]
        return tuple(Kernel(size * turned, backward) for backward in (False, True) for size in steps)

    def made_once(self, sizes: Sizes) -> Amount:
        """The angles, their cosines and sines."""
        return 14


def _turned(sizes: Sizes) -> Amount:
    return sizes.tokens * (sizes.heads + sizes.kv_heads) * sizes.head_width

"""Relative positions in buckets, as in T5 (Raffel et al. 2019, arXiv 1910.10683)."""

from __future__ import annotations

from tfc.fields import COUNT, TOKENS, setting
from tfc.ops.base import Amount, Parameter, Saved, Sizes
from tfc.ops.position.base import Position


class Relative(Position, name="relative", built=False):
    """A learned number for each head and bucket of distances, added to the scores of self-attention."""

    buckets: int = setting(
        COUNT, "buckets of distances", default=32, also=("relative_attention_num_buckets", "num_buckets")
    )
    distance: int = setting(
        TOKENS,
        "from here on all distances share a bucket",
        default=128,
        also=("relative_attention_max_distance", "max_distance"),
    )

    def parameters(self, sizes: Sizes) -> tuple[Parameter, ...]:
        return (Parameter("distances", (self.buckets, sizes.heads)),)

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        """Section 2.1 of the paper: one bias a head and pair of positions, the same in all layers."""
        return (Saved("distances", sizes.heads * sizes.length * sizes.reads, sizes.element, "shared"),)

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        bias = sizes.heads * sizes.length * sizes.reads * sizes.element
        return bias, bias

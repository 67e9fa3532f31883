"""Relative positions in buckets, as in T5 (Raffel et al. 2019, arXiv 1910.10683)."""

from __future__ import annotations

from tfc.fields import COUNT, TOKENS, setting
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

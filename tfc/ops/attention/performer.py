"""Performer's attention, FAVOR+ (Choromanski et al. 2020, arXiv 2009.14794)."""

from __future__ import annotations

from tfc.fields import COUNT, setting
from tfc.ops.attention.base import Attention
from tfc.ops.base import Amount, Saved, Sizes


class Performer(Attention, name="performer", built=False):
    """Softmax attention estimated from random features: the cost grows with the length, not its square."""

    features: int = setting(
        COUNT, "random features of a head", default=256, also=("nb_features", "num_features")
    )

    def pairs(self, length: Amount, reads: Amount, causal: bool) -> Amount:
        """As many pairs as would cost the same: O(L r d) of section 2.2, for features, sums and reading."""
        return self.features * (length + reads)

    def executed(self, sizes: Sizes) -> Amount:
        return self.useful(sizes)

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        of_queries = sizes.tokens * sizes.heads * self.features
        of_keys = sizes.batch * sizes.reads * sizes.kv_heads * self.features
        kept = tuple(item for item in super().saves(sizes) if item.name != "log-sums")
        return *kept, Saved("features", of_queries + of_keys, sizes.element)

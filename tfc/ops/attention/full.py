"""Full attention."""

from __future__ import annotations

from tfc.ops.attention.base import Attention
from tfc.ops.base import Amount


class Full(Attention, name="full"):
    """Each token reads all tokens; in a decoder, itself and all before it."""

    module = "SelfAttention"

    def pairs(self, length: Amount, reads: Amount, causal: bool) -> Amount:
        return length * (length + 1) // 2 if causal else length * reads

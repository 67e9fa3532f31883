"""Longformer's attention (Beltagy et al. 2020, arXiv 2004.05150)."""

from __future__ import annotations

from tfc.fields import TOKENS, setting
from tfc.ops.attention.base import Attention
from tfc.ops.base import Amount, Projection, Sizes, least


class Longformer(Attention, name="longformer", built=False):
    """A sliding window, and global tokens with projections of their own that read all and are read by all."""

    window: int = setting(
        TOKENS, "tokens in the window around a token", also=("attention_window", "window_size")
    )
    global_: int = setting(TOKENS, "tokens at the start that read all and are read by all", default=64)

    def pairs(self, length: Amount, reads: Amount, causal: bool) -> Amount:
        """Section 3.1 of the paper: n x w for the window, and n x g both ways for the global tokens."""
        special = least(self.global_, length)
        plain = least(self.window + self.global_, reads)
        both = special * reads + (length - special) * plain
        return (both + length) // 2 if causal else both

    def projections(self, sizes: Sizes) -> tuple[Projection, ...]:
        heads = sizes.heads * sizes.head_width
        special = Projection("global_qkv", sizes.width, heads + 2 * sizes.kv_heads * sizes.head_width)
        return *super().projections(sizes), special

    def executed(self, sizes: Sizes) -> Amount:
        return self.useful(sizes)  # by bands: what is not read is not computed

    def mask(self, sizes: Sizes) -> Amount:
        return sizes.batch * sizes.reads

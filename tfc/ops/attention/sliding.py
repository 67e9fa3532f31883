"""Sliding-window attention."""

from __future__ import annotations

from tfc.fields import TOKENS, setting
from tfc.ops.attention.base import Attention, banded
from tfc.ops.base import Amount, Sizes, least


class Sliding(Attention, name="sliding"):
    """Each token reads itself and the `window - 1` tokens before it; in an encoder, as many after it too.

    In cross-attention the token at a position reads the source around that position, or around its end.
    """

    module = "window_mask"
    note = "attention within a window"

    window: int = setting(
        TOKENS,
        "how far a token reads, itself included",
        also=("window_size", "sliding_window", "attention_window"),
    )

    def pairs(self, length: Amount, reads: Amount, causal: bool) -> Amount:
        if not causal:
            return banded(length, reads, self.window)
        window = least(self.window, length)
        return window * length - window * (window - 1) // 2

    def mask(self, sizes: Sizes) -> Amount:
        squares = sizes.length * sizes.reads
        return squares if sizes.causal else sizes.batch * squares  # padding differs from sequence to sequence

    def masked(self, sizes: Sizes) -> bool:
        return True

    def made_once(self, sizes: Sizes) -> Amount:
        """The window: places, distances, comparisons, what is outside, copied, multiplied; and that of padding."""
        return 8 if sizes.causal else 12

"""Longformer's attention (Beltagy et al. 2020, arXiv 2004.05150)."""

from __future__ import annotations

from tfc.fields import TOKENS, setting
from tfc.ops.attention.base import Attention


class Longformer(Attention, name="longformer", built=False):
    """A sliding window, and global tokens with projections of their own that read all and are read by all."""

    window: int = setting(
        TOKENS, "how far a token reads, itself included", also=("attention_window", "window_size")
    )
    global_: int = setting(TOKENS, "tokens at the start that read all and are read by all", default=64)

"""Sliding-window attention."""

from __future__ import annotations

from tfc.fields import TOKENS, setting
from tfc.ops.attention.base import Attention


class Sliding(Attention, name="sliding"):
    """Each token reads itself and the `window - 1` tokens before it; in an encoder, as many after it too."""

    window: int = setting(
        TOKENS,
        "how far a token reads, itself included",
        also=("window_size", "sliding_window", "attention_window"),
    )

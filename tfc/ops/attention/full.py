"""Full attention."""

from __future__ import annotations

from tfc.ops.attention.base import Attention


class Full(Attention, name="full"):
    """Each token reads all tokens; in a decoder, itself and all before it."""

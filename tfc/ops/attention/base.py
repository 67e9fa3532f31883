"""What all kinds of attention share."""

from __future__ import annotations

from tfc.ops.base import Op


class Attention(Op, family="attention"):
    """How a token finds the tokens that it reads."""

"""What all encodings of position share."""

from __future__ import annotations

from tfc.ops.base import Op


class Position(Op, family="position"):
    """How a model knows where a token stands."""

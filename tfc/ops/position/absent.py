"""No positions."""

from __future__ import annotations

from tfc.ops.position.base import Position


class NoPosition(Position, name="none"):
    """Nothing is added: a causal model can count by itself, an encoder sees a bag of tokens."""

    note = "no positions"

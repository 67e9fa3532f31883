"""Learned positions."""

from __future__ import annotations

from tfc.ops.position.base import Position


class Learned(Position, name="learned"):
    """A table with a row for each position up to `context`, added to the embeddings."""

"""Sinusoidal positions (Vaswani et al. 2017, arXiv 1706.03762)."""

from __future__ import annotations

from tfc.ops.position.base import Position


class Sinusoidal(Position, name="sinusoidal"):
    """Fixed sines and cosines of the position, added to the embeddings."""

"""Rotary positions (Su et al. 2021, arXiv 2104.09864)."""

from __future__ import annotations

from tfc.fields import POSITIVE, setting
from tfc.ops.position.base import Position


class Rope(Position, name="rope"):
    """Queries and keys of self-attention are turned by an angle that grows with the position."""

    theta: float = setting(
        POSITIVE,
        "base of the wavelengths",
        default=10_000.0,
        also=("rope_theta", "rotary_emb_base", "rope_base"),
    )

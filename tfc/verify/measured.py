"""A metric that was measured, or why it was not."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tfc.units import Dimension, say


@dataclass(frozen=True)
class Measured:
    """An amount in base units, and what is to be known of how it came about."""

    value: float
    dimension: Dimension
    note: str = ""

    def __str__(self) -> str:
        return say(self.value, self.dimension) if math.isfinite(self.value) else "without end"


@dataclass(frozen=True)
class Unmeasured:
    """Why there is no figure."""

    reason: str

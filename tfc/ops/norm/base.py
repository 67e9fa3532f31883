"""What all norms share."""

from __future__ import annotations

from typing import Any

from tfc.fields import choice, setting
from tfc.ops.base import Op

PLACE: Any = setting(
    choice("before", "after"),
    "before each half of a layer, and once more at the end; or after the sum of each half",
    default="before",
    also=("normalize_before", "pre_norm"),
)


class Norm(Op, family="norm"):
    """How the numbers of a token are brought to one scale."""

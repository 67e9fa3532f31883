"""The feed-forward layer with GELU."""

from __future__ import annotations

from tfc.fields import COUNT, setting
from tfc.ops.ffn.base import FOUR_WIDTHS, HIDDEN_ALSO, Ffn


class Gelu(Ffn, name="gelu"):
    """Up, GELU, and down: two projections."""

    hidden: int = setting(
        COUNT, "the width between the two projections", default=FOUR_WIDTHS, also=HIDDEN_ALSO
    )

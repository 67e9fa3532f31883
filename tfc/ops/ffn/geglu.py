"""The gated feed-forward layer with GELU."""

from __future__ import annotations

from tfc.fields import COUNT, setting
from tfc.ops.ffn.base import HIDDEN_ALSO, TWO_THIRDS_OF_FOUR_WIDTHS, GatedFfn


class Geglu(GatedFfn, name="geglu"):
    """GELU of a gate times a second projection, then down: three projections."""

    module = "GeGLU"
    note = "GeGLU feed-forward"

    hidden: int = setting(
        COUNT, "the width of gate and up", default=TWO_THIRDS_OF_FOUR_WIDTHS, also=HIDDEN_ALSO
    )

"""The gated feed-forward layer with SiLU."""

from __future__ import annotations

from tfc.fields import COUNT, setting
from tfc.ops.ffn.base import HIDDEN_ALSO, TWO_THIRDS_OF_FOUR_WIDTHS, GatedFfn


class Swiglu(GatedFfn, name="swiglu"):
    """SiLU of a gate times a second projection, then down: three projections."""

    module = "SwiGLU"
    note = "SwiGLU feed-forward"

    hidden: int = setting(
        COUNT, "the width of gate and up", default=TWO_THIRDS_OF_FOUR_WIDTHS, also=HIDDEN_ALSO
    )

"""The feed-forward layer with GELU (Hendrycks and Gimpel 2016, arXiv 1606.08415)."""

from __future__ import annotations

from tfc.fields import COUNT, setting
from tfc.ops.base import Saved, Sizes
from tfc.ops.ffn.base import FOUR_WIDTHS, HIDDEN_ALSO, PlainFfn


class Gelu(PlainFfn, name="gelu"):
    """Up, GELU, and down: two projections."""

    module = "GeluFeedForward"
    note = "GELU feed-forward"

    hidden: int = setting(
        COUNT, "the width between the two projections", default=FOUR_WIDTHS, also=HIDDEN_ALSO
    )

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        """GELU needs what went in, and `down` what came out."""
        return (
            Saved("in", sizes.tokens * sizes.width, sizes.element, "stream"),
            Saved("up", sizes.tokens * self.hidden, sizes.element),
            Saved("active", sizes.tokens * self.hidden, sizes.element),
            *self.copies(sizes),
        )

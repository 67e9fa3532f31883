"""The feed-forward layer with ReLU."""

from __future__ import annotations

from tfc.fields import COUNT, setting
from tfc.ops.base import Saved, Sizes
from tfc.ops.ffn.base import FOUR_WIDTHS, HIDDEN_ALSO, PlainFfn


class Relu(PlainFfn, name="relu"):
    """Up, ReLU, and down: two projections."""

    module = "ReluFeedForward"
    note = "ReLU feed-forward"

    hidden: int = setting(
        COUNT, "the width between the two projections", default=FOUR_WIDTHS, also=HIDDEN_ALSO
    )

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        """ReLU tells from what came out where its slope is 1, and `down` needs the same."""
        return (
            Saved("in", sizes.tokens * sizes.width, sizes.element, "stream"),
            Saved("active", sizes.tokens * self.hidden, sizes.element),
            *self.copies(sizes),
        )

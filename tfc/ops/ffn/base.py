"""What all feed-forward layers share: one or two projections up, a function of each number, one down."""

from __future__ import annotations

from tfc.fields import Computed
from tfc.ops.base import Amount, Op, Projection, Saved, Sizes, cast_traffic

HIDDEN_ALSO = ("intermediate_size", "ffn_dim", "d_ff", "n_inner", "dim_feedforward", "ffn_hidden_size")
FOUR_WIDTHS = Computed("4 * width", lambda given: 4 * given["width"])
TWO_THIRDS_OF_FOUR_WIDTHS = Computed(
    "8 / 3 * width, up to a multiple of 256", lambda given: -(-8 * given["width"] // (3 * 256)) * 256
)


class Ffn(Op, family="ffn"):
    """What happens to each token by itself."""

    hidden: int
    backward_tensors = 1  # as wide as `hidden`, at once in the backward pass
    moved = 2.0  # such tensors read and written in the forward pass, half as many as in the backward pass

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        branch = sizes.tokens * sizes.width * sizes.element
        # Backward: the gradient of the branch and those inside, the first of which replaces what `down` kept.
        inside = self.backward_tensors * sizes.tokens * self.hidden * sizes.element
        return branch, branch + inside

    def traffic(self, sizes: Sizes) -> Amount:
        return self.moved * sizes.tokens * self.hidden * sizes.element + cast_traffic(self, sizes)


class PlainFfn(Ffn):
    """Up, a function, and down."""

    def projections(self, sizes: Sizes) -> tuple[Projection, ...]:
        return Projection("up", sizes.width, self.hidden), Projection("down", self.hidden, sizes.width)

    def launches(self, sizes: Sizes) -> tuple[int, int]:
        return 3 + 2 * sizes.casts, 5 + 2 * sizes.casts


class GatedFfn(Ffn):
    """A function of a gate, times a second projection, and down (Shazeer 2020, arXiv 2002.05202)."""

    lean = True
    # The function of the gate made again, the gradients of product, gate and up, and the last two put together, less
    # what `down` kept.
    backward_tensors = 4
    # The function 2 and the product 3, both again in the backward pass, there the gradients of the product 6, of the
    # function 3, and put together 4: a third of 23.
    moved = 23 / 3

    def projections(self, sizes: Sizes) -> tuple[Projection, ...]:
        both = Projection("gate_up", sizes.width, 2 * self.hidden)
        return both, Projection("down", self.hidden, sizes.width)

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        """The product is made again in the backward pass, but `down` keeps it as its input all the same."""
        return (
            Saved("in", sizes.tokens * sizes.width, sizes.element, "stream"),
            Saved("gate and up", 2 * sizes.tokens * self.hidden, sizes.element),
            Saved("product", sizes.tokens * self.hidden, sizes.element),
            *self.copies(sizes),
        )

    def launches(self, sizes: Sizes) -> tuple[int, int]:
        return 4 + 2 * sizes.casts, 10 + 2 * sizes.casts

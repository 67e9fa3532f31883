"""What all feed-forward layers share: one or two projections up, a function of each number, one down."""

from __future__ import annotations

from tfc.fields import Computed
from tfc.ops.base import Amount, Op, Projection, Saved, Sizes
from tfc.ops.launched import (
    CAT,
    FUNCTION,
    FUSED,
    INPLACE,
    MODULE,
    POINTWISE,
    VIEW,
    Call,
    Kernel,
    again,
    both,
    inside,
    linear_calls,
    linear_kernels,
    nested,
)

HIDDEN_ALSO = ("intermediate_size", "ffn_dim", "d_ff", "n_inner", "dim_feedforward", "ffn_hidden_size")
FOUR_WIDTHS = Computed("4 * width", lambda given: 4 * given["width"])
TWO_THIRDS_OF_FOUR_WIDTHS = Computed(
    "8 / 3 * width, up to a multiple of 256", lambda given: -(-8 * given["width"] // (3 * 256)) * 256
)


class Ffn(Op, family="ffn"):
    """What happens to each token by itself."""

    hidden: int
    backward_tensors = 1  # as wide as `hidden`, at once in the backward pass
    fused_tensors = 1  # likewise, where the function is one kernel

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        branch = sizes.tokens * sizes.width * sizes.element
        # Backward: the gradient of the branch and those inside, the first of which replaces what `down` kept.
        tensors = self.fused_tensors if sizes.fused else self.backward_tensors
        inside = tensors * sizes.tokens * self.hidden * sizes.element
        return branch, branch + inside

    def between(self, sizes: Sizes) -> Amount:
        """Bytes of a tensor as wide as `hidden`."""
        return sizes.tokens * self.hidden * sizes.element


class PlainFfn(Ffn):
    """Up, a function, and down."""

    def projections(self, sizes: Sizes) -> tuple[Projection, ...]:
        return Projection("up", sizes.width, self.hidden), Projection("down", self.hidden, sizes.width)

    def calls(self, sizes: Sizes) -> tuple[Call, ...]:
        return Call(MODULE), *linear_calls(self.projections(sizes), sizes), both(POINTWISE)

    def kernels(self, sizes: Sizes) -> tuple[Kernel, ...]:
        wide = self.between(sizes)
        own = Kernel(2 * wide), Kernel(3 * wide, backward=True)
        return *linear_kernels(self.projections(sizes), sizes), *own


class GatedFfn(Ffn):
    """A function of a gate, times a second projection, and down (Shazeer 2020, arXiv 2002.05202)."""

    lean = True
    # The function of the gate made again, the gradients of product, gate and up, and the last two put together, less
    # what `down` kept.
    backward_tensors = 4
    fused_tensors = 2  # the gradients of the product, and of gate and up together, less what `down` kept

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

    def calls(self, sizes: Sizes) -> tuple[Call, ...]:
        """Fused one kernel in either direction; else two functions, both made again in the backward pass."""
        linears = tuple(linear_calls(self.projections(sizes), sizes))
        if sizes.fused:
            return Call(MODULE), *linears, both(FUSED)
        once = both(FUNCTION), inside(VIEW, 1, 2), inside(INPLACE, 1), nested()
        repeated = again(VIEW), again(POINTWISE, 2), inside(INPLACE, 0, 1), inside(CAT, 0, 1)
        return Call(MODULE), *linears, *once, *repeated

    def kernels(self, sizes: Sizes) -> tuple[Kernel, ...]:
        """Gate and up are read and the product written; back, each half reads them and the product's gradient."""
        wide, linears = self.between(sizes), tuple(linear_kernels(self.projections(sizes), sizes))
        if sizes.fused:
            return *linears, Kernel(3 * wide), Kernel(8 * wide, backward=True)
        # The function and the product; back both again, two gradients of the product, that of the function, and the
        # gradients of gate and up put together.
        here = Kernel(2 * wide), Kernel(3 * wide)
        back = (Kernel(size * wide, backward=True) for size in (2, 3, 3, 3, 3, 4))
        return *linears, *here, *back

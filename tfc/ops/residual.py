"""The sum of a branch and the stream that it left."""

from __future__ import annotations

from dataclasses import field

from tfc.ops.base import CPU, Amount, Op, Saved, Sizes
from tfc.ops.launched import DROPOUT, INPLACE, MODULE, POINTWISE, Call, Kernel, both, inside


class Residual(Op):
    """The stream plus what half a layer adds to it, of which dropout leaves out a share."""

    name = "residual"
    rate: float = field(default=0.0)

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        return dropped(sizes, self.rate)

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        branch = sizes.tokens * sizes.width * sizes.element * (self.rate > 0)
        return branch, branch

    def calls(self, sizes: Sizes) -> tuple[Call, ...]:
        """The sum, and the one that autograd makes of the gradients of branch and stream."""
        return both(POINTWISE), inside(INPLACE, 0, 1), *dropout_calls(self.rate)

    def kernels(self, sizes: Sizes) -> tuple[Kernel, ...]:
        summed = 3 * sizes.tokens * sizes.width * sizes.element
        return Kernel(summed), Kernel(summed, backward=True), *dropout_kernels(sizes, self.rate)


def dropout_calls(rate: float) -> tuple[Call, ...]:
    return (Call(MODULE), both(DROPOUT)) if rate else ()


def dropout_kernels(sizes: Sizes, rate: float) -> tuple[Kernel, ...]:
    """Numbers read and written, and a byte of each for what was dropped."""
    moved = (2 * sizes.element + 1) * sizes.tokens * sizes.width
    return (Kernel(moved), Kernel(moved, backward=True)) if rate else ()


def dropped(sizes: Sizes, rate: float) -> tuple[Saved, ...]:
    """What dropout keeps: a GPU a byte a number, a CPU the factors themselves."""
    if not rate:
        return ()
    each = sizes.element if sizes.device == CPU else 1
    return (Saved("dropped", sizes.tokens * sizes.width, each, "stream"),)

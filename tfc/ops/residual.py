"""The sum of a branch and the stream that it left."""

from __future__ import annotations

from dataclasses import field

from tfc.ops.base import CPU, Amount, Op, Saved, Sizes


class Residual(Op):
    """The stream plus what half a layer adds to it, of which dropout leaves out a share."""

    name = "residual"
    rate: float = field(default=0.0)

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        return dropped(sizes, self.rate)

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        branch = sizes.tokens * sizes.width * sizes.element * (self.rate > 0)
        return branch, branch

    def traffic(self, sizes: Sizes) -> Amount:
        return (3 + 2 * (self.rate > 0)) * sizes.tokens * sizes.width * sizes.element

    def launches(self, sizes: Sizes) -> tuple[int, int]:
        return (2, 2) if self.rate else (1, 1)


def dropped(sizes: Sizes, rate: float) -> tuple[Saved, ...]:
    """What dropout keeps: a GPU a byte a number, a CPU the factors themselves."""
    if not rate:
        return ()
    each = sizes.element if sizes.device == CPU else 1
    return (Saved("dropped", sizes.tokens * sizes.width, each, "stream"),)

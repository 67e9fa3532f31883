"""Root-mean-square norm (Zhang and Sennrich 2019, arXiv 1910.07467)."""

from __future__ import annotations

from tfc.fields import POSITIVE, setting
from tfc.ops.base import Saved, Sizes
from tfc.ops.launched import (
    CAST,
    FUNCTION,
    FUSED,
    INPLACE,
    MODULE,
    NORM,
    PARAMETER,
    VIEW,
    Call,
    Kernel,
    again,
    both,
    cast_kernels,
    inside,
    nested,
)
from tfc.ops.norm.base import PLACE, Norm


class RmsNorm(Norm, name="rms"):
    """Over the root of the mean square, times a weight."""

    module = "RMSNorm"
    note = "RMS norm"
    lean = True

    eps: float = setting(
        POSITIVE,
        "added to the mean square before the root",
        default=1e-6,
        also=("rms_norm_eps", "norm_eps"),
    )
    place: str = PLACE

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        """Its input alone: the rest is made again in the backward pass."""
        return (Saved("in", sizes.tokens * sizes.width, sizes.element, "stream"),)

    def calls(self, sizes: Sizes) -> tuple[Call, ...]:
        """Fused it is one kernel; else `Lean` evaluates it again in the backward pass, weight copied and all."""
        learnt = len(self.parameters(sizes))
        if sizes.fused and self.affine:
            # Sums over numbers and over tokens are kernels of their own.
            return Call(MODULE), both(FUSED), inside(INPLACE, 0, 1), both(PARAMETER, learnt)
        copied = learnt * int(sizes.casts)
        repeated = again(NORM), again(CAST, copied), inside(VIEW, 0, 2 * (1 + learnt))
        own = Call(MODULE), both(FUNCTION), inside(INPLACE, copied), nested()
        return *own, *repeated, both(PARAMETER, learnt)

    def kernels(self, sizes: Sizes) -> tuple[Kernel, ...]:
        if sizes.fused and self.affine:
            return self.normed(sizes)
        repeated = Kernel(2 * sizes.tokens * sizes.width * sizes.element, backward=True)
        copies = tuple(one for learnt in self.parameters(sizes) for one in cast_kernels(learnt.count, sizes))
        redone = (Kernel(one.size, backward=True) for one in copies if not one.backward)
        return *self.normed(sizes), repeated, *copies, *redone

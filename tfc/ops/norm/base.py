"""What all norms share."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from tfc.fields import choice, setting
from tfc.ops.base import Amount, Op, Parameter, Saved, Sizes
from tfc.ops.launched import Kernel

PLACE: Any = setting(
    choice("before", "after"),
    "before each half of a layer, and once more at the end; or after the sum of each half",
    default="before",
    also=("normalize_before", "pre_norm"),
)


class Norm(Op, family="norm"):
    """How the numbers of a token are brought to one scale."""

    if TYPE_CHECKING:
        eps: float  # both declared by each variant: what stands first may be given without its name
        place: str
    affine: bool = field(default=True)  # an adapter's has no weight: the projection behind it is one

    def parameters(self, sizes: Sizes) -> tuple[Parameter, ...]:
        return (Parameter("weight", (sizes.width,)),) if self.affine else ()

    def copies(self, sizes: Sizes) -> tuple[Saved, ...]:
        return tuple(
            Saved(f"{item.name} copy", item.count * sizes.casts, sizes.element, "copy")
            for item in self.parameters(sizes)
        )

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        out = sizes.tokens * sizes.width * sizes.element
        return 0, 2 * out

    def normed(self, sizes: Sizes, columns: float = 1.0) -> tuple[Kernel, ...]:
        """Read and written; in the backward pass the gradient and the input are read for each of two results.

        `columns` is how much longer the sums over tokens take than reading as many bytes does.
        """
        moved = sizes.tokens * sizes.width * sizes.element
        weight = (Kernel(2 * columns * moved, backward=True),) if self.affine else ()
        return Kernel(2 * moved), Kernel(3 * moved, backward=True), *weight

"""The table of embeddings, looked up."""

from __future__ import annotations

from dataclasses import field

from tfc.ops.base import FP32, INT64, Amount, Op, Parameter, Saved, Sizes
from tfc.ops.launched import CAST, LOOKUP, PARAMETER, POINTWISE, Call, Kernel, both, cast_kernels
from tfc.ops.residual import dropout_calls, dropout_kernels, dropped

# Small kernels in which PyTorch sorts the tokens and finds where each row's begin, so as to add up their gradients
# (aten/src/ATen/native/cuda/Embedding.cu and EmbeddingBackwardKernel.cu, counted by hand).
SORTING = 12


class Embedding(Op):
    """A row of the table for each token, in the type that is computed in."""

    name = "embedding"
    table: str = field(default="table")
    owns: bool = field(default=True)  # whether the table is counted here: a tied one is counted once
    scaled: bool = field(default=False)
    rate: float = field(default=0.0)

    def parameters(self, sizes: Sizes) -> tuple[Parameter, ...]:
        return (Parameter(self.table, (sizes.rows, sizes.width)),) if self.owns else ()

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        return Saved("tokens", sizes.tokens, INT64, "stream"), *dropped(sizes, self.rate)

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        """Forward: the rows in the table's own type. Backward: their gradient, and that of the whole table."""
        rows = sizes.tokens * sizes.width * sizes.master
        return rows * (1 + self.scaled), FP32 * (sizes.tokens + sizes.rows) * sizes.width

    def calls(self, sizes: Sizes) -> tuple[Call, ...]:
        copied = both(CAST, int(sizes.casts))
        scaled = (both(POINTWISE),) if self.scaled else ()
        return both(LOOKUP), copied, *scaled, both(PARAMETER, int(self.owns)), *dropout_calls(self.rate)

    def kernels(self, sizes: Sizes) -> tuple[Kernel, ...]:
        """The gradient of a lookup is as large as its table: filled with zeros, and what is looked up added to it."""
        numbers = sizes.tokens * sizes.width
        doubled = Kernel(2 * numbers * sizes.master), Kernel(2 * numbers * sizes.master, backward=True)
        return (
            Kernel(2 * numbers * sizes.master),
            *cast_kernels(numbers, sizes),
            *(doubled if self.scaled else ()),
            *dropout_kernels(sizes, self.rate),
            Kernel(sizes.rows * sizes.width * sizes.master, backward=True),
            Kernel(2 * sizes.tokens * INT64, backward=True, count=SORTING),
            Kernel(3 * numbers * sizes.master, backward=True),
        )

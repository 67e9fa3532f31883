"""Bottleneck adapters (Houlsby et al. 2019, arXiv 1902.00751; for translation Bapna and Firat 2019, 1909.08478)."""

from __future__ import annotations

from tfc.fields import COUNT, choice, setting
from tfc.ops.adapter.base import Adapter
from tfc.ops.base import INT64, Amount, Parameter, Product, Projection, Saved, Sizes
from tfc.ops.launched import (
    BIAS,
    CAST,
    LOOKUP,
    MODULE,
    PARAMETER,
    POINTWISE,
    PRODUCT,
    Call,
    Kernel,
    both,
    cast_kernels,
    linear_calls,
    linear_kernels,
)


class Bottleneck(Adapter, name="bottleneck"):
    """After each layer: norm, down to `rank`, ReLU, up again, and added."""

    module = "Adapter"

    rank: int = setting(COUNT, "the width in between", also=("bottleneck_size", "adapter_size", "bottleneck"))
    per: str = setting(
        choice("language", "task", "none"),
        "what has an adapter of its own",
        default="language",
        built=lambda per: per != "task",
    )

    def projections(self, sizes: Sizes) -> tuple[Projection, ...]:
        """The two that all share; those of each language are stacked in one parameter instead."""
        if self.per != "none":
            return ()
        return Projection("down", sizes.width, self.rank), Projection("up", self.rank, sizes.width)

    def parameters(self, sizes: Sizes) -> tuple[Parameter, ...]:
        if self.per == "none":
            return super().parameters(sizes)
        count = sizes.languages
        stacks = (
            Parameter("down", (count, sizes.width, self.rank)),
            Parameter("up", (count, self.rank, sizes.width)),
        )
        biases = (Parameter("down_bias", (count, self.rank)), Parameter("up_bias", (count, sizes.width)))
        return stacks + biases if sizes.bias else stacks

    def products(self, sizes: Sizes) -> tuple[Product, ...]:
        return (
            Product(sizes.tokens, self.rank, sizes.width),
            Product(sizes.tokens, sizes.width, self.rank),
        )

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        """Inputs of both products; and where sequences differ in language, the matrices of each sequence."""
        own = sizes.batch * sizes.width * self.rank
        chosen = (
            Saved("down of each sequence", own, sizes.element, "copy"),
            Saved("up of each sequence", own, sizes.element, "copy"),
            Saved("language", sizes.batch, INT64, "shared"),
        )
        return (
            Saved("in", sizes.tokens * sizes.width, sizes.element, "stream"),
            Saved("narrow", sizes.tokens * self.rank, sizes.element),
            *(self.copies(sizes) if self.per == "none" else chosen),
        )

    def temporaries(self, sizes: Sizes) -> tuple[Amount, Amount]:
        branch = sizes.tokens * sizes.width * sizes.element
        return branch, branch + sizes.tokens * self.rank * sizes.element

    def calls(self, sizes: Sizes) -> tuple[Call, ...]:
        own = Call(MODULE), both(POINTWISE, 2)
        if self.per == "none":
            return *own, *linear_calls(self.projections(sizes), sizes)
        learnt = len(self.parameters(sizes))
        looked = both(LOOKUP, learnt), both(CAST, learnt * int(sizes.casts)), both(PARAMETER, learnt)
        return *own, *looked, both(PRODUCT, 2), both(BIAS, learnt - 2)

    def kernels(self, sizes: Sizes) -> tuple[Kernel, ...]:
        """ReLU, and the sum; what each sequence looks up is read, written, copied, and its gradient added up."""
        narrow, wide = (sizes.tokens * size * sizes.element for size in (self.rank, sizes.width))
        forward = Kernel(2 * narrow), Kernel(3 * wide)
        found = (*forward, Kernel(3 * narrow, backward=True), Kernel(3 * wide, backward=True))
        if self.per == "none":
            return *found, *linear_kernels(self.projections(sizes), sizes)
        for learnt in self.parameters(sizes):
            own = sizes.batch * learnt.count // sizes.languages
            found += (Kernel(2 * own * sizes.master), *cast_kernels(own, sizes))
            found += (Kernel((learnt.count + 3 * own) * sizes.master, backward=True),)
        return found

"""Layer norm (Ba et al. 2016, arXiv 1607.06450)."""

from __future__ import annotations

from tfc.fields import POSITIVE, setting
from tfc.ops.base import CPU, FP32, Parameter, Saved, Sizes
from tfc.ops.launched import CAST, MODULE, NORM, PARAMETER, Call, Kernel, both, cast_kernels
from tfc.ops.norm.base import PLACE, Norm

# PyTorch's kernel for the gradients of weight and bias (GammaBetaBackward) takes 38 us for what others read in 10 (8192
# tokens of 1024 numbers, H200, profiler, 2026-11-22).
COLUMNS = 3.0


class LayerNorm(Norm, name="layer"):
    """Less the mean, over the standard deviation, times a weight; plus a bias where the model has biases."""

    module = "LayerNorm"
    note = "layer norm"

    eps: float = setting(
        POSITIVE,
        "added to the mean square before the root",
        default=1e-5,
        also=("layer_norm_eps", "layer_norm_epsilon", "norm_eps"),
    )
    place: str = PLACE

    def parameters(self, sizes: Sizes) -> tuple[Parameter, ...]:
        bias = (Parameter("bias", (sizes.width,)),) if self.affine and sizes.bias else ()
        return *super().parameters(sizes), *bias

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        """The kernel of a CPU keeps mean and scale in the type of its input, that of a GPU in fp32."""
        statistic = sizes.element if sizes.device == CPU else FP32
        return (
            Saved("in", sizes.tokens * sizes.width, sizes.element, "stream"),
            Saved("means", sizes.tokens, statistic, "stream"),
            Saved("scales", sizes.tokens, statistic, "stream"),
            *self.copies(sizes),
        )

    def calls(self, sizes: Sizes) -> tuple[Call, ...]:
        learnt = len(self.parameters(sizes))
        return Call(MODULE), both(NORM), both(CAST, learnt * sizes.casts), both(PARAMETER, learnt)

    def kernels(self, sizes: Sizes) -> tuple[Kernel, ...]:
        copies = (one for learnt in self.parameters(sizes) for one in cast_kernels(learnt.count, sizes))
        return *self.normed(sizes, COLUMNS), *copies

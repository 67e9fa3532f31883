"""How weights are changed."""

from __future__ import annotations

from tfc.fields import POSITIVE, ListOf, Number, Variant, setting
from tfc.units import Dimension

BETA = Number((Dimension.COUNT,), least=0, most=0.999999)


class Optimizer(Variant, family="optimizer"):
    """How weights are changed by their gradients."""


class AdamW(Optimizer, name="adamw"):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101)."""

    lr: float = setting(POSITIVE, "the highest rate", also=("learning_rate", "max_lr"))
    betas: tuple[float, ...] = setting(
        ListOf(BETA, least=2, most=2),
        "decay of the two moments",
        default=(0.9, 0.999),
        also=("adam_betas",),
    )
    eps: float = setting(
        POSITIVE, "added to the root of the second moment", default=1e-8, also=("adam_epsilon",)
    )
    weight_decay: float = setting(
        Number((Dimension.COUNT,), least=0),
        "shrinks matrices, not biases and norms",
        default=0.01,
        also=("wd",),
    )
    clip: float = setting(
        POSITIVE,
        "the longest gradient, over all parameters",
        default=1.0,
        also=("max_grad_norm", "grad_clip", "gradient_clip_val", "clip_norm"),
    )

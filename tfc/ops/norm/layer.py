"""Layer norm (Ba et al. 2016, arXiv 1607.06450)."""

from __future__ import annotations

from tfc.fields import POSITIVE, setting
from tfc.ops.norm.base import PLACE, Norm


class LayerNorm(Norm, name="layer"):
    """Less the mean, over the standard deviation, times a weight; plus a bias where the model has biases."""

    eps: float = setting(
        POSITIVE,
        "added to the mean square before the root",
        default=1e-5,
        also=("layer_norm_eps", "layer_norm_epsilon", "norm_eps"),
    )
    place: str = PLACE

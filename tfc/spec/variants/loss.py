"""What a model learns from data."""

from __future__ import annotations

from tfc.fields import Number, Variant, setting
from tfc.units import Dimension

BELOW_ONE = Number((Dimension.SHARE,), least=0, most=0.999)


class Loss(Variant, family="loss"):
    """What a model learns from data."""


class CrossEntropy(Loss, name="cross_entropy"):
    """The next token; in an encoder-decoder, of the target."""

    smoothing: float = setting(
        BELOW_ONE, "of the weight goes to all other tokens", default=0.0, also=("label_smoothing",)
    )


class Masked(Loss, name="masked"):
    """The tokens that were hidden: for an encoder."""

    rate: float = setting(
        Number((Dimension.SHARE,), above=0, most=1),
        "of the tokens are hidden",
        default=0.15,
        also=("mlm_probability", "mask_prob"),
    )

"""Performer's attention, FAVOR+ (Choromanski et al. 2020, arXiv 2009.14794)."""

from __future__ import annotations

from tfc.fields import COUNT, setting
from tfc.ops.attention.base import Attention


class Performer(Attention, name="performer", built=False):
    """Softmax attention estimated from random features: the cost grows with the length, not its square."""

    features: int = setting(
        COUNT, "random features of a head", default=256, also=("nb_features", "num_features")
    )

"""Training that knows of the rounding that comes after it."""

from __future__ import annotations

from tfc.fields import Number, Variant, choice, setting
from tfc.units import Dimension


class Quantize(Variant, family="quantize", built=False):
    """Training that knows of the rounding that comes after it."""


class NoQuantize(Quantize, name="none", built=True):
    """Weights are trained as they are."""


class Aware(Quantize, name="aware"):
    """The last steps round weights and activations as the deployment will."""

    steps: int = setting(Number((Dimension.STEPS,), whole=True, least=1), "how many, at the end")
    as_: str = setting(choice("int8", "int4", "fp8"), "what will be rounded to", default="int8")

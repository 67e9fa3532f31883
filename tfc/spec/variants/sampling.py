"""How often each language is seen."""

from __future__ import annotations

from tfc.fields import POSITIVE, SHARE, Named, Variant, setting


class Sampling(Variant, family="sampling"):
    """How often each language is seen."""


class Temperature(Sampling, name="temperature"):
    """In proportion to size to the power of `1 / value`."""

    value: float = setting(POSITIVE, "1 is by size; the higher, the more a small language is seen")


class Uniform(Sampling, name="uniform"):
    """All languages equally often."""


class Shares(Sampling, name="shares"):
    """As written: `shares(de = 40%, fr = 30%)`; the languages that are not named divide the rest by size."""

    shares: tuple[tuple[str, float], ...] = setting(Named(SHARE), "the share of each language")

"""How little of a language a batch may have."""

from __future__ import annotations

from tfc.fields import SHARE, Variant, setting


class Floor(Variant, family="floor"):
    """How little of a language a batch may have."""


class NoFloor(Floor, name="none"):
    """As sampling has it."""


class Least(Floor, name="least", built=False):
    """At least a share for each."""

    share: float = setting(SHARE, "of each language")

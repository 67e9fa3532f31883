"""What a student begins with."""

from __future__ import annotations

from tfc.fields import INDEX, Either, ListOf, Variant, choice, setting


class Init(Variant, family="init"):
    """What a student begins with."""


class RandomInit(Init, name="random"):
    """Chance."""


class LayersInit(Init, name="layers"):
    """Layers of its teacher: spread evenly, the last ones, or those of a list counted from 0."""

    which: str | tuple[int, ...] = setting(
        Either((choice("uniform", "last"), ListOf(INDEX, least=1))), "which of the teacher's layers"
    )

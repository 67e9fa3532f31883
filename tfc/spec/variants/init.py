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

    def chosen(self, own: int, its: int) -> tuple[int, ...]:
        """Of a teacher's `its` layers those that a student's `own` begin with; fewer or more where they do not fit.

        Spread evenly, the first and the last are among them; a single one is the first.
        """
        if isinstance(self.which, tuple):
            return self.which
        if self.which == "last":
            return tuple(range(max(0, its - own), its))
        return tuple(round(layer * (its - 1) / max(1, own - 1)) for layer in range(own))

"""What languages a data block is about: which directions, which languages have a token, which are counted apart."""

from __future__ import annotations

from dataclasses import dataclass

from tfc.graph.build import targets
from tfc.spec.data import Data

Direction = tuple[str, str]


@dataclass(frozen=True)
class Languages:
    """The languages of the generated code."""

    directions: tuple[Direction, ...]  # of pairs: source and target
    targets: tuple[str, ...]  # languages that may be written: they have tokens and adapters
    named: tuple[str, ...]  # those that sampling and validation tell apart
    side: int  # the side of a pair that names its language: 0 the source, 1 the target

    @property
    def only_target(self) -> str | None:
        """The one language that is written, if there are not several."""
        written = {target for _, target in self.directions}
        return written.pop() if len(written) == 1 else None

    @property
    def spoken(self) -> tuple[str, ...]:
        """All languages, in the order of the directions."""
        return tuple(dict.fromkeys(language for pair in self.directions for language in pair))


def languages(data: Data) -> Languages:
    """The languages of pairs or of text; where a spec names none, the sides or the text stand for them."""
    if not data.parallel_text:
        named = data.languages if "language" in data.placeholders else ("text",)
        return Languages((), named, named, 1)
    directions = _directions(data)
    ends = [tuple(dict.fromkeys(pair[side] for pair in directions)) for side in (0, 1)]
    side = 0 if len(ends[1]) == 1 < len(ends[0]) else 1
    return Languages(directions, targets(data) or ("target",), ends[side], side)


def _directions(data: Data) -> tuple[Direction, ...]:
    """Those of the spec; one file without placeholders is of one direction."""
    wanted = data.directions or (("source", "target"),)
    if not data.placeholders:
        wanted = wanted[:1]
    back = tuple((target, source) for source, target in wanted) if data.reverse else ()
    return tuple(dict.fromkeys((*wanted, *back)))

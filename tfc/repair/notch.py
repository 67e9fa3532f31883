"""A setting moved one notch: what would be written, where, and how far it may be trusted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tfc.diagnostics.core import Edit, Safety, Source
from tfc.spec.edits import edit

# An inner block that is made for one setting: what stands before it, its kind, its settings, what stands after it.
INNER = re.compile(r"(.*?)(\w+) \{ ([^{}]*) \}(\s*)\Z", re.DOTALL)


@dataclass(frozen=True)
class Move:
    """Another value for one setting: the blocks around it from the outermost, its name, the value as it is written."""

    chain: tuple[Any, ...]
    name: str
    text: str

    def setting(self, full_name: str) -> str:
        """As `--set` takes it, given the full name of the outermost block."""
        inner = [block.kind for block in self.chain[1:]]
        return f"{'.'.join((full_name, *inner, self.name))} = {self.text}"

    def edit(self, source: Source) -> Edit | None:
        """As an edit of the text; None where no edit of a file changes it."""
        return edit(source, self.chain, self.name, self.text)


@dataclass(frozen=True)
class Notch:
    """One candidate: what it does, and the settings that it moves (of one block)."""

    title: str
    moves: tuple[Move, ...]
    safety: Safety = Safety.CHANGES_RUN
    last_resort: bool = False  # it buys the budget with what was asked for: less training, shorter outputs

    def edits(self, source: Source) -> tuple[Edit, ...] | None:
        """The edits of all moves, what is inserted at one place as one; None where a move cannot be written."""
        found: dict[tuple[str, int, int], Edit] = {}
        for move in self.moves:
            made = move.edit(source)
            if made is None:
                return None
            place = (made.span.source.name, made.span.start, made.span.end)
            before = found.get(place)
            found[place] = _joined(before, made) if before else made
        return tuple(found.values())

    def __add__(self, other: Notch) -> Notch:
        rank = (Safety.SAFE, Safety.CHANGES_RUN, Safety.CHANGES_MODEL)
        return Notch(
            f"{self.title}, and {other.title}",
            (*self.moves, *other.moves),
            max(self.safety, other.safety, key=rank.index),
            self.last_resort or other.last_resort,
        )

    @property
    def settings(self) -> frozenset[tuple[str, str]]:
        """What it moves: kind of block and name."""
        return frozenset((move.chain[-1].kind, move.name) for move in self.moves)

    def touches(self, other: Notch) -> bool:
        """Whether both move one setting."""
        return bool(self.settings & other.settings)


def _joined(one: Edit, other: Edit) -> Edit:
    """Two insertions at one place; of an inner block that both make there is one."""
    first, second = INNER.match(one.replacement), INNER.match(other.replacement)
    if first is None or second is None or first[2] != second[2]:
        return Edit(one.span, one.replacement + other.replacement)
    return Edit(one.span, f"{first[1]}{first[2]} {{ {first[3]}, {second[3]} }}{first[4]}")

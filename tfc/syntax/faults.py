"""Faults of syntax while they are gathered, and what is common to how they are said."""

from __future__ import annotations

import dataclasses

from tfc.diagnostics.core import Diagnostic, Edit, Fix, Label, Source, Span
from tfc.syntax import tables
from tfc.syntax.literals import LIMIT
from tfc.syntax.tokens import Token

MORE = f"{LIMIT} faults are told at a time; with these mended, the next check tells the others"


class Enough(Exception):
    """There are more faults than anybody reads: nothing is to be gained from going on."""


class Faults:
    """The faults of one source, one for each place."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: dict[int, Diagnostic] = {}

    def add(
        self,
        code: str,
        message: str,
        span: Span,
        label: str = "",
        fix: Fix | None = None,
        other: Label | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        """One fault at `span`, unless something was said of that place already."""
        labels = (Label(span, label), *((other,) if other else ()))
        self.take(Diagnostic(code, message, labels, notes=notes, fixes=(fix,) if fix else ()))

    def take(self, found: Diagnostic) -> None:
        """As `add`. Raises `Enough` at the first that is above the limit."""
        place = found.span.start if found.span else 0
        if place in self.found:
            return
        if len(self.found) == LIMIT:
            last = max(self.found)
            self.found[last] = dataclasses.replace(self.found[last], notes=(*self.found[last].notes, MORE))
            raise Enough
        self.found[place] = found

    def diagnostics(self) -> list[Diagnostic]:
        """All of them in the order of the text."""
        return [self.found[place] for place in sorted(self.found)]


def write(title: str, span: Span, text: str) -> Fix:
    """The safe fix that writes `text` in the place of `span`."""
    return Fix(title, (Edit(span, text),))


def insert(title: str, source: Source, offset: int, text: str) -> Fix:
    """The safe fix that puts `text` in at `offset`."""
    return write(title, source.span(offset, offset), text)


def name_of(token: Token, source: Source) -> str:
    """A token as a message speaks of it: a short one as it is written, else its beginning."""
    if token.kind == tables.END:
        return "the end"
    if token.kind == "_NEWLINE":
        return "the end of the line"
    text = source.text[token.start : token.end]
    if not text.isprintable():
        return f"the character U+{ord(text[0]):04X}"
    return f"`{text}`" if len(text) <= 24 else f"`{text[:20]}...`"

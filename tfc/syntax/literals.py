"""What single tokens say: numbers within what a spec can mean, and texts with their escapes undone."""

from __future__ import annotations

import re

from tfc.diagnostics.core import Diagnostic, Edit, Fix, Label, Source, Span
from tfc.syntax.tokens import Token

ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
LIMIT = 100  # of faults that are told
LARGEST, SMALLEST, DIGITS = 1e30, 1e-300, 30
_PARTS = str.maketrans("", "", "_,")  # a comma only where it was said that it should be none
_DIGIT = re.compile("[1-9]")
_ESCAPE = re.compile(r"\\(.)")


class Literals:
    """Reads the tokens of one source; `faults` are those within tokens."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.faults: list[Diagnostic] = []

    def span(self, token: Token) -> Span:
        return Span(self.source, token.start, token.end)

    def text_of(self, token: Token) -> str:
        return self.source.text[token.start : token.end]

    def number(self, token: Token) -> int | float:
        """The number, if it is of a size that a spec can mean."""
        written = self.text_of(token).translate(_PARTS)
        whole = written.isdigit() and len(written) <= DIGITS
        value = int(written) if whole else float(written)
        if value <= LARGEST and (value or not _DIGIT.search(written.lower().partition("e")[0])):
            return value
        which = "large" if value else "small"
        label = f"the {which}st that is read is {LARGEST if value else SMALLEST:g}"
        self.fault("TFS201", f"a number is too {which}", self.span(token), label)
        return 1

    def unquoted(self, token: Token) -> str:
        """The text between the quotes; a backslash stands before `"`, `\\`, `n` or `t` only."""
        written = self.text_of(token)[1:-1]
        if "\\" not in written:
            return written
        for found in _ESCAPE.finditer(written):
            if found[1] not in ESCAPES:
                self.unknown_escape(token.start + 1 + found.start())
        return _ESCAPE.sub(lambda found: ESCAPES.get(found[1], found[0]), written)

    def unknown_escape(self, at: int) -> None:
        span = Span(self.source, at, at + 2)
        fix = Fix("write the backslash itself", (Edit(Span(self.source, at, at), "\\"),))
        label = 'a backslash stands before `"`, `\\`, `n` or `t`'
        self.fault("TFS001", f"`{span.text}` stands for nothing", span, label, fix)

    def fault(self, code: str, message: str, span: Span, label: str, *fixes: Fix) -> None:
        """Keep a fault, unless there are more than anybody reads."""
        if len(self.faults) <= LIMIT:
            self.faults.append(Diagnostic(code, message, (Label(span, label),), fixes=fixes))

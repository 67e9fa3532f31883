"""Brackets: each gets its partner, so that what follows a missing one can still be read.

Where they do not come out even, the layout tells which is at fault: a line that begins a statement closes what is
open in round and square brackets, and a line further to the left closes a brace.
"""

from __future__ import annotations

from dataclasses import dataclass

from tfc.diagnostics.core import Edit, Fix, Label
from tfc.syntax.faults import Faults, write
from tfc.syntax.tables import END
from tfc.syntax.tokens import CLOSERS, OPENERS, Token

SIGN = {"LBRACE": "{", "RBRACE": "}", "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]"}


def even(tokens: list[Token]) -> bool:
    """Whether every bracket has its partner."""
    stack = []
    for token in tokens:
        if token.kind in OPENERS:
            stack.append(OPENERS[token.kind])
        elif token.kind in CLOSERS and (not stack or stack.pop() != token.kind):
            return False
    return not stack


@dataclass
class _Open:
    token: Token
    indent: int  # of the line that the bracket stands in
    indented: bool  # whether what it holds stands further to the right


class Evener:
    """Puts in the closers that are missing, and drops those that close nothing."""

    def __init__(self, tokens: list[Token], faults: Faults) -> None:
        self.tokens = tokens
        self.faults = faults
        self.source = faults.source
        self.out: list[Token] = []
        self.stack: list[_Open] = []
        self.indent = 0

    def run(self) -> list[Token]:
        for index, token in enumerate(self.tokens):
            first = index == 0 or self.tokens[index - 1].kind == "_NEWLINE"
            if first and token.kind not in ("_NEWLINE", END):
                self.indent = token.start - self.source.starts[token.span(self.source).line - 1]
                self.begin_line(index)
            if token.kind == END:
                while self.stack:
                    self.missing(token)
            if token.kind in CLOSERS:
                self.close(token, first)
                continue
            if token.kind in OPENERS:
                self.stack.append(_Open(token, self.indent, self.holds_indented(index)))
            self.out.append(token)
        return self.out

    def holds_indented(self, index: int) -> bool:
        """Whether the line after an opener at its line's end stands further to the right."""
        after = index + 1
        while self.tokens[after].kind == "_NEWLINE":
            after += 1
        inner = self.tokens[after]
        column = inner.start - self.source.starts[inner.span(self.source).line - 1]
        return after > index + 1 and column > self.indent

    def begin_line(self, index: int) -> None:
        """Close what a line that begins a statement cannot stand in."""
        token = self.tokens[index]
        parted = next((t.kind for t in reversed(self.out) if t.kind != "_NEWLINE"), "COMMA")
        if parted not in (*OPENERS, "COMMA") and self.begins_statement(index):
            while self.stack and self.stack[-1].token.kind != "LBRACE":
                self.missing(token)
        while self.stack and token.kind not in CLOSERS and self.stands_left(self.stack[-1]):
            self.missing(token)

    def stands_left(self, opened: _Open) -> bool:
        return opened.token.kind == "LBRACE" and opened.indented and self.indent <= opened.indent

    def begins_statement(self, index: int) -> bool:
        kinds = [token.kind for token in self.tokens[index : index + 2]]
        return kinds[0] in ("LET", "REQUIRE", "PREFER") or (
            kinds[0] == "NAME" and kinds[1] in ("EQUAL", "DOT", "LBRACE", "NAME")
        )

    def close(self, token: Token, first: bool) -> None:
        wanted = CLOSERS[token.kind]
        fitting = [opened for opened in self.stack if opened.token.kind == wanted]
        if first and any(opened.indent == self.indent for opened in fitting):
            while self.stack[-1].token.kind != wanted or self.stack[-1].indent > self.indent:
                self.missing(token)
        if not self.stack or (
            not fitting and self.stack[-1].indented and self.stack[-1].token.kind == "LBRACE"
        ):
            self.stray(token)
        elif not fitting:
            self.other(token)
        else:
            while self.stack[-1].token.kind != wanted:
                self.missing(token)
            self.stack.pop()
            self.out.append(token)

    # ------------------------------------------------------------------------------ what is said

    def missing(self, before: Token) -> None:
        """The innermost open bracket is not closed; do so in front of `before`."""
        opened = self.stack.pop()
        sign = SIGN[opened.token.kind]
        closer = OPENERS[opened.token.kind]
        last = len(self.out)
        while self.out[last - 1].kind == "_NEWLINE":
            last -= 1
        at = self.out[last - 1].end if last else 0
        self.out.insert(last, Token(closer, at, at))
        note = f"before this, `{SIGN[closer]}` is missing"
        other = Label(before.span(self.source), note, False) if before.kind != END else None
        span, fix = opened.token.span(self.source), self.closing(opened, before, at)
        self.faults.add("TFS003", f"`{sign}` is not closed", span, "opened here", fix, other)

    def closing(self, opened: _Open, before: Token, at: int) -> Fix:
        """Put the closer in: a brace on a line of its own if what it holds has lines, else behind what is held."""
        sign = SIGN[OPENERS[opened.token.kind]]
        if opened.token.kind == "LBRACE" and opened.indented:
            end = self.source.text.find("\n", at)
            after = self.source.span(end + 1, end + 1) if end >= 0 else before.span(self.source)
            edit = Edit(after, ("" if end >= 0 else "\n") + " " * opened.indent + sign + "\n")
        else:
            edit = Edit(self.source.span(at, at), f" {sign}" if sign == "}" else sign)
        return Fix(f"close it with `{sign}`", (edit,))

    def stray(self, token: Token) -> None:
        """A closer where nothing is open."""
        sign, span = SIGN[token.kind], token.span(self.source)
        whole = self.source.line(span.line).strip() == sign
        begin = self.source.starts[span.line - 1]
        end = self.source.starts[span.line] if span.line < len(self.source.starts) else len(self.source.text)
        edit = Edit(self.source.span(begin, end) if whole else span, "")
        label = f"no `{SIGN[CLOSERS[token.kind]]}` is open here"
        self.faults.add("TFS003", f"`{sign}` closes nothing", span, label, Fix("remove it", (edit,)))

    def other(self, token: Token) -> None:
        """A closer of another kind than the bracket that is open."""
        opened = self.stack.pop()
        sign, wanted = SIGN[opened.token.kind], SIGN[OPENERS[opened.token.kind]]
        span = token.span(self.source)
        other = Label(opened.token.span(self.source), "opened here", False)
        message, label = f"`{sign}` is closed by `{SIGN[token.kind]}`", f"`{wanted}` is needed here"
        self.faults.add("TFS003", message, span, label, write(f"write `{wanted}`", span, wanted), other)
        self.out.append(Token(OPENERS[opened.token.kind], token.start, token.end))

"""Brackets: each gets its partner, so that what follows a missing one can still be read.

Where they do not come out even, the layout tells which is at fault: a line that begins a statement closes what is
open in round and square brackets, and a line further to the left closes a brace.
"""

from __future__ import annotations

from dataclasses import dataclass

from tfc.diagnostics.core import Diagnostic, Edit, Fix, Label
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
        self.lost: list[_Open] = []  # what was closed in front of the token that is looked at,
        self.behind = 0  # and where
        self.indent = 0

    def run(self) -> list[Token]:
        for index, token in enumerate(self.tokens):
            first = index == 0 or self.tokens[index - 1].kind == "_NEWLINE"
            if first and token.kind not in ("_NEWLINE", END):
                self.indent = token.start - self.source.starts[token.span(self.source).line - 1]
                self.begin_line(index)
            if token.kind == END:
                while self.stack:
                    self.missing()
            if token.kind in CLOSERS:
                self.close(token, first)
            self.tell(token)
            if token.kind in CLOSERS:
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
                self.missing()
        while self.stack and token.kind not in CLOSERS and self.stands_left(self.stack[-1]):
            self.missing()

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
                self.missing()
        if not self.stack or (
            not fitting and self.stack[-1].indented and self.stack[-1].token.kind == "LBRACE"
        ):
            self.stray(token)
        elif not fitting:
            self.other(token)
        else:
            while self.stack[-1].token.kind != wanted:
                self.missing()
            self.stack.pop()
            self.out.append(token)

    # ------------------------------------------------------------------------------ what is said

    def missing(self) -> None:
        """Close the innermost bracket, behind what stands before this line or token."""
        opened = self.stack.pop()
        last = len(self.out)
        while self.out[last - 1].kind == "_NEWLINE":
            last -= 1
        self.behind = self.out[last - 1].end
        self.out.insert(last, Token(OPENERS[opened.token.kind], self.behind, self.behind))
        self.lost.append(opened)

    def tell(self, before: Token) -> None:
        """Say which brackets were closed in front of `before`, and with what."""
        if not self.lost:
            return
        signs = "".join(SIGN[OPENERS[opened.token.kind]] for opened in self.lost)
        spans = sorted((opened.token.span(self.source) for opened in self.lost), key=lambda span: span.start)
        labels = [Label(span, "opened here") for span in spans]
        if before.kind != END:
            note = f"before this, `{signs}` {'is' if len(signs) == 1 else 'are'} missing"
            labels.append(Label(before.span(self.source), note, False))
        one = f"`{SIGN[self.lost[0].token.kind]}` is not closed"
        message = one if len(spans) == 1 else f"{len(spans)} brackets are not closed"
        fix = Fix(f"close {'it' if len(spans) == 1 else 'them'} with `{signs}`", self.closing(before))
        self.faults.take(Diagnostic("TFS003", message, tuple(labels), fixes=(fix,)))
        self.lost = []

    def closing(self, before: Token) -> tuple[Edit, ...]:
        """The closers: a brace has a line of its own if what it holds has lines, else it follows what it holds."""
        behind, lines = "", list[str]()
        for opened in self.lost:
            sign = SIGN[OPENERS[opened.token.kind]]
            if opened.token.kind == "LBRACE" and opened.indented:
                lines.append(" " * opened.indent + sign)
            elif lines:
                lines[-1] += sign
            else:
                behind += f" {sign}" if sign == "}" else sign
        below = "".join(f"{line}\n" for line in lines)
        end = self.source.text.find("\n", self.behind) + 1
        places = {self.behind: behind}
        if lines and end:
            places[end] = below
        elif lines:  # the text ends without a line end, if with a comment
            places[before.start] = places.get(before.start, "") + f"\n{below}"
        return tuple(Edit(self.source.span(at, at), text) for at, text in places.items() if text)

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

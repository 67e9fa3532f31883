"""Statements, items and conditions that run together, and budgets that were broken into lines.

Each is a fault with what would mend it, and the tokens go on as if that had been done.
"""

from __future__ import annotations

from tfc.diagnostics.core import Fix, Label
from tfc.syntax.faults import Faults, insert, name_of, write
from tfc.syntax.heads import Heads
from tfc.syntax.tables import END
from tfc.syntax.tokens import CLOSERS, OPENERS, Token

VALUE_ENDS = {"NUMBER", "NAME", "RATE", "PERCENT", "STRING", "TRUE", "FALSE", "RPAR", "RSQB", "RBRACE"}
VALUE_STARTS = {"NUMBER", "NAME", "STRING", "TRUE", "FALSE", "LPAR", "LSQB", "MATCH"}
FIRST_WORDS = {"LET", "REQUIRE", "PREFER", "EXTENDS"}
BUDGETS = {"REQUIRE", "PREFER"}


class Parter(Heads):
    """Goes over tokens whose brackets are even, and mends how they are parted into statements."""

    def __init__(self, tokens: list[Token], faults: Faults) -> None:
        super().__init__(tokens, faults)
        self.inside = ["{"]  # the brackets that are open: `{` of a block, `match`, `(` or `[`
        self.begun = [END]  # in each of them, the kind that the statement began with

    def run(self) -> list[Token]:
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            at += self.statement(at) if self.begins() else self.within(at)
            if self.out and self.out[-1] is token:
                self.follow(token)
        return self.out

    def begins(self) -> bool:
        """Whether a statement may begin here."""
        last = self.out[-1].kind if self.out else "_NEWLINE"
        return self.inside[-1] == "{" and last in ("_NEWLINE", "COMMA", "LBRACE")

    def follow(self, token: Token) -> None:
        """Keep in mind which brackets are open, and what the statement has."""
        if token.kind in OPENERS:
            matches = token.kind == "LBRACE" and self.begun[-1] == "MATCH"
            self.inside.append("match" if matches else {"LBRACE": "{", "LPAR": "(", "LSQB": "["}[token.kind])
            self.begun.append(END)
            self.assigned = False
        elif token.kind in CLOSERS and len(self.inside) > 1:
            self.inside.pop()
            self.begun.pop()
            self.assigned = True
        elif token.kind in ("_NEWLINE", "COMMA"):
            self.begun[-1], self.assigned = END, False
        elif token.kind in ("EQUAL", "COMPARISON"):
            self.assigned = True
        elif token.kind in (*FIRST_WORDS, "AT", "MATCH"):
            self.begun[-1] = token.kind

    def within(self, at: int) -> int:
        """Put out one token, with what is missing in front of it."""
        token, last = self.tokens[at], self.out[-1]
        if token.kind == "_NEWLINE":
            return self.line_end(at)
        names = last.kind in ("NAME", "EXTENDS", "FROM") and not self.assigned and self.inside[-1] == "{"
        if names and token.kind == "NAME" and self.hyphens(at):
            return self.hyphened(at)
        if last.kind not in VALUE_ENDS:
            return self.put(at)
        if self.inside[-1] == "{":
            if self.thousands(at):
                return 2
            if self.begins_another(at):
                self.part(token, last)
        elif self.inside[-1] == "(" and self.kind(at) == "NAME" and self.kind(at + 1) == "EQUAL":
            self.missing("COMMA", ",", token, last)
        return self.put(at)

    def begins_another(self, at: int) -> bool:
        """Whether a new statement begins here, though the one before is not ended."""
        if self.kind(at) in FIRST_WORDS:
            return self.kind(at) != "EXTENDS" or self.assigned
        if self.kind(at) != "NAME" or not self.assigned:
            return False
        end = at + 1
        while self.kind(end) == "DOT" and self.kind(end + 1) == "NAME":
            end += 2
        named = self.kind(end) == "EQUAL"
        block = self.kind(at + 1) == "LBRACE" or (
            self.kind(at + 1) == "NAME" and self.kind(at + 2) == "LBRACE"
        )
        return named or block or self.out[-1].kind == "RBRACE"

    def part(self, token: Token, last: Token) -> None:
        """Put in the comma between two statements, or the `and` between two conditions."""
        if self.begun[-1] == "AT" and token.kind == "NAME":
            self.missing("AND", "and", token, last)
            return
        settings = token.kind == "NAME" and last.kind != "RBRACE"
        fix = insert("part them with a comma", self.source, last.end, ",")
        what = "settings" if settings else "statements"
        span = token.span(self.source)
        self.faults.add("TFS002", f"two {what} on one line", span, "the second begins here", fix)
        self.out.append(Token("COMMA", token.start, token.start))
        self.begun[-1], self.assigned = END, False

    def missing(self, kind: str, sign: str, before: Token, last: Token) -> None:
        """Put in a word or sign between two arguments, items or conditions."""
        text = sign if sign == "," else f" {sign}"
        fix = insert(f"write `{sign}`", self.source, last.end, text)
        span = before.span(self.source)
        found = name_of(before, self.source)
        self.faults.add("TFS001", f"expected `{sign}`, found {found}", span, "", fix)
        self.out.append(Token(kind, last.end, last.end))

    def thousands(self, at: int) -> bool:
        """Read `1,000` as the number that it is meant to be."""
        tokens = self.tokens[at - 1 : at + 2]
        if [token.kind for token in tokens] != ["NUMBER", "COMMA", "NUMBER"]:
            return False
        first, comma, rest = tokens
        if first.end != comma.start or comma.end != rest.start or rest.end - rest.start != 3:
            return False
        span = self.source.span(first.start, rest.end)
        fix = write("write `_`", comma.span(self.source), "_")
        self.faults.add("TFS001", "thousands are not parted by a comma", span, "a `_` may part them", fix)
        self.out[-1] = Token("NUMBER", first.start, rest.end)
        return True

    def line_end(self, at: int) -> int:
        """Put out a run of line ends, or leave it out where the statement, list or variant goes on after it."""
        end = at
        while self.kind(end) == "_NEWLINE":
            end += 1
        last, after = self.out[-1], self.tokens[end]
        if after.kind in ("AT", "AND", "BECAUSE") and self.begun[-1] in (*BUDGETS, "AT"):
            self.join(last, after)
            return end - at
        if self.inside[-1] in "([" and last.kind in VALUE_ENDS and after.kind in VALUE_STARTS:
            self.missing("COMMA", ",", self.tokens[at], last)
        self.out += self.tokens[at:end]
        self.begun[-1], self.assigned = END, False
        return end - at

    def join(self, last: Token, after: Token) -> None:
        """A budget that goes on in the next line."""
        between = self.source.span(last.end, after.start)
        fix: Fix | None = write("write it in one line", between, " ") if not between.text.strip() else None
        span = after.span(self.source)
        message = f"expected a statement, found {name_of(after, self.source)}"
        other = Label(last.span(self.source), "the budget ends with this line", False)
        self.faults.add("TFS001", message, span, "a budget stands in one line", fix, other)

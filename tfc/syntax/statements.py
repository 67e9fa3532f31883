"""Statements that run together, lines that were broken, and blocks as other languages begin them.

Each is a fault with what would mend it, and the tokens go on as if that had been done.
"""

from __future__ import annotations

import re

from tfc.diagnostics.core import Fix, Label
from tfc.syntax.expected import BLOCK, SETTING
from tfc.syntax.faults import Faults, insert, name_of, write
from tfc.syntax.tables import END
from tfc.syntax.tokens import CLOSERS, OPENERS, Token

VALUE_ENDS = {"NUMBER", "NAME", "RATE", "PERCENT", "STRING", "TRUE", "FALSE", "RPAR", "RSQB", "RBRACE"}
VALUE_STARTS = {"NUMBER", "NAME", "STRING", "TRUE", "FALSE", "LPAR", "LSQB", "MATCH"}
FIRST_WORDS = {"LET", "REQUIRE", "PREFER", "EXTENDS"}
BUDGETS = {"REQUIRE", "PREFER"}
LINE_ENDS = {"_NEWLINE", "COMMA", "RBRACE", END}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Parter:
    """Goes over tokens whose brackets are even, and mends how they are parted into statements."""

    def __init__(self, tokens: list[Token], faults: Faults) -> None:
        self.tokens = tokens
        self.faults = faults
        self.source = faults.source
        self.out: list[Token] = []
        self.inside = ["{"]  # the brackets that are open: `{` of a block, `match`, `(` or `[`
        self.begun = [END]  # in each of them, the kind that the statement began with
        self.assigned = False  # whether this statement has its `=`, comparison or block

    def run(self) -> list[Token]:
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            at += self.statement(at) if self.begins() else self.within(at)
            if self.out and self.out[-1] is token:
                self.follow(token)
        return self.out

    def kind(self, at: int) -> str:
        return self.tokens[at].kind if at < len(self.tokens) else END

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

    # --------------------------------------------------------------- where a statement begins

    def statement(self, at: int) -> int:
        """Put out the first tokens of a statement, mended; how many were taken."""
        if self.kind(at) == "STRING" and self.kind(at + 1) in ("EQUAL", "COLON"):
            return self.unquote(at, SETTING)
        if self.kind(at) != "NAME":
            return self.put(at)
        if self.hyphens(at):
            return self.hyphened(at)
        signed = self.kind(at + 1) in ("EQUAL", "COLON")
        if signed and (self.kind(at + 2) == "LBRACE" or self.names_block(at + 2)):
            return self.put(at) + self.unsigned(at + 1)
        if self.kind(at + 1) == "STRING" and self.kind(self.past_lines(at + 2)) == "LBRACE":
            return self.put(at) + self.unquote(at + 1, BLOCK) + self.brace(at + 2)
        if self.kind(at + 1) == "NAME" and self.kind(at + 2) in (*LINE_ENDS, "LPAR"):
            head = self.head(at)
            return head if head else self.put(at) + self.unequal(at + 1)
        return self.head(at) or self.put(at)

    def names_block(self, at: int) -> bool:
        return self.kind(at) == "NAME" and self.kind(at + 1) == "LBRACE"

    def put(self, at: int) -> int:
        self.out.append(self.tokens[at])
        return 1

    def hyphens(self, at: int) -> int:
        """How many tokens, from a name on, are one with hyphens in it."""
        end = at
        while self.kind(end + 1) == "MINUS" and self.kind(end + 2) in ("NAME", "NUMBER", "X"):
            if not self.tokens[end].end == self.tokens[end + 1].start == self.tokens[end + 2].start - 1:
                break
            end += 2
        return end + 1 - at if end > at else 0

    def hyphened(self, at: int) -> int:
        """Read `my-model` as one name."""
        taken = self.hyphens(at)
        span = self.source.span(self.tokens[at].start, self.tokens[at + taken - 1].end)
        fix = write("write `_`", span, span.text.replace("-", "_"))
        label = "a name has letters, digits and `_`"
        self.faults.add(
            "TFS001",
            f"{name_of(self.tokens[at]._replace(end=span.end), self.source)} is no name",
            span,
            label,
            fix,
        )
        self.out.append(Token("NAME", span.start, span.end))
        return taken

    def unsigned(self, at: int) -> int:
        """Leave out the `=` or `:` in `model = {`."""
        token = self.tokens[at]
        span = token.span(self.source)
        spaced = self.source.text[token.start - 1] + self.source.text[token.end : token.end + 1] == "  "
        fix = write("remove it", self.source.span(token.start, token.end + spaced), "")
        found = name_of(token, self.source)
        self.faults.add("TFS001", f"expected `{{`, found {found}", span, BLOCK, fix)
        return 1

    def unquote(self, at: int, label: str) -> int:
        """Take a name out of its quotes."""
        token = self.tokens[at]
        span = token.span(self.source)
        name = span.text[1:-1]
        fix = write("remove the quotes", span, name) if NAME.fullmatch(name) else None
        self.faults.add("TFS001", f"expected a name, found {name_of(token, self.source)}", span, label, fix)
        self.out.append(Token("NAME", token.start + 1, max(token.end - 1, token.start + 2)))
        return 1

    def unequal(self, at: int) -> int:
        """Put in the `=` that is missing in `family decoder`."""
        token = self.tokens[at]
        fix = None if self.holds_lines(at) else insert("write `=`", self.source, token.start, "= ")
        label = SETTING if fix else BLOCK
        expected = "`=`" if fix else "`{`"
        span = token.span(self.source) if fix else self.tokens[at + 1].span(self.source)
        found = name_of(token if fix else self.tokens[at + 1], self.source)
        self.faults.add("TFS001", f"expected {expected}, found {found}", span, label, fix)
        self.out.append(Token("EQUAL", token.start, token.start))
        self.assigned = True
        return self.put(at)

    def holds_lines(self, at: int) -> bool:
        """Whether the next line stands further to the right, as what a block holds does."""
        column = self.column(at - 1)
        while self.kind(at + 1) == "_NEWLINE":
            at += 1
        return self.kind(at) == "_NEWLINE" and self.kind(at + 1) != END and self.column(at + 1) > column

    def column(self, at: int) -> int:
        token = self.tokens[at]
        return token.start - self.source.starts[token.span(self.source).line - 1]

    def head(self, at: int) -> int:
        """Join a block's first line to the `{` on the next; how many tokens were taken, 0 if it is no such block."""
        end = at + 1
        while end - at < 4 and self.kind(end) in ("NAME", "EXTENDS", "FROM"):
            end += 1
        if self.kind(end) != "_NEWLINE" or self.kind(self.past_lines(end)) != "LBRACE":
            return 0
        self.out += self.tokens[at:end]
        return end - at + self.brace(end)

    def past_lines(self, at: int) -> int:
        """The first token from `at` on that is no line end."""
        while self.kind(at) == "_NEWLINE":
            at += 1
        return at

    def brace(self, end: int) -> int:
        """Leave out the line ends between a block's name and its `{`; how many there were."""
        after = self.past_lines(end)
        if after > end:
            between = self.source.span(self.tokens[end - 1].end, self.tokens[after].start)
            fix = write("write it behind the name", between, " ") if not between.text.strip() else None
            span = self.tokens[end].span(self.source)
            self.faults.add("TFS001", "expected `{`, found the end of the line", span, BLOCK, fix)
        return after - end

    # ------------------------------------------------------------------------ within a statement

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

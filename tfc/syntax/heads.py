"""How statements begin: names in quotes or with hyphens, blocks as other languages write them, an `=` left out.

Each is a fault with what would mend it, and the tokens go on as if that had been done.
"""

from __future__ import annotations

import re

from tfc.syntax.expected import BLOCK, SETTING
from tfc.syntax.faults import Faults, insert, name_of, write
from tfc.syntax.tables import END
from tfc.syntax.tokens import Token

LINE_ENDS = {"_NEWLINE", "COMMA", "RBRACE", END}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Heads:
    """Goes over tokens and puts them out, mended where a statement begins."""

    def __init__(self, tokens: list[Token], faults: Faults) -> None:
        self.tokens = tokens
        self.faults = faults
        self.source = faults.source
        self.out: list[Token] = []
        self.assigned = False  # whether this statement has its `=`, comparison or block

    def kind(self, at: int) -> str:
        return self.tokens[at].kind if at < len(self.tokens) else END

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

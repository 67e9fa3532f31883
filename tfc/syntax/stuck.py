"""What is wrong where no token fits: what was expected, what stands there, and what would mend it."""

from __future__ import annotations

from typing import NamedTuple

from tfc.diagnostics.core import Fix, Span
from tfc.syntax import tables
from tfc.syntax.automaton import Automaton
from tfc.syntax.expected import BLOCK, expected, form
from tfc.syntax.faults import Faults, insert, name_of, write
from tfc.syntax.statements import FIRST_WORDS, VALUE_STARTS
from tfc.syntax.tables import END
from tfc.syntax.tokens import COLON, Token

NOTES = {
    "$": "a spec reads no environment: give a value with `--set`, or a name with `let`",
    "^": "there are no powers: write the product, or the number",
}


class Repair(NamedTuple):
    """How to go on: in the place of `taken` tokens, read `put`."""

    taken: int
    put: tuple[Token, ...] = ()


class Stuck:
    """An automaton at a token that does not fit."""

    def __init__(self, automaton: Automaton, faults: Faults) -> None:
        self.automaton = automaton
        self.faults = faults
        self.source = faults.source
        self.accepts = automaton.accepts()
        self.token = self.near(0)
        self.span = self.place()

    def near(self, offset: int) -> Token:
        at = self.automaton.at + offset
        return self.automaton.tokens[at] if 0 <= at < len(self.automaton.tokens) else Token(END, 0, 0)

    def place(self) -> Span:
        """Where to point: for the end of a line or of the file, behind what stands before it."""
        if self.token.kind in ("_NEWLINE", END):
            return self.source.span(self.near(-1).end, self.near(-1).end)
        return self.token.span(self.source)

    def repair(self) -> Repair | None:
        """Say what is wrong; how to go on, if that can be guessed."""
        kind, accepts = self.token.kind, self.accepts
        if kind == "EXTENDS" and "LET" in accepts:
            return self.late()
        if kind == "COMMA" and ("LET" in accepts or "NUMBER" in accepts):
            return self.doubled()
        if kind == "EQUAL" and self.near(-1).kind == "EQUAL":
            return self.doubled()
        if kind in tables.load().keywords.values() and self.wants_name():
            return self.reserved()
        if "EQUAL" in accepts:
            return self.unequal()
        if "ARROW" in accepts and kind in ("EQUAL", COLON):
            return self.say(write("write `=>`", self.span, "=>"), self.read_as("ARROW"))
        if accepts == {"STRING"}:
            return self.unquoted()
        if "COMPARISON" in accepts and kind in ("ARROW", "EQUAL"):
            return self.uncompared()
        if "COMMA" in accepts and accepts & {"RSQB", "RPAR"} and kind in VALUE_STARTS:
            return self.say(
                insert("write `,`", self.source, self.near(-1).end, ","), Repair(0, self.empty("COMMA"))
            )
        if kind == "DOT":
            return self.fraction()
        return self.say()

    def say(self, fix: Fix | None = None, repair: Repair | None = None) -> Repair | None:
        """What was expected, and what stands there."""
        note = NOTES.get(self.source.text[self.token.start : self.token.end])
        if self.token.kind == "STAR" and self.near(-1).kind == "STAR":
            note = NOTES["^"]
        message = f"expected {expected(self.accepts)}, found {name_of(self.token, self.source)}"
        notes = (note,) if note else ()
        self.faults.add("TFS001", message, self.span, form(self.automaton), fix, notes=notes)
        return repair

    def empty(self, kind: str) -> tuple[Token]:
        """A token that is put in before this one."""
        return (Token(kind, self.token.start, self.token.start),)

    def read_as(self, kind: str) -> Repair:
        """Go on as if this token were of another kind."""
        return Repair(1, (self.token._replace(kind=kind),))

    # ---------------------------------------------------------------------------------- the cases

    def late(self) -> None:
        """`extends` behind another statement: it can be moved if it has its lines for itself."""
        text, path = self.source.text, self.near(1)
        first = next(token for token in self.automaton.tokens if token.kind != "_NEWLINE")
        if first.kind == "EXTENDS":
            self.faults.add("TFS004", "a file extends one other file", self.span, "this is the second")
            return
        fix = None
        begin = self.source.starts[self.span.line - 1]
        end = text.find("\n", path.end) + 1 or len(text)
        if path.kind == "STRING" and text[begin:end].strip() == text[self.token.start : path.end]:
            top = self.source.starts[first.span(self.source).line - 1]
            put = insert("", self.source, top, text[self.token.start : path.end] + "\n")
            gone = write("", self.source.span(begin, end), "")
            fix = Fix("write it first", (*put.edits, *gone.edits))
        label = "what a file builds on is said before all else"
        self.faults.add("TFS004", "`extends` is not the first statement", self.span, label, fix)

    def doubled(self) -> Repair | None:
        """A comma with nothing before it, or `=` once more."""
        return self.say(write("remove it", self.span, ""), Repair(1))

    def wants_name(self) -> bool:
        """Whether a name could stand here, other than as a unit."""
        if "LET" in self.accepts:
            return self.near(1).kind in ("EQUAL", "DOT", "LBRACE", "NAME", COLON)
        begins = self.token.kind in FIRST_WORDS and self.near(1).kind == "NAME"
        return "NAME" in self.accepts and "RATE" not in self.accepts and not begins

    def reserved(self) -> Repair:
        word = f"`{self.span.text}`"
        label = "a reserved word: choose another"
        self.faults.add("TFS001", f"{word} is a word of the language, and no name", self.span, label)
        return self.read_as("NAME")

    def unequal(self) -> Repair | None:
        """Another sign stands for `=`, or none does."""
        if self.token.kind == "ARROW" or self.span.text == "==":
            return self.say(write("write `=`", self.span, "="), self.read_as("EQUAL"))
        if self.token.kind in (VALUE_STARTS | {"MINUS"}) - {"NAME", "LPAR"}:
            text = "= " if self.source.text[self.token.start - 1].isspace() else " = "
            fix = insert("write `=`", self.source, self.token.start, text)
            return self.say(fix, Repair(0, self.empty("EQUAL")))
        if self.token.kind == COLON:
            self.faults.add("TFS001", "expected `{`, found `:`", self.span, BLOCK)
            return None
        return self.say()

    def uncompared(self) -> Repair | None:
        """`=>`, `=<` or `=` stands for a comparison."""
        following = self.near(1)
        if self.token.kind == "ARROW":
            return self.say(write("write `>=`", self.span, ">="), self.read_as("COMPARISON"))
        if following.kind == "COMPARISON" and following.start == self.token.end:
            both = self.source.span(self.token.start, following.end)
            put = Token("COMPARISON", following.start, following.end)
            sign = self.source.text[following.start : following.end]
            return self.say(write(f"write `{sign}=`", both, f"{sign}="), Repair(2, (put,)))
        return self.say(None, self.read_as("COMPARISON"))

    def unquoted(self) -> None:
        """What should be a text lacks its quotes."""
        end = self.source.text.find("\n", self.token.start)
        rest = self.source.text[self.token.start : end if end >= 0 else None].partition("#")[0].rstrip()
        span = self.source.span(self.token.start, self.token.start + len(rest))
        self.say(
            write("put it in quotes", span, f'"{rest}"') if rest and not set(rest) & set('"\\') else None
        )

    def fraction(self) -> Repair | None:
        """`.5` or `5.`, which lack a digit."""
        before, after = self.near(-1), self.near(1)
        if after.kind == "NUMBER" and after.start == self.token.end and "NUMBER" in self.accepts:
            fix = insert("write `0`", self.source, self.token.start, "0")
            label = "a number begins with a digit"
            self.faults.add("TFS001", "expected a value, found `.`", self.span, label, fix)
            return Repair(2, (Token("NUMBER", self.token.start, after.end),))
        if before.kind == "NUMBER" and before.end == self.token.start:
            return self.say(write("remove it", self.span, ""), Repair(1))
        return self.say()

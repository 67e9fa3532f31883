"""What other languages and other keyboards write, turned into what was meant.

`//` comments, `;`, `'texts'`, curly quotes, `:` for `=`, `≤`, spaces that are none: each is a fault with a safe fix,
and the rest of the file is read as if the fix had been made.
"""

from __future__ import annotations

import re
import unicodedata

from tfc.syntax.expected import SETTING
from tfc.syntax.faults import Faults, name_of, write
from tfc.syntax.tables import END
from tfc.syntax.tokens import COLON, FOREIGN, QUOTED, SEMICOLON, SLASHES, SPACE, UNCLOSED, WORD, Token

KINDS = {COLON, FOREIGN, QUOTED, SEMICOLON, SLASHES, SPACE, UNCLOSED, WORD}
LOOKALIKES = {
    "≤": ("COMPARISON", "<="),
    "≥": ("COMPARISON", ">="),
    "≠": ("COMPARISON", "!="),
    "×": ("X", "x"),
    "−": ("MINUS", "-"),
    "–": ("MINUS", "-"),
    "—": ("MINUS", "-"),
    "÷": ("SLASH", "/"),
    "·": ("STAR", "*"),
    "…": ("DOTS", ".."),
    "→": ("ARROW", "=>"),
    "⇒": ("ARROW", "=>"),
    "＝": ("EQUAL", "="),
    "，": ("COMMA", ","),
    "（": ("LPAR", "("),
    "）": ("RPAR", ")"),
    "［": ("LSQB", "["),
    "］": ("RSQB", "]"),
    "｛": ("LBRACE", "{"),
    "｝": ("RBRACE", "}"),
}
_ENDS = {"_NEWLINE", "RBRACE", END}


class Translator:
    """Reads foreign tokens as ours. A method bears the name of the kind that it is for."""

    def __init__(self, tokens: list[Token], faults: Faults) -> None:
        self.tokens = tokens
        self.faults = faults
        self.source = faults.source
        self.text = self.source.text

    def run(self) -> list[Token]:
        """The tokens, with what could be understood replaced or left out."""
        out: list[Token] = []
        for index, token in enumerate(self.tokens):
            if token.kind in KINDS:
                kind = getattr(self, token.kind.lower())(token, index, out)
                if kind:
                    out.append(Token(kind, token.start, token.end))
            else:
                out.append(token)
        return out

    def slashes(self, token: Token, index: int, out: list[Token]) -> None:
        written = self.text[token.start : token.end]
        comment = "# " + written.strip("/*").strip()
        span = token.span(self.source)
        label = "a comment begins with `#`"
        self.faults.add(
            "TFS001", f"`{written[:2]}` begins no comment", span, label, write("write `#`", span, comment)
        )

    def semicolon(self, token: Token, index: int, out: list[Token]) -> str | None:
        span = token.span(self.source)
        ends = self.tokens[index + 1].kind in _ENDS
        fix = write("remove it", span, "") if ends else write("write `,`", span, ",")
        self.faults.add("TFS001", "`;` ends no setting", span, "a line end or a comma does", fix)
        return None if ends else "COMMA"

    def colon(self, token: Token, index: int, out: list[Token]) -> str:
        """`name: value` is a setting; a colon elsewhere, or before a block, is left to those who come after."""
        after = [token.kind for token in self.tokens[index + 1 : index + 3]]
        block = after[0] == "LBRACE" or after == ["NAME", "LBRACE"]
        if not out or out[-1].kind not in ("NAME", "STRING") or after[0] in ("_NEWLINE", END) or block:
            return COLON
        span = token.span(self.source)
        label = SETTING
        spaced = " =" if self.text[token.start - 1] not in " \t" else "="
        fix = write(
            "write `=`", span, spaced if self.text[token.end : token.end + 1] in " \t" else f"{spaced} "
        )
        self.faults.add("TFS001", f"expected `=`, found {name_of(token, self.source)}", span, label, fix)
        return "EQUAL"

    def quoted(self, token: Token, index: int, out: list[Token]) -> str:
        if self.tokens[index + 1].kind in (COLON, "EQUAL", "LBRACE"):
            return "STRING"  # a name in quotes, which is another fault
        span = token.span(self.source)
        written = self.text[token.start + 1 : token.end - 1].replace('"', '\\"')
        fix = write('write `"`', span, f'"{written}"')
        self.faults.add(
            "TFS001", f"`{self.text[token.start]}` begins no text", span, 'a text stands in `"`', fix
        )
        return "STRING"

    def unclosed(self, token: Token, index: int, out: list[Token]) -> str:
        span = token.span(self.source)
        end = self.source.span(token.end, token.end)
        doubtful = any(sign in self.text[token.start : token.end] for sign in ",#()[]")
        fix = None if doubtful else write('close it with `"`', end, '"')
        self.faults.add(
            "TFS003", "a text is not closed", span, "a text ends in the line that it begins in", fix
        )
        return "STRING"

    def word(self, token: Token, index: int, out: list[Token]) -> str:
        span = token.span(self.source)
        written = self.text[token.start : token.end]
        plain = unicodedata.normalize("NFKD", written).encode("ascii", "ignore").decode()
        same = len(plain) == len(written) and re.fullmatch(r"[A-Za-z_]\w*", plain)
        fix = write("leave the accents out", span, plain) if same else None
        label = "a name has the letters a to z, digits and `_`"
        self.faults.add("TFS001", f"{name_of(token, self.source)} is no name", span, label, fix)
        return "NAME"

    def space(self, token: Token, index: int, out: list[Token]) -> str | None:
        character = self.text[token.start]
        span = token.span(self.source)
        name = unicodedata.name(character, f"control character {ord(character)}").lower()
        message = f"U+{ord(character):04X} ({name}) is not the space that it looks like"
        if character == "\r":
            fix, label = write("end the line", span, "\n"), "a carriage return alone ends no line"
        elif unicodedata.category(character) == "Cf":
            fix, label = write("remove it", span, ""), "it shows nothing"
        else:
            fix, label = write("write a space", span, " "), "here a space or a tab is expected"
        self.faults.add("TFS001", message, span, label, fix)
        return "_NEWLINE" if character == "\r" else None

    def foreign(self, token: Token, index: int, out: list[Token]) -> str:
        """A sign of our own from another keyboard; another sign remains for the parser."""
        written = self.text[token.start : token.end]
        if written not in LOOKALIKES:
            return FOREIGN
        kind, ours = LOOKALIKES[written]
        span = token.span(self.source)
        self.faults.add(
            "TFS001", f"`{written}` is written `{ours}`", span, "", write(f"write `{ours}`", span, ours)
        )
        return kind

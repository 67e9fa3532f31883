"""Text to tokens, in one pass that never goes back.

What is no token of the grammar becomes one all the same, of a kind that no rule accepts: so the parser meets it
where it stands, knows what was expected there, and says it once.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from tfc.diagnostics.core import Source, Span
from tfc.syntax import tables
from tfc.syntax.tree import Comment

UNCLOSED = "UNCLOSED"  # a text that its line ends
QUOTED = "QUOTED"  # a text in single or curly quotes
WORD = "WORD"  # a word that is not of ASCII alone
SLASHES = "SLASHES"  # a comment as other languages write it
COLON = "COLON"
SEMICOLON = "SEMICOLON"
SPACE = "SPACE"  # what looks like a space or a line end, and is none
FOREIGN = "FOREIGN"  # anything else

OPENERS = {"LBRACE": "RBRACE", "LPAR": "RPAR", "LSQB": "RSQB"}
CLOSERS = {closer: opener for opener, closer in OPENERS.items()}

_BEFORE = r"(?P<SLASHES>//[^\n]*|/\*[^\n]*)|"
_AFTER = (
    r'|(?P<UNCLOSED>"(?:[^"\\\n]|\\[^\n])*\\?)'
    r"|(?P<QUOTED>'[^'\n]*'|[“”„][^“”„\"\n]*[“”\"])"
    r"|(?P<WORD>[^\W\x00-\x7f]\w*)"
    r"|(?P<SPACE>[^\S\n ]|[\u200b-\u200f\u2060\ufeff])"
    r"|(?P<COLON>:=?)|(?P<SEMICOLON>;)|(?P<FOREIGN>&&|\|\||[^\n])"
)


class Token(NamedTuple):
    """A terminal of the grammar and its place; an empty place if the parser put it in."""

    kind: str
    start: int
    end: int

    def span(self, source: Source) -> Span:
        return Span(source, self.start, self.end)

    @property
    def virtual(self) -> bool:
        return self.start == self.end


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(_BEFORE + tables.load().pattern + _AFTER)


def lex(source: Source) -> tuple[list[Token], list[Comment]]:
    """All tokens, the last being the end of the text, and all comments."""
    text, keywords = source.text, tables.load().keywords
    tokens: list[Token] = []
    comments: list[Comment] = []
    before = earlier = ""  # the kinds of the last token and of the one before it
    match = _pattern().match
    at, end = 0, len(text)
    while at < end:
        found = match(text, at)
        assert found is not None and found.lastgroup is not None  # FOREIGN and _NEWLINE take any character
        kind, start, at = found.lastgroup, at, found.end()
        if kind == "NAME":
            kind = keywords.get(found.group(), kind)
        elif kind.startswith("__IGNORE"):
            continue
        elif kind == "COMMENT":
            comments.append(Comment(found.group().rstrip("\r"), Span(source, start, at)))
            continue
        elif kind == "RATE" and not (before == "NUMBER" or (before == "NAME" and earlier == "NUMBER")):
            at = text.index("/", start)
            kind = keywords.get(text[start:at], "NAME")
        elif kind == UNCLOSED:
            at = start + len(found.group().rstrip(" \t\r,)]}"))  # which were hardly meant to be part of it
        elif kind == WORD and before == "NAME" and tokens[-1].end == start:
            start = tokens.pop().start
        tokens.append(Token(kind, start, at))
        earlier, before = before, kind
    tokens.append(Token(tables.END, end, end))
    return tokens, comments

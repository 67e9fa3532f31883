"""Text to tokens, in one pass that never goes back.

What is no token of the grammar becomes one all the same, of a kind that no rule accepts: so the parser meets
it where it stands, knows what was expected there, and says it once.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from tfc.diagnostics.core import Source
from tfc.syntax import tables
from tfc.syntax.tree import Comment

UNCLOSED = "UNCLOSED"  # a text that its line ends
FOREIGN = "FOREIGN"  # anything else that the grammar does not know
_FOREIGN = (
    r'|(?P<UNCLOSED>"(?:[^"\\\n]|\\[^\n])*\\?)'
    r"|(?P<QUOTED>'[^'\n]*'|[“”„][^“”„\"\n]*[“”\"])"
    r"|(?P<WORD>[^\W_\x00-\x7f][^\W\x00-\x7f]*)"
    r"|(?P<FOREIGN>:=|&&|\|\||[^\S\n]+|[^\n])"
)
_ASCII_WORD = re.compile(r"\w*")


class Token(NamedTuple):
    """A terminal of the grammar and its place; an empty place if it was put in by the parser."""

    kind: str
    start: int
    end: int


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(tables.load().pattern + _FOREIGN)


def lex(source: Source) -> tuple[list[Token], list[Comment]]:
    """All tokens, the last being the end of the text, and all comments."""
    text, keywords = source.text, tables.load().keywords
    tokens: list[Token] = []
    comments: list[Comment] = []
    before = earlier = ""  # the kinds of the last token and the one before it
    match = _pattern().match
    at, end = 0, len(text)
    while at < end:
        found = match(text, at)
        assert found is not None and found.lastgroup is not None  # FOREIGN and _NEWLINE take any character
        kind, start, at = found.lastgroup, at, found.end()
        if kind.startswith("__IGNORE"):
            continue
        if kind == "COMMENT":
            comments.append(Comment(found.group().rstrip("\r"), source.span(start, at)))
            continue
        if kind == "NAME":
            kind = keywords.get(found.group(), "NAME")
        elif kind == "RATE" and not (before == "NUMBER" or (before == "NAME" and earlier == "NUMBER")):
            at = text.index("/", start)
            kind = keywords.get(text[start:at], "NAME")
        tokens.append(Token(kind, start, at))
        earlier, before = before, kind
    tokens.append(Token(tables.END, end, end))
    return tokens, comments

"""How deep brackets and operators nest: looked at before anything is parsed, since what walks a tree recurses."""

from __future__ import annotations

from tfc.syntax.tokens import CLOSERS, OPENERS, Token

DEPTH = 100
_OPERATORS = {"PLUS", "MINUS", "STAR", "SLASH", "X"}
_PARTS = {"_NEWLINE", "COMMA", "EQUAL", "ARROW"}


def too_deep(tokens: list[Token]) -> Token | None:
    """The first token at which brackets, with the operators between them, nest more than `DEPTH` deep.

    An operator counts as a level, since each makes the tree one deeper.
    """
    levels = [
        [0, 0, 0]
    ]  # of each open bracket: operators since the last comma, the deepest there, the deepest of all
    for token in tokens:
        level = levels[-1]
        if token.kind in OPENERS:
            levels.append([0, 0, 0])
        elif token.kind in CLOSERS and len(levels) > 1:
            operators, here, deepest = levels.pop()
            levels[-1][1] = max(levels[-1][1], 1 + max(deepest, operators + here))
        elif token.kind in _PARTS:
            levels[-1] = [0, 0, max(level[2], level[0] + level[1])]
        elif token.kind in _OPERATORS:
            level[0] += 1
        level = levels[-1]
        if len(levels) - 1 + level[0] + level[1] > DEPTH:
            return token
    return None

"""What may stand at a place, in words, and the form of what is being written there."""

from __future__ import annotations

from tfc.syntax import tables, tree
from tfc.syntax.automaton import Automaton
from tfc.syntax.tables import END
from tfc.syntax.tokens import OPENERS, Token

BLOCK = "a block is written `kind name { ... }`"
SETTING = "a setting is written `name = value`"
FORMS = {
    "LET": "a name for a value is written `let name = value`",
    "REQUIRE": "a budget is written `require metric <= limit`",
    "PREFER": "a budget is written `prefer metric <= limit`",
    "EXTENDS": 'a file builds on another with `extends "base.tfs"`',
    "EQUAL": SETTING,
    "LBRACE": "an arm is written `<= bound => value`, or `else => value`",
    "LPAR": "the settings of a variant are written `name(setting = value)`",
    "LSQB": "a list is written `[one, other]`",
}
_LISTED = (  # the first that holds; a list of statements, say, begins with a name too
    (lambda kinds: "LET" in kinds, ["a setting", "a block"], ("RBRACE",)),
    (lambda kinds: "ELSE" in kinds, ["an arm"], ("RBRACE",)),
    (lambda kinds: "NUMBER" in kinds, ["a value"], ("RPAR", "RSQB")),
    (lambda kinds: "EQUAL" in kinds, ["`=`"], ("LBRACE",)),
    (lambda kinds: "LBRACE" in kinds, ["`{`"], ()),
    (lambda kinds: "ARROW" in kinds, ["`=>`"], ()),
    (lambda kinds: "COMPARISON" in kinds, ["a comparison such as `<=`"], ()),
    (lambda kinds: kinds - {"_NEWLINE"} == {"NAME"}, ["a name"], ()),
    (lambda kinds: kinds == {"STRING"}, ["a text in quotes"], ()),
    (lambda kinds: "COMMA" in kinds and kinds & {"RPAR", "RSQB"}, ["`,`"], ("RPAR", "RSQB")),
    (lambda kinds: kinds & {"RPAR", "RSQB"}, [], ("RPAR", "RSQB")),
    (lambda kinds: END in kinds and "COMMA" not in kinds, ["the end"], ()),
    (lambda kinds: "_NEWLINE" in kinds, ["the end of the line"], ("RBRACE",)),
)


def expected(accepts: frozenset[str]) -> str:
    """The terminals that fit, as a reader thinks of them: `a value`, "`,` or `]`", "a setting, a block or `}`"."""
    spelling = tables.load().spelling
    for holds, words, signs in _LISTED:
        if holds(accepts):
            words = words + [f"`{spelling[sign]}`" for sign in signs if sign in accepts]
            break
    else:
        words = sorted(f"`{spelling.get(kind, kind.lower())}`" for kind in accepts)
    return " or ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]


def form(automaton: Automaton) -> str:
    """How that is written which the automaton has begun to read, if it has."""
    below = automaton.statement() or 1
    values = automaton.values[below:]
    for index in range(len(values) - 1, -1, -1):
        kind = values[index].kind if isinstance(values[index], Token) else ""
        if kind == "LPAR" and not (index and isinstance(values[index - 1], tree.Path | list)):
            return ""
        if kind in OPENERS:
            return FORMS[kind]
    kinds = [value.kind for value in values if isinstance(value, Token)]
    first = automaton.tokens[automaton.firsts[below]].kind if values else ""
    if first in FORMS:
        return FORMS[first]
    if "EQUAL" in kinds:
        return SETTING
    if len(values) > 1 and first == "NAME":
        return BLOCK
    return f"{SETTING}, {BLOCK.replace('is written ', '')}" if first == "NAME" else ""

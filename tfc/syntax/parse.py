"""Source to tree, with every fault of syntax at once; nothing here raises, whatever the text."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Any

from tfc.diagnostics.core import Diagnostic, Label, Report, Source
from tfc.syntax import tree
from tfc.syntax.automaton import Automaton
from tfc.syntax.depth import DEPTH, too_deep
from tfc.syntax.read import read_source, unreadable
from tfc.syntax.tokens import OPENERS, Token, lex

__all__ = ["parse", "parse_setting", "read_source"]


@lru_cache(maxsize=16)  # a spec that is planned under a hundred settings is one text
def parse(source: Source) -> tuple[tree.File, Report]:
    """The tree of what could be read, and every fault of syntax."""
    found, comments, faults = _parse(source, "file")
    file = found or tree.File(None, (), source.span(0, len(source.text)))
    return dataclasses.replace(file, comments=tuple(comments)), Report(faults)


def parse_setting(source: Source) -> tuple[tree.Setting | None, Report]:
    """The setting of a `--set`, or None beside what is wrong with it."""
    found, _, faults = _parse(source, "override")
    return found, Report(faults)


def _parse(source: Source, start: str) -> tuple[Any, list[tree.Comment], list[Diagnostic]]:
    refused = unreadable(source)
    if refused:
        return None, [], [refused]
    tokens, comments = lex(source)
    deep = too_deep(tokens)
    if deep:
        return None, comments, [_nested(source, deep)]
    automaton = Automaton(source, tokens, start)
    if automaton.run() and not automaton.odd:
        return automaton.result, comments, []
    from tfc.syntax.recover import recover  # what only faulty texts need is not imported for others
    from tfc.syntax.whole import in_another_language

    other = in_another_language(source) if start == "file" else None
    if other:
        return None, comments, [other]
    found, faults = recover(source, tokens, start)
    return found, comments, faults


def _nested(source: Source, token: Token) -> Diagnostic:
    what = "brackets are" if token.kind in OPENERS else "an expression is"
    label = Label(token.span(source), f"level {DEPTH + 1}")
    return Diagnostic("TFS005", f"{what} nested more than {DEPTH} deep", (label,))

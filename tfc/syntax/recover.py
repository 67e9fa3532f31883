"""How a text with faults of syntax is read all the same: what can be guessed is mended, the rest is left out."""

from __future__ import annotations

from typing import Any

from tfc.diagnostics.core import Diagnostic, Source
from tfc.syntax.automaton import Automaton
from tfc.syntax.brackets import Evener, even
from tfc.syntax.faults import Enough, Faults
from tfc.syntax.foreign import KINDS, Translator
from tfc.syntax.statements import Parter
from tfc.syntax.stuck import Stuck
from tfc.syntax.tokens import Token


def recover(source: Source, tokens: list[Token], start: str) -> tuple[Any, list[Diagnostic]]:
    """What can be read of a text with faults of syntax, and the faults."""
    faults = Faults(source)
    found = None
    try:
        if any(token.kind in KINDS for token in tokens):
            tokens = Translator(tokens, faults).run()
        if not even(tokens):
            tokens = Evener(tokens, faults).run()
        tokens = Parter(tokens, faults).run()
        found = _read(tokens, start, faults)
    except Enough:
        found = None  # the last fault says that there are more
    return found, faults.diagnostics()


def _read(tokens: list[Token], start: str, faults: Faults) -> Any:
    """Run the automaton, and mend or leave out what stops it; None if nothing is left."""
    automaton = Automaton(faults.source, tokens, start)
    mended = -1  # the token at which one was put in: a second one there would lead nowhere
    while not automaton.run():
        repair = Stuck(automaton, faults).repair()
        if repair and automaton.at > mended:
            mended = automaton.at
            automaton.tokens[mended : mended + repair.taken] = repair.put
        elif not automaton.drop_statement():
            return None
    for found in automaton.odd:
        faults.take(found)
    return automaton.result

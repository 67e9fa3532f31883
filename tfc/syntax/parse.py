"""Source to tree: an LALR(1) automaton that goes on after a fault, so that all are said at once."""

from __future__ import annotations

from typing import Any

from tfc.diagnostics.core import Diagnostic, Label, Report, Source, Span
from tfc.syntax import tables, tree
from tfc.syntax.build import Builder
from tfc.syntax.tokens import lex


def parse(source: Source) -> tuple[tree.File, Report]:
    """The tree of what could be read, and every fault of syntax; never raises."""
    found, comments, report = _run(source, "file")
    if found is None:
        found = tree.File(None, (), source.span(0, len(source.text)), ())
    return tree.File(found.base, found.statements, found.span, tuple(comments)), report


def parse_setting(source: Source) -> tuple[tree.Setting | None, Report]:
    """The setting of a `--set`, or None beside what is wrong with it; never raises."""
    found, _, report = _run(source, "override")
    return found, report


def _run(source: Source, start: str) -> tuple[Any, list[tree.Comment], Report]:
    table = tables.load()
    tokens, comments = lex(source)
    builder = Builder(source)
    acts = [builder.action(rule.name, rule.length) for rule in table.rules]
    states, values, begins, ends = [table.starts[start]], [None], [0], [0]
    final = table.ends[start]
    faults: list[Diagnostic] = []
    at = 0
    while True:
        kind, begin, end = tokens[at]
        if kind == tables.END and states[-1] == final:
            return values[-1], comments, Report(faults)
        action = table.actions[states[-1]].get(kind)
        if action is None:
            span = source.span(begin, end)
            faults.append(Diagnostic("TFS001", f"unexpected `{span.text}`", (Label(span),)))
            return None, comments, Report(faults)
        if action >= 0:
            states.append(action), values.append(tokens[at]), begins.append(begin), ends.append(end)
            at += 1
            continue
        rule, act = table.rules[~action], acts[~action]
        size = rule.length
        if size == 0:
            value, b, e = None, ends[-1], ends[-1]
            if act is not None and rule.name == "file":
                value = act([], Span(source, 0, 0))
        else:
            b, e = begins[-size], ends[-1]
            value = values[-1] if act is None else act(values[-size:], Span(source, b, e))
            del states[-size:], values[-size:], begins[-size:], ends[-size:]
        states.append(table.gotos[states[-1]][rule.origin])
        values.append(value), begins.append(b), ends.append(e)

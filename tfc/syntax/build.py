"""What each production of the grammar makes: nodes, or lists that are still growing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfc.diagnostics.core import Span
from tfc.syntax import tree
from tfc.syntax.literals import Literals
from tfc.syntax.tokens import Token
from tfc.units import SCALES

_LISTS = {"_statements", "_conditions", "_names", "_arguments", "_items", "_arms"}
_GAPS = {"_gap", "_end", "_comma", "_tail"}


class Builder(Literals):
    """Makes the nodes of one source. A method bears the name of the production that it is for."""

    def action(self, production: str, length: int) -> Callable[[list[Any], Span], Any] | None:
        """What to call for a production, or None if its only child is passed on as it is."""
        if production in _LISTS:
            return _first if length == 1 else _further
        if production in _GAPS:
            return _nothing if length != 1 else None
        found = getattr(self, production, None)
        if length == 1 and (found is None or production == "repeat"):
            return None
        return found or _only

    # --------------------------------------------------------------------------------- statements

    def file(self, children: list[Any], span: Span) -> tree.File:
        base = next((child for child in children if isinstance(child, tree.Extends)), None)
        return tree.File(base, _list(children), Span(self.source, 0, len(self.source.text)))

    def override(self, children: list[Any], span: Span) -> tree.Setting | None:
        return next((child for child in children if isinstance(child, tree.Setting)), None)

    def base(self, children: list[Any], span: Span) -> tree.Extends:
        return tree.Extends(self.unquoted(children[1]), span, self.span(children[1]))

    def definition(self, children: list[Any], span: Span) -> tree.Definition:
        _, name, _, value = children
        return tree.Definition(self.text_of(name), value, span, self.span(name))

    def setting(self, children: list[Any], span: Span) -> tree.Setting:
        return tree.Setting(children[0], children[2], span)

    def block(self, children: list[Any], span: Span) -> tree.BlockNode:
        kind, *head, (statements, body_span) = children
        label = next((child for child in head if isinstance(child, Token)), None)
        relation, parent = next((child for child in head if not isinstance(child, Token)), (None, None))
        return tree.BlockNode(
            self.text_of(kind),
            self.text_of(label) if label else None,
            self.text_of(parent) if parent else None,
            relation,
            statements,
            span,
            self.span(kind),
            body_span,
            self.span(label) if label else None,
            self.span(parent) if parent else None,
        )

    def extends(self, children: list[Any], span: Span) -> tuple[str, Token]:
        return "extends", children[1]

    def taken_from(self, children: list[Any], span: Span) -> tuple[str, Token]:
        return "from", children[1]

    def body(self, children: list[Any], span: Span) -> tuple[tuple[tree.Statement, ...], Span]:
        return _list(children), span

    def requirement(self, children: list[Any], span: Span) -> tree.Requirement:
        strength, metric, comparison, limit, *rest = children
        conditions = next((child for child in rest if isinstance(child, tuple)), ())
        reason = next((child for child in rest if isinstance(child, tree.Text)), None)
        return tree.Requirement(
            self.text_of(strength),
            metric,
            self.text_of(comparison),
            limit,
            conditions,
            reason.value if reason else None,
            span,
            self.span(strength),
            self.span(comparison),
            reason.span if reason else None,
        )

    def conditions(self, children: list[Any], span: Span) -> tuple[tree.Condition, ...]:
        return tuple(children[1])

    def condition(self, children: list[Any], span: Span) -> tree.Condition:
        return tree.Condition(self.text_of(children[0]), children[2], span, self.span(children[0]))

    def reason(self, children: list[Any], span: Span) -> tree.Text:
        return tree.Text(self.unquoted(children[1]), self.span(children[1]))

    # -------------------------------------------------------------------------------- expressions

    def range(self, children: list[Any], span: Span) -> tree.Range:
        return tree.Range(children[0], children[2], span)

    def add(self, children: list[Any], span: Span) -> tree.Binary:
        return tree.Binary(self.text_of(children[1]), children[0], children[2], span)

    subtract = multiply = divide = add

    def negate(self, children: list[Any], span: Span) -> tree.Negate:
        return tree.Negate(children[1], span)

    def repeat(self, children: list[Any], span: Span) -> tree.Repeat:
        return tree.Repeat(children[0], children[2], span)

    def bare(self, children: list[Any], span: Span) -> tree.Number:
        return tree.Number(self.number(children[0]), None, None, span, span)

    def measured(self, children: list[Any], span: Span) -> tree.Number:
        number, word = children
        written, place = self.text_of(word), self.span(word)
        if written in SCALES:
            return tree.Number(self.number(number), written, None, span, self.span(number), place)
        return tree.Number(self.number(number), None, written, span, self.span(number), None, place)

    def scaled(self, children: list[Any], span: Span) -> tree.Number:
        number, scale, unit = children
        return tree.Number(
            self.number(number),
            self.text_of(scale),
            self.text_of(unit),
            span,
            self.span(number),
            self.span(scale),
            self.span(unit),
        )

    def text(self, children: list[Any], span: Span) -> tree.Text:
        return tree.Text(self.unquoted(children[0]), span)

    def true(self, children: list[Any], span: Span) -> tree.Truth:
        return tree.Truth(True, span)

    def false(self, children: list[Any], span: Span) -> tree.Truth:
        return tree.Truth(False, span)

    def path(self, children: list[Any], span: Span) -> tree.Path:
        return tree.Path(tuple(map(self.text_of, children[0])), span)

    def variant(self, children: list[Any], span: Span) -> tree.Call:
        arguments = (
            child if isinstance(child, tree.Argument) else tree.Argument(None, child, child.span)
            for child in _list(children)
        )
        return tree.Call(children[0], tuple(arguments), span)

    def named(self, children: list[Any], span: Span) -> tree.Argument:
        return tree.Argument(self.text_of(children[0]), children[2], span, self.span(children[0]))

    def list(self, children: list[Any], span: Span) -> tree.Items:
        return tree.Items(_list(children), span)

    def match(self, children: list[Any], span: Span) -> tree.Match:
        return tree.Match(children[1], _list(children), span)

    def when(self, children: list[Any], span: Span) -> tree.Arm:
        return tree.Arm(self.text_of(children[0]), children[1], children[3], span)

    def case(self, children: list[Any], span: Span) -> tree.Arm:
        return tree.Arm(None, children[0], children[2], span)

    def otherwise(self, children: list[Any], span: Span) -> tree.Arm:
        return tree.Arm(None, None, children[2], span)


def _first(children: list[Any], span: Span) -> list[Any]:
    return [child for child in children if child is not None]


def _further(children: list[Any], span: Span) -> list[Any]:
    growing, _, latest = children
    if latest is not None:
        growing.append(latest)
    return growing


def _nothing(children: Sequence[Any], span: Span) -> None:
    return None


def _only(children: list[Any], span: Span) -> Any:
    """The one child that is neither punctuation nor a gap."""
    return next(child for child in children if child is not None and not isinstance(child, Token))


def _list(children: list[Any]) -> tuple[Any, ...]:
    return tuple(next((child for child in children if isinstance(child, list)), ()))

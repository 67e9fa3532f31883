"""Expressions as pieces of one line, in which the brackets can still be opened into several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from tfc.syntax import tree
from tfc.syntax.tree import Expression


@dataclass(frozen=True)
class Entry:
    """One thing in a bracket: what stands before its sign, the rest of it, and its place in the source."""

    name: str  # with what follows in the second column: `window` of `window = 4`; else empty
    pieces: Pieces
    start: int
    end: int


@dataclass(frozen=True)
class Bracket:
    """A list, the settings of a variant or the arms of a `match`, and where its signs stand in the source."""

    opening: str
    entries: tuple[Entry, ...]
    closing: str
    start: int
    end: int

    @property
    def separator(self) -> str:
        return "" if self.closing == "}" else ","


Pieces: TypeAlias = tuple[str | Bracket, ...]

_SUM, _PRODUCT, _SIGN, _REPEAT, _VALUE = range(1, 6)  # how strongly an operator binds


def brackets(pieces: Pieces) -> Iterator[Bracket]:
    """The brackets among the pieces, those within others not."""
    return (piece for piece in pieces if isinstance(piece, Bracket))


def one_line(pieces: Pieces) -> str:
    """The pieces on one line."""
    return "".join(piece if isinstance(piece, str) else _closed(piece) for piece in pieces)


def entry_line(entry: Entry) -> str:
    """An entry on one line."""
    rest = one_line(entry.pieces)
    return f"{entry.name} {rest}" if entry.name else rest


def _closed(bracket: Bracket) -> str:
    space = " " if bracket.closing == "}" and bracket.entries else ""
    inside = ", ".join(map(entry_line, bracket.entries))
    return f"{bracket.opening}{space}{inside}{space}{bracket.closing}"


def pieces(node: Expression) -> Pieces:
    """An expression as pieces; numbers and texts stay as they were written."""
    match node:
        case tree.Number():
            words = [span.text for span in (node.number_span, node.scale_span, node.unit_span) if span]
            return (" ".join(words).replace(" %", "%"),)
        case tree.Text():
            return (node.span.text,)
        case tree.Truth(value):
            return ("true" if value else "false",)
        case tree.Path():
            return (str(node),)
        case tree.Items(items):
            return (Bracket("[", tuple(map(_entry, items)), "]", node.span.start, node.span.end),)
        case tree.Call(path, arguments):
            start = _after(path, "(")
            return (Bracket(f"{path}(", tuple(map(_argument, arguments)), ")", start, node.span.end),)
        case tree.Match(path, arms):
            start = _after(path, "{")
            return (Bracket(f"match {path} {{", tuple(map(_arm, arms)), "}", start, node.span.end),)
        case _:
            return _operation(node)


def _operation(node: tree.Range | tree.Binary | tree.Negate | tree.Repeat) -> Pieces:
    match node:
        case tree.Range(low, high):
            return (*_operand(low, _SUM), "..", *_operand(high, _SUM))
        case tree.Binary(operator, left, right):
            level = _level(node)
            return (*_operand(left, level), f" {operator} ", *_operand(right, level + 1))
        case tree.Repeat(left, right):
            return (*_operand(left, _VALUE), " x ", *_operand(right, _REPEAT))
        case tree.Negate(value):
            return ("-", *_operand(value, _REPEAT))


def _operand(node: Expression, least: int) -> Pieces:
    """An operand, in parentheses where its operator binds less than `least`."""
    return pieces(node) if _level(node) >= least else ("(", *pieces(node), ")")


def _level(node: Expression) -> int:
    match node:
        case tree.Range():
            return 0
        case tree.Binary(operator):
            return _SUM if operator in "+-" else _PRODUCT
        case tree.Negate():
            return _SIGN
        case tree.Repeat():
            return _REPEAT
        case _:
            return _VALUE


def _entry(node: Expression) -> Entry:
    return Entry("", pieces(node), node.span.start, node.span.end)


def _argument(node: tree.Argument) -> Entry:
    if node.name is None:
        return Entry("", pieces(node.value), node.span.start, node.span.end)
    return Entry(node.name, ("= ", *pieces(node.value)), node.span.start, node.span.end)


def _arm(node: tree.Arm) -> Entry:
    sign = f"{node.comparison} " if node.comparison else ""
    bound = "else" if node.bound is None else f"{sign}{one_line(pieces(node.bound))}"
    return Entry(bound, ("=> ", *pieces(node.value)), node.span.start, node.span.end)


def _after(path: tree.Path, sign: str) -> int:
    """Where the bracket stands that follows a path."""
    return path.span.source.text.index(sign, path.span.end)


def budget(node: tree.Requirement) -> Pieces:
    """What follows the comparison of a budget."""
    parts: list[str | Bracket] = [*pieces(node.limit)]
    for index, condition in enumerate(node.conditions):
        parts += [f" {'and' if index else 'at'} {condition.name} = ", *pieces(condition.value)]
    if node.reason_span:
        parts.append(f" because {node.reason_span.text}")
    return tuple(parts)


def statement_line(node: tree.Statement) -> str:
    """A statement on one line, if it is no block."""
    match node:
        case tree.Setting(path, value):
            return f"{path} = {one_line(pieces(value))}"
        case tree.Definition(name, value):
            return f"let {name} = {one_line(pieces(value))}"
        case tree.Requirement():
            metric = one_line(pieces(node.metric))
            return f"{node.strength} {metric} {node.comparison} {one_line(budget(node))}"
        case tree.BlockNode():
            raise TypeError("a block within a block has its own lines")

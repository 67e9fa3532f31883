"""What a spec says, as written: frozen nodes, each with its span.

Trees compare by what they say: spans and comments do not count, so two layouts of one spec are equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias, TypeVar, dataclass_transform

from tfc.diagnostics.core import Span

_Kind = TypeVar("_Kind")


class Node:
    """What all nodes have in common: compiling these methods for each would take longer than reading a spec."""

    __slots__ = ()

    def _says(self) -> tuple[Any, ...]:
        return tuple(getattr(self, item.name) for item in fields(self) if item.compare)  # type: ignore[arg-type]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._says() == other._says()  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash((type(self), self._says()))

    def __repr__(self) -> str:
        shown = (item.name for item in fields(self) if item.repr)  # type: ignore[arg-type]
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def _node(cls: type[_Kind]) -> type[_Kind]:
    return dataclass(frozen=True, slots=True, eq=False, repr=False)(cls)


# ------------------------------------------------------------------------------------------- expressions


@_node
class Number(Node):
    """`72 GiB`, `15 T tokens`, `10%` (whose unit is `%`), `3.35 TB/s`: as written, not yet a quantity."""

    value: int | float
    scale: str | None
    unit: str | None
    span: Span = field(compare=False, repr=False)
    number_span: Span = field(compare=False, repr=False)
    scale_span: Span | None = field(default=None, compare=False, repr=False)
    unit_span: Span | None = field(default=None, compare=False, repr=False)


@_node
class Text(Node):
    """A quoted text, its escapes undone."""

    value: str
    span: Span = field(compare=False, repr=False)


@_node
class Truth(Node):
    """`true` or `false`."""

    value: bool
    span: Span = field(compare=False, repr=False)


@_node
class Path(Node):
    """A bare word, or several joined by dots: `rms`, `data.dev`, `train.parallel.tensor`."""

    names: tuple[str, ...]
    span: Span = field(compare=False, repr=False)

    def __str__(self) -> str:
        return ".".join(self.names)


@_node
class Argument(Node):
    """One argument of a call; `name` is None where only the value is given."""

    name: str | None
    value: Expression
    span: Span = field(compare=False, repr=False)
    name_span: Span | None = field(default=None, compare=False, repr=False)


@_node
class Call(Node):
    """A variant with settings of its own: `sliding(window = 4 Ki tokens)`."""

    path: Path
    arguments: tuple[Argument, ...]
    span: Span = field(compare=False, repr=False)


@_node
class Items(Node):
    """A list."""

    items: tuple[Expression, ...]
    span: Span = field(compare=False, repr=False)


@_node
class Arm(Node):
    """`<= 1 Ki tokens => full`; without a comparison a plain case, without a bound the `else`."""

    comparison: str | None
    bound: Expression | None
    value: Expression
    span: Span = field(compare=False, repr=False)


@_node
class Match(Node):
    """`match length { ... }`: the value is that of the first arm that fits."""

    path: Path
    arms: tuple[Arm, ...]
    span: Span = field(compare=False, repr=False)


@_node
class Range(Node):
    """`low..high`, both included."""

    low: Expression
    high: Expression
    span: Span = field(compare=False, repr=False)


@_node
class Binary(Node):
    """A sum, difference, product or quotient: `operator` is one of `+ - * /`."""

    operator: str
    left: Expression
    right: Expression
    span: Span = field(compare=False, repr=False)


@_node
class Negate(Node):
    """`-value`."""

    value: Expression
    span: Span = field(compare=False, repr=False)


@_node
class Repeat(Node):
    """`8 x h100_80gb`: count and thing; `2 x 8 x thing` is `2 x (8 x thing)`."""

    left: Expression
    right: Expression
    span: Span = field(compare=False, repr=False)


Expression: TypeAlias = Number | Text | Truth | Path | Call | Items | Match | Range | Binary | Negate | Repeat

# -------------------------------------------------------------------------------------------- statements


@_node
class Setting(Node):
    """`width = 512`, or by its full name: `train.parallel.tensor = 8`."""

    path: Path
    value: Expression
    span: Span = field(compare=False, repr=False)


@_node
class Definition(Node):
    """`let nodes = 8`."""

    name: str
    value: Expression
    span: Span = field(compare=False, repr=False)
    name_span: Span = field(compare=False, repr=False)


@_node
class Condition(Node):
    """`batch = 8`, after the `at` of a budget."""

    name: str
    value: Expression
    span: Span = field(compare=False, repr=False)
    name_span: Span = field(compare=False, repr=False)


@_node
class Requirement(Node):
    """A budget; `strength` is its first word: `require latency.p99 <= 40 ms at batch = 8 because "..."`."""

    strength: str
    metric: Expression
    comparison: str
    limit: Expression
    conditions: tuple[Condition, ...]
    reason: str | None
    span: Span = field(compare=False, repr=False)
    strength_span: Span = field(compare=False, repr=False)
    comparison_span: Span = field(compare=False, repr=False)
    reason_span: Span | None = field(default=None, compare=False, repr=False)


@_node
class BlockNode(Node):
    """`model small extends big { ... }`; `relation` is `extends` or `from`, `body_span` has the braces."""

    kind: str
    label: str | None
    parent: str | None
    relation: str | None
    statements: tuple[Statement, ...]
    span: Span = field(compare=False, repr=False)
    kind_span: Span = field(compare=False, repr=False)
    body_span: Span = field(compare=False, repr=False)
    label_span: Span | None = field(default=None, compare=False, repr=False)
    parent_span: Span | None = field(default=None, compare=False, repr=False)


Statement: TypeAlias = Setting | Definition | Requirement | BlockNode


@_node
class Extends(Node):
    """`extends "base.tfs"`: the file is that one, with these changes."""

    path: str
    span: Span = field(compare=False, repr=False)
    path_span: Span = field(compare=False, repr=False)


@_node
class Comment(Node):
    """A comment, from its `#` to the end of its line."""

    text: str
    span: Span = field(compare=False, repr=False)


@_node
class File(Node):
    """One file. Its comments stand in the order of the text and are equal to any others."""

    base: Extends | None
    statements: tuple[Statement, ...]
    span: Span = field(compare=False, repr=False)
    comments: tuple[Comment, ...] = field(default=(), compare=False)

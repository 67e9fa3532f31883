"""What a spec says, as written: frozen nodes, each with its span.

Trees compare by what they say: spans and comments do not count, so two layouts of one spec are equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from tfc.diagnostics.core import Span

# ------------------------------------------------------------------------------------------- expressions


@dataclass(frozen=True, slots=True)
class Number:
    """`72 GiB`, `15 T tokens`, `10%` (whose unit is `%`), `3.35 TB/s`: as written, not yet a quantity."""

    value: int | float
    scale: str | None
    unit: str | None
    span: Span = field(compare=False, repr=False)
    number_span: Span = field(compare=False, repr=False)
    scale_span: Span | None = field(default=None, compare=False, repr=False)
    unit_span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text, its escapes undone."""

    value: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Truth:
    value: bool
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Path:
    """A bare word, or several joined by dots: `rms`, `data.dev`, `train.parallel.tensor`."""

    names: tuple[str, ...]
    span: Span = field(compare=False, repr=False)

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call; `name` is None where only the value is given."""

    name: str | None
    value: Expression
    span: Span = field(compare=False, repr=False)
    name_span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A variant with settings of its own: `sliding(window = 4 Ki tokens)`."""

    path: Path
    arguments: tuple[Argument, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Expression, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Arm:
    """`<= 1 Ki tokens => full`; without a comparison a plain case, without a bound the `else`."""

    comparison: str | None
    bound: Expression | None
    value: Expression
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Match:
    """`match length { ... }`: the value is that of the first arm that fits."""

    path: Path
    arms: tuple[Arm, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Range:
    """`low..high`, both included."""

    low: Expression
    high: Expression
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """A sum, difference, product or quotient: `operator` is one of `+ - * /`."""

    operator: str
    left: Expression
    right: Expression
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Negate:
    value: Expression
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Repeat:
    """`8 x h100_80gb`: count and thing; `2 x 8 x thing` is `2 x (8 x thing)`."""

    left: Expression
    right: Expression
    span: Span = field(compare=False, repr=False)


Expression: TypeAlias = Number | Text | Truth | Path | Call | Items | Match | Range | Binary | Negate | Repeat

# -------------------------------------------------------------------------------------------- statements


@dataclass(frozen=True, slots=True)
class Setting:
    """`width = 512`, or by its full name: `train.parallel.tensor = 8`."""

    path: Path
    value: Expression
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Definition:
    """`let nodes = 8`."""

    name: str
    value: Expression
    span: Span = field(compare=False, repr=False)
    name_span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Condition:
    """`batch = 8`, after the `at` of a budget."""

    name: str
    value: Expression
    span: Span = field(compare=False, repr=False)
    name_span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Requirement:
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


@dataclass(frozen=True, slots=True)
class BlockNode:
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


@dataclass(frozen=True, slots=True)
class Extends:
    """`extends "base.tfs"`: the file is that one, with these changes."""

    path: str
    span: Span = field(compare=False, repr=False)
    path_span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, from its `#` to the end of its line."""

    text: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class File:
    """One file. Its comments stand in the order of the text and are equal to any others."""

    base: Extends | None
    statements: tuple[Statement, ...]
    span: Span = field(compare=False, repr=False)
    comments: tuple[Comment, ...] = field(default=(), compare=False)

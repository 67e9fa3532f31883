"""A resolved value as a spec would write it: for `tfc.lock`, `plan.json`, and the hash of a spec."""

from __future__ import annotations

import re
from typing import Any

from tfc.fields import (
    AUTO,
    Either,
    Family,
    Kind,
    ListOf,
    Named,
    Number,
    Pattern,
    RangeOf,
    Rest,
    Routed,
    Text,
    Variant,
    settings_of,
)
from tfc.spec.match import Match
from tfc.spec.train import Placement
from tfc.units import Dimension, Quantity

# The unit that is written, and how many base units it is: base units where a spec can write them.
UNITS: dict[Dimension, tuple[str, float]] = {
    Dimension.BYTES: ("bytes", 1),
    Dimension.TIME: ("s", 1),
    Dimension.TOKENS: ("tokens", 1),
    Dimension.SEQUENCES: ("sequences", 1),
    Dimension.STEPS: ("steps", 1),
    Dimension.EPOCHS: ("epochs", 1),
    Dimension.SAMPLES: ("samples", 1),
    Dimension.BLOCKS: ("blocks", 1),
    Dimension.REQUESTS: ("requests", 1),
    Dimension.USD: ("USD", 1),
    Dimension.EUR: ("EUR", 1),
    Dimension.POWER: ("W", 1),
    Dimension.ENERGY: ("kWh", 3.6e6),
    Dimension.BANDWIDTH: ("GB/s", 1e9),
    Dimension.TOKEN_RATE: ("tokens/s", 1),
    Dimension.REQUEST_RATE: ("requests/s", 1),
    Dimension.PRICE: ("USD/h", 1),
}

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\Z")


def written(value: Any, kind: Kind | None = None) -> str:
    """`64 sequences`, `swiglu(hidden = 1536)`, `[full, sliding(window = 128 tokens)]`: `value` as text.

    `kind` is what the setting may be: it gives a bare number its unit.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "none"
        case Quantity():
            return number(value.value, value.dimension)
        case int() | float():
            return number(value, dimension_of(kind))
        case str():
            return f'"{value}"' if isinstance(kind, Text) or not WORD.match(value) else value
        case Variant():
            return _variant(value)
        case Match():
            return _match(value)
        case Placement():
            return f"{value.nodes} x {value.per_node} x {written(value.device)}"
        case tuple():
            return _several(value, kind)
    return str(value) if value is AUTO else repr(value)


def number(value: float, dimension: Dimension | None) -> str:
    """A number with its unit, if it has one."""
    unit, factor = UNITS.get(dimension, ("", 1)) if dimension is not None else ("", 1)
    value = value / factor if factor != 1 else value
    shown = str(int(value)) if value == int(value) else repr(float(value))
    return f"{shown} {unit}".rstrip()


def dimension_of(kind: Kind | None) -> Dimension | None:
    """The dimension of a bare number of this kind; None where it has several or none."""
    match kind:
        case Number(dimensions=(dimension,)):
            return dimension
        case RangeOf(item=item) | ListOf(item=item) | Rest(item=item) | Named(item=item) | Routed(item=item):
            return dimension_of(item)
        case Either(kinds=kinds):
            found = {dimension_of(option) for option in kinds} - {None}
            return found.pop() if len(found) == 1 else None
    return None


def _variant(value: Variant) -> str:
    arguments: list[str] = []
    for name, setting in settings_of(value).items():
        given = getattr(value, setting.attribute)
        match setting.kind:
            case _ if given is None:
                continue
            case Rest(item=item):
                arguments += [written(part, item) for part in given]
            case Named(item=item):
                arguments += [f"{key} = {written(part, item)}" for key, part in given]
            case _:
                arguments.append(f"{name} = {written(given, setting.kind)}")
    return f"{value.name}({', '.join(arguments)})" if arguments else value.name


def _several(values: tuple[Any, ...], kind: Kind | None) -> str:
    inner = kind.item if isinstance(kind, Routed) else kind
    if isinstance(inner, RangeOf):
        low, high = values
        return f"{written(low)}..{written(high, inner.item)}"
    # A layer pattern of one is written without brackets, as is a list that may be a single item.
    if len(values) == 1 and (isinstance(inner, Pattern) or (isinstance(inner, ListOf) and inner.single)):
        return written(values[0])
    item = inner.item if isinstance(inner, ListOf) else inner
    return f"[{', '.join(written(value, item) for value in values)}]"


def _match(value: Match) -> str:
    pattern = Pattern(Family("attention"))
    arms = (
        f"{'else' if bound is None else f'<= {bound} tokens'} => {written(branch, pattern)}"
        for bound, branch in value.branches
    )
    return f"match length {{ {', '.join(arms)} }}"

"""A resolved spec as JSON, every value in it: what the JSON Schema describes."""

from __future__ import annotations

from typing import Any

from tfc.fields import (
    AUTO,
    Either,
    Kind,
    ListOf,
    Named,
    Number,
    Pattern,
    RangeOf,
    Rest,
    Routed,
    Variant,
    settings_of,
)
from tfc.spec.blocks import INNER
from tfc.spec.match import Match
from tfc.spec.schema import PLAIN
from tfc.spec.written import written


def document(spec: Any) -> dict[str, Any]:
    """A resolved spec as JSON, every value in it: what `schema` describes."""
    found: dict[str, Any] = {"edition": spec.edition}
    for block in spec.blocks:
        content = _content(block)
        for name in INNER[block.kind]:
            inner = getattr(block, name)
            if inner is not None:
                content[name] = _content(inner)
        if block.kind == "distill":
            content["from"] = block.teacher_name
        if block.label:
            found.setdefault(block.kind, {})[block.label] = content
        else:
            found[block.kind] = content
    return found


def _content(block: Any) -> dict[str, Any]:
    values = {
        name: (setting, getattr(block, setting.attribute)) for name, setting in settings_of(block).items()
    }
    # What follows from a setting that is `auto` is not written.
    values = {name: (one, value) for name, (one, value) in values.items() if value is not AUTO or one.auto}
    return {
        name: _json(value, setting.kind) for name, (setting, value) in values.items() if value is not None
    }


def _json(value: Any, kind: Kind) -> Any:
    if value is AUTO:
        return "auto"
    if isinstance(value, Variant):
        inner = _content(value)
        return {value.name: inner} if inner else value.name
    if isinstance(value, Match):
        item = kind.item if isinstance(kind, Routed) else kind
        return {
            "match length": {
                "else" if bound is None else f"<= {bound} tokens": _json(branch, item)
                for bound, branch in value.branches
            }
        }
    if isinstance(value, tuple) and isinstance(kind, Named):
        return {name: _json(part, kind.item) for name, part in value}
    if isinstance(value, tuple):
        item = _item(kind)
        return [_json(part, item) for part in value]
    return value if _plain(kind) or isinstance(value, bool | str) else written(value, kind)


def _plain(kind: Kind) -> bool:
    """Whether its numbers are written without a unit."""
    if isinstance(kind, Either):
        return any(_plain(option) for option in kind.kinds)
    return isinstance(kind, Number) and set(kind.dimensions) <= set(PLAIN)


def _item(kind: Kind) -> Kind:
    """The kind of the parts of a value that is a tuple."""
    match kind:
        case Either(kinds=kinds):
            return next(_item(option) for option in kinds if isinstance(option, ListOf))
        case Routed(item=item):
            return _item(item)
        case Pattern(item=item) | ListOf(item=item) | RangeOf(item=item) | Rest(item=item):
            return item
    return kind

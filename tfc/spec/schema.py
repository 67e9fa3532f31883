"""JSON Schema (draft 2020-12) of a spec, made from the declarations; `document` gives a spec in that form.

A block is an object by kind and name, a number with a unit is a text such as `"64 tokens"`, and a variant with
settings is an object with one key: `{"sliding": {"window": "1024 tokens"}}`.
"""

from __future__ import annotations

import re
from typing import Any

from tfc.fields import (
    AUTO,
    Block,
    Computed,
    Devices,
    Either,
    Family,
    Kind,
    ListOf,
    Named,
    Number,
    Pattern,
    RangeOf,
    Reference,
    Rest,
    Routed,
    Setting,
    Text,
    Truth,
    Variant,
    Word,
    settings_of,
    variants,
)
from tfc.spec.blocks import BLOCKS, INNER, LABELLED
from tfc.units import SCALES, UNITS, Dimension

Schema = dict[str, Any]
PLAIN = (Dimension.COUNT, Dimension.SHARE, Dimension.POINTS)  # written without a unit


def schema() -> Schema:
    """The JSON Schema of a spec."""
    families = {name: _family(name) for name in sorted(Variant.registry) if name}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A transformer spec, .tfs",
        "type": "object",
        "properties": {"edition": {"const": 1}, **{kind: _blocks(kind) for kind in BLOCKS}},
        "additionalProperties": False,
        "$defs": {"families": families},
    }


def _blocks(kind: str) -> Schema:
    """The blocks of a kind by their names; `data` and `train` may stand by themselves."""
    block = _block(BLOCKS[kind], kind)
    named: Schema = {"type": "object", "additionalProperties": block}
    return named if kind in LABELLED else {"anyOf": [block, named]}


def _block(declaring: type[Block], kind: str = "") -> Schema:
    properties = {name: _setting(setting) for name, setting in settings_of(declaring).items()}
    properties.update({name: _block(inner) for name, inner in INNER.get(kind, {}).items()})
    if kind == "distill":
        properties["from"] = {"type": "string", "description": "the teacher"}
    doc = (declaring.__doc__ or "").strip().split("\n")[0]
    return {"type": "object", "description": doc, "properties": properties, "additionalProperties": False}


def _setting(setting: Setting) -> Schema:
    found = _kind(setting.kind)
    if setting.auto:
        found = {"anyOf": [{"const": "auto"}, found]}
    default = setting.default.text if isinstance(setting.default, Computed) else ""
    doc = f"{setting.doc}; {default} unless given" if default else setting.doc
    return {**found, "description": doc}


def _family(name: str) -> Schema:
    choices: list[Schema] = []
    for variant, declaring in variants(name).items():
        settings = settings_of(declaring)
        doc = (declaring.__doc__ or "").strip().split("\n")[0]
        required = [key for key, setting in settings.items() if setting.required]
        if not required:
            choices.append({"const": variant, "description": doc})
        if settings:
            inner = {
                "type": "object",
                "properties": {key: _setting(setting) for key, setting in settings.items()},
                "required": required,
                "additionalProperties": False,
            }
            choices.append({**_only(variant, inner), "description": doc})
    return {"anyOf": choices}


def _only(name: str, inner: Schema) -> Schema:
    """An object with this one key."""
    return {"type": "object", "properties": {name: inner}, "required": [name], "additionalProperties": False}


def _kind(kind: Kind) -> Schema:
    match kind:
        case Number():
            return _number(kind)
        case Word(words=words):
            return {"enum": list(words)} if words else {"type": "string"}
        case Text() | Reference() | Devices():
            return {"type": "string"}
        case Truth():
            return {"type": "boolean"}
        case Family(name=name):
            return {"$ref": f"#/$defs/families/{name}"}
        case Pattern(item=item):
            return {"anyOf": [_kind(item), {"type": "array", "items": _kind(item), "minItems": 1}]}
        case Rest(item=item):
            return {"type": "array", "items": _kind(item)}
        case Named(item=item):
            return {"type": "object", "additionalProperties": _kind(item)}
        case RangeOf(item=item):
            return {"type": "array", "items": _kind(item), "minItems": 2, "maxItems": 2}
        case ListOf():
            return _list(kind)
        case Routed(item=item):
            return {"anyOf": [_kind(item), _only("match length", _arms(item))]}
        case Either(kinds=kinds):
            return {"anyOf": [_kind(option) for option in kinds]}
    raise TypeError(f"{kind} has no schema")


def _arms(item: Kind) -> Schema:
    """The branches of a `match length`, by their bound or `else`."""
    return {"type": "object", "additionalProperties": _kind(item), "required": ["else"]}


def _list(kind: ListOf) -> Schema:
    found: Schema = {"type": "array", "items": _kind(kind.item), "minItems": kind.least}
    if kind.most is not None:
        found["maxItems"] = kind.most
    return {"anyOf": [found, _kind(kind.item)]} if kind.single else found


def _number(kind: Number) -> Schema:
    if any(dimension not in PLAIN for dimension in kind.dimensions):
        return {"type": "string", "pattern": _pattern(kind.dimensions)}
    found: Schema = {"type": "integer" if kind.whole else "number"}
    limits = {"minimum": kind.least, "maximum": kind.most, "exclusiveMinimum": kind.above}
    return {**found, **{key: limit for key, limit in limits.items() if limit is not None}}


def _pattern(dimensions: tuple[Dimension, ...]) -> str:
    units = sorted(name for name, unit in UNITS.items() if unit.dimension in dimensions)
    return rf"^[0-9_.eE+-]+( ({'|'.join(SCALES)}))? ({'|'.join(map(re.escape, units))})$"


# ------------------------------------------------------------------------------------ a spec in that form


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
    from tfc.spec.match import Match
    from tfc.spec.written import written

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

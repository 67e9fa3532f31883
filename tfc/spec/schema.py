"""JSON Schema (draft 2020-12) of a spec, made from the declarations.

A block is an object by kind and name, a number with a unit is a text such as `"64 tokens"`, and a variant with
settings is an object with one key: `{"sliding": {"window": "1024 tokens"}}`.
"""

from __future__ import annotations

import re
from typing import Any

from tfc.fields import (
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
    """The JSON Schema of a spec: its blocks and the families of variants are among its definitions."""
    blocks = {kind: _block(block, kind) for kind, block in BLOCKS.items()}
    families = {name: _family(name) for name in sorted(Variant.registry) if name}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A transformer spec, .tfs",
        "type": "object",
        "properties": {"edition": {"const": 1}, **{kind: _blocks(kind) for kind in BLOCKS}},
        "additionalProperties": False,
        "$defs": {**blocks, **families},
    }


def _blocks(kind: str) -> Schema:
    """The blocks of a kind by their names; `data` and `train` may stand by themselves."""
    block = {"$ref": f"#/$defs/{kind}"}
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
            return {"$ref": f"#/$defs/{name}"}
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

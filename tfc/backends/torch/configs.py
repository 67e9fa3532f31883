"""The Config classes of a generated model, and an instance of them for each model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tfc.backends.traits import Traits, alike, constant, ffns_of, norm_of, window_of, windows
from tfc.ops.output import chunk

if TYPE_CHECKING:
    from tfc.spec.model import Model, Side


@dataclass(frozen=True)
class Field:
    """One field of a generated dataclass."""

    name: str
    type: str
    value: Any
    note: str = ""
    default: str = ""  # its value as a text, where there is one model and so one value


@dataclass(frozen=True)
class Group:
    """A generated dataclass."""

    name: str
    fields: tuple[Field, ...]


def groups(traits: Traits) -> tuple[Group, ...]:
    """The dataclasses, in the order in which they are defined."""
    fields = tuple(config_fields(traits, 0))
    if len(traits.models) == 1:
        fields = tuple(replace(field, default=_text(field.value)) for field in fields)
    config = Group("Config", fields)
    if not traits.sided:
        return (config,)
    return Group("Side", tuple(side_fields(traits, 0, traits.sides[0]))), config


def instances(traits: Traits) -> tuple[tuple[str, str], ...]:
    """The name and the text of each model's Config."""
    if len(traits.models) == 1:
        return ((constant(traits.models[0].label), "Config()"),)
    return tuple(
        (constant(model.label), _call("Config", config_fields(traits, index)))
        for index, model in enumerate(traits.models)
    )


def config_fields(traits: Traits, index: int) -> Iterable[Field]:
    """The fields of a model's Config, with its values."""
    model = traits.models[index]
    if len(traits.families) > 1:
        yield Field("family", "str", model.family)
    yield Field("vocab", "int", model.vocab)
    yield Field("rows", "int", model.rows, "of a table: vocab, up to a multiple of 128")
    yield Field("context", "int", model.context, _of_context(traits))
    yield Field("width", "int", model.width)
    if traits.tied is None:
        yield Field("tied", "bool", model.tied, "one table for all")
    if traits.scaled is None:
        yield Field("scaled", "bool", model.scaled, "embeddings times the root of the width")
    yield Field("chunk", "int", chunk(model.rows, traits.fused), "tokens whose logits exist at once")
    if traits.by_language:
        languages = traits.languages[index] if traits.languages else ()
        yield Field("languages", "tuple[str, ...]", languages, "that are written")
    if traits.sided:
        yield from _sides(traits, index)
        return
    yield from _layers(model)
    yield from numbers(traits, model.sides[-1], model)


def _sides(traits: Traits, index: int) -> Iterable[Field]:
    model = traits.models[index]
    given = {side.kind: side for side in model.sides}
    for kind in ("encoder", "decoder"):
        side = given.get(kind)
        lacking = any(kind not in {one.kind for one in other.sides} for other in traits.models)
        value = None if side is None else _Call("Side", tuple(side_fields(traits, index, side)))
        yield Field(kind, "Side | None" if lacking else "Side", value)


def side_fields(traits: Traits, index: int, side: Side) -> Iterable[Field]:
    """The fields of a side, with its values: all that its layers need to know."""
    model = traits.models[index]
    yield Field("layers", "int", side.layers)
    yield Field("width", "int", model.width)
    if traits.by_language:
        languages = len(traits.languages[index]) if traits.languages else 0
        yield Field("languages", "int", languages, "that are written")
    yield from numbers(traits, side, model)


def _layers(model: Model) -> Iterable[Field]:
    if len(model.sides) == 1:
        yield Field("layers", "int", model.sides[0].layers)
        return
    for side in model.sides:
        yield Field(f"{side.kind}_layers", "int", side.layers)


def numbers(traits: Traits, side: Side, model: Model) -> Iterable[Field]:
    """What the layers of a side are made of, in numbers; and the kinds of parts in which models differ."""
    yield Field("heads", "int", side.heads)
    yield Field("kv_heads", "int", side.kv_heads)
    yield Field("head_width", "int", side.head_width)
    yield from _ffn(traits, side)
    if len(traits.norms) > 1:
        yield Field("norm", "str", side.norm.name)
    if traits.place is None:
        yield Field("place", "str", norm_of(side).place, "of the norm: before or after each half of a layer")
    yield Field("eps", "float", norm_of(side).eps, "of the norm")
    if len(traits.positions) > 1:
        yield Field("position", "str", side.position.name)
    if traits.rope:
        yield Field("theta", "float", getattr(side.position, "theta", 0.0), "base of the wavelengths")
    yield from _windows(traits, side, model)
    if traits.drops:
        yield Field("dropout", "float", side.dropout)
    if alike(one.bias for one in traits.sides) is None:
        yield Field("bias", "bool", side.bias)
    yield from _adapter(traits, side)


def _ffn(traits: Traits, side: Side) -> Iterable[Field]:
    hidden = tuple(op.hidden for op in ffns_of(side))
    if traits.layered_ffn:
        if len(traits.ffns) > 1:
            names = tuple(op.name for op in side.ffn)
            yield Field("ffn", "tuple[str, ...]", names, "of the first layers, and again to the top")
        yield Field("hidden", "tuple[int, ...]", hidden, "of the first layers, and again to the top")
        return
    if len(traits.ffns) > 1:
        yield Field("ffn", "str", side.ffn[0].name)
    yield Field("hidden", "int", hidden[0])


def _windows(traits: Traits, side: Side, model: Model) -> Iterable[Field]:
    if traits.layered_windows:
        note = "of the first layers, and again to the top; 0 is all the way"
        yield Field("windows", "tuple[int, ...]", windows(side), note)
    elif traits.windowed_encoder or traits.windowed_decoder:
        always = all(windows(one)[0] for one in traits.sides)
        note = "how far a token reads" + ("" if always else "; 0 is all the way")
        yield Field("window", "int", windows(side)[0], note)
    if traits.windowed_cross:
        crosses = model.family == "encoder_decoder"
        value = window_of(model.sides[-1].cross) if crosses and side.kind == "decoder" else 0
        yield Field("cross_window", "int", value, "how far a token reads in the source")


def _adapter(traits: Traits, side: Side) -> Iterable[Field]:
    if not traits.adapted:
        return
    per = getattr(side.adapters, "per", None)
    if len(traits.adapted) > 1 or any(not hasattr(one.adapters, "per") for one in traits.sides):
        yield Field("adapter", "str | None", per, "what has an adapter of its own")
    yield Field("rank", "int", getattr(side.adapters, "rank", 0), "of the adapters")


def _of_context(traits: Traits) -> str:
    if traits.families == ("encoder_decoder",):
        return "longest source, and longest target"
    return "longest text"


@dataclass(frozen=True)
class _Call:
    """An instance of a generated dataclass."""

    name: str
    fields: tuple[Field, ...]

    def __repr__(self) -> str:
        return _call(self.name, self.fields)


def _call(name: str, fields: Iterable[Field]) -> str:
    # The comma at the end asks ruff for a line for each.
    return f"{name}({', '.join(f'{field.name}={_text(field.value)}' for field in fields)},)"


def _text(value: Any) -> str:
    """A number as a person would write it."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 10_000:
        return f"{value:_}"
    if isinstance(value, float) and 0 < value < 1e-3:
        mantissa, exponent = f"{value:.12e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return repr(value)

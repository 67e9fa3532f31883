"""What the layers of the encoders, and those of the decoders, have in common, as pieces of Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfc.backends.traits import ABSOLUTE, Traits
from tfc.backends.values import config
from tfc.ops.base import Op

KINDS = ("encoder", "decoder")
ASKED = (
    "rope",
    "places",
    "place",
    "adapts",
    "adapted",
    "by_language",
    "windowed_encoder",
    "windowed_decoder",
)
MADE = ("norm", "ffn", "layer_parameter", "position_of", "is_placed")


def side(traits: Traits, named: Traits, kind: str) -> Mapping[str, Any]:
    """One kind of side of the models that are deployed, in the code for a Config of all models, the `named`."""
    other = KINDS[1 - KINDS.index(kind)]
    models = tuple(model.replace(**{other: None}) for model in traits.models if getattr(model, kind))
    own, c = Traits(models), config(named)
    if not models:
        return dict.fromkeys((*ASKED, *MADE), "")
    norms, ffns = own.norms, own.ffns
    item = f"{c}.ffn[layer % len({c}.ffn)]" if named.layered_ffn else f"{c}.ffn"
    absolute = [op for op in own.positions if op.name in ABSOLUTE]
    return {name: getattr(own, name) for name in ASKED} | {
        "norm": norms[0].function if len(norms) == 1 else f"NORMS[{c}.norm]",
        "ffn": ffns[0].function if len(ffns) == 1 else f"FFNS[{item}]",
        "layer_parameter": ", layer: int" if len(ffns) > 1 and named.layered_ffn else "",
        "position_of": absolute[0].function
        if len(absolute) == 1
        else ""
        if not absolute
        else "POSITIONS[side.position]",
        "is_placed": _is_placed(absolute),
    }


def _position(absolute: list[Op]) -> str:
    """The function whose rows are added to the embeddings; nothing where none are."""
    if len(absolute) > 1:
        return "POSITIONS[side.position]"
    return absolute[0].function if absolute else ""


def _is_placed(absolute: list[Op]) -> str:
    """Whether something is added to the embeddings, asked of the side of a Config."""
    if len(absolute) == 1:
        return f'side.position == "{absolute[0].name}"'
    return "side.position in POSITIONS"

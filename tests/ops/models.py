"""Models as the resolver makes them, from a few settings."""

from __future__ import annotations

from typing import Any

import tfc.ops  # noqa: F401 - registers the variants
from tfc.fields import Variant, filled, variants
from tfc.spec.model import Decoder, Encoder, Model

TINY = {"width": 32, "heads": 4, "layers": 2, "context": 24, "vocab": 90}


def op(family: str, name: str, width: int = TINY["width"], **settings: Any) -> Any:
    """A variant with its defaults, as it stands in a model of that width."""
    chosen = variants(family)[name]
    return chosen(**filled(chosen, settings, {"width": width}))


def layered(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with a single variant for all layers as the pattern that it is."""
    single = (name for name in ("attention", "ffn") if isinstance(settings.get(name), Variant))
    return settings | {name: (settings[name],) for name in single}


def model(
    family: str = "encoder_decoder",
    label: str = "tiny",
    encoder: dict[str, Any] | None = None,
    decoder: dict[str, Any] | None = None,
    **settings: Any,
) -> Model:
    """A model with the settings of `TINY` where none are given; `encoder` and `decoder` override for a side."""
    own = {"family": family, **TINY, **settings}
    given = layered(filled(Model, own, own))
    sides: dict[str, Any] = {}
    if family != "decoder":
        sides["encoder"] = _side(Encoder, given, encoder or {})
    if family != "encoder":
        sides["decoder"] = _side(Decoder, given, decoder or {})
    return Model(**given, **sides, label=label)


def _side(kind: Any, given: dict[str, Any], own: dict[str, Any]) -> Any:
    """The values of the model, and its own; heads of its own have a width of their own."""
    if "heads" in own:
        own = {"kv_heads": own["heads"], "head_width": given["width"] // own["heads"]} | own
    return kind(**layered(filled(kind, given | own, given | own)))

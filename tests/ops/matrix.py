"""The models that every test of operations runs over: one for each built variant, and what else may differ.

The registry is the matrix: who adds a variant adds its tests.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.ops.models import model, op
from tfc.fields import settings_of, variants
from tfc.spec.model import Model

FAMILIES = ("encoder_decoder", "decoder", "encoder")
EXAMPLES: dict[str, Any] = {
    "window": 3,
    "rank": 4,
    "hidden": 48,
}  # of settings that must be given, or are large
OPS = ("attention", "ffn", "norm", "position", "adapter")
SETTING = {"adapter": "adapters"}  # the setting of a model that holds the family


def example(family: str, name: str, **settings: Any) -> Any:
    """A variant with a value for each setting that must be given."""
    declared = settings_of(variants(family)[name])
    return op(family, name, **{key: EXAMPLES[key] for key in declared if key in EXAMPLES} | settings)


def of_variant(kind: str, family: str, name: str) -> Model:
    """A small model with that variant."""
    chosen = example(family, name)
    held = (chosen,) if family in ("attention", "ffn") else chosen
    return model(kind, **{SETTING.get(family, family): held})


def built(family: str) -> list[str]:
    return [name for name, variant in variants(family).items() if variant.built]


def _others() -> dict[str, Model]:
    """What is no variant, or several at once."""
    rms, after = example("norm", "rms"), example("norm", "layer", place="after")
    full, near, far = (
        example("attention", "full"),
        *(example("attention", "sliding", window=w) for w in (2, 4)),
    )
    swiglu, relu = example("ffn", "swiglu"), example("ffn", "relu")
    learned, shared = example("position", "learned"), example("adapter", "bottleneck", per="none")
    adapters = example("adapter", "bottleneck")
    found = {
        "everything on": {
            "norm": rms,
            "ffn": (swiglu,),
            "kv_heads": 2,
            "bias": True,
            "tied": True,
            "scaled": True,
            "dropout": 0.1,
            "adapters": adapters,
            "vocab": 128,
        },
        "norm after": {"norm": after, "dropout": 0.1, "bias": True},
        "rms after": {"norm": example("norm", "rms", place="after"), "tied": True},
        "patterns": {"attention": (near, near, full), "ffn": (swiglu, relu), "layers": 5, "norm": rms},
        "two windows": {"attention": (near, far), "layers": 3, "position": learned},
        "hidden pattern": {"ffn": (relu, example("ffn", "relu", hidden=16)), "layers": 3},
        "wide heads": {"head_width": 12, "kv_heads": 1},
        "grouped windows": {"attention": (near, full), "kv_heads": 2, "position": learned},
        "shared adapters": {"adapters": shared, "bias": True, "norm": rms},
        "sliding cross": {"cross": near, "attention": (far,)},
    }
    return {
        f"{name}, {kind}": model(kind, **given)
        for name, given in found.items()
        for kind in FAMILIES
        if kind == "encoder_decoder" or name != "sliding cross"
    }


def _sides() -> dict[str, Model]:
    """Models whose sides differ."""
    rms, near = example("norm", "rms"), example("attention", "sliding")
    learned, none = example("position", "learned"), example("position", "none")
    return {
        "deep encoder": model(encoder={"layers": 3}, decoder={"layers": 1}),
        "sides of different parts": model(
            encoder={"heads": 2, "norm": rms, "ffn": (example("ffn", "geglu"),), "dropout": 0.1},
            decoder={"position": learned, "bias": True, "attention": (near,)},
        ),
        "sides of different positions": model(
            encoder={"position": example("position", "sinusoidal")}, decoder={"position": none}, dropout=0.2
        ),
        "adapters in the decoder": model(
            decoder={
                "adapters": example("adapter", "bottleneck"),
                "norm": example("norm", "rms", place="after"),
            },
            encoder={"adapters": example("adapter", "bottleneck", per="none")},
            tied=True,
        ),
    }


MODELS: dict[str, Model] = {
    **{
        f"{family} {name}, {kind}": of_variant(kind, family, name)
        for kind in FAMILIES
        for family in OPS
        for name in built(family)
    },
    **_others(),
    **_sides(),
}

each_model = pytest.mark.parametrize("model", [pytest.param(made, id=name) for name, made in MODELS.items()])

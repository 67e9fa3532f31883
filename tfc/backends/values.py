"""Where generated code finds the values of a model: names that `model.py` gives them, and who reads it must know."""

from __future__ import annotations

from tfc.backends.traits import ABSOLUTE, Traits, alike


def config(traits: Traits) -> str:
    """What a layer is made from: its `side` where the sides of a model differ, else the whole `config`."""
    return "side" if traits.sided else "config"


def bias(traits: Traits) -> bool | str:
    """Whether there are biases, or the expression that says so."""
    found = alike(side.bias for side in traits.sides)
    return f"{config(traits)}.bias" if found is None else found


def subs(traits: Traits) -> dict[str, str]:
    """Where the values of a side stand, as seen from a function that has a `config`."""
    return {side: f"config.{side}" if traits.sided else "config" for side in ("encoder", "decoder")}


def layers(traits: Traits) -> dict[str, str]:
    """Where the number of layers stands, of a side of two and of one that stands alone."""
    found = {}
    for side in ("encoder", "decoder"):
        found[side] = f"config.{side}.layers" if traits.sided else f"config.{side}_layers"
        found[f"alone_{side}"] = f"config.{side}.layers" if traits.sided else "config.layers"
    return found


def several_places(traits: Traits) -> bool:
    """Whether positions of more than one kind are added to embeddings."""
    return sum(op.name in ABSOLUTE for op in traits.positions) > 1

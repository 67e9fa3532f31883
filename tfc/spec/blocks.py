"""Which blocks there are, and which stand in which."""

from __future__ import annotations

from tfc.fields import Block, Family, ListOf, Pattern, Routed, Setting, settings_of, variants
from tfc.spec.data import Data
from tfc.spec.deploy import Deploy, Server
from tfc.spec.distill import Distill
from tfc.spec.model import Decoder, Encoder, Model
from tfc.spec.train import Checkpoint, Parallel, Train

BLOCKS: dict[str, type[Block]] = {block.kind: block for block in (Model, Data, Train, Distill, Deploy)}

INNER: dict[str, dict[str, type[Block]]] = {
    "model": {"encoder": Encoder, "decoder": Decoder},
    "data": {},
    "train": {"parallel": Parallel, "checkpoint": Checkpoint},
    "distill": {"parallel": Parallel, "checkpoint": Checkpoint},
    "deploy": {"server": Server},
}

LABELLED = ("model", "distill", "deploy", "scenario")  # must have a name
ONE_OF = ("steps", "tokens", "epochs")  # of these a run is told by exactly one

# As a message speaks of one.
A_BLOCK = {
    "model": "a model",
    "encoder": "an encoder",
    "decoder": "a decoder",
    "data": "`data`",
    "train": "`train`",
    "distill": "`distill`",
    "deploy": "`deploy`",
    "parallel": "`parallel`",
    "checkpoint": "`checkpoint`",
    "server": "`server`",
    "scenario": "a scenario",
}


def declared(kind: str, outer: str = "") -> type[Block]:
    """The class of a block by its word; of an inner one by that of the block around it too."""
    return INNER[outer][kind] if outer else BLOCKS[kind]


def settings_in(kind: str, outer: str = "") -> dict[str, Setting]:
    """The settings that a block may have: of a side only those that may differ."""
    return settings_of(declared(kind, outer))


def inner_of(kind: str) -> dict[str, type[Block]]:
    """The blocks that may stand in a block."""
    return INNER.get(kind, {})


def home_of(name: str) -> str:
    """Where a setting of this name belongs, in words; empty if nowhere."""
    for kind, block in BLOCKS.items():
        if name in settings_of(block):
            return f"`{name}` is a setting of {A_BLOCK[kind]}"
        for inner, declaring in INNER[kind].items():
            if name in settings_of(declaring):
                return f"`{name}` is a setting of `{inner} {{ }}` in {A_BLOCK[kind]}"
    return ""


def variant_with(name: str, kind: str, outer: str = "") -> str:
    """How a setting of a variant is written in this block; empty if no variant here has it."""
    return _in_variants(name, settings_in(kind, outer))


def variant_elsewhere(name: str) -> str:
    """How a setting of a variant is written, and in which block; empty if no variant has it."""
    for kind in BLOCKS:
        if found := _in_variants(name, settings_in(kind)):
            return f"{found}, in {A_BLOCK[kind]}"
    return ""


def _in_variants(name: str, settings: dict[str, Setting]) -> str:
    for setting in settings.values():
        kind = setting.kind
        while isinstance(kind, ListOf | Pattern | Routed):
            kind = kind.item
        for variant, declaring in variants(kind.name).items() if isinstance(kind, Family) else ():
            for own in settings_of(declaring).values():
                if name == own.name or name in own.also:
                    return f"it is written `{setting.name} = {variant}({own.name} = ...)`"
    return ""

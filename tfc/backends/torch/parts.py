"""How the parts of a generated model are named, made and called: pieces of Python that the templates put in place."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from tfc.backends.traits import ABSOLUTE, Traits
from tfc.backends.values import bias, config, layers, several_places, subs

ADAPTERS = {"language": "LanguageAdapter", "none": "Adapter"}
FAMILY_CLASSES = {"encoder_decoder": "EncoderDecoder", "decoder": "Decoder", "encoder": "Encoder"}


def parts(traits: Traits) -> dict[str, Any]:
    """The names and functions that the templates ask for, beside the traits themselves."""
    alone = len(traits.families) == 1
    return {
        "c": config(traits),
        "C": config(traits).capitalize(),
        "classes": {traits.families[0]: "Transformer"} if alone else FAMILY_CLASSES,
        "base": "nn.Module" if alone else "Common",
        "names": _blocks(traits),
        "sub": subs(traits),
        "layers": layers(traits),
        "bias": bias(traits),
        "bias_argument": f", {bias(traits)}" if isinstance(bias(traits), str) else "",
        "several_tables": traits.tied is None or (not traits.tied and traits.crosses),
        "several_places": several_places(traits),
        "hidden": hidden(traits),
        "layer_parameter": ", layer: int" if traits.layered_ffn else "",
        "layer_argument": ", layer" if traits.layered_ffn else "",
        "norm_of": partial(norm, traits),
        "ffn_of": partial(ffn, traits),
        "adapter_of": partial(adapter, traits),
        "embed": partial(embed, traits),
        "tables": {family: list(tables(traits, family)) for family in traits.families},
        "output_table": _either(traits, "self.table", "self.output_table"),
    }


def hidden(traits: Traits) -> str:
    """The width of a feed-forward layer."""
    values = f"{config(traits)}.hidden"
    return f"{values}[layer % len({values})]" if traits.layered_ffn else values


def norm(traits: Traits, where: str) -> str:
    """The call that makes a norm."""
    return f"{traits.norms[0].module if len(traits.norms) == 1 else f'NORMS[{where}.norm]'}({where})"


def ffn(traits: Traits, where: str) -> str:
    """The class of a feed-forward layer."""
    if len(traits.ffns) == 1:
        return traits.ffns[0].module
    kind = f"{where}.ffn[layer % len({where}.ffn)]" if traits.layered_ffn else f"{where}.ffn"
    return f"FFNS[{kind}]"


def adapter(traits: Traits, where: str) -> str:
    """The call that makes an adapter; None for a side that has none."""
    made = ADAPTERS[traits.adapted[0]]
    if len(traits.adapted) > 1:
        kinds = ", ".join(f'"{per}": {ADAPTERS[per]}' for per in traits.adapted)
        made = f"{{{kinds}}}[{where}.adapter]"
    return f"{made}({where})" if traits.adapts == "all" else f"{made}({where}) if {where}.adapter else None"


def tables(traits: Traits, family: str) -> Iterable[str]:
    """The lines that make the tables of embeddings and the positions that are added to them."""
    table = "nn.Parameter(torch.empty(config.rows, config.width))"
    crosses = family == "encoder_decoder"
    inputs = ("source", "target") if crosses else ("input",)
    apart = [f"self.{name}_table = {table}" for name in (*inputs, "output")]
    if traits.tied is None:
        yield f"if config.tied:\n            self.table = {table}\n        else:"
        yield from (f"    {line}" for line in apart)
    else:
        yield from [f"self.table = {table}"] if traits.tied else apart
    if traits.places:
        streams = {"source_": "encoder", "target_": "decoder"} if crosses else {"": family}
        for stream, side in streams.items():
            yield f"self.{stream}positions = {positions(traits, subs(traits)[side])}"


def positions(traits: Traits, where: str) -> str:
    """The call that makes what is added to the embeddings of a side; None where nothing is."""
    kinds = [op for op in traits.positions if op.name in ABSOLUTE]
    always = len(kinds) == len(traits.positions)
    if len(kinds) == 1:
        made = f"{kinds[0].module}(config)"
        return made if always else f'{made} if {where}.position == "{kinds[0].name}" else None'
    made = f"POSITIONS[{where}.position](config)"
    return made if always else f"{made} if {where}.position in POSITIONS else None"


def embed(traits: Traits, stream: str, tokens: str, where: str, start: str = "") -> str:
    """The call that looks up the tokens of a stream: `source`, `target`, or `alone`."""
    own = {"source": "source_", "target": "target_", "alone": ""}[stream]
    arguments = [tokens]
    if traits.tied is None or (not traits.tied and traits.crosses):
        arguments.append(_either(traits, "self.table", f"self.{own or 'input_'}table"))
    if traits.places:
        arguments += [f"self.{own}positions", *([start] if start else [])]
    if traits.sided and traits.drops:
        arguments.append(f"dropout=self.{where}.dropout")
    return f"self.embed({', '.join(arguments)})"


def _either(traits: Traits, one: str, other: str) -> str:
    """What stands for `one` if the tables are tied, and for `other` if not."""
    if traits.tied is None:
        return f"({one} if self.config.tied else {other})"
    return one if traits.tied else other


def _blocks(traits: Traits) -> dict[str, str]:
    """The names of the classes of layers: `Block` where there is only one."""
    if not traits.crosses and len(traits.families) == 1:
        return dict.fromkeys(("encoder", "cross", "decoder"), "Block")
    cross = "CrossBlock" if "decoder" in traits.families else "DecoderBlock"
    return {"encoder": "EncoderBlock", "cross": cross, "decoder": "DecoderBlock"}

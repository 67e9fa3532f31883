"""The generated `model.py`: the classes that the models of a spec need, each once, and a Config for each model."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from textwrap import fill
from typing import TYPE_CHECKING, Any

from tfc.backends.render import LINE_LENGTH, render
from tfc.backends.torch.configs import constant, groups, instances
from tfc.backends.torch.traits import Traits, alike, recomputed

if TYPE_CHECKING:
    from tfc.plan import Plan
    from tfc.spec.spec import Spec
    from tfc.spec.train import Train

ABSOLUTE = ("learned", "sinusoidal")  # positions that are added to the embeddings

LETTERS = {
    "B": "B sequences",
    "L": "L tokens",
    "S": "S source tokens",
    "T": "T target tokens",
    "D": "D width",
    "H": "H heads",
    "G": "G key-value heads",
    "E": "E width of a head",
    "R": "R rank of an adapter",
    "V": "V rows of a table",
    "N": "N tokens of all sequences",
}


def file(plan: Plan) -> str | None:
    """The text of `model.py`."""
    return text(Traits.of(plan.spec))


def text(traits: Traits) -> str:
    """The text of a `model.py` for some models, not yet formatted."""
    return render("torch/model.py.j2", **context(traits))


def construction(spec: Spec, train: Train, compute: str) -> str:
    """The call that makes the model of a run: `Transformer(BABEL, torch.bfloat16, smoothing=0.1)`."""
    traits, smoothing = Traits.of(spec), getattr(train.loss, "smoothing", 0)
    arguments = [constant(spec.model_of(train).label), compute]
    if smoothing:
        arguments.append(f"smoothing={smoothing:g}")
    if traits.recomputes == "some" and recomputed(train):
        arguments.append("recompute=True")
    return f"Transformer({', '.join(arguments)})"


def context(traits: Traits) -> dict[str, Any]:
    """All that the templates ask for."""
    families, one = traits.families, len(traits.families) == 1
    config = "side" if traits.sided else "config"
    tied = alike(model.tied for model in traits.models)
    found = {
        "traits": traits,
        "configs": groups(traits),
        "instances": instances(traits),
        "c": config,
        "C": "Side" if traits.sided else "Config",
        "families": families,
        "classes": _classes(families),
        "base": "nn.Module" if one else "Common",
        "names": _blocks(traits),
        "sub": _subs(traits),
        "layers": _layers(traits),
        "encodes": families != ("decoder",),
        "decodes": families != ("encoder",),
        "decodes_alone": "decoder" in families,
        "crosses": "encoder_decoder" in families,
        "crosses_all": "encoder_decoder" in families and "decoder" not in families,
        "causal": True
        if "encoder" not in _kinds(traits)
        else False
        if "decoder" not in _kinds(traits)
        else None,
        "tied": tied,
        "scaled": alike(model.scaled for model in traits.models),
        "several_tables": tied is None or (not tied and "encoder_decoder" in families),
        "pads": alike(model.padding > 0 for model in traits.models),
        "place": alike(side.norm.place for side in traits.sides),
        "bias": _bias(traits),
        "bias_argument": f", {_bias(traits)}" if isinstance(_bias(traits), str) else "",
        "lean": not traits.plain and any(op.lean for op in (*traits.norms, *traits.ffns)),
        "adapts": traits.how_many(lambda side: side.adapters.name != "none"),
        "places": traits.how_many(lambda side: side.position.name in ABSOLUTE),
    }
    found |= {name: getattr(traits, name) for name in _SHARED}
    found |= {
        "positions": [op for op in traits.positions if op.module],
        "adapted": list(traits.adapted),
        "windowed_encoder": traits.windowed("encoder"),
        "windowed_decoder": traits.windowed("decoder"),
    }
    found["several_places"] = sum(op.name in ABSOLUTE for op in traits.positions) > 1
    found["windowed"] = found["windowed_encoder"] or found["windowed_decoder"] or traits.windowed_cross
    found["self_mask"] = found["encodes"] or found["windowed_decoder"]
    found |= _calls(traits, found)
    return found | _words(traits, found)


_SHARED = (
    *("norms", "ffns", "adapters", "rope", "by_language", "windowed_cross", "layered_windows", "layered_ffn"),
    *("drops", "grouped", "smooths", "recomputes", "plain"),
)


def _kinds(traits: Traits) -> set[str]:
    return {side.kind for side in traits.sides}


def _bias(traits: Traits) -> bool | str:
    found = alike(side.bias for side in traits.sides)
    return found if found is not None else "side.bias" if traits.sided else "config.bias"


def _classes(families: tuple[str, ...]) -> dict[str, str]:
    if len(families) == 1:
        return {families[0]: "Transformer"}
    return {"encoder_decoder": "EncoderDecoder", "decoder": "Decoder", "encoder": "Encoder"}


def _blocks(traits: Traits) -> dict[str, str]:
    """The names of the classes of layers: `Block` where there is only one."""
    if "encoder_decoder" not in traits.families and len(traits.families) == 1:
        return dict.fromkeys(("encoder", "cross", "decoder"), "Block")
    cross = "DecoderBlock" if "decoder" not in traits.families else "CrossBlock"
    return {"encoder": "EncoderBlock", "cross": cross, "decoder": "DecoderBlock"}


def _subs(traits: Traits) -> dict[str, str]:
    """Where the values of a side stand, as seen from a function that has a `config`."""
    if not traits.sided:
        return dict.fromkeys(("encoder", "decoder", "alone_encoder", "alone_decoder"), "config")
    return {
        "encoder": "config.encoder",
        "alone_encoder": "config.encoder",
        "decoder": "config.decoder",
        "alone_decoder": "config.decoder",
    }


def _layers(traits: Traits) -> dict[str, str]:
    if traits.sided:
        return {name: f"{where}.layers" for name, where in _subs(traits).items()}
    alone = dict.fromkeys(("alone_encoder", "alone_decoder"), "config.layers")
    return {"encoder": "config.encoder_layers", "decoder": "config.decoder_layers", **alone}


def _calls(traits: Traits, found: dict[str, Any]) -> dict[str, Any]:
    """How parts are made and called, as the templates put them into the code."""
    config, layer = found["c"], "layer % len({0}.{1})"
    hidden = f"{config}.hidden"
    if traits.layered_ffn:
        hidden = f"{hidden}[{layer.format(config, 'hidden')}]"
    return {
        "hidden": hidden,
        "layer_parameter": ", layer: int" if traits.layered_ffn else "",
        "layer_argument": ", layer" if traits.layered_ffn else "",
        "norm_of": partial(_norm_of, traits),
        "ffn_of": partial(_ffn_of, traits),
        "adapter_of": partial(_adapter_of, traits, found["adapts"]),
        "embed": partial(_embed, traits, found),
        "tables": {family: list(_tables(traits, found, family)) for family in traits.families},
        "output_table": _either(found["tied"], "self.table", "self.output_table"),
    }


def _norm_of(traits: Traits, config: str) -> str:
    if len(traits.norms) == 1:
        return f"{traits.norms[0].module}({config})"
    return f"NORMS[{config}.norm]({config})"


def _ffn_of(traits: Traits, config: str) -> str:
    if len(traits.ffns) == 1:
        return traits.ffns[0].module
    if traits.layered_ffn:
        return f"FFNS[{config}.ffn[layer % len({config}.ffn)]]"
    return f"FFNS[{config}.ffn]"


def _adapter_of(traits: Traits, adapts: str, config: str) -> str:
    names = {"language": "LanguageAdapter", "none": "Adapter"}
    if len(traits.adapted) > 1:
        listed = ", ".join(f'"{per}": {names[per]}' for per in traits.adapted)
        made = f"{{{listed}}}[{config}.adapter]({config})"
    else:
        made = f"{names[traits.adapted[0]]}({config})"
    return made if adapts == "all" else f"{made} if {config}.adapter else None"


def _either(tied: bool | None, one: str, other: str) -> str:
    """What stands for `one` if the tables are tied, and for `other` if not."""
    return f"({one} if self.config.tied else {other})" if tied is None else one if tied else other


def _tables(traits: Traits, found: dict[str, Any], family: str) -> Iterable[str]:
    """The lines that make the tables of embeddings and of learned positions."""
    table = "nn.Parameter(torch.empty(config.rows, config.width))"
    inputs = ("source", "target") if family == "encoder_decoder" else ("input",)
    apart = [f"self.{name}_table = {table}" for name in (*inputs, "output")]
    if found["tied"] is None:
        yield f"if config.tied:\n            self.table = {table}\n        else:"
        yield from (f"    {line}" for line in apart)
    else:
        yield from [f"self.table = {table}"] if found["tied"] else apart
    if not found["places"]:
        return
    for stream in ("source_", "target_") if family == "encoder_decoder" else ("",):
        where = found["sub"][_side_of(family, stream)]
        yield f"self.{stream}positions = {_positions_of(traits, where)}"


def _positions_of(traits: Traits, config: str) -> str:
    """The call that makes what is added to the embeddings of a side; None where nothing is."""
    kinds = [op for op in traits.positions if op.name in ABSOLUTE]
    if len(traits.positions) == 1:
        return f"{kinds[0].module}(config)"
    if len(kinds) == 1:
        return f'{kinds[0].module}(config) if {config}.position == "{kinds[0].name}" else None'
    made = f"POSITIONS[{config}.position](config)"
    return (
        made if len(kinds) == len(traits.positions) else f"{made} if {config}.position in POSITIONS else None"
    )


def _side_of(family: str, stream: str) -> str:
    return {"source_": "encoder", "target_": "decoder", "": f"alone_{family}"}[stream]


def _embed(
    traits: Traits, found: dict[str, Any], stream: str, tokens: str, where: str, start: str = ""
) -> str:
    """The call that looks up the tokens of a stream: `source`, `target`, or `alone`."""
    own = {"source": "source_", "target": "target_", "alone": ""}[stream]
    arguments = [tokens]
    if found["several_tables"]:
        arguments.append(_either(found["tied"], "self.table", f"self.{own or 'input_'}table"))
    if found["places"]:
        arguments += [f"self.{own}positions", *([start] if start else [])]
    if traits.sided and traits.drops:
        arguments.append(f"dropout=self.{where}.dropout")
    return f"self.embed({', '.join(arguments)})"


def _words(traits: Traits, found: dict[str, Any]) -> dict[str, Any]:
    """What is said in the docstring."""
    return {
        "title": _title(traits),
        "notes": list(_notes(traits, found)),
        "legend": fill(f"Shapes: {', '.join(LETTERS[letter] for letter in _letters(traits))}.", LINE_LENGTH),
    }


def _title(traits: Traits) -> str:
    said = {
        "encoder_decoder": "encoder-decoder transformer",
        "decoder": "decoder-only transformer",
        "encoder": "encoder-only transformer",
    }
    names = [constant(model.label) for model in traits.models]
    if len(names) == 1:
        article = "a" if traits.families[0] == "decoder" else "an"
        return f"{names[0]}, {article} {said[traits.families[0]]}."
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{listed}: {' and '.join(said[family] + 's' for family in traits.families)}."


def _notes(traits: Traits, found: dict[str, Any]) -> Iterable[str]:
    """What is notable in the models, the parts first."""
    norms = " or ".join(op.note for op in traits.norms)
    places = {
        "before": f"{norms} before each half of a layer, and once more at the end",
        "after": f"{norms} after the sum of each half of a layer",
        None: f"{norms} before or after each half of a layer",
    }
    yield places[found["place"]]
    yield " or ".join(op.note for op in traits.positions)
    if traits.grouped:
        yield "query heads share key-value heads"
    if found["windowed"]:
        layered = ", as wide as `windows` says layer by layer" if traits.layered_windows else ""
        yield f"attention within a window{layered}"
    yield " or ".join(op.note for op in traits.ffns)
    if found["adapts"]:
        yield "a bottleneck adapter after each layer" + (
            ", one for each language" if traits.by_language else ""
        )
    if found["tied"]:
        streams = "source, target" if found["crosses"] else "input"
        yield f"one table for {streams} and output"
    yield "cross-entropy in chunks: the logits of all tokens never exist at once"
    yield "fp32 weights, cast where they are used to the type that is computed in"
    if traits.recomputes:
        yield "layers are computed again in the backward pass, and only their inputs kept"
    if found["decodes"]:
        yield "keys and values are kept while decoding" + (
            ", and those of the source made once" if found["crosses"] else ""
        )


def _letters(traits: Traits) -> str:
    letters = "B" + {("encoder_decoder",): "LST", ("decoder",): "LT", ("encoder",): "L"}.get(
        traits.families, "LST"
    )
    return letters + "DHGE" + ("R" if traits.adapted else "") + "VN"

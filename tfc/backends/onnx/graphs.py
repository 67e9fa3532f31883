"""`graphs.py`: the models that are deployed as ONNX graphs, emitted node by node in the shape of `model.py`.

It gives `encoder(config, weights, lowering)` and `decoder(config, weights, lowering, head, hypotheses, places)` of an
encoder-decoder, `decoder(config, weights, lowering, places)` of a decoder, and of an encoder `encoder(config, weights,
lowering)`, with the `head` behind it where deployments of one spec differ in what they give.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING

from tfc.backends.deployments import deployments
from tfc.backends.onnx.sides import KINDS, side
from tfc.backends.render import LINE_LENGTH, render
from tfc.backends.traits import Traits, constant
from tfc.backends.values import bias, config, layers, several_places, subs

if TYPE_CHECKING:
    from tfc.backends.deployments import Deployment
    from tfc.plan import Plan


@dataclass(frozen=True)
class Asked:
    """What deployments ask of the graphs."""

    heads: tuple[str, ...] = ()  # of encoder-decoders: `greedy`, `beam` or `logits`
    gives: tuple[str, ...] = ()  # of encoders: `states` or `scores`
    half: bool = False  # whether some compute in 16 bits

    @staticmethod
    def by(deployed: tuple[Deployment, ...]) -> Asked:
        """That of some deployments."""
        heads = {head(one) for one in deployed if one.family == "encoder_decoder"}
        heads |= {"logits"} if heads else set()  # which export.py holds against torch
        gives = {one.block.gives for one in deployed if one.family == "encoder"}
        half = any(one.numbers != "float32" for one in deployed)
        return Asked(tuple(sorted(heads)), tuple(sorted(gives)), half)


def head(deployment: Deployment) -> str:
    """What the decoder of an encoder-decoder ends in."""
    name = deployment.decoding.name
    return name if name in ("greedy", "beam") else "logits"


def file(plan: Plan) -> str | None:
    """The text of `graphs.py`, or None where nothing is deployed."""
    found = deployments(plan)
    named = Traits.of(plan.spec)
    labels = {one.model.label for one in found}
    models = tuple(model for model in named.models if model.label in labels)
    return text(Traits(models), named, Asked.by(found)) if models else None


def text(traits: Traits, named: Traits, asked: Asked) -> str:
    """The text of a `graphs.py` for some of the models whose Config `model.py` has, not yet formatted."""
    c, shown = config(named), traits.shown()
    encoder, decoder = (side(traits, named, kind) for kind in KINDS)
    prompts = "decoder" in traits.families
    return render(
        "onnx/graphs.py.j2",
        **shown
        | {
            "layered_windows": named.layered_windows,
            "bias": f"{c}.bias" if isinstance(bias(traits), str) else bias(traits),
        },
        enc=encoder,
        dec=decoder,
        c=c,
        C=c.capitalize(),
        sub=subs(named),
        layers=layers(named),
        title=_title(traits),
        legend=_legend(traits),
        several_places=several_places(traits),
        several_norms=len(traits.norms) > 1,
        prompts=prompts,
        reals=_reads_lengths(traits, named),
        masks_cache=prompts or bool(traits.windowed_decoder),
        counts=prompts or traits.windowed or bool(encoder["rope"] or encoder["places"]),
        table_of={stream: _table(traits, stream) for stream in ("source", "target", "alone")},
        heads=asked.heads,
        head_functions={"greedy": "greedy", "beam": "beam", "logits": "every"},
        gives=asked.gives,
        half=asked.half,
        graph_names=_names(traits),
        names=_layer_names(traits),
    )


def _title(traits: Traits) -> str:
    """Which models these are."""
    labels = [constant(model.label) for model in traits.models]
    names = labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"
    return f"{names} in ONNX."


def _legend(traits: Traits) -> str:
    """What the letters of the shapes mean."""
    letters = ["B sequences"] if traits.encodes else []
    if traits.decodes:
        letters += [f"N rows{' (of each sequence W)' if traits.crosses else ''}", "C places of a cache"]
    letters += ["S tokens that are read"] if traits.encodes else []
    letters += ["T new tokens"] if "decoder" in traits.families else []
    letters += [
        "L tokens",
        "D width",
        "H heads",
        "G key-value heads",
        "E width of a head",
        "V tokens there are",
    ]
    return fill(f"Shapes: {', '.join(letters)}.", LINE_LENGTH)


def _reads_lengths(traits: Traits, named: Traits) -> bool:
    """Whether some attention is given lengths, and not a mask."""
    layered = named.layered_windows
    encoder = traits.encodes and (traits.windowed_encoder != "all" or layered)
    decoder = traits.crosses and (
        traits.windowed_decoder != "all" or layered or traits.windowed_cross != "all"
    )
    return encoder or decoder


def _table(traits: Traits, stream: str) -> str:
    """The name of the table of a stream, as code: `source`, `target`, or one that is `alone`."""
    apart = f'"{"input" if stream == "alone" else stream}_table"'
    if traits.tied is None:
        return f'"table" if config.tied else {apart}'
    return '"table"' if traits.tied else apart


def _names(traits: Traits) -> dict[str, str]:
    """The functions that make graphs: `encoder` and `decoder` where one family has them alone."""
    shared = {kind: traits.crosses and kind in traits.families for kind in KINDS}
    return {
        f"{prefix}_{kind}": f"{prefix}_{kind}" if shared[kind] else kind
        for kind in KINDS
        for prefix in ("source", "text")
    }


def _layer_names(traits: Traits) -> dict[str, str]:
    """The functions of decoder layers."""
    both = traits.crosses and "decoder" in traits.families
    return {"cross": "cross_layer" if both else "decoder_layer", "decoder": "decoder_layer"}

"""`evaluate.py`: what a trained model is scored by, and how it is tried by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.backends.constants import Constant, with_origin
from tfc.backends.layouts import learning
from tfc.backends.render import render
from tfc.backends.traits import Traits, constant, module_of
from tfc.backends.translation import languages

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout
    from tfc.plan import Plan
    from tfc.spec.model import Model
    from tfc.spec.spec import Spec

CHINESE = frozenset({"zh", "zho", "cmn", "yue"})
# Languages written without spaces, which 13a would take for one word a sentence: sacreBLEU cuts them into characters.
UNSPACED = frozenset({"ja", "jpn", "th", "tha", "lo", "lao", "km", "khm", "my", "mya", "bo", "bod"})


def file(plan: Plan) -> str | None:
    """The text of `evaluate.py`, or None where nothing is trained."""
    layouts = learning(plan)
    return render("torch/evaluate.py.j2", **context(plan.solved, layouts[0])) if layouts else None


def context(spec: Spec, layout: Layout) -> dict[str, Any]:
    """What the template of `evaluate.py` sees."""
    model, data = layout.model, spec.data_of(layout.train)
    stages = {name: stage for name, stage in _stages(spec) if spec.models[name].family == model.family}
    names = tuple(stages)
    targets, directions = languages(data).targets, languages(data).directions
    split = next((split for split in ("test", "dev") if getattr(data, split) is not None), "train")
    cut = {name: how for name in targets if (how := cutting(name)) != "13a"}
    return {
        "family": model.family,
        "summary": _summary(model.family, names),
        "points": _points(model.family),
        "models": [(name, constant(name)) for name in names],
        "stages": stages,
        "several": len(names) > 1,
        "module": module_of(spec, model),
        "constants": [
            *_decoding(spec, names),
            *_cutting(cut),
            *_micro(layout),
            *_sample(model, split),
            *_steps(spec, model),
        ],
        "cut": bool(cut),
        "targets": targets,
        "directions": len(directions),
        "a_direction": "-".join(directions[0]) if directions else "",
        "told": ", language" if _told(model) else "",
        "fused": Traits.of(spec).fused,
        "bytes_": data.tokenizer.name == "bytes",
        "split": split,
        "sampled": split == "train",
        **_deployed(spec, layout, names),
    }


def _deployed(spec: Spec, layout: Layout, names: tuple[str, ...]) -> dict[str, Any]:
    """The deployments of these models, which are scored too."""
    found = [one for one in spec.deploys.values() if spec.model_of(one).label in names]
    tokens = " * CONTEXT" if layout.counts_tokens else ""
    return {
        "deploys": [one.label for one in found],
        "engines": any(one.target.name == "tensorrt" for one in found),
        "samples": any(one.decoding.name == "sample" for one in found),
        "gives": tuple(dict.fromkeys(one.gives for one in found)),
        "deployed_rows": f'facts["batch"][1]{tokens}',
    }


def _stages(spec: Spec) -> Iterator[tuple[str, str]]:
    """The models that the scripts of the folder make, each with the script that does."""
    for block in (*spec.trains.values(), *spec.distills.values()):
        yield spec.model_of(block).label, block.kind


def cutting(language: str) -> str:
    """The tokenizer with which sacreBLEU compares texts of a language, which may be a code such as `zho_Hans`."""
    code = re.split("[-_]", language)[0].lower()
    return "zh" if code in CHINESE else "char" if code in UNSPACED else "13a"


def _summary(family: str, names: tuple[str, ...]) -> str:
    models = " or ".join(map(constant, names))
    match family:
        case "encoder_decoder":
            return f"Translates with {models}, and scores what it translates."
        case "decoder":
            return f"Scores {models}, and lets it write on from a beginning."
    return f"Scores {models} by the share of hidden tokens that it finds."


def _points(family: str) -> tuple[str, ...]:
    match family:
        case "encoder_decoder":
            return (
                "greedy and beam decoding, with keys and values kept; a sentence that is done leaves its batch",
                "sentences of like length are decoded together, so that little of a batch is padding",
                "BLEU and chrF of sacreBLEU with their signatures, the share that is exact, the loss",
            )
        case "decoder":
            return (
                "the loss per token, and per byte of UTF-8, which can be compared between tokenizers",
                "sampling with keys and values kept; a full context is begun anew with its later half",
            )
    return ("the same tokens are hidden each time, so that scores can be compared",)


def _told(model: Model) -> bool:
    """Whether the model has adapters for each language, and so is told the language."""
    return any(getattr(side.adapters, "per", "") == "language" for side in model.sides)


def _decoding(spec: Spec, names: tuple[str, ...]) -> list[Constant]:
    """How texts are decoded if nothing else is said: all models as the first that will be served, to compare them."""
    if spec.models[names[0]].family != "encoder_decoder":
        return []
    decodings = (one.decoding for one in spec.deploys.values() if one.model in names)
    served: Any = next(decodings, None)
    width, penalty, said = 1, 1.0, "hypotheses of a sentence; 1 is greedy decoding"
    if served is not None and served.name == "beam":
        width, penalty, said = served.width, served.length_penalty, with_origin(said, served, "width")
    formula = "a text counts as its log-probability / its length ** this"
    return [Constant("BEAM", width, said), Constant("LENGTH_PENALTY", float(penalty), formula)]


def _cutting(cut: dict[str, str]) -> list[Constant]:
    meaning = "how sacreBLEU cuts these languages into words; the others as 13a does"
    return [Constant("CUT", cut, meaning)] if cut else []


def _micro(layout: Layout) -> list[Constant]:
    """How much of a text is scored at a time: what was trained on at a time."""
    if layout.model.family == "encoder_decoder":
        return [Constant("TOKENS", 8192, "of source in a batch, padding included")]
    unit = "tokens" if layout.counts_tokens else "sequences"
    return [Constant("MICROBATCH", int(layout.micro), f"{unit} of a forward pass, as in training")]


def _sample(model: Model, split: str) -> list[Constant]:
    """How much of the training text is scored where nothing is held out: it may be without end."""
    if split != "train":
        return []
    number, what = (
        (1000, "pairs of a direction")
        if model.family == "encoder_decoder"
        else (100, "batches of a language")
    )
    return [Constant("LIMIT", number, f"{what} that are scored: the spec has no dev and no test")]


def _steps(spec: Spec, model: Model) -> list[Constant]:
    """How much of a text a deployed decoder is scored on, token by token."""
    if model.family != "decoder" or not spec.deploys:
        return []
    return [Constant("DEPLOYED", 4, "batches of a language that a deployment is scored on")]

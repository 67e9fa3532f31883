"""`export.py`: from the weights of a model to a folder that answers, held against torch on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.backends.constants import Constant, literal, with_origin
from tfc.backends.deployments import Deployment, deployments
from tfc.backends.onnx.lowering import LOWERINGS, call, how_many, ways
from tfc.backends.render import render
from tfc.backends.traits import Traits, alike
from tfc.backends.translation import languages
from tfc.backends.values import layers, subs
from tfc.fields import settings_of

if TYPE_CHECKING:
    from tfc.plan import Plan

CLASSES = {"encoder_decoder": "EncoderDecoder", "decoder": "Decoder", "encoder": "Encoder"}
HEADS = {"greedy": "greedy", "beam": "beam", "sample": "logits"}
FACTS = "facts, "  # the argument of a function that is told of a deployment
ROWS = 8  # sequences that torch and the graphs read at a time


def file(plan: Plan) -> str | None:
    """The text of `export.py`, or None where nothing that learns here is deployed."""
    found = tuple(one for one in deployments(plan) if one.data is not None)
    return render("onnx/export.py.j2", **context(plan, found)) if found else None


def context(plan: Plan, found: tuple[Deployment, ...]) -> dict[str, Any]:
    """What the templates of `export.py` see."""
    spec, first = plan.solved, found[0]
    traits = Traits.of(plan.spec)
    stages = {spec.model_of(run).label: run.kind for run in (*spec.trains.values(), *spec.distills.values())}
    kinds = dict.fromkeys(LOWERINGS[name] for name in ("float", *(one.lowering for one in found)))
    return {
        "family": first.family,
        "module": "Transformer" if len(traits.families) == 1 else CLASSES[first.family],
        "summary": " or ".join(dict.fromkeys(one.config for one in found)),
        "points": list(_points(found)),
        "modules": [kind.module for kind in kinds],
        "lowerings": list({one.lowering: call(one, found) for one in found}.items()),
        "deployments": [(one.name, list(_facts(one, found))) for one in found],
        "constants": list(_constants(plan, found)),
        "several_models": len(stages) > 1,
        "stage": literal(alike(stages.values())) if alike(stages.values()) else 'STAGES[facts["model"]]',
        **ways(found),
        **_model(traits, first),
        **_kinds(found),
    }


def _points(found: tuple[Deployment, ...]) -> Iterator[str]:
    yield "in fp32 the graphs must give what torch gives on real text, else nothing is exported"
    if any(LOWERINGS[one.lowering].calibrated for one in found):
        yield "activations are calibrated on a sample of the data"
    if any(one.precision.name != "fp32" for one in found):
        yield "how far what is rounded is from torch is measured, and kept in engine.json"
    if any(one.precision.name == "bf16" for one in found):
        yield "onnxruntime has no bfloat16 on a CPU: what is exported in it is compared by nobody here"
    yield "the folder is made beside its place and put there when it has answered"


def _model(traits: Traits, first: Deployment) -> dict[str, Any]:
    """Where the values of the model stand."""
    side = "encoder" if first.family == "encoder" else "decoder"
    alone = first.family != "encoder_decoder"
    told = {side.kind: getattr(side.adapters, "per", "") == "language" for side in first.model.sides}
    table, code = "output_table", '"output_table"'
    if traits.tied is not False:
        table, code = "table", '"table"'
    output = f"model.{table}"
    if traits.tied is None:
        output = "(model.table if model.config.tied else model.output_table)"
        code = '"table" if model.config.tied else "output_table"'
    return {
        "crosses": first.family == "encoder_decoder",
        "masked": first.family == "encoder",
        "side": subs(traits)[side],
        "layers": layers(traits)[f"alone_{side}" if alone else side],
        "told": any(told.values()),
        "encoder_told": told.get("encoder", False),
        "decoder_told": told.get("decoder", False),
        "output_table": output,
        "table_name": code,
        "bytes_": first.data is not None and first.data.tokenizer.name == "bytes",
        "tokenizer_file": first.data is not None and first.data.tokenizer.name != "bytes",
    }


def _kinds(found: tuple[Deployment, ...]) -> dict[str, Any]:
    """What all, some or none of the deployments are like."""
    decodings = tuple(dict.fromkeys(one.decoding.name for one in found))
    engines = [one for one in found if one.target == "tensorrt"]
    beam = 'partial(evaluate.beam, width=how["width"], length_penalty=how["length_penalty"])'
    all_or_some = how_many(found, engines)
    crosses, alone = found[0].family == "encoder_decoder", found[0].family == "decoder"
    several_gives = len({one.block.gives for one in found}) > 1
    # Which functions have to be told of a deployment: the others are the same for all.
    emitted = several_gives if found[0].family == "encoder" else bool(all_or_some)
    caches = all_or_some == "some" or (crosses and bool(all_or_some))
    compared = crosses or emitted or (alone and caches)
    return {
        "of_emitted": FACTS if emitted else "",
        "of_caches": FACTS if caches else "",
        "of_compared": FACTS if compared else "",
        "engines": all_or_some,
        "program": ', program="onnxruntime"' if engines else "",
        "floats": how_many(found, [one for one in found if one.precision.name == "fp32"]),
        "compared": _unless(found, "fp32", "bf16"),
        "answered": _unless(found, "bf16"),
        "samples": how_many(found, [one for one in found if one.decoding.name == "sample"]),
        "gives": tuple(dict.fromkeys(one.block.gives for one in found)),
        "cuts": any(_ratio(one) or one.block.output[1] < one.model.context for one in found),
        "ratios": any(_ratio(one) for one in found),
        "decode": "evaluate.greedy"
        if "beam" not in decodings
        else beam
        if "greedy" not in decodings
        else f'{beam} if how["name"] == "beam" else evaluate.greedy',
    }


def _unless(found: tuple[Deployment, ...], *precisions: str) -> str:
    """The condition that a deployment is of none of some precisions: `always`, code, or nothing for never."""
    kinds = {one.precision.name for one in found}
    those = [name for name in precisions if name in kinds]
    if not kinds - set(those):
        return ""
    if not those:
        return "always"
    test = f"!= {literal(those[0])}" if len(those) == 1 else f"not in {literal(tuple(those))}"
    return f'facts["precision"] {test}'


def _ratio(one: Deployment) -> Any:
    return getattr(one.decoding, "ratio", None)


def _facts(one: Deployment, found: tuple[Deployment, ...]) -> Iterator[tuple[str, str]]:
    """What engine.json says of a deployment before anything is made, as code."""
    block, model = one.block, one.model
    yield "deploy", literal(one.name)
    yield "model", literal(model.label)
    yield "family", literal(one.family)
    yield "target", literal(one.target)
    yield "device", literal(one.device.name)
    yield "precision", literal(one.precision.name)
    yield "numbers", literal(one.numbers)
    yield "lowering", literal(one.lowering)
    yield "keep", literal(one.keep)
    if one.family != "encoder" and any(other.target == "tensorrt" for other in found):
        yield "golden_by", literal("onnxruntime")
    if LOWERINGS[one.lowering].calibrated:
        yield "calibrate", literal(_calibration(one))
    if one.family == "encoder":
        yield "gives", literal(block.gives)
    else:
        # What has one value only is no setting of a runtime yet.
        names = (name for name, setting in settings_of(one.decoding).items() if setting.built is None)
        decoding = {name: getattr(one.decoding, name) for name in names}
        yield "decoding", literal({"name": one.decoding.name, **decoding})
    for name in ("batch", "input", "output"):
        yield name, literal(getattr(block, name))
    if one.data is not None and one.family == "encoder_decoder":
        spoken = languages(one.data)
        yield "sources", literal(tuple(dict.fromkeys(source for source, _ in spoken.directions)))
        yield "targets", literal(tuple(dict.fromkeys(target for _, target in spoken.directions)))
    elif one.data is not None and one.tells:
        yield "targets", literal(languages(one.data).targets)


def _calibration(one: Deployment) -> dict[str, Any]:
    precision = one.precision
    found = {"split": precision.calibrate.rpartition(".")[2], "samples": precision.samples}
    return found | ({"alpha": float(precision.activations.alpha)} if one.smooths else {})


def _constants(plan: Plan, found: tuple[Deployment, ...]) -> Iterator[Constant]:
    """The settings at the head of the file."""
    spec, data, model = plan.solved, found[0].data, found[0].model
    runs = (*spec.trains.values(), *spec.distills.values())
    stages = {spec.model_of(run).label: run.kind for run in runs}
    if alike(stages.values()) is None:
        yield Constant("STAGES", stages, "what the weights of each model come from")
    if found[0].family == "encoder_decoder":
        heads = {one.decoding.name: HEADS[one.decoding.name] for one in found}
        yield Constant("HEADS", heads, "what the decoder ends in, by the decoding")
    split = "dev" if data is not None and data.dev is not None else "train"
    yield Constant("SPLIT", split, "the texts that torch and the graphs are compared on")
    tokens = any(layout.counts_tokens for layout in plan.layouts.values())
    size = ROWS * (model.context if found[0].family != "encoder_decoder" else 2 * model.context)
    yield Constant("BATCH", size if tokens else ROWS, f"{'tokens' if tokens else 'sequences'} at a time")
    if found[0].family == "decoder":
        yield Constant("LONGEST", 64, "tokens of a text whose logits are compared")
    yield Constant("COMPARED", 32, "sequences whose logits are compared")
    if _unless(found, "bf16"):
        yield Constant("ANSWERS", 64, "texts whose answers are compared")
    if found[0].family != "encoder" and _unless(found, "bf16"):
        golden = max(found, key=lambda one: one.server.self_test).server
        meaning = "answers that the server must give again"
        yield Constant("GOLDEN", golden.self_test, with_origin(meaning, golden, "self_test"))
    yield Constant(
        "TOLERANCE", 1e-4, "of the range of the logits, that graphs in fp32 may be away from torch"
    )
    if any(one.precision.name == "fp32" for one in found) and found[0].family != "encoder":
        yield Constant("ALIKE", 0.95, "of the answers in fp32: two tokens may be equally likely")
    if any(LOWERINGS[one.lowering].calibrated for one in found):
        yield Constant("CLIP", 0.9999, "share of the inputs of a projection that its scale has room for")
        yield Constant("SIZES", 64, "sizes that are told apart from a number to its double")
        yield Constant("LOWEST", 24, "from 2 ** -24 to 2 ** 24")
    yield Constant("LARGEST_FILE", 1_900_000_000, "bytes; protobuf ends at 2 GiB")

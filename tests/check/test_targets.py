"""What is not generated yet, and what hardware and engines cannot do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.plans import MODEL, PAIRS, SMALL, TRAIN, found, only, plan
from tests.spec.reading import DATA, spec_of
from tfc.diagnostics.core import Severity
from tfc.diagnostics.fixes import apply
from tfc.fields import Variant, settings_of, variants
from tfc.plan import Plan
from tfc.spec.blocks import BLOCKS

CASES = Path(__file__).parents[1] / "spec/cases"
FILES = {path.name: path.read_text(encoding="utf-8") for path in CASES.glob("*.tfs")}


@pytest.mark.parametrize(
    "setting",
    [
        "model.attention = bigbird(64 tokens)",
        "model.attention = [full, longformer(64 tokens)]",
        "model.attention = performer",
        "model.attention = match length { <= 9 => full, else => sliding(9 tokens) }",
        "model.position = relative",
        "model.adapters = lora(8)",
        "model.adapters = bottleneck(8, per = task)",
        'model.weights = hf("a/b")',
        'model.weights = safetensors("a")',
        'data.tokenizer = hf("a/b")',
        'data.train = shards("a")',
        'data.train = text("s3://a/b")',
        "train.precision = bf16(reduce = bf16)",
        "train.recompute = selective(ffn)",
        "train.offload = [optimizer]",
        "train.prune = heads(10%)",
        "train.quantize = aware(10 steps)",
        "train.preemption = spot",
        "train.launch = slurm",
        'train.checkpoint.to = "s3://a"',
        "train.checkpoint.write = async",
        "train.checkpoint.write = blocking(sharded = true)",
    ],
)
def test_what_is_not_generated_yet_is_said_once(setting: str):
    said = only(SMALL, setting)
    assert said.code == "TFS605" and said.severity is Severity.WARNING
    assert said.span is not None and said.span.source.name == "--set"


@pytest.mark.parametrize(
    "setting",
    [
        "train.parallel.tensor = 2",
        "train.parallel.pipeline = 2",
        "train.parallel.context = 2",
        "train.parallel.zero = 1",
    ],
)
def test_ways_of_dividing_that_are_not_generated_yet(setting: str):
    assert [one.code for one in found(SMALL, "train.on = 2 x h100_80gb", setting)] == ["TFS605"]


@pytest.mark.parametrize(
    "setting",
    [
        "model.attention = [3 x sliding(64 tokens), full]",
        "model.ffn = geglu",
        "model.norm = rms(place = after)",
        "model.position = sinusoidal",
        "model.adapters = bottleneck(8)",
        "data.tokenizer = tokenizers",
        "train.precision = bf16",
        "train.recompute = full",
        "train.recompute = auto",
        "train.compile = blocks",
        "train.schedule = cosine(warmup = 10 steps, floor = 10%)",
        "train.average = last(3)",
        "train.parallel.zero = 3",
        "train.parallel.zero = auto",
    ],
)
def test_what_is_generated(setting: str):
    assert [one for one in found(SMALL, "train.on = 2 x h100_80gb", setting) if one.code == "TFS605"] == []


def test_values_that_are_not_generated_beside_one_another():
    both = f"{MODEL.replace('= decoder', '= encoder_decoder')}\n{PAIRS}\n{TRAIN}"
    assert found(both) == []
    assert only(both, "data.packing = true").message == "packing of pairs is not generated yet"
    assert (
        only(f"{MODEL}\n{PAIRS}\n{TRAIN}").message
        == "a `decoder` that learns from pairs is not generated yet"
    )
    text = f"{MODEL.replace('= decoder', '= encoder_decoder')}\n{DATA}\n{TRAIN}"
    assert only(text).message == "an `encoder_decoder` that learns from text is not generated yet"
    said = only(SMALL, "train.on = 4 x h100_80gb", "train.parallel.zero = 3", "train.parallel.shards = 2")
    assert said.message == "hybrid sharding is not generated yet"


def test_what_a_block_holds_is_looked_at_wherever_it_stands():
    report = Plan(spec_of(FILES["everything.tfs"])).report
    said = [one.message for one in report if one.code == "TFS605"]
    for inside in ("decoding = speculative", "breaker = opens", "split = canary", "loss = hidden"):
        assert said.count(f"`{inside}` is not generated yet") == 1, inside


def test_compiling_refuses_what_is_not_generated():
    unbuilt = plan(SMALL, "model.position = relative")
    assert unbuilt.report.ok and [one.code for one in unbuilt.refusal.errors] == ["TFS605"]


def test_every_declaration_that_is_not_generated_is_a_known_value():
    """A predicate that is never true would make its setting useless."""
    for block in BLOCKS.values():
        for setting in settings_of(block).values():
            if setting.built is not None and not callable(getattr(setting.default, "rule", None)):
                assert setting.required or setting.built(setting.default), setting.name
    for family in Variant.registry:
        if family not in ("resume", "activations"):
            assert any(one.built for one in variants(family).values()), family


# ------------------------------------------------------------------------------------------- hardware

DEPLOY = f"{SMALL}\ndeploy api {{ target = tensorrt(on = l4) }}"


@pytest.mark.parametrize(
    ("device", "precision", "computes"),
    [("l4", "fp8", True), ("a100_40gb", "fp8", False), ("h200", "fp8", True), ("a100_80gb", "int8", True)],
)
def test_a_precision_that_the_hardware_lacks(device: str, precision: str, computes: bool):
    said = found(
        DEPLOY,
        f"deploy.target = tensorrt(on = {device})",
        f"deploy.precision = {precision}(calibrate = data.test)"
        if precision == "int8"
        else f"deploy.precision = {precision}",
    )
    assert ("TFS602" in {one.code for one in said}) is not computes


def test_training_in_a_precision_that_the_hardware_lacks():
    said = [one.code for one in found(SMALL, "train.on = a100_80gb", "train.precision = fp8")]
    assert said == ["TFS602", "TFS605"]


def test_an_engine_needs_a_gpu():
    assert only(DEPLOY, "deploy.target = tensorrt(on = cpu)").message == "an engine of TensorRT runs on a GPU"


@pytest.mark.parametrize(
    ("written", "message", "fixed"),
    [
        (
            "int8(activations = per_row)",
            "TensorRT rounds activations by scales that are known before it runs",
            "activations = static",
        ),
        ("int8(kv_cache = true)", "TensorRT keeps keys and values in floats", "kv_cache = false"),
    ],
)
def test_what_an_engine_cannot_round(written: str, message: str, fixed: str):
    spec, dev = DEPLOY.replace("l4)", f"l4), precision = {written}"), 'data.dev = text("dev.txt")'
    (said,) = (one for one in found(spec, dev) if one.code == "TFS602")
    assert said.message == message and [label.text for label in said.labels][1:] == ["an engine"]
    ((edit,),) = (fix.edits for fix in said.fixes)
    repaired = spec[: edit.span.start] + edit.replacement + spec[edit.span.end :]
    assert found(repaired, dev) == []
    onnxruntime = spec.replace("tensorrt(on = l4)", "onnxruntime(on = cpu)")
    assert "TFS602" not in {one.code for one in found(onnxruntime, dev)}


def test_a_budget_asks_within_what_is_built():
    text = DEPLOY.replace("l4)", "l4), require latency.p99 <= 1 h at batch = 64 and input = 999 tokens")
    assert [one.message for one in found(text) if one.code == "TFS603"] == [
        "a budget asks about `batch = 64`, and the deployment is built for 1 to 32",
        "a budget asks about `input = 999`, and the deployment is built for 1 to 256",
    ]


def test_a_deployment_needs_the_block_that_its_model_learns_in():
    said = only(f"{MODEL}\n{DATA}\ndeploy api {{ target = onnxruntime(on = cpu) }}")
    assert said.code == "TFS605" and said.severity == "warning"
    assert said.message == "a deployment of `small`, which no block trains, is not generated yet"


def test_calibration_needs_data():
    alone = f"{MODEL}\ndeploy api {{ target = tensorrt(on = l4), precision = int8 }}"
    assert {one.code for one in found(alone)} == {"TFS604", "TFS605"}
    assert [one.code for one in found(DEPLOY, "deploy.precision = int4")] == ["TFS604", "TFS605"]
    assert only(DEPLOY, "deploy.precision = int8").code == "TFS604"
    assert "`activations = none`" in only(DEPLOY, "deploy.precision = int8").help
    assert found(DEPLOY, "deploy.precision = int8(activations = none)") == []
    assert found(DEPLOY, "deploy.target = onnxruntime(on = cpu)", "deploy.precision = int8") == []
    assert found(DEPLOY, "deploy.precision = int8", 'data.dev = text("dev.txt")') == []


def test_onnxruntime_has_kernels_for_bfloat16_on_a_gpu_only():
    text = f"{SMALL}\ndeploy api {{ target = onnxruntime(on = cpu), precision = bf16 }}"
    said = only(text)
    assert said.code == "TFS602" and said.severity is Severity.ERROR
    (mended,) = apply(said.fixes).values()
    assert not found(mended)
    assert not found(text.replace("= cpu),", "= l4),"))

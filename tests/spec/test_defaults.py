"""Defaults that follow from what stands around them."""

from __future__ import annotations

import pytest

from tests.spec.reading import DATA, MODEL, PAIRS, SMALL, TRAIN, model, only, said, spec_of
from tfc.fields import AUTO, How
from tfc.units import Dimension, Quantity

BYTES = DATA.replace("sentencepiece", "bytes")


def without_vocab(family: str = "decoder") -> str:
    return MODEL.replace("  vocab   = 8192\n", "").replace("= decoder", f"= {family}")


def test_a_default_names_the_block_that_lacks_it():
    train = spec_of(SMALL).trains[""]
    origin = train.origin_of("schedule")
    assert origin.how is How.DEFAULT and origin.span.text == "train"
    assert train.schedule.origin.how is How.DEFAULT


def test_what_the_model_gives_its_layers():
    decoder = spec_of(model("width = 512")).models["small"].decoder
    assert (decoder.kv_heads, decoder.head_width) == (4, 128)
    assert decoder.ffn[0].name == "gelu" and decoder.ffn[0].hidden == 2048
    assert spec_of(model("ffn = swiglu")).models["small"].decoder.ffn[0].hidden == 768
    assert decoder.position.name == "rope" and decoder.norm.place == "before"


def test_only_the_sides_give_what_both_give():
    text = MODEL.replace("= decoder", "= encoder_decoder").replace("  layers  = 4\n", "")
    small = spec_of(text.replace("}", "  encoder { layers = 3 }\n  decoder { layers = 2 }\n}")).models[
        "small"
    ]
    assert (small.encoder.layers, small.decoder.layers, small.layers) == (3, 2, 2)
    missing = only(text.replace("}", "  encoder { layers = 3 }\n}"))
    assert missing.message == "a model must be given `layers`"


@pytest.mark.parametrize(
    ("family", "data", "vocab"),
    [
        ("decoder", BYTES, 256),
        ("encoder", BYTES, 257),
        ("encoder_decoder", PAIRS, 262),
        (
            "encoder_decoder",
            PAIRS.replace("languages =", "sources = [en], targets = [de, fr]\n  languages ="),
            261,
        ),
    ],
)
def test_the_vocabulary_of_bytes(family: str, data: str, vocab: int):
    small = spec_of(f"{without_vocab(family)}\n{data}\n{TRAIN}").models["small"]
    assert small.vocab == vocab and small.rows == 384 if vocab > 256 else small.rows == 256
    assert only(f"{without_vocab(family)}\n{DATA}").message == "a model must be given `vocab`"


def test_languages():
    data = spec_of(PAIRS).datas[""]
    assert data.sources == data.targets == ("en", "de", "fr")
    assert len(data.directions) == 6 and ("en", "en") not in data.directions
    assert data.language_token == "source" and not data.packing and data.sampling.value == 1
    one = spec_of(PAIRS.replace("languages =", "sources = [en], targets = [de]\n  languages =")).datas[""]
    assert one.language_token == "none" and one.directions == (("en", "de"),)
    text = spec_of(DATA).datas[""]
    assert text.packing and text.language_token == "none"


def test_what_the_device_and_the_family_decide():
    assert spec_of(SMALL).trains[""].precision.name == "fp32"
    assert spec_of(SMALL, "train.on = 8 x h100_80gb").trains[""].precision.name == "bf16"
    assert spec_of(SMALL).trains[""].loss.name == "cross_entropy"
    assert spec_of(SMALL, "model.family = encoder").trains[""].loss.rate == 0.15
    assert only(SMALL, "train.loss = masked").code == "TFS201"


def test_a_checkpoint_is_validated():
    train = spec_of(SMALL).trains[""]
    assert train.validate == Quantity(600, Dimension.TIME)
    train = spec_of(SMALL, "train.checkpoint.every = 50 steps").trains[""]
    assert train.validate == Quantity(50, Dimension.STEPS)


def test_what_is_left_to_the_compiler():
    train = spec_of(SMALL).trains[""]
    left = (train.microbatch, train.accumulation, train.parallel.data, train.parallel.shards)
    assert left == (AUTO,) * 4 and train.parallel.tensor == 1
    assert spec_of(SMALL, "train.parallel.data = 1").trains[""].parallel.shards == 1


DISTILL = f"""\
{MODEL.replace("small", "teacher")}
{MODEL.replace("small", "student")}
{DATA}
distill student from teacher {{
  on    = cpu
  steps = 10
  batch = 4 sequences
  loss  = LOSS
}}
"""


def test_the_weights_of_losses():
    text = DISTILL.replace("steps", "optimizer = adamw(lr = 1e-3)\n  steps")
    weights = [
        loss.weight for loss in spec_of(text.replace("LOSS", "[kl, sequence]")).distills["student"].loss
    ]
    assert weights == [0.5, 0.5]
    assert spec_of(text.replace("LOSS", "kl")).distills["student"].loss[0].weight == 1
    assert only(text.replace("LOSS", "[kl(weight = 50%), sequence]")).code == "TFS106"
    assert only(text.replace("LOSS", "[kl(weight = 50%), sequence(weight = 40%)]")).code == "TFS201"


def test_a_distillation_without_a_teacher_that_was_trained():
    assert said(DISTILL.replace("LOSS", "kl"))["TFS106"].message == "`distill` must be given `optimizer`"
    assert said(DISTILL.replace("LOSS", "kl").replace("from teacher", ""))["TFS106"]
    assert said(DISTILL.replace("LOSS", "kl").replace("from teacher", "from teachr"))["TFS104"]


def test_what_a_deployment_is_built_for():
    api = spec_of(f"{MODEL}\ndeploy api {{ target = tensorrt(on = l4), precision = int8 }}").deploys["api"]
    assert api.input == api.output == (1, 256) and api.batch == (1, 32)
    assert api.precision.activations.name == "static" and api.metrics.port == 8000
    cpu = spec_of(f"{MODEL}\ndeploy api {{ target = onnxruntime(on = cpu), precision = int8 }}").deploys[
        "api"
    ]
    assert cpu.precision.activations.name == "per_row" and cpu.target.on.cores == 4


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (PAIRS.replace("  languages = [en, de, fr]\n", ""), "TFS106"),
        (PAIRS.replace("{source}-", ""), "TFS106"),
        (PAIRS.replace("{source}", "{src}"), "TFS104"),
        (PAIRS.replace("languages", "targets = [es]\n  languages"), "TFS104"),
        (PAIRS.replace("languages", 'dev = text("a")\n  languages'), "TFS201"),
    ],
)
def test_sources_and_languages_that_do_not_agree(data: str, code: str):
    assert code in said(data)


def test_waiting_for_a_loss_on_nothing():
    assert only(SMALL, "train.stop = patience").code == "TFS106"

"""Widths, heads, layers and vocabularies that do not come out even."""

from __future__ import annotations

import pytest

from tests.check.plans import DATA, GPUS, MODEL, PAIRS, SMALL, TRAIN, found, only
from tfc.diagnostics.core import Safety, Severity
from tfc.diagnostics.fixes import apply


def test_a_sound_spec_is_met_with_silence():
    assert found(SMALL) == [] and found(GPUS) == []


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("model.heads = 6", "a width of 256 cannot be divided among 6 heads"),
        ("model.kv_heads = 3", "4 heads cannot share 3 heads of keys and values"),
        ("model.head_width = 7", "`rope` turns pairs of numbers, and a head has 7"),
        ("model.decoder.kv_heads = 8", "4 heads cannot share 8 heads"),
    ],
)
def test_heads_that_do_not_divide(setting: str, words: str):
    said = only(SMALL, setting)
    assert said.code == "TFS301" and words in said.message and said.severity is Severity.ERROR


def test_what_is_fine_with_heads():
    assert found(SMALL, "model.head_width = 48", "model.heads = 6") == []
    assert found(SMALL, "model.head_width = 7", "model.position = learned") == []
    assert found(SMALL, "model.kv_heads = 1") == []


def test_the_fix_takes_the_nearest_divisor():
    text = SMALL.replace("heads   = 4", "heads   = 6")
    fix = only(text).fixes[0]
    assert fix.safety is Safety.CHANGES_MODEL
    assert "heads   = 4" in apply([fix])["model.tfs"]


def test_a_side_is_looked_at_by_itself():
    text = SMALL.replace("= decoder", "= encoder_decoder").replace('text("corpus.txt")', 'pairs("a.tsv")')
    said = only(text.replace("vocab   = 8192", "vocab   = 8192\n  encoder { heads = 3 }"))
    assert said.code == "TFS301" and said.span.text == "heads = 3"


def test_heads_and_hidden_units_are_divided_among_gpus():
    said = [one for one in found(GPUS, "train.parallel.tensor = 8") if one.code == "TFS301"]
    assert said[0].message == "4 heads cannot be divided among 8 GPUs"
    said = [
        one
        for one in found(GPUS, "train.parallel.tensor = 4", "model.ffn = gelu(510)")
        if one.code == "TFS301"
    ]
    assert said[0].message == "510 hidden units cannot be divided among 4 GPUs"


@pytest.mark.parametrize(
    ("layers", "stages", "schedule", "fills"),
    [
        (8, 4, "one_f_one_b", True),
        (6, 4, "one_f_one_b", False),
        (8, 4, "interleaved(2)", True),
        (12, 4, "interleaved(2)", False),
    ],
)
def test_layers_fill_the_stages(layers: int, stages: int, schedule: str, fills: bool):
    sets = (
        f"model.layers = {layers}",
        f"train.parallel.pipeline = {stages}",
        f"train.parallel.schedule = {schedule}",
    )
    codes = [one.code for one in found(GPUS, *sets)]
    assert ("TFS303" in codes) is not fills


def test_bytes_need_their_rows():
    bytes_ = DATA.replace("sentencepiece", "bytes")
    text = f"{MODEL.replace('8192', '255')}\n{bytes_}\n{TRAIN}"
    said = only(text)
    assert said.code == "TFS702" and "no room for 256 bytes" in said.message
    assert "vocab   = 256" in apply(said.fixes)["model.tfs"]
    assert found(text, "model.vocab = 256") == []
    pairs = f"{MODEL.replace('8192', '261').replace('= decoder', '= encoder_decoder')}\n{PAIRS}\n{TRAIN}"
    assert only(pairs).message == "a vocabulary of 261 has no room for 262 bytes"
    assert found(pairs, "model.vocab = 262") == []


def test_pieces_need_more_than_the_special_tokens():
    assert only(SMALL, "model.vocab = 4").code == "TFS702"


ROUTED = "match length {{ <= 64 tokens => full, else => {} }}"


def test_branches_have_the_same_parameters():
    codes = [one.code for one in found(SMALL, f"model.attention = {ROUTED.format('longformer(64 tokens)')}")]
    assert codes == ["TFS306", "TFS605"]
    for same in ("sliding(64 tokens)", "[full, bigbird(64 tokens)]"):
        assert only(SMALL, f"model.attention = {ROUTED.format(same)}").code == "TFS605"


def test_a_hint_on_what_tensor_cores_pad():
    said = found(GPUS, "model.ffn = gelu(1001)")
    assert [(one.code, one.severity) for one in said] == [("TFS301", Severity.HINT)]
    assert found(SMALL, "model.ffn = gelu(1001)") == []


def test_adapters_of_languages_need_languages():
    adapted = "model.adapters = bottleneck(8, per = language)"
    said = [one for one in found(SMALL, adapted) if one.code == "TFS106"]
    assert [one.message for one in said] == [
        "adapters are one for each language, and `data` names no language"
    ]
    spoken = SMALL.replace('"corpus.txt"', '"{language}.txt"').replace(
        "data {", "data {\n  languages = [de, fr]"
    )
    assert "TFS106" not in {one.code for one in found(spoken, adapted)}

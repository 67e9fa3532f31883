"""Values that are no numbers: variants, lists, ranges, placements, references, branches."""

from __future__ import annotations

import pytest

from tests.spec.reading import DATA, MODEL, PAIRS, SMALL, model, only, said, spec_of
from tfc.fields import AUTO


def attention(written: str):
    return spec_of(model(f"attention = {written}")).models["small"].decoder.attention


def test_the_first_setting_of_a_variant_may_go_without_its_name():
    assert attention("sliding(64 tokens)") == attention("sliding(window = 64 tokens)")


def test_a_pattern_is_written_out():
    assert [one.name for one in attention("[2 x sliding(64 tokens), full]")] == ["sliding", "sliding", "full"]
    assert [one.name for one in attention("full")] == ["full"]
    assert [one.name for one in attention("[2 x 2 x full]")] == ["full"] * 4


def test_a_let_stands_for_any_value():
    text = "let near = sliding(64 tokens)\nlet reach = 64 tokens\n"
    for written in ("near", "[near, full]", "sliding(reach)", "[2 x near]"):
        found = spec_of(text + model(f"attention = {written}"))
        assert found.models["small"].decoder.attention[0].window == 64


@pytest.mark.parametrize(
    ("written", "placement"),
    [
        ("cpu", (1, 1, "cpu")),
        ("8 x h100_80gb", (1, 8, "h100_80gb")),
        ("4 x 8 x h200", (4, 8, "h200")),
        ("nodes x 8 x l4", (2, 8, "l4")),
        ("machine", (1, 4, "l4")),
        ("nodes x machine", (2, 4, "l4")),
        ("(nodes + 1) x 2 x cpu(cores = 2)", (3, 2, "cpu")),
    ],
)
def test_where_a_block_runs(written: str, placement: tuple[int, int, str]):
    text = SMALL.replace("= cpu", f"= {written}")
    on = spec_of(f"let nodes = 2\nlet machine = 4 x l4\n{text}").trains[""].on
    assert (on.nodes, on.per_node, on.device.name) == placement


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("attention = sliding", "TFS106", "`sliding` must be given `window`"),
        ("attention = sliding(width = 3 tokens)", "TFS101", "`sliding` has no setting `width`"),
        ("attention = sliding(64 tokens, 3)", "TFS101", "only the first setting"),
        ("attention = sliding(window = 1 token, window = 2 tokens)", "TFS105", "given twice"),
        ("attention = full(3)", "TFS101", "`full` has no settings"),
        ("attention = 3 x full", "TFS201", "takes a variant of attention, or a list of them"),
        ("attention = []", "TFS201", "at least 1 item"),
        ("attention = [9999 x full]", "TFS201", "at most 4096 layers"),
        ("attention = rms", "TFS103", "no attention `rms`"),
        ("attention = match width { else => full }", "TFS104", "chooses by `length`"),
        ("attention = match length { <= 9 tokens => full }", "TFS106", "lacks its `else`"),
        ("attention = match length { else => full, <= 9 tokens => full }", "TFS201", "`else` is the last"),
        ("attention = match length { < 9 tokens => full, else => full }", "TFS201", "`<= bound => value`"),
        ("attention = match length { <= 9 => full, <= 9 => full, else => full }", "TFS201", "rise"),
        ('norm = "rms"', "TFS201", "`layer` or `rms`, found a text"),
        ("family = decodr", "TFS104", "cannot be `decodr`"),
        ('family = "decoder"', "TFS201", "found a text"),
        ("tied = yes", "TFS201", "`true` or `false`"),
        ("weights = safetensors(a.b)", "TFS201", "a text in quotes"),
        ("attention = sliding(window = auto)", "TFS201", "`window` cannot be `auto`"),
    ],
)
def test_what_a_value_is_not(line: str, code: str, words: str):
    found = said(model(line))[code]
    assert words in found.message


def test_all_that_is_wrong_in_a_value_is_said_at_once():
    report = said(model("attention = [2 x sliding, fulll, sliding(windw = 5 tokens)]"))
    assert set(report) == {"TFS106", "TFS103", "TFS101"}


@pytest.mark.parametrize(
    ("family", "foreign", "ours"),
    [
        ("norm", "rmsnorm", "rms"),
        ("norm", "layernorm", "layer"),
        ("position", "rotary", "rope"),
        ("ffn", "silu", "swiglu"),
    ],
)
def test_what_others_call_a_variant(family: str, foreign: str, ours: str):
    found = only(model(f"{family} = {foreign}"))
    assert found.fixes[0].edits[0].replacement == ours


def test_words_of_the_languages_own_are_texts_where_they_are_none():
    data = spec_of(PAIRS.replace("[en, de, fr]", '[en, "zh-Hans"]')).datas[""]
    assert data.languages == data.targets == ("en", "zh-Hans")
    assert only(PAIRS.replace("[en, de, fr]", "[en, de, en]")).code == "TFS105"


def test_shares_have_names_of_the_users_own():
    text = PAIRS[:-2]
    data = spec_of(f"{text}  sampling = shares(de = 40%, fr = 0.3)\n}}").datas[""]
    assert data.sampling.shares == (("de", 0.4), ("fr", 0.3))
    assert only(f"{text}  sampling = shares(es = 40%)\n}}").code == "TFS104"
    assert only(f"{text}  sampling = shares(de = 60%, fr = 60%)\n}}").code == "TFS201"
    assert only(f"{text}  sampling = shares(de = 60%, de = 10%)\n}}").code == "TFS105"


def test_a_range_and_one_number():
    text = f"{MODEL}\n{DATA}\ndeploy api {{ target = onnxruntime(on = cpu), "
    assert spec_of(text + "batch = 2..8, input = 1..64 tokens }").deploys["api"].input == (1, 64)
    assert spec_of(text + "batch = 4 }").deploys["api"].batch == (4, 4)
    assert only(text + "batch = 8..2 }").fixes
    assert only(text + "input = 1..999 tokens }").message.startswith("`input` is at most the model's context")


def test_auto_is_a_value_where_something_chooses():
    train = spec_of(SMALL.replace("steps ", "microbatch = auto, recompute = auto, steps ")).trains[""]
    assert train.microbatch is AUTO and train.recompute is AUTO
    assert only(SMALL.replace("64 sequences", "auto")).message == "`batch` cannot be `auto`"


def test_references_lead_to_blocks():
    text = f"{MODEL}\n{DATA}\ndeploy api {{ target = onnxruntime(on = cpu), "
    assert said(text + "precision = int8(calibrate = data.dev) }") == {}
    assert only(text + "precision = int8(calibrate = data.dve) }").fixes[0].edits[0].replacement == "data.dev"
    assert only(text + "model = smal }").fixes[0].edits[0].replacement == "small"
    assert only(text + "split = shadow(api) }").code == "TFS107"
    assert only(text + "split = shadow(other) }").code == "TFS104"

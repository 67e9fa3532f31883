"""Graphs of known models have the parameters that are published; equal layers are one block; each node has its line."""

from __future__ import annotations

import pytest

import tfc
from tests.ops.models import model, op
from tfc.graph.build import build, targets, written_languages
from tfc.graph.graph import Graph
from tfc.spec.match import Match

# Counts of checkpoints on the Hugging Face hub. Rows of padding come on top if a vocabulary is no multiple of 128.
PUBLISHED = {
    "t5_small": 60_506_624,  # google-t5/t5-small
    "m2m_418m": 483_905_536,  # facebook/m2m100_418M
    "nllb_600m": 615_073_792,  # facebook/nllb-200-distilled-600M
    "llama3_1b": 1_235_814_400,  # meta-llama/Llama-3.2-1B
    "llama3_8b": 8_030_261_248,  # meta-llama/Llama-3.1-8B
}


def graph_of(text: str) -> Graph:
    plan = tfc.load(text, name="model.tfs").plan()
    assert plan.report.ok, str(plan.report)
    return plan.graphs["m"]


@pytest.mark.parametrize("preset", PUBLISHED)
def test_a_preset_has_the_parameters_that_are_published(preset: str) -> None:
    graph = graph_of(f"edition = 1\n\nmodel m extends {preset} {{ }}\n")
    padding = graph.model.padding * graph.model.width
    tables = 1 if graph.model.tied else 2
    assert graph.parameters - tables * padding == PUBLISHED[preset]


def test_equal_layers_are_one_block() -> None:
    sliding, full = op("attention", "sliding", window=4), op("attention", "full")
    graph = build(model("decoder", layers=7, attention=(sliding, sliding, full)))
    layers = {block.name: (block.count, block.layers) for block in graph.blocks if block.side}
    assert layers == {"decoder.1": (5, (0, 1, 3, 4, 6)), "decoder.2": (2, (2, 5))}
    assert [block.name for block in graph.blocks] == ["embedding", "decoder.1", "decoder.2", "output"]


def test_a_tied_table_is_counted_once() -> None:
    tied, apart = build(model(tied=True)), build(model(tied=False))
    rows, width = tied.model.rows, tied.model.width
    assert rows == 128 and tied.model.vocab == 90
    assert apart.parameters - tied.parameters == 2 * rows * width


def test_the_norm_at_the_end_is_there_only_if_norms_stand_before() -> None:
    before, after = (build(model(norm=op("norm", "layer", place=place))) for place in ("before", "after"))
    assert before.parameters - after.parameters == 2 * before.model.width
    assert "encoder.norm" in [block.name for block in before.blocks]
    assert "encoder.norm" not in [block.name for block in after.blocks]


def test_a_length_chooses_the_branch_of_a_match() -> None:
    near, full = op("attention", "sliding", window=4), op("attention", "full")
    made = model("encoder", attention=Match(((16, (full,)), (None, (near,)))))
    assert build(made, length=16).blocks[1].nodes[1].op == full
    assert build(made, length=17).blocks[1].nodes[1].op == near
    assert build(made).blocks[1].nodes[1].op == near, "memory is that of the longest"


def test_each_node_has_the_line_that_it_comes_from() -> None:
    text = """edition = 1

model m {
  family  = decoder
  layers  = 2
  width   = 64
  heads   = 4
  context = 64 tokens
  vocab   = 1000
  ffn     = swiglu
  norm    = rms
  dropout = 10%
}
"""
    lines = {}
    for block in graph_of(text).blocks:
        for node in block.nodes:
            assert node.origin.span is not None, node.name
            lines[node.name] = node.origin.span.line
    assert lines["ffn"] == 10
    assert lines["ffn_norm"] == lines["norm"] == 11
    assert lines["ffn_residual"] == 12
    assert lines["target embedding"] == lines["output"] == 9
    assert lines["attention"] == 3, "a default: the block that lacks it"


def test_languages_are_those_that_the_data_writes() -> None:
    text = """edition = 1

model m {
  family   = encoder_decoder
  layers   = 1
  width    = 64
  heads    = 4
  context  = 64 tokens
  vocab    = 1000
  adapters = bottleneck(rank = 4)
}

data {
  tokenizer = sentencepiece
  train     = pairs("train.{language}")
  languages = [en, de, fr]
  sources   = [en]
  targets   = [de, fr]
}

train {
  on        = cpu
  steps     = 10
  batch     = 8 sequences
  optimizer = adamw(lr = 1e-3)
}
"""
    plan = tfc.load(text, name="model.tfs").plan()
    spec = plan.spec
    assert written_languages(spec, spec.models["m"]) == ("de", "fr")
    names = {item.name: item.shape for item in plan.graphs["m"].named_parameters}
    assert names["decoder.0.adapter.down"] == (2, 64, 4)
    backwards = tfc.load(text, name="model.tfs").set("data.reverse", True).plan().spec
    (data,) = backwards.datas.values()
    assert targets(data) == ("de", "fr", "en")

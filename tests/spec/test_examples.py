"""Whole specs: those of the design, and what is made of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spec.reading import read, spec_of
from tfc.fields import AUTO, How
from tfc.spec.match import Match
from tfc.units import Dimension, Quantity

CASES = Path(__file__).parent / "cases"
DESIGN = Path(__file__).parents[2] / "../shared/design"
FILES = {path.name: path.read_text(encoding="utf-8") for path in CASES.glob("*.tfs")}


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_case_resolves_without_a_word(name: str):
    spec, report = read(FILES[name], files=FILES)
    assert spec is not None and not report, str(report)


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_scenario_resolves(name: str):
    for scenario in spec_of(FILES[name], files=FILES).scenarios:
        assert spec_of(FILES[name], scenario=scenario, files=FILES)


@pytest.mark.skipif(not DESIGN.is_dir(), reason="the pages of the design are not here")
def test_the_examples_of_the_design_resolve():
    examples = {path.name: path.read_text() for path in (DESIGN / "syntax/examples").glob("*.tfs")}
    page = (DESIGN / "language.md").read_text()
    examples["page.tfs"] = page.split("## An example", 1)[1].split("```")[1]
    for text in examples.values():
        assert spec_of(text, files=examples)


def test_a_side_has_the_values_of_its_model_and_its_own():
    model = spec_of(FILES["translate.tfs"]).models["babel_small"]
    assert (model.encoder.layers, model.decoder.layers) == (6, 2)
    assert model.encoder.heads == model.decoder.heads == 8
    assert model.encoder.head_width == 64
    assert model.encoder.ffn[0].hidden == 2048
    assert model.encoder.adapters.name == "none"
    assert isinstance(model.encoder.attention, Match)
    assert [branch[0].name for _, branch in model.encoder.attention.branches] == ["full", "bigbird"]
    assert model.encoder.attention_at(0, length=1000).name == "full"
    assert model.encoder.attention_at(0, length=2000).name == "bigbird"
    assert model.decoder.attention_at(5).name == "sliding"
    assert model.decoder.cross.name == "full"


def test_a_layer_pattern_goes_up_to_the_top():
    model = spec_of(FILES["pretrain_8b.tfs"]).models["scribe_8b"]
    names = [model.decoder.attention_at(layer).name for layer in range(8)]
    assert names == ["sliding", "sliding", "sliding", "full"] * 2
    assert model.encoder is None and model.sides == (model.decoder,)
    assert (model.rows, model.padding) == (128_256, 0)


def test_the_values_of_a_large_spec():
    train = spec_of(FILES["pretrain_8b.tfs"]).trains[""]
    assert (train.on.nodes, train.on.per_node, train.on.count) == (8, 8, 64)
    assert train.tokens == 10**12 and train.steps is None and train.epochs is None
    assert train.batch == Quantity(4 * 2**20, Dimension.TOKENS)
    assert train.parallel.data is AUTO and train.parallel.shards is AUTO
    assert train.checkpoint.every == Quantity(600, Dimension.TIME) == train.validate
    assert train.preemption.resume.data == (8, 16)
    assert [budget.metric for budget in train.budgets] == ["memory", "lost_work", "mfu", "cost"]
    assert train.budgets[0].limit == Quantity(72 * 2**30, Dimension.BYTES)
    assert train.budgets[0].reason == "an 80 GB card, with a tenth kept free"


def test_a_file_that_extends_another_replaces_what_it_names():
    spec = spec_of(FILES["one_node.tfs"], files=FILES)
    train = spec.trains[""]
    assert train.on.nodes == 1 and train.tokens == 20 * 10**9
    assert (train.parallel.tensor, train.parallel.zero, train.parallel.sequence) == (1, 3, True)
    assert spec.models["scribe_8b"].context == 8192
    assert train.origin_of("tokens").how is How.WRITTEN
    assert train.origin_of("optimizer").how is How.INHERITED
    assert train.span_of("optimizer").source.name == "pretrain_8b.tfs"
    assert [budget.metric for budget in train.budgets] == ["memory", "lost_work", "mfu", "cost", "time"]


def test_a_distillation_takes_what_its_teacher_was_trained_with():
    spec = spec_of(FILES["translate.tfs"])
    distill = spec.distills["babel_small"]
    assert (distill.student, distill.teacher_name) == ("babel_small", "babel")
    assert distill.optimizer == spec.trains[""].optimizer
    assert distill.schedule.warmup == 8000 and distill.precision.name == "bf16"
    assert [loss.weight for loss in distill.loss] == [0.7, 0.3]
    assert spec.model_of(distill).label == "babel_small"


def test_what_a_deployment_refers_to():
    spec = spec_of(FILES["everything.tfs"])
    api = spec.deploys["api"]
    assert api.split.deploy == "next" and api.split.share == 0.05
    assert [getattr(rung, "name", rung) for rung in spec.deploys["next"].fallback.rungs] == [
        "greedy",
        "small",
    ]
    assert spec.source_of(api.precision.calibrate) == spec.datas[""].dev
    assert api.metrics.port == 9090 and spec.deploys["next"].metrics.port == 8000
    assert api.decoding.width == 4 and api.decoding.shortlist == 8000
    assert api.server.wait == 0.002 and api.autoscale.bounds == (2, 20)
    assert api.budgets[1].conditions == {"against": "small", "language": "worst"}

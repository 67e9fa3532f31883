"""The hash of a spec is of its values, and of nothing else."""

from __future__ import annotations

import pytest

from tests.spec.reading import SMALL, spec_of


def test_layout_comments_and_units_do_not_count():
    written = SMALL.replace("\n  ", "\n      ").replace("256 tokens", "0.25 Ki tokens # short")
    assert spec_of(written).hash == spec_of(SMALL).hash


def test_a_default_that_is_written_is_the_same_value():
    written = SMALL.replace("optimizer", "schedule = constant(warmup = 0 steps)\n  optimizer")
    assert spec_of(written).hash == spec_of(SMALL).hash


def test_files_and_blocks_that_are_extended_do_not_count():
    base = SMALL.replace("steps     = 1000", "steps     = 5")
    spec = spec_of('extends "far/base.tfs"\ntrain { steps = 1000 }', files={"far/base.tfs": base})
    assert spec.hash == spec_of(SMALL).hash


@pytest.mark.parametrize(
    "setting",
    [
        "model.layers = 5",
        "model.decoder.dropout = 10%",
        "train.optimizer.eps = 1e-9",
        "train.parallel.zero = 2",
        "data.longer = cut",
        "train.batch = 64 tokens",
    ],
)
def test_each_value_counts(setting: str):
    assert spec_of(SMALL, setting).hash != spec_of(SMALL).hash


def test_budgets_count():
    with_budget = SMALL.replace("optimizer", "require memory <= 8 GiB\n  optimizer")
    assert spec_of(with_budget).hash != spec_of(SMALL).hash
    assert spec_of(with_budget).hash != spec_of(with_budget.replace("8 GiB", "7 GiB")).hash


def test_every_setting_is_listed_with_its_origin():
    spec = spec_of(SMALL)
    found = {name: (value, origin) for name, value, origin in spec.fields()}
    assert found["train.steps"][0] == 1000 and found["train.steps"][1].span.text == "steps     = 1000"
    assert found["model.small.decoder.kv_heads"][0] == 4
    assert found["train.parallel.zero"][1].how.value == "default"
    assert all(origin.span is not None for _, origin in found.values())


def test_blocks_by_their_full_names():
    spec = spec_of(SMALL)
    assert spec.block("train.parallel") is spec.trains[""].parallel
    assert spec.block("model.small.decoder") is spec.block("model.decoder")
    assert spec.block("data") is spec.datas[""]
    with pytest.raises(KeyError):
        spec.block("deploy.api")

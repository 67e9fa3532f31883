"""Work that cannot be divided as the spec says."""

from __future__ import annotations

import pytest

from tests.check.plans import GPUS, SMALL, found, only
from tfc.diagnostics.core import Severity
from tfc.diagnostics.fixes import apply


def codes(text: str, *sets: str) -> set[str]:
    return {one.code for one in found(text, *sets) if one.code != "TFS605"}


@pytest.mark.parametrize(
    ("sets", "fills"),
    [
        (["train.parallel.data = 8"], True),
        (["train.parallel.data = 4"], False),
        (["train.parallel.tensor = 2"], True),
        (["train.parallel.tensor = 4", "train.parallel.data = 2"], True),
        (["train.parallel.tensor = 4", "train.parallel.data = 4"], False),
        (["train.on = 12 x h100_80gb", "train.parallel.pipeline = 4", "train.parallel.tensor = 2"], False),
    ],
)
def test_degrees_make_up_the_devices(sets: list[str], fills: bool):
    assert ("TFS302" in codes(GPUS, *sets)) is not fills


def test_what_data_would_be():
    text = GPUS.replace("optimizer", "parallel { data = 4 }\n  optimizer")
    said = only(text)
    assert said.message == "data 4 make 4, and there are 8 devices"
    assert "parallel { data = 8 }" in apply(said.fixes)["model.tfs"]


def test_a_batch_is_a_multiple():
    said = only(SMALL, "train.microbatch = 24")
    assert said.code == "TFS503" and "64 sequences is not a multiple of 24 sequences x 1 GPUs" in said.message
    assert only(SMALL, "train.microbatch = 16", "train.accumulation = 2").code == "TFS503"
    assert found(SMALL, "train.microbatch = 16", "train.accumulation = 4") == []
    assert found(SMALL, "train.microbatch = 16") == []
    assert found(SMALL) == []


def test_the_fix_of_a_batch_is_one():
    text = SMALL.replace("64 sequences", "100 sequences").replace("optimizer", "microbatch = 16\n  optimizer")
    mended = apply(only(text).fixes)["model.tfs"]
    assert "batch     = 96 sequences" in mended and found(mended) == []


def test_strategies_that_exclude_each_other():
    sets = ("train.parallel.pipeline = 2", "train.parallel.zero = 3")
    said = next(one for one in found(GPUS, *sets) if one.code == "TFS305")
    assert said.message == "`zero` and `pipeline` exclude each other"
    assert "TFS305" in codes(SMALL, "train.trainable = adapters")
    assert "TFS305" not in codes(
        SMALL, "train.trainable = adapters", "model.adapters = bottleneck(8, per = none)"
    )


def test_a_degree_that_crosses_nodes():
    sets = ("model.heads = 16", "train.on = 2 x 8 x h100_80gb", "train.parallel.tensor = 16")
    said = next(one for one in found(GPUS, *sets) if one.code == "TFS304")
    assert said.severity is Severity.WARNING
    assert "TFS304" not in codes(GPUS, sets[0], "train.on = 2 x 8 x h100_80gb", "train.parallel.tensor = 8")


def test_a_layout_is_not_looked_at_where_shapes_are_wrong():
    assert codes(GPUS, "train.parallel.data = 3", "train.microbatch = 7") == {"TFS302"}

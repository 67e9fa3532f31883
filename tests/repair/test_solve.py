"""What each `auto` becomes."""

from __future__ import annotations

import pytest

from tests.specs import DECODER, LLAMA, TRANSLATOR, planned
from tfc.api import load
from tfc.cost.estimate import Estimate
from tfc.fields import AUTO, How, settings_of
from tfc.plan import Plan
from tfc.units import Dimension, Quantity


def estimated(text: str, *settings: str) -> Estimate:
    return planned(text, *settings).estimates["train"]


def test_nothing_is_auto_any_more():
    plan = planned(
        TRANSLATOR, "train.recompute = auto", "train.parallel.zero = auto", "train.parallel.tensor = auto"
    )
    train = plan.solved.trains[""]
    assert not [name for name, value, _ in plan.solved.fields() if value is AUTO]
    assert train.origin_of("microbatch").how is How.AUTO
    assert train.origin_of("batch").how is How.WRITTEN
    assert train.parallel.data == 8


def test_what_is_written_stays():
    text = DECODER.replace(
        "  optimizer", "  microbatch = 16\n  accumulation = 4\n  recompute = full\n  optimizer"
    )
    plan = planned(text)
    assert plan.solved.trains[""].microbatch == plan.spec.trains[""].microbatch
    assert plan.solved.trains[""].origin_of("microbatch").how is How.WRITTEN
    assert plan.layouts["train"].accumulation == 4


@pytest.mark.parametrize("limit", ["6 GiB", "12 GiB", "40 GiB"])
def test_the_micro_batch_is_the_largest_that_surely_fits(limit: str):
    text = DECODER.replace("batch     = 64", "batch     = 65536").replace(
        "  optimizer", f"  require memory <= {limit}\n  optimizer"
    )
    found = estimated(text)
    bound = {"6 GiB": 6, "12 GiB": 12, "40 GiB": 40}[limit] * 2**30
    layout = found.layout
    assert layout.divides and found.interval("memory")[1] <= bound
    more = Estimate(layout.replace(micro=2 * layout.micro, accumulation=layout.accumulation // 2))
    assert more.interval("memory")[1] > bound


def test_whole_sequences_are_counted_in_sequences():
    train = planned(
        LLAMA.replace("  microbatch = 1 sequence\n", ""), "train.parallel.zero = 3"
    ).solved.trains[""]
    assert isinstance(train.microbatch, Quantity) and isinstance(train.accumulation, int)
    assert train.microbatch.dimension is Dimension.SEQUENCES
    assert train.microbatch.value * 8 * 1024 * train.accumulation * 8 == 2**22


def test_data_is_what_the_others_leave():
    layout = planned(LLAMA, "train.on = 4 x 8 x h100_80gb", "train.parallel.tensor = 4").layouts["train"]
    assert layout.data == 8 and layout.fills


def test_a_model_that_fits_is_neither_sharded_nor_recomputed():
    train = planned(
        DECODER, "train.recompute = auto", "train.parallel.zero = auto", "train.on = 8 x h100_80gb"
    ).solved.trains[""]
    assert train.recompute.name == "none" and train.parallel.zero == 0


def test_a_model_that_does_not_fit_is_sharded():
    auto = ("train.recompute = auto", "train.parallel.zero = auto", "train.microbatch = auto")
    found = estimated(LLAMA, *auto)
    assert found.layout.zero >= 2
    assert found.interval("memory")[1] <= found.capacity
    whole = estimated(LLAMA, "train.recompute = full")
    assert whole.interval("memory")[0] > whole.capacity


def test_only_what_is_generated_is_chosen():
    train = planned(LLAMA, "train.parallel.zero = auto", "train.parallel.tensor = auto").solved.trains[""]
    for name, declared in settings_of(train.parallel).items():
        if declared.built is not None and train.parallel.origin_of(name).how is How.AUTO:
            assert declared.built(getattr(train.parallel, declared.attribute))


def test_what_is_preferred_decides():
    text = LLAMA.replace("  microbatch = 1 sequence\n", "  recompute = auto\n")
    cheap = estimated(text, "train.parallel.zero = 3")
    assert cheap.layout.train.recompute.name == "none" or cheap.interval("memory")[1] <= cheap.capacity


def test_a_locked_value_is_kept_while_it_fits():
    draft = load(DECODER)
    spec = draft.spec
    assert Plan(spec).layouts["train"].microbatch == 64
    assert Plan(spec, locked={"train.microbatch": "8 sequences"}).layouts["train"].microbatch == 8
    assert Plan(spec, locked={"train.microbatch": "7 sequences"}).layouts["train"].microbatch == 64
    tight = load(DECODER.replace("  optimizer", "  require memory <= 1.4 GiB\n  optimizer")).spec
    kept = Plan(tight, locked={"train.microbatch": "64 sequences"}).layouts["train"].microbatch
    assert kept < 64


def test_a_teacher_that_is_auto_stands_beside_its_student():
    text = TRANSLATOR + (
        "model tiny extends small { layers = 1 }\n"
        "distill tiny from small {\n  on = 1 x a100_80gb\n  steps = 10\n  batch = 1024 tokens\n}\n"
        "train { model = small }\n"
    )
    plan = planned(text)
    found = plan.estimates["distill.tiny"]
    assert found.by_category["teacher"] > 0
    assert any(item.category == "teacher" for item in found.step)
    assert found.doing == "distilling tiny"

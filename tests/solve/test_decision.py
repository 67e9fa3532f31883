"""Why the runner-up lost."""

from __future__ import annotations

import pytest

from tests.specs import DECODER, LLAMA, planned

ALL = ("train.microbatch = auto", "train.recompute = auto", "train.parallel.zero = auto")


def test_the_runner_up_divides_the_work_differently_if_anything_does():
    decision = planned(LLAMA, *ALL).decisions["train"]
    other = decision.runner_up
    assert other is not None and other.fits
    assert other.effort[:-1] != decision.chosen.effort[:-1]
    alone = planned(DECODER).decisions["train"]
    assert alone.runner_up is not None and alone.runner_up.layout.micro < alone.chosen.layout.micro


def test_differences_are_those_of_the_items():
    decision = planned(LLAMA, *ALL).decisions["train"]
    chosen, other = decision.chosen.estimate, decision.runner_up.estimate  # type: ignore[union-attr]
    for dimension, ours, theirs in (
        ("time", chosen.step, other.step),
        ("bytes", chosen.resident, other.resident),
    ):
        found = [one for one in decision.differences if one.dimension.name.lower() == dimension]
        for one in found:
            its, own = (
                sum(i.amount for i in items if i.category == one.category) for items in (theirs, ours)
            )
            assert one.amount == pytest.approx(its - own)
        assert found == sorted(found, key=lambda one: -abs(one.amount))
    assert decision.differences


def test_why_names_settings_and_figures():
    decision = planned(DECODER).decisions["train"]
    other = decision.runner_up
    assert other is not None
    assert decision.why.startswith(f"`microbatch = {other.block.microbatch}`")
    assert str(other.estimate.metric("step_time")) in decision.why
    assert str(decision.chosen.estimate.metric("step_time")) in decision.why


def test_why_is_silent_where_there_is_nothing_to_choose():
    decision = planned(DECODER, "train.batch = 1 sequence").decisions["train"]
    assert decision.chosen.fits and decision.runner_up is None and decision.why == ""
    given = ("train.microbatch = 1", "train.accumulation = 64", "train.parallel.data = 1")
    assert not planned(DECODER, *given).decisions, "nothing is `auto`"


def test_a_smaller_micro_batch_is_the_runner_up_where_only_that_is_open():
    decision = planned(
        LLAMA, "train.microbatch = auto", "train.on = 8 x h200", "train.parallel.zero = 2"
    ).decisions["train"]
    assert decision.runner_up is not None
    assert 2 * decision.runner_up.layout.micro == decision.chosen.layout.micro


def test_what_was_faster_and_did_not_fit_is_known():
    decision = planned(
        LLAMA, "train.microbatch = auto", "train.on = 8 x h200", "train.parallel.zero = 2"
    ).decisions["train"]
    denied, chosen = decision.denied, decision.chosen
    assert denied is not None and chosen.fits and denied.over > 0
    assert denied.preference < chosen.preference and denied.layout.micro > chosen.layout.micro

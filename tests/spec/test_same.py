"""Blocks that many plans share are one object, and what follows from them is made once; nothing else is shared."""

from __future__ import annotations

from dataclasses import replace

from tests.specs import DECODER, TRANSLATOR
from tfc.api import Draft, load, what_if
from tfc.spec.same import MOST, followed, shared


def changed(draft: Draft, *settings: str) -> Draft:
    for setting in settings:
        draft = draft.override(setting)
    return draft


def test_blocks_that_an_override_leaves_alone_are_one_object():
    draft = load(DECODER)
    one, other = changed(draft, "train.microbatch = 2").spec, changed(draft, "train.microbatch = 4").spec
    assert one.models["small"] is other.models["small"] is draft.spec.models["small"]
    assert next(iter(one.datas.values())) is next(iter(other.datas.values()))
    (first,), (second,) = one.trains.values(), other.trains.values()
    assert first is not second and first.microbatch != second.microbatch


def test_the_same_override_gives_the_same_block():
    settings = ("model.small.width = 128", "train.microbatch = 2")
    one, other = (changed(load(DECODER), *settings).spec for _ in range(2))
    assert one.models["small"] is other.models["small"]
    assert next(iter(one.trains.values())) is next(iter(other.trains.values()))


def test_what_stands_elsewhere_is_another_block():
    """Its settings are the same, and its lines are not: a diagnostic must point at its own."""
    here, below = load(DECODER).spec.models["small"], load("\n\n" + DECODER).spec.models["small"]
    assert here == below and here is not below
    assert below.span_of("width").line == here.span_of("width").line + 2  # type: ignore[union-attr]
    told = (
        load(DECODER, name="one.tfs").spec.models["small"],
        load(DECODER, name="two.tfs").spec.models["small"],
    )
    assert [model.span_of("width").source.name for model in told] == ["one.tfs", "two.tfs"]  # type: ignore[union-attr]
    over = changed(load(DECODER), "model.small.width = 256").spec.models["small"]
    assert over == here and over is not here and over.span_of("width").source.name == "--set"  # type: ignore[union-attr]


def test_a_number_is_not_the_truth():
    draft = load(TRANSLATOR)
    spec = draft.spec
    (model,) = spec.models.values()
    assert model.tied is True
    for value in (1, 1.0):
        assert (
            shared(replace(spec, models={"small": model.replace(tied=value)})).models["small"].tied is value
        )


def test_only_so_many_are_remembered():
    first = changed(load(DECODER), "train.steps = 1").spec
    for steps in range(2, MOST + 3):
        assert changed(load(DECODER), f"train.steps = {steps}").spec.trains
    again = changed(load(DECODER), "train.steps = 1").spec
    (old,), (new,) = first.trains.values(), again.trains.values()
    assert old == new and old is not new


def test_what_follows_is_made_once_for_what_stands_beside_it():
    draft = load(DECODER)
    made: list[int] = []

    def count() -> int:
        made.append(1)
        return len(made)

    def asked(*settings: str) -> int:
        spec = changed(draft, *settings).spec
        return followed(next(iter(spec.trains.values())), "a count", spec, count)

    assert asked() == asked() == 1
    assert asked("model.small.width = 128") == 2, "another model beside it"
    assert asked() == 1
    assert asked("data.lengths = 100") == 3, "other data"


def test_variants_that_leave_a_block_alone_share_its_estimate():
    found = what_if(load(DECODER), ["train.seed = [1, 2]", "train.microbatch = [4, 8]"])
    plans = [row.plan for row in found if row.plan is not None]
    assert len({id(plan.graphs["small"]) for plan in plans}) == 1
    memory = [plan.estimates["train"].memory for plan in plans]
    assert memory[0] == memory[2] < memory[1] == memory[3]
    apart = [load(DECODER).override(f"train.microbatch = {micro}").estimate.memory for micro in (4, 8)]
    assert memory[:2] == apart

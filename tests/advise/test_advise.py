"""What `tfc advise` ranks, and that each option is what it says."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.specs import DECODER, LLAMA, TRANSLATOR
from tfc.advise.advise import Advice
from tfc.advise.option import KEEPS_THE_MODEL, Lever
from tfc.advise.priced import Priced
from tfc.api import Draft, load
from tfc.diagnostics.core import SpecError
from tfc.diagnostics.fixes import apply

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.tfs"))
LONG = (
    LLAMA.replace("8 Ki", "16 Ki").replace("llama3_8b", "llama3_1b").replace("= 1 sequence", "= 8 sequences")
)
SPECS = {"a decoder": DECODER, "a translator": TRANSLATOR, "a long context": LONG, "an 8B": LLAMA}


def advised(text: str, *budgets: str) -> tuple[Draft, Advice]:
    draft = load(text, name="spec.tfs")
    for budget in budgets:
        draft = draft.require(budget)
    return draft, draft.advise()


def of(advice: Advice, lever: Lever) -> Priced:
    return next(one.priced for one in advice.ranked if one.priced.option and one.priced.option.lever is lever)


@pytest.fixture(scope="module", params=SPECS)
def pair(request: pytest.FixtureRequest) -> tuple[str, Draft, Advice]:
    return request.param, *advised(SPECS[request.param])


# ---------------------------------------------------------------------------------------------- every spec


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_advised_on_in_seconds(example: Path):
    begun = time.process_time()
    advice = load(example).advise()
    assert time.process_time() - begun < 6
    assert len(advice.ranked) >= 4
    assert sum(one.priced.option is None for one in advice.ranked) == 1


def test_what_keeps_budgets_comes_first(pair: tuple[str, Draft, Advice]):
    _, _, advice = pair
    broken = [bool(one.priced.broken) for one in advice.ranked]
    assert broken == sorted(broken)
    missed = [len(one.priced.missed) for one in advice.ranked if not one.priced.broken]
    assert missed == sorted(missed)


def test_among_those_what_leaves_the_model_alone(pair: tuple[str, Draft, Advice]):
    _, _, advice = pair
    kept = [one.priced.departure for one in advice.ranked if not one.priced.broken and not one.priced.missed]
    assert kept == sorted(kept)


def test_each_lever_is_there_once_or_it_is_said_why_not(pair: tuple[str, Draft, Advice]):
    _, _, advice = pair
    levers = [one.priced.option.lever for one in advice.ranked if one.priced.option]
    assert len(levers) == len(set(levers))
    asked = {Lever.ACCUMULATE, Lever.SHARD, Lever.SPLIT, Lever.LOCAL, Lever.DISTIL}
    assert asked <= {*levers, *(lever for lever, _ in advice.absent)}


def test_each_but_the_first_says_why_it_lost(pair: tuple[str, Draft, Advice]):
    _, _, advice = pair
    assert advice.ranked[0].lost == ""
    assert all(one.lost for one in advice.ranked[1:])


def test_every_edit_comes_to_what_is_predicted(pair: tuple[str, Draft, Advice]):
    """The text with the edits, read and planned from the beginning, takes what the option says."""
    _, _, advice = pair
    for one in (ranked.priced for ranked in advice.ranked):
        if one.option is None:
            continue
        assert one.fix is not None, one.title
        (text,) = apply([one.fix]).values()
        again = load(text, name="spec.tfs").plan()
        for subject in one.subjects:
            now = again.estimates[subject.name]
            assert now.memory == subject.memory and now.step_time == subject.step_time, one.title


def test_what_says_it_keeps_the_model_keeps_it(pair: tuple[str, Draft, Advice]):
    _, draft, advice = pair
    before = draft.spec.models
    for one in (ranked.priced for ranked in advice.ranked):
        if one.option is not None:
            kept = one.plan.spec.models == before
            assert kept == (one.option.lever in KEEPS_THE_MODEL or one.option.lever is Lever.ROUND), one.title


def test_what_is_not_said_to_be_later_can_be_compiled(pair: tuple[str, Draft, Advice]):
    name, draft, advice = pair
    before = {found.message for found in draft.plan().report if found.code == "TFS605"}
    for one in (ranked.priced for ranked in advice.ranked):
        later = {found.message for found in one.plan.report if found.code == "TFS605"} - before
        assert bool(later) <= bool(one.later), (name, one.title, later)


def test_quality_is_quoted_from_a_source_or_unknown_or_untouched(pair: tuple[str, Draft, Advice]):
    _, _, advice = pair
    for one in (ranked.priced for ranked in advice.ranked):
        if one.option is None:
            continue
        quality = one.option.quality
        if one.option.lever in KEEPS_THE_MODEL:
            assert quality.text.startswith("the same model") and not quality.source
        else:
            assert quality.source or quality.text.startswith("not known"), one.title
            assert not quality.source or any(character.isdigit() for character in quality.source)


# ---------------------------------------------------------------------------------------------- the question


def test_a_run_that_does_not_fit_is_cured_without_changing_the_model():
    _, advice = advised(LONG)
    assert advice.written.broken
    best = advice.best
    assert not best.broken and not best.later and best.departure == 0
    assert advice.ranked[-1].priced is not best


def test_given_less_memory_the_first_answer_is_another():
    """Six GiB are enough for small micro-batches or for recomputation, and not for both at the size that is written."""
    text = DECODER.replace("batch     = 64", "microbatch = 1024\n  batch     = 1024")
    _, plenty = advised(text)
    _, little = advised(text, "memory <= 6 GiB")
    assert not plenty.written.broken
    assert little.written.broken and not little.best.broken
    high = little.best.subject.interval("memory")[1]
    assert high <= 6 * 2**30


def test_given_less_money_a_smaller_model_comes_first():
    _, advice = advised(LLAMA)  # which keeps its device busy: a small one would be compiled first
    cost = advice.written.figures["cost"]
    assert cost is not None
    _, poor = advised(LLAMA, f"cost <= {cost.value * 0.8:.12f} USD")
    assert poor.written.broken
    option = poor.best.option
    assert option is not None and option.lever is Lever.SMALLER
    assert not poor.best.broken


def test_given_more_gpus_sharding_is_an_option():
    alone = load(DECODER).advise()
    assert dict(alone.absent)[Lever.SHARD] == "there is one device"
    several = load(DECODER).override("train.on = 8 x h100_80gb").advise()
    assert of(several, Lever.SHARD)


def test_what_the_command_line_sets_is_no_edit_of_the_file():
    advice = load(DECODER).override("train.recompute = full").advise()
    assert of(advice, Lever.RECOMPUTE).fix is None
    assert of(advice, Lever.RECOMPUTE).plan.spec.trains[""].recompute.name == "none"


def test_a_student_costs_its_teacher_too():
    text = DECODER + "deploy write { target = onnxruntime(on = cpu), precision = int8 }\n"
    _, advice = advised(text)
    student = of(advice, Lever.DISTIL)
    (train, distill) = student.subjects
    cost = student.figures["cost"]
    assert cost is not None and cost.value == pytest.approx(train.cost + distill.cost)
    assert distill.layout.model.label == "small_small" and distill.layout.model.decoder.layers == 2
    assert student.plan.servings["deploy.write"].serving.model.label == "small_small"
    assert student.option is not None and "Busbridge" in student.option.quality.source


def test_a_smaller_decoder_quotes_the_fit_within_its_range_only():
    _, large = advised(LONG)
    assert "Hoffmann" in of(large, Lever.SMALLER).option.quality.source  # type: ignore[union-attr]
    _, small = advised(DECODER)
    assert of(small, Lever.SMALLER).option.quality.text.startswith("not known")  # type: ignore[union-attr]


def test_a_spec_that_cannot_be_priced_is_refused():
    with pytest.raises(SpecError):
        load(DECODER.replace("heads   = 8", "heads   = 7")).advise()


def test_nothing_that_learns_is_nothing_to_advise_on():
    with pytest.raises(ValueError, match="no block that learns"):
        load(DECODER.split("train {")[0]).advise()


def test_what_is_hardly_better_does_not_displace_what_is_written(pair: tuple[str, Draft, Advice]):
    """Where the first is an option, it is better by more than the estimate is sure of, or in another way."""
    _, _, advice = pair
    best, written = advice.best, advice.written
    if best.option is None or written.broken or written.missed:
        return
    cost, before = best.figures["cost"], written.figures["cost"]
    assert cost is not None and before is not None
    assert cost.value < before.value / 1.03

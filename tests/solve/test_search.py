"""What the planner chooses is what pricing every layout exactly would choose."""

from __future__ import annotations

import pytest

from tests.specs import DECODER, LLAMA, TRANSLATOR, planned
from tfc.diagnostics.core import Severity, SpecError
from tfc.plan import Plan
from tfc.solve.bounded import Bounded
from tfc.solve.choice import Choice, plainest
from tfc.solve.decision import Decision
from tfc.solve.domain import Domain
from tfc.solve.ladder import Ladder

ALL = tuple(
    f"train.{name} = auto"
    for name in (
        "microbatch",
        "recompute",
        *(f"parallel.{n}" for n in ("zero", "tensor", "pipeline", "context")),
    )
)
SMALL = ("train.batch = 32 sequences", *ALL)
HALF_FULL = ("train.on = 2 x h100_80gb", "train.batch = 64 Ki tokens", "model.llama.layers = 16", *ALL)
# Where nothing presses, where memory does, where a budget does, and for what each `prefer` names.
CASES = {
    "all fit": (DECODER, ("train.on = 4 x h100_80gb", *SMALL)),
    "an encoder-decoder": (TRANSLATOR, ("train.on = 4 x a100_40gb", "train.batch = 8 Ki tokens", *ALL)),
    "memory presses": (LLAMA, HALF_FULL),
    "nothing fits": (LLAMA, ("train.on = 2 x l4", "train.batch = 32 Ki tokens", *ALL)),
    "least memory": (
        DECODER.replace("adamw(lr = 1e-3)", "adamw(lr = 1e-3)\n  prefer memory <= 1 GiB"),
        SMALL,
    ),
    "most tokens": (
        DECODER.replace("adamw(lr = 1e-3)", "adamw(lr = 1e-3)\n  prefer throughput >= 1 tokens/s"),
        ("train.on = 2 x h100_80gb", *SMALL),
    ),
    "least money": (
        LLAMA.replace("3e-4)", "3e-4)\n  prefer cost <= 1 USD\n  require memory <= 60 GiB"),
        HALF_FULL,
    ),
    "a step that is too slow": (
        LLAMA.replace("3e-4)", "3e-4)\n  require step_time <= 10 ms\n  prefer memory <= 1 GiB"),
        HALF_FULL,
    ),
}


def domain(text: str, settings: tuple[str, ...], wide: bool = True) -> Domain:
    plan = planned(text, *settings)
    (train,) = plan.spec.trains.values()
    return Domain(train, plan.spec, plan.graphs[plan.spec.model_of(train).label], wide)


def every(found: Domain) -> list[Choice]:
    """All choices of a domain."""
    return [found.choice(one, pair) for one in found.divisions for pair in found.micro_batches(one.data)]


@pytest.mark.parametrize("name", CASES)
def test_the_answer_is_that_of_an_exhaustive_search(name: str):
    found = domain(*CASES[name])
    search = Bounded(found)
    decision, choices = Decision(search), every(found)
    fitting = [choice for choice in choices if choice.fits]
    assert bool(fitting) is decision.chosen.fits is (name != "nothing fits")
    if fitting:
        best = plainest(fitting)
        assert (decision.chosen.rank, decision.chosen.effort) == (best.rank, best.effort)
    else:
        assert decision.chosen.over == min(choice.over for choice in choices)
    assert search.count == len(choices) > 8
    assert len(search.priced) < len(choices), "some were left out"


def test_bisecting_finds_what_an_exhaustive_search_finds():
    for text, settings in (
        (DECODER, ("train.batch = 512 sequences",)),
        (TRANSLATOR, ("train.parallel.zero = auto", "train.recompute = auto")),
        (LLAMA, ("train.microbatch = auto", "train.recompute = auto", "train.parallel.zero = auto")),
    ):
        found = domain(text, settings, wide=False)
        chosen = Decision(Ladder(found)).chosen
        best = plainest([choice for choice in every(found) if choice.fits])
        assert chosen.preference[0] <= best.preference[0] * 1.03
        assert chosen.effort <= best.effort


def plan_of(text: str, *settings: str, locked: dict[str, str] | None = None) -> Plan:
    found = planned(text, *settings)
    return Plan(found.spec, found.found, locked)


def test_what_is_locked_stays_while_it_fits():
    free = plan_of(DECODER).decisions["train"].values
    assert free["microbatch"] == "64 sequences"
    kept = plan_of(DECODER, locked={"train.microbatch": "16 sequences"})
    assert kept.decisions["train"].values["microbatch"] == "16 sequences"
    assert kept.decisions["train"].values["accumulation"] == "4"
    full = ("train.recompute = auto", "train.on = 1 x h100_80gb")
    kept = plan_of(DECODER, *full, locked={"train.recompute": "full"})
    assert kept.decisions["train"].values["recompute"] == "full"
    assert kept.decisions["train"].values["microbatch"] == "64 sequences", "what is not locked is chosen"


@pytest.mark.parametrize("said", ["7 sequences", "nonsense"])
def test_what_can_no_longer_be_chosen_is_chosen_anew(said: str):
    plan = plan_of(DECODER, locked={"train.microbatch": said})
    assert plan.decisions["train"].values["microbatch"] == "64 sequences"


def test_what_no_longer_fits_is_chosen_anew():
    tight = (
        "train.microbatch = auto",
        "train.on = 1 x h100_80gb",
        "model.llama.layers = 8",
        "train.batch = 128 Ki tokens",
    )
    free = plan_of(LLAMA, *tight).decisions["train"].chosen
    assert free.fits and free.layout.accumulation > 1
    kept = plan_of(LLAMA, *tight, locked={"train.microbatch": "16 sequences"})
    assert kept.decisions["train"].chosen.layout.micro == free.layout.micro


def test_what_no_code_is_generated_for_is_taken_only_where_nothing_else_fits():
    alone = ("train.on = 8 x h100_80gb", "train.batch = 64 Ki tokens", "train.parallel.zero = 0")
    with_tensor = (*alone, "train.microbatch = auto", "train.parallel.tensor = auto")
    decision = plan_of(LLAMA, *with_tensor).decisions["train"]
    assert decision.chosen.fits and decision.search.domain.wide
    assert decision.chosen.layout.tensor > 1
    plan = plan_of(LLAMA, *with_tensor)
    (said,) = [found for found in plan.report if found.code == "TFS605"]
    assert said.severity is Severity.WARNING and said.labels[0].span.text == "train.parallel.tensor = auto"
    assert f"`tensor = {decision.chosen.layout.tensor}`, which `auto` became" in said.message
    with pytest.raises(SpecError, match="TFS605"):
        _ = plan.files
    small = plan_of(LLAMA, *with_tensor, "model.llama.layers = 4").decisions["train"]
    assert small.chosen.layout.tensor == 1 and not small.search.domain.wide


def test_a_thousand_gpus_are_planned_in_their_nodes():
    decision = plan_of(LLAMA, "train.on = 128 x 8 x h100_80gb", *ALL).decisions["train"]
    wide = Decision(Bounded(decision.search.domain.widened()))
    for found in (decision, wide):
        layout = found.chosen.layout
        assert layout.fills and layout.divides and not layout.conflicts
        assert layout.tensor * layout.context <= 8
    assert wide.chosen.preference <= decision.chosen.preference

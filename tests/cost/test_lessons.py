"""What a teacher costs: beside its student, before the first step, and on the disk."""

from __future__ import annotations

import pytest

import tfc
from tests.distill.specs import ALL, BESIDE, FLATTENED, LOOKED_UP, TRANSLATIONS
from tfc.cost.asking import AGAIN, COMPARED
from tfc.cost.estimate import Estimate
from tfc.cost.items import Figure, Unknown
from tfc.ops.output import paired_chunk

SIZE = "data {\n  size = 10_000 sequences\n  lengths = [12 tokens, 10 tokens]"


def estimate(spec: str, sized: bool = True) -> Estimate:
    text = spec.replace("data {", SIZE, 1) if sized else spec
    return tfc.load(text, name="tiny.tfs").plan().estimates["distill.small"]


def test_memory_of_a_teacher_beside_its_student():
    """Its weights, what its last layer makes, its widest moment; and two models' logits in the loss."""
    beside, translated = estimate(BESIDE), estimate(TRANSLATIONS)
    weights = 4 * beside.layout.teacher.parameters  # type: ignore[union-attr]
    items = {item.what: item.amount for item in beside.worst.items if item.category == "teacher"}
    assert items["its weights"] == weights
    assert items["what its last layer makes"] == 32 * 40 * 32 * 4
    assert translated.layout.teacher is None
    logits = [
        max(item.amount for item in found.worst.items if item.category == "logits")
        for found in (beside, estimate(FLATTENED), translated)
    ]
    rows, tokens = 128, 32 * 40
    assert tokens < paired_chunk(rows)
    assert logits[0] >= tokens * rows * 4 * 5 and logits[1] - logits[0] == tokens * rows * 4
    assert logits[2] < logits[0]


def test_time_of_a_step_has_the_share_of_the_teacher():
    found = {name: estimate(spec) for name, spec in (("beside", BESIDE), ("kept", LOOKED_UP), ("all", ALL))}
    taken = {
        name: sum(item.amount for item in one.step if item.category == "teacher")
        for name, one in found.items()
    }
    assert taken["beside"] > taken["kept"] > taken["all"] > 0
    again = 1 + AGAIN / COMPARED
    assert taken["all"] == pytest.approx(0.7 * again * taken["kept"]), "less often, at two temperatures"


def test_what_lies_on_the_disk():
    kept = estimate(LOOKED_UP).disk
    assert isinstance(kept, Figure)
    assert kept.value == 10_000 * 10 * (8 * 2 + 9 * 2)
    translated = estimate(TRANSLATIONS).disk
    assert isinstance(translated, Figure)
    assert translated.value == 10_000 * ((12 + 10) * 2 + 2 * 8)
    both = estimate(ALL).disk
    assert isinstance(both, Figure) and both.value == kept.value + translated.value, "half, and two of each"
    assert estimate(BESIDE).disk is None


def test_time_of_a_run_has_what_is_asked_first():
    found = estimate(ALL)
    time = found.metric("time")
    assert isinstance(time, Figure)
    assert {item.category for item in time.items} >= {"asking", "translating"}
    assert [line.name for line in found.summary()] == ["memory", "step", "time", "disk"]
    assert "of translating" in found.summary()[2].text and "of asking" in found.summary()[2].text


@pytest.mark.parametrize("spec", [LOOKED_UP, TRANSLATIONS])
def test_nothing_is_said_of_data_whose_size_is_not_known(spec: str):
    found = estimate(spec, sized=False)
    assert isinstance(found.disk, Unknown) and isinstance(found.metric("time"), Unknown)
    assert isinstance(estimate(BESIDE, sized=False).metric("time"), Figure)

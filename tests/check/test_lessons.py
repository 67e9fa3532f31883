"""What a `distill` block asks of its losses, its teacher's layers and its data."""

from __future__ import annotations

import pytest

from tests.check.plans import DISTILL, PAIRS, found, only
from tfc.diagnostics.core import Severity
from tfc.diagnostics.fixes import apply

MODELS, _, REST = DISTILL.partition("data {")
TRANSLATING = MODELS.replace("= decoder", "= encoder_decoder") + PAIRS + REST[REST.index("\ndistill") :]
TRAINED = (
    TRANSLATING
    + "train { model = teacher, on = h100_80gb, steps = 10, batch = 4 sequences, optimizer = adamw(lr = 1e-3) }"
)
LAYERS = "distill.student.init = layers(uniform)"


def codes(text: str, *sets: str) -> list[str]:
    return sorted({one.code for one in found(text, *sets) if one.severity is not Severity.HINT})


def test_a_lesson_without_a_fault():
    for sets in ((), (LAYERS,), ("distill.student.loss = [kl(top = 9), cross_entropy, sequence]",)):
        assert codes(TRANSLATING, *sets) == codes(TRAINED, *sets) == []


@pytest.mark.parametrize(
    ("sets", "what"),
    [
        (("model.student.width = 128",), "they differ in `width`"),
        (("model.student.heads = 8",), "they differ in `heads`"),
        (("model.student.norm = rms",), "they differ in `norm`"),
        (("model.student.tied = true",), "they differ in `tied`"),
        (("model.student.ffn = swiglu",), "they differ in `ffn`"),
        (("model.teacher.ffn = [swiglu, gelu]", "model.student.ffn = swiglu"), "they differ in `ffn`"),
        (("model.student.layers = 5",), "has 5 layers, and there are 4 to begin with"),
        (("distill.student.init = layers([0, 1, 2])",), "has 2 layers, and `init` names 3"),
        (("distill.student.init = layers([0, 4])",), "no layer 4: its 4 are counted from 0"),
    ],
)
def test_layers_that_do_not_fit(sets: tuple[str, ...], what: str):
    said = [one for one in found(TRANSLATING, LAYERS, *sets) if one.code == "TFS307"]
    assert said and all(what in one.message and one.severity is Severity.ERROR for one in said)


def test_layers_are_spread_over_those_of_the_teacher():
    from tfc.spec.variants.init import LayersInit

    uniform, last = LayersInit(which="uniform"), LayersInit(which="last")
    assert [uniform.chosen(own, 12) for own in (1, 2, 3)] == [(0,), (0, 11), (0, 6, 11)]
    assert uniform.chosen(4, 4) == last.chosen(4, 4) == (0, 1, 2, 3)
    assert last.chosen(2, 12) == (10, 11)
    assert LayersInit(which=(0, 3)).chosen(2, 4) == (0, 3)


@pytest.mark.parametrize(
    ("loss", "right"),
    [
        ("kl(top = 9000)", "kl(top = 8192)"),
        ("sequence(beam = 2, best = 3)", "sequence(beam = 2, best = 2)"),
    ],
)
def test_more_than_there_are(loss: str, right: str):
    text = TRANSLATING.replace("  optimizer", f"  loss      = {loss}\n  optimizer")
    said = only(text)
    assert said.code == "TFS201"
    (mended,) = apply(said.fixes).values()
    assert right in mended


def test_what_is_kept_is_what_is_compared():
    kept = "distill.student.teacher = cached(top = 16)"
    assert codes(TRANSLATING, kept) == codes(TRANSLATING, kept, "distill.student.loss = kl(top = 16)") == []
    assert only(TRANSLATING, kept, "distill.student.loss = kl(top = 8)").code == "TFS201"


def test_a_teacher_that_is_not_asked_need_not_stand_anywhere():
    said = only(TRANSLATING, "distill.student.loss = sequence", "distill.student.teacher = resident")
    assert said.code == "TFS902" and "`teacher` has no effect" in said.message


@pytest.mark.parametrize(
    "sets",
    [
        ("distill.student.on = 2 x h100_80gb",),
        ("distill.student.loss = [kl, kl(temperature = 2)]",),
        ("distill.student.loss = hidden",),
        ("distill.student.batch = 4 Ki tokens",),
        ("distill.student.on_policy = 10%",),
        ("distill.student.floors = least(5%)",),
        ("model.student.context = 128 tokens",),
        ("train.on = 2 x h100_80gb",),
        ("train.model = student",),
    ],
)
def test_what_is_not_generated_yet(sets: tuple[str, ...]):
    assert "TFS605" in codes(TRAINED, *sets)


def test_what_is_for_pairs_only():
    for sets in (("distill.student.loss = sequence",), ("distill.student.teacher = cached",)):
        assert codes(DISTILL, *sets) == ["TFS605"]
    assert codes(DISTILL, "distill.student.loss = kl(top = 9)") == []


def test_a_second_student_waits_for_a_later_version():
    second = "model other extends teacher { layers = 1 }\n" + REST[REST.index("distill") :].replace(
        "student", "other"
    )
    assert [one.message for one in found(f"{TRANSLATING}\n{second}") if one.code == "TFS605"] == [
        "several `distill` blocks are not generated yet"
    ]

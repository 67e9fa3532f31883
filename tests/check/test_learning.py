"""Distillation, warm-ups, and settings without an effect."""

from __future__ import annotations

import pytest

from tests.check.plans import DISTILL, SMALL, found, only
from tests.spec.reading import PAIRS, TRAIN
from tfc.diagnostics.core import Severity


def test_one_vocabulary():
    assert found(DISTILL) == []
    said = only(DISTILL, "model.student.vocab = 4096")
    assert said.code == "TFS501" and len(said.labels) == 3
    for other in ("distill.student.loss = sequence", "distill.student.align = trimmed"):
        codes = {one.code for one in found(DISTILL, "model.student.vocab = 4096", other)}
        assert codes == {"TFS605"}, "not an error of the spec, but not generated yet"
    assert {one.code for one in found(DISTILL, "distill.student.align = none")} == {"TFS501", "TFS605"}


def test_a_teacher_that_is_too_large_to_stand_by():
    large = (
        "model.teacher.width = 2048",
        "model.teacher.layers = 24",
        "model.student.width = 256",
        "model.student.layers = 2",
    )
    said = only(DISTILL.replace("layers = 2", "layers = 2, width = 256"), *large)
    assert said.code == "TFS502" and said.severity is Severity.WARNING
    small = DISTILL.replace("layers = 2", "layers = 2, width = 256")
    codes = {one.code for one in found(small, *large, "distill.student.teacher = cached")}
    assert codes == {"TFS605"}, "of text the answers are not kept yet"


@pytest.mark.parametrize(("warmup", "fits"), [(10, True), (999, True), (1000, False), (4000, False)])
def test_a_warm_up_ends_before_the_run(warmup: int, fits: bool):
    said = found(SMALL, f"train.schedule = cosine(warmup = {warmup} steps)")
    assert [one.code for one in said] == ([] if fits else ["TFS504"])


def test_a_warm_up_of_a_run_in_tokens():
    told = ("train.tokens = 1 M", "train.schedule = cosine(warmup = 400 steps)")
    assert only(SMALL, *told).code == "TFS504"


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("model.cross = full", "cross"),
        ("data.reverse = true", "reverse"),
        ("data.buckets = [64, 256]", "buckets"),
        ("data.language_token = source", "language_token"),
        ("train.validate = 10 steps", "validate"),
        ("train.parallel.schedule = gpipe", "schedule"),
        ("train.parallel.sequence = true", "sequence"),
        ("train.parallel.zero = 3", "zero"),
        ("train.parallel.shards = 1", "shards"),
    ],
)
def test_a_setting_without_an_effect(setting: str, name: str):
    said = only(SMALL, setting)
    assert said.code == "TFS902" and said.message.startswith(f"`{name}` has no effect")
    assert said.severity is Severity.WARNING


def test_the_same_setting_with_an_effect():
    pairs = PAIRS.replace("languages", 'dev = pairs("dev.{source}-{target}.tsv")\n  languages')
    model = SMALL.partition("data {")[0].replace("= decoder", "= encoder_decoder")
    text = f"{model}\n{pairs}\n{TRAIN}"
    for setting in (
        "data.reverse = true",
        "data.buckets = [64, 256]",
        "train.validate = 10 steps",
        "model.cross = full",
    ):
        assert found(text, setting) == []


def test_cross_attention_of_an_encoder():
    model = SMALL.partition("data {")[0].replace("= decoder", "= encoder_decoder")
    text = f"{model.replace('vocab ', 'encoder { cross = full }' + chr(10) + '  vocab ')}\n{PAIRS}\n{TRAIN}"
    assert only(text).message == "`cross` has no effect: an encoder reads only itself"


def test_what_is_inherited_is_not_complained_of():
    from tests.spec.reading import spec_of
    from tfc.plan import Plan

    base = SMALL.replace("optimizer", "validate = 10 steps\n  optimizer")
    spec = spec_of('extends "base.tfs"\ntrain { steps = 9 }', files={"base.tfs": base})
    assert [one for one in Plan(spec).report if one.code == "TFS902"] == []

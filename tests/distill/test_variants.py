"""Lessons of other kinds of models, numbers and data: they learn, go on and are scored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.distill.specs import LAYERED, lesson
from tests.run.folder import Folder
from tests.run.specs import changed

SHORT = changed(LAYERED, train__steps="3")
VARIANTS = {
    "16 bits": lesson("precision = bf16\n  loss = [kl(top = 8), cross_entropy]\n  teacher = resident", SHORT),
    "a scaler": lesson(
        "precision = fp16\n  teacher = resident(precision = fp16)", changed(SHORT, train__precision="fp16")
    ),
    "batches of tokens": lesson(
        'teacher = cached(top = 4, to = "kept")\n  loss = [kl, sequence]',
        changed(SHORT, train__batch="1600 tokens"),
    ).replace("batch = 32 sequences", "batch = 1600 tokens"),
    "adapters of the teacher": lesson(
        "loss = [kl, sequence(beam = 2)]\n  teacher = cached",
        changed(SHORT, model__adapters="bottleneck(8, per = language)"),
        "layers = 1\n  adapters = none",
    ),
    "another width": lesson(
        "loss = [kl, sequence(beam = 2)]\n  recompute = full",
        changed(SHORT, model__tied="false"),
        "layers = 1\n  tied = true\n  width = 48\n  heads = 4",
    ),
    "epochs, both ways": lesson(
        "loss = [kl, sequence(beam = 2, pick = reference)]\n  epochs = 1",
        changed(SHORT, data__language_token="target", data__reverse="true", model__vocab="84"),
    ).replace("steps = 30", ""),
    "no teacher but its layers": lesson(
        "loss = cross_entropy(smoothing = 10%)\n  init = layers(last)\n  average = last(2)", SHORT
    ),
    "bytes": lesson(
        "loss = [kl, sequence(beam = 2)]", changed(SHORT, data__tokenizer="bytes", model__vocab="270")
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_a_lesson_is_learnt(compiled: Callable[..., Folder], name: str) -> None:
    folder = compiled(VARIANTS[name])
    folder.train()
    folder.run("distill.py", "--steps", "12")
    folder.run("distill.py", "--steps", "20")
    assert sorted(folder.losses("small")) == [10, 20]
    folder.run("evaluate.py", "small", "--limit", "2")
    if "kept" in VARIANTS[name]:
        assert [*Path(folder.data, "kept").glob("*/done")]

"""Lessons from beginning to end: what is learnt, what a student begins with, and every family."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.distill.specs import ALL, BESIDE, DECODER, ENCODER, FLATTENED, LAYERED, SMOOTHED, lesson
from tests.run.folder import Folder
from tests.run.specs import changed


def divergence(folder: Folder, weights: str = "small") -> float:
    """The mean KL of a student from its teacher over some of the training pairs."""
    with folder.imported() as load:
        data, model = load("data"), load("model")
        prepared = data.prepare(folder.data, folder.runs, quiet=True)
        nets = {}
        for name, config in (("tiny", model.TINY), ("small", model.SMALL)):
            nets[name] = model.Transformer(config).eval()
        nets["tiny"].load_state_dict(load_file(folder.model("tiny") / "weights.safetensors"))
        if weights:
            nets["small"].load_state_dict(load_file(folder.model(weights) / "weights.safetensors"))
        else:
            nets["small"].initialise(0)
        total = tokens = 0.0
        with torch.no_grad():
            for batch in islice(data.Batches(prepared, 32, 1), 4):
                counts = batch.labels != -100
                log = {
                    name: (net.states(batch.source, batch.target)[counts] @ net.table[:72].T).log_softmax(-1)
                    for name, net in nets.items()
                }
                total += float((log["tiny"].exp() * (log["tiny"] - log["small"])).sum())
                tokens += int(counts.sum())
    return total / tokens


def test_a_student_comes_to_what_its_teacher_says(school: Callable[..., Folder]) -> None:
    """Closer to it than it began, and closer than the same student that only sees the ground truth."""
    taught, alone = (
        school(spec.replace("steps = 30", "steps = 60"), name)
        for spec, name in ((BESIDE, "taught"), (lesson("loss = cross_entropy"), "alone"))
    )
    for folder in (taught, alone):
        folder.run("distill.py")
    assert divergence(taught) < 0.5 * divergence(taught, "")
    assert divergence(taught) < 0.8 * divergence(alone)
    facts = json.loads((taught.model("small") / "model.json").read_text())
    assert facts["model"] == "small" and facts["reads"] == "corpus"
    assert len(facts["teacher"]) == 64


@pytest.mark.parametrize(
    ("init", "encoder", "decoder"),
    [("uniform", (0, 2), (0,)), ("last", (1, 2), (2,)), ("uniform, flat", (0, 1, 2), (0, 1, 2))],
)
def test_a_student_begins_with_layers_of_its_teacher(
    corpora: Path, init: str, encoder: tuple[int, ...], decoder: tuple[int, ...]
) -> None:
    which, _, flat = init.partition(", ")
    student = "layers = 3" if flat else "encoder { layers = 2 }\n  decoder { layers = 1 }"
    spec = lesson(f"init = layers({which})", changed(LAYERED, model__layers="3"), student)
    folder = Folder(corpora, spec, f"init_{which}_{flat}")
    with folder.imported() as load:
        model, distill = load("model"), load("distill")
        teacher, net = model.Transformer(model.TINY), model.Transformer(model.SMALL)
        teacher.initialise(1)
        from safetensors.torch import save_file

        given = teacher.state_dict()
        save_file(given, folder.path / "teacher.safetensors")
        distill.inherit(net, folder.path / "teacher.safetensors")
        assert (distill.LAYERS["encoder"], distill.LAYERS["decoder"]) == (encoder, decoder)
    own = net.state_dict()
    for side, chosen in (("encoder", encoder), ("decoder", decoder)):
        for layer, place in enumerate(chosen):
            for name in [name for name in own if name.startswith(f"{side}.{layer}.")]:
                assert own[name].equal(given[name.replace(f"{side}.{layer}.", f"{side}.{place}.")])
    for name in ("table", "encoder_norm.weight", "decoder_norm.weight"):
        assert own[name].equal(given[name])


@pytest.mark.parametrize(("family", "spec"), [("decoder", DECODER), ("encoder", ENCODER)])
def test_families_that_read_text(school: Callable[..., Folder], family: str, spec: str) -> None:
    folder = school(spec, f"student_{family}", family)
    folder.run("distill.py")
    losses = folder.losses("small")
    assert losses[30] < losses[10]
    folder.run("evaluate.py", "small", "--split", "train", "--limit", "2")


@pytest.mark.parametrize(("name", "spec"), [("all", ALL), ("smoothed", SMOOTHED)])
def test_a_run_that_goes_on_is_the_same_run(school: Callable[..., Folder], name: str, spec: str) -> None:
    """Bit for bit, whichever micro-batches are the teacher's."""
    spec = spec.replace("batch = 32 sequences", "batch = 32 sequences\n  accumulation = 2")
    whole, parts = school(spec, f"whole_{name}"), school(spec, f"parts_{name}")
    whole.run("distill.py")
    for until in ("7", "20", "30"):
        parts.run("distill.py", "--steps", until)
    for file in ("weights.safetensors", "model.json"):
        assert (whole.model("small") / file).read_bytes() == (parts.model("small") / file).read_bytes()
    assert whole.losses("small") == {
        **parts.losses("small"),
        **{step: loss for step, loss in whole.losses("small").items() if step == 10},
    }


def test_the_log_compares_with_the_plan(
    school: Callable[..., Folder], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = school(FLATTENED, "compared")
    folder.run("distill.py", "small", "--steps", "20")
    said = capsys.readouterr().out
    assert "at step 20: a step takes" in said and "predicted" in said
    plan = json.loads((folder.path / "plan.json").read_text())["predicted"]["distill.small"]
    measured = folder.finish("--fresh", "--steps", "10", script="distill.py")
    (record,) = [record for record in folder.log("small") if "memory" in record]
    assert "trained 10 steps" in measured
    assert 0.8 * plan["memory"]["low"] < record["memory"] < 1.25 * plan["memory"]["high"]
    assert math.isfinite(record["loss"])
    assert (folder.runs / "models" / "small.1").exists(), "the earlier run is set aside"


def test_what_a_teacher_has_to_be(school: Callable[..., Folder]) -> None:
    folder = school(BESIDE, "teachers")
    place = folder.model("tiny")
    facts = json.loads((place / "model.json").read_text())
    for change, said in (
        ({"tokenizer": "another"}, "was trained with another tokenizer"),
        ({"config": {**facts["config"], "width": 64}}, r"is of another model \(width 64 -> 32\)"),
    ):
        (place / "model.json").write_text(json.dumps(facts | change))
        with pytest.raises(SystemExit, match=said):
            folder.run("distill.py")
    (place / "model.json").write_text(json.dumps(facts))
    folder.run("distill.py", "--steps", "2")
    weights = (place / "weights.safetensors").read_bytes()
    (place / "weights.safetensors").write_bytes(weights[:-4] + b"\0\0\0\0")
    with pytest.raises(SystemExit, match=r"is of another model: teacher .* `--fresh` sets it aside"):
        folder.run("distill.py")
    (place / "weights.safetensors").write_bytes(weights[:100])
    with pytest.raises(SystemExit, match="is damaged, or of another model"):
        folder.run("distill.py")
    (place / "weights.safetensors").unlink()
    with pytest.raises(SystemExit, match=r"`python train\.py` writes it"):
        folder.run("distill.py", "--fresh")
    assert not (folder.runs / "models" / "small.1").exists(), "what cannot begin sets nothing aside"


def test_scores_are_kept_by_stage(school: Callable[..., Folder]) -> None:
    folder = school(BESIDE, "scored")
    folder.run("distill.py", "--steps", "4")
    for name, stage in (("tiny", "train"), ("small", "distill")):
        folder.run("evaluate.py", name)
        assert [*json.loads((folder.model(name) / "scores.json").read_text())] == [stage]


def test_a_teacher_that_was_trained_before_there_was_a_student(
    corpora: Path,
) -> None:
    """A Config has fields only where the models of a file differ, and so it is another when one is added."""
    alone = Folder(corpora, changed(LAYERED, train__steps="3"), "before")
    alone.train()
    student = "layers = 1\n  dropout = 10%\n  decoder { heads = 4 }"
    after = Folder(corpora, lesson(base=changed(LAYERED, train__steps="3"), student=student), "after")
    shutil.copytree(alone.runs, after.runs)
    after.run("distill.py", "--steps", "2")
    after.run("evaluate.py", "tiny", "--limit", "2")
    after.train()
    assert (after.model("small") / "weights.safetensors").exists()

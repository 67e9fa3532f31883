"""`export.py` from weights to a folder that answers, for each family; and what is left when it cannot be."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import save

from tests.evaluate.generated import TEXT
from tests.export.folders import CPU, ENGINE, Deployed, deploy, every_way, translator


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """A translator that knows most of its words, in fp32 by beams, and in INT8 greedily."""
    deploys = deploy("plain", CPU, "fp32", "decoding = beam(3)") + every_way("per_row", "symmetric")
    made = Deployed(tmp_path_factory.mktemp("export"), translator(deploys=deploys))
    made.save(made.model(steps=120))
    return made


def exported(folder: Deployed, name: str) -> tuple[Path, dict[str, Any]]:
    """The folder of a deployment and its engine.json, after export."""
    with folder.importable():
        folder.run("export", name)
    place = folder.runs / "deploys" / name
    return place, json.loads((place / "engine.json").read_text())


def test_a_translator_in_fp32_answers_as_torch_does(
    toy: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    place, facts = exported(toy, "plain")
    assert {path.name for path in place.iterdir()} == {"encoder.onnx", "decoder.onnx", "engine.json"}
    assert facts["parity"]["float32"]["error"] < 1e-4 and facts["parity"]["float32"]["alike"] == 1
    assert facts["parity"]["float32"]["places"] > 100
    assert facts["parity"]["answers"] == {"alike": 1.0, "texts": 54}
    assert "exported" not in facts["parity"], "what is exported is fp32"
    assert facts["decoding"]["name"] == "beam" and facts["targets"] == ["up", "re"]
    assert facts["step"] == 100 and facts["stage"] == "train" and facts["vocab"] == 261
    weights = (toy.models / "weights.safetensors").read_bytes()
    assert facts["weights"] == hashlib.sha256(weights).hexdigest()
    decoder = onnx.load(place / "decoder.onnx")
    onnx.checker.check_model(decoder, full_check=True)
    assert [output.name for output in decoder.graph.output][-2:] == ["score", "token"]
    assert facts["sizes"]["decoder.onnx"] == (place / "decoder.onnx").stat().st_size
    assert f"{facts['sizes']['decoder.onnx'] / 1e6:9.3f} MB" in capsys.readouterr().out


def test_a_batch_may_have_one_text(toy: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the last of a bucket has: a mask of one is no number of a row."""
    _, facts = exported(toy, "plain")
    monkeypatch.setattr(toy.modules.export, "BATCH", 1)
    _, alone = exported(toy, "plain")
    whole, one = (made["parity"]["float32"] for made in (facts, alone))
    assert one["alike"] == 1 and one["places"] > 100
    assert one["error"] == pytest.approx(whole["error"], abs=1e-5)


def test_golden_answers_are_given_again(toy: Deployed) -> None:
    place, facts = exported(toy, "per_row")
    assert len(facts["golden"]) == 8 and {golden["target"] for golden in facts["golden"]} == {"up", "re"}
    with toy.importable():
        translator = toy.modules.engine.load(place, program="onnxruntime")
    for golden in facts["golden"]:
        asked = {name: golden[name] for name in ("text", "target")}
        assert translator.run([translator.work(**asked)]).texts == [golden["answer"]]
    right = [
        golden["answer"] == golden["text"].upper() for golden in facts["golden"] if golden["target"] == "up"
    ]
    assert sum(right) > 2, "it has learnt something"


def test_a_cpu_that_adds_in_16_bits_is_given_other_weights(
    toy: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, facts = exported(toy, "per_row")
    answers = []
    for narrow in (False, True):
        monkeypatch.setattr(toy.modules.program, "adds_in_16_bits", lambda narrow=narrow: narrow)
        found = toy.modules.engine.load(place)
        answers.append(found.translate([golden["text"] for golden in facts["golden"]], "re"))
        options = found.decoder.session.get_session_options()
        try:
            wide = options.get_session_config_entry("session.x64quantprecision")
        except RuntimeError:
            wide = "0"
        assert wide == ("1" if narrow else "0")
    assert answers[0] == answers[1] and any(answers[0])


def test_int8_is_a_quarter_and_near(toy: Deployed) -> None:
    sizes, parity = {}, {}
    for name in ("per_row", "symmetric"):
        _, facts = exported(toy, name)
        sizes[name], parity[name] = facts["numbers_in"]["encoder.onnx"], facts["parity"]
        assert 1e-4 < facts["parity"]["exported"]["error"] < 0.1
        assert facts["parity"]["answers"]["alike"] > 0.8
    assert sizes["per_row"]["int8"] > 20 * sizes["per_row"]["float32"]
    assert sizes["symmetric"]["int8"] > 20 * sizes["symmetric"]["float16"]
    assert (toy.runs / "deploys" / "symmetric" / "scales.json").exists()
    assert not (toy.runs / "deploys" / "per_row" / "scales.json").exists()


def test_what_differs_from_torch_replaces_nothing(toy: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    place, _ = exported(toy, "per_row")
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    emit = toy.modules.graphs.encoder

    def wrong(config: Any, weights: Any, lowering: Any) -> Any:
        return emit(config, {name: values * 1.01 for name, values in weights.items()}, lowering)

    monkeypatch.setattr(toy.modules.graphs, "encoder", wrong)
    with pytest.raises(SystemExit, match=r"away from torch.*nothing is exported"):
        exported(toy, "per_row")
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
    assert [path.name for path in place.parent.iterdir() if path.name.startswith(".")] == []


def test_answers_that_differ_in_fp32_replace_nothing(toy: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toy.modules.evaluate, "translate", lambda *how: ["?"] * len(how[3]))
    with pytest.raises(SystemExit, match="54 of 54 texts are translated otherwise"):
        exported(toy, "plain")


def test_an_export_again_leaves_no_old_scores(toy: Deployed) -> None:
    place, _ = exported(toy, "symmetric")
    (place / "measured.json").write_text("{}")
    place, _ = exported(toy, "symmetric")
    assert not (place / "measured.json").exists()


def test_a_model_whose_tokenizer_is_gone_is_said(toy: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = toy.models / "model.json"
    before = facts.read_text()
    facts.write_text(before.replace(json.loads(before)["tokenizer"], "0" * 64))
    try:
        with pytest.raises(SystemExit, match="no tokenizer 000000000000"):
            exported(toy, "per_row")
    finally:
        facts.write_text(before)


def test_weights_that_are_not_the_models_are_said(toy: Deployed) -> None:
    weights, facts = toy.models / "weights.safetensors", toy.models / "model.json"
    right, known = weights.read_bytes(), facts.read_text()
    try:
        for wrong in (right[:100], save({"table": torch.zeros(2, 2)})):
            weights.write_bytes(wrong)
            with pytest.raises(SystemExit, match=r"weights.safetensors is damaged, or of another model"):
                exported(toy, "per_row")
        facts.unlink()
        with pytest.raises(SystemExit, match=r"there is no .*model.json: `python train.py` writes it"):
            exported(toy, "per_row")
    finally:
        weights.write_bytes(right)
        facts.write_text(known)


def test_what_is_no_number_is_no_small_error(toy: Deployed) -> None:
    difference, right = toy.modules.export.Difference(), np.zeros((2, 3))
    difference.add(right + 0.5, right + np.arange(3))
    assert difference.summary()["error"] == 0.75
    difference.add(np.full((2, 3), np.nan), right)
    difference.add(right, right)
    with pytest.raises(SystemExit, match="what is no number: nothing is exported"):
        difference.summary()


def test_what_a_deployment_has_no_say_in_is_refused(
    toy: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, said in ((("--translate", "-", "--to", "up"), "only scores"), (("--beam", "7"), "decodes")):
        with pytest.raises(SystemExit):
            toy.run("evaluate", "--deploy", "per_row", *words)
        assert f"--deploy {said}" in capsys.readouterr().err


def test_scores_of_a_deployment_stand_beside_those_before(
    toy: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    place, _ = exported(toy, "per_row")
    with toy.importable():
        toy.run("evaluate", "--deploy", "per_row", "--limit", "2")
        assert not (place / "scores.json").exists(), "scores of a part are printed, and not kept"
        toy.run("evaluate", "--beam", "1")
        toy.run("evaluate", "--deploy", "per_row")
    scores = json.loads((place / "scores.json").read_text())["export"]["test"]
    assert scores["decoding"] == "greedy" and scores["step"] == 100
    assert scores["directions"]["en-up"]["pairs"] == 27 and "loss" not in scores["directions"]["en-up"]
    assert capsys.readouterr().out.count("below the same weights before export") >= 2


def test_deployments_with_little_room(tmp_path: Path) -> None:
    deploys = deploy("short", ENGINE, "fp16", "decoding = beam(2)\n  output = 1..6 tokens\n  batch = 1..4")
    deploys += deploy("ratio", CPU, "fp32", "decoding = greedy(ratio = 0.7)\n  input = 1..12 tokens")
    folder = Deployed(tmp_path, translator(deploys=deploys))
    folder.save(folder.model(steps=60))
    for name, whole in (("short", 40), ("ratio", 50)):
        place, facts = exported(folder, name)
        assert 0 < facts["parity"]["answers"]["texts"] < whole, "the others are cut"
        assert facts["parity"]["answers"]["alike"] > 0.9
        with folder.importable():
            folder.run("evaluate", "--deploy", name, *(["--program", "onnxruntime"]))
        assert "test" in json.loads((place / "scores.json").read_text())["export"]
    decoder = onnx.load(folder.runs / "deploys" / "short" / "decoder.onnx")
    (cache,) = (value for value in decoder.graph.input if value.name == "key_0")
    assert cache.type.tensor_type.shape.dim[2].dim_value == 6


@pytest.mark.parametrize(
    ("family", "more", "file"),
    [
        ("decoder", "", "decoder.onnx"),
        ("encoder", "gives = states", "encoder.onnx"),
        ("encoder", "gives = scores", "encoder.onnx"),
    ],
)
def test_the_other_families(tmp_path: Path, family: str, more: str, file: str) -> None:
    spec = TEXT.format(family=family, tokenizer="bytes") + every_way("plain", "static", more=more)
    folder = Deployed(tmp_path, spec)
    folder.save(folder.model(steps=60))
    for name in ("plain", "static"):
        folder.modules.export.BATCH = 1 if name == "plain" else 16
        place, facts = exported(folder, name)
        assert (place / file).exists() and facts["parity"]["float32"]["error"] < 1e-5
        assert facts["parity"]["answers"]["alike"] > (0.999 if name == "plain" else 0.8)
        assert len(facts["golden"]) == (8 if family == "decoder" else 0)
        with folder.importable():
            folder.run("evaluate", "--deploy", name)
        scores = json.loads((place / "scores.json").read_text())["export"]["train"]
        if family == "decoder":
            row = scores["languages"]["text"]
            assert row["loss"] == pytest.approx(row["loss_before"], rel=1e-5 if name == "plain" else 0.05)
        elif more == "gives = scores":
            assert scores["languages"]["text"]["hidden"] > 50
        else:
            assert scores["parity"]["answers"]["alike"] > 0.999

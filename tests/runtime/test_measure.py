"""`measure.py`: what it times, what it writes, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tfc
from tests.runtime.deployed import PAIRS, TEXT, Deployed, deploy
from tfc.backends.deployments import deployments
from tfc.backends.onnx.measure import context


def measured(deployed: Deployed, monkeypatch: pytest.MonkeyPatch, *words: str) -> dict[str, Any]:
    """Run `measure.py WORDS` in this process; what it leaves."""
    monkeypatch.setattr("sys.argv", ["measure.py", "--runs", str(deployed.runs), "--quick", *words])
    deployed.modules.measure.main()
    return json.loads((deployed.runs / "deploys" / words[0] / "measured.json").read_text())


def test_a_translator_writes_as_many_tokens_as_it_is_told(
    translator: Deployed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    translator.export("rounded_beams", sizes={"encoder.onnx": 100, "decoder.onnx": 200})
    run, written = translator.modules.engine.Translator.run, []

    def watched(self: Any, works: Any) -> Any:
        answers = run(self, works)
        written.append((len(works), {len(work.tokens) for work in works}, answers.tokens))
        return answers

    monkeypatch.setattr(translator.modules.engine.Translator, "run", watched)
    found = measured(translator, monkeypatch, "rounded_beams", "--at", "3x10x20", "1,48,7", "--at", "2x1x1")
    assert {(size, *lengths, tokens) for size, lengths, tokens in written} == {
        (3, 10, 60),
        (1, 48, 7),
        (2, 1, 2),
    }
    shapes = [(row["batch"], row["input"], row["output"]) for row in found["latency"]]
    assert shapes == [(2, 1, 1), (1, 48, 7), (3, 10, 20)], "the largest comes last"
    for row in found["latency"]:
        assert row["runs"] >= 3
        assert 0 < row["first_token"] < row["p99"]
        assert row["p50"] <= row["p95"] <= row["p99"]
        assert row["throughput"] == pytest.approx(row["batch"] * row["output"] / row["p50"])
        whole = row["first_token"] + (row["token"] or 0) * (row["output"] - 1)
        assert whole == pytest.approx(row["p50"], rel=0.5)
    assert found["latency"][0]["token"] is None
    assert found["sizes"] == {"encoder.onnx": 100, "decoder.onnx": 200, "total": 300}
    assert found["device"] == "cpu" and found["threads"] == 1 and found["cores"] >= 1
    assert 2**26 < found["memory"] < 2**34
    printed = capsys.readouterr().out
    assert "1 of" in printed and "0.0 MB of files" in printed


def test_what_is_never_answered_is_left_out(
    writer: Deployed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    writer.export("drawn", sizes={})
    asked = ("1x48x2", "1x40x9", "1x8x13", "1x8x12", "99x8x12")
    found = measured(writer, monkeypatch, "drawn", "--at", *asked)
    shapes = [(row["batch"], row["input"], row["output"]) for row in found["latency"]]
    assert shapes == [(1, 8, 12), (1, 40, 9)]
    assert capsys.readouterr().err.count("left out") == 3
    with pytest.raises(SystemExit, match="nothing was measured"):
        measured(writer, monkeypatch, "drawn", "--at", "99x8x12")
    kept = json.loads((writer.runs / "deploys/drawn/measured.json").read_text())
    assert kept == found, "what was measured before stays"
    for wrong in ("8x8", "0x8x8", "axbxc", "1x8x8x8"):
        with pytest.raises(SystemExit):
            measured(writer, monkeypatch, "drawn", "--at", wrong)


@pytest.mark.parametrize("name", ["states", "guesses"])
def test_an_encoder_writes_nothing(reader: Deployed, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    reader.export(name, sizes={})
    (row,) = measured(reader, monkeypatch, name, "--at", "4x20x0")["latency"]
    assert (row["first_token"], row["token"]) == (None, None)
    assert row["throughput"] == pytest.approx(80 / row["p50"])


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (PAIRS + deploy("api"), [(1, 48, 48), (32, 48, 48)]),
        (PAIRS + deploy("api", batch="1..4", input="1..20", output="1..30"), [(1, 20, 30), (4, 20, 30)]),
        (
            PAIRS.replace("tokenizer = bytes", "tokenizer = bytes\n  lengths = [9 tokens, 8 tokens]")
            + deploy("api", batch="1..4"),
            [(1, 9, 8), (4, 9, 8), (1, 48, 48), (4, 48, 48)],
        ),
        (TEXT + deploy("api"), [(1, 24, 25), (32, 24, 25)]),
        (TEXT + deploy("api", output="1..8"), [(1, 41, 8), (32, 41, 8)]),
        (TEXT.replace("{family}", "encoder") + deploy("api"), [(1, 48, 0), (32, 48, 0)]),
    ],
)
def test_typical_and_greatest_lengths_are_timed(spec: str, expected: list[tuple[int, int, int]]) -> None:
    head, deployed = spec.rsplit("\ndeploy", 1)
    more = "vocab = 257" if "encoder\n" in head and "pairs(" not in head else ""
    head = head.format(more=more, family="decoder", position="rope", tokenizer="bytes")
    plan = tfc.load(f"{head}\ndeploy{deployed}", name="toy.tfs").plan()
    ((_, shapes),) = context(deployments(plan))["shapes"]
    assert shapes == f"[{', '.join(map(str, expected))}]"


def test_beside_an_engine_the_memory_of_a_cpu_is_measured_without_a_gpu(tmp_path: Path) -> None:
    spec = PAIRS.format(more="") + deploy("api") + deploy("fast", target="tensorrt(on = l4)")
    tfc.load(spec, name="toy.tfs").compile(tmp_path)
    text = (tmp_path / "measure.py").read_text(encoding="utf-8")
    assert 'ON_GPU = ("fast",)' in text
    assert "before = on_gpus() if options.deploy in ON_GPU else 0" in text
    assert '"memory": on_gpus() - before if options.deploy in ON_GPU else resident()' in text

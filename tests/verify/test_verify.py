"""`tfc verify` with scripts that only pretend: what is measured, what follows from it, and how budgets are judged."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import pytest

import tfc
from tests.run.pretended import SPEC, TIMED, Pretended
from tfc.build.manifest import Manifest
from tfc.cost.items import Figure
from tfc.cost.queue import wait
from tfc.verify.deployment import Built, at_shape, shape
from tfc.verify.learning import parameters
from tfc.verify.measured import Measured, Unmeasured
from tfc.verify.rows import Row, Verdict
from tfc.verify.verify import Verified

AT = " at batch = 8 and input = 20 tokens and output = 30 tokens"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Pretended:
    """A folder whose student is exported."""
    bench = Pretended(tmp_path_factory.mktemp("built"))
    bench.run("export")
    return bench


def asking(*budgets: str, block: str = "deploy api") -> str:
    return SPEC.replace(f"{block} {{", "\n  ".join([f"{block} {{", *budgets]))


def row(found: Verified, metric: str, block: str = "deploy.api") -> Row:
    (rows,) = (one.rows for one in found.blocks if one.name == block)
    return next(one for one in rows if one.metric == metric)


def amount(found: Row) -> float:
    assert isinstance(found.measured, Measured)
    return found.measured.value


def test_nothing_is_verified_before_it_is_built(tmp_path: Path):
    bench = Pretended(tmp_path)
    with pytest.raises(tfc.SpecError, match=r"nothing is exported yet.*(?s:.*)`tfc run small\.tfs export`"):
        bench.verify()
    alone = SPEC[: SPEC.index("distill")]
    with pytest.raises(tfc.SpecError, match=r"(?s)nothing is trained yet.*`tfc run small\.tfs train`"):
        bench.verify(alone)
    bench.run("distill")
    with pytest.raises(tfc.SpecError, match="nothing is exported yet"):
        bench.verify()
    assert [block.name for block in bench.verify(alone).blocks] == ["train"]


def test_every_block_has_its_figures(built: Pretended):
    _ = built.started
    found = built.verify()
    assert built.started == ["measure api"], "scores that are current are not made again"
    assert [block.name for block in found.blocks] == ["train", "distill.small", "deploy.api"]
    assert amount(row(found, "step_time", "train")) == 0.05
    assert amount(row(found, "size")) == 2**20 and amount(row(found, "memory")) == 200 * 2**20
    assert amount(row(found, "throughput")) == 4 * 5000, "each of four cores computes a batch"
    assert [(one["batch"], one["input"], one["output"]) for one in found.blocks[2].latency] == [
        (1, 40, 40),
        (32, 40, 40),
    ]
    assert isinstance(row(found, "latency").predicted, Figure)
    assert row(found, "latency").within is False, "the pretended machine is slow"
    assert found.ok and not found.report


def test_a_request_waits_as_in_the_prediction(built: Pretended):
    (budget, at_rate) = (
        f"require latency.p95 <= 1 s{AT}{more}" for more in ("", " and rate = 1600 requests/s")
    )
    found = built.verify(asking(budget), latency=True)
    expected = TIMED["p95"] + wait(8, 0.7, "p95", 4) * TIMED["p50"] + 0.005
    assert amount(row(found, "latency.p95")) == pytest.approx(expected)
    note = row(found, "latency.p95").measured.note
    assert note.startswith("12 ms computing + ") and "queueing at a load of 70%" in note and "5 ms" in note
    found = built.verify(asking(at_rate), latency=True)
    half = 1600 * TIMED["p50"] / (4 * 8)
    expected = TIMED["p95"] + wait(8, half, "p95", 4) * TIMED["p50"] + 0.005
    assert amount(row(found, "latency.p95")) == pytest.approx(expected)
    (shape,) = (one for one in found.blocks[-1].latency if one["batch"] == 8)
    assert (shape["input"], shape["output"]) == (20, 30)


def test_first_and_further_tokens(built: Pretended):
    first, token = "latency.first_token.p50", "latency.token"
    found = built.verify(
        asking(f"require {first} <= 1 s at load = 10%", f"require {token} <= 1 s"), latency=True
    )
    assert amount(row(found, token)) == TIMED["token"]
    queued = wait(1, 0.1, "p50", 4) * TIMED["p50"]
    assert amount(row(found, first)) == pytest.approx(TIMED["first_token"] + queued + 0.005)


def test_more_than_can_be_answered_is_broken(built: Pretended):
    found = built.verify(asking(f"require latency.p99 <= 1 s{AT} and rate = 3600 requests/s"), latency=True)
    (said,) = found.report
    assert (said.code, said.severity) == ("TFS402", "error") and "without end" in said.message
    assert amount(row(found, "latency.p99")) == math.inf and not found.ok
    (kept,) = json.loads((built.folder / "runs/verify.json").read_text())["blocks"]
    assert kept["rows"][-1]["measured"]["value"] is None


def test_budgets_are_judged_by_what_was_measured(built: Pretended):
    text = asking(
        "require size <= 512 KiB",
        "prefer throughput >= 1 M tokens/s",
        "require memory <= 100 MiB at batch = 1",
        "require memory <= 1 GiB at batch = 1",
        "prefer cost <= 10 USD",
        "require bleu >= 40 at language = fr",
    )
    found = built.verify(text)
    verdicts = [one.verdict for one in found.blocks[-1].rows if one.budget is not None]
    broken, met, unknown = Verdict.BROKEN, Verdict.MET, Verdict.UNKNOWN
    assert verdicts == [broken, broken, unknown, met, met, met]
    assert [(said.code, said.severity) for said in found.report] == [
        ("TFS401", "error"),
        ("TFS406", "warning"),
        ("TFS408", "warning"),
    ]
    size, rate, memory = found.report
    assert size.message == "size was measured at 1.0 MiB and may be 512.0 KiB"
    assert rate.message == "throughput was measured at 20 K tokens/s and must be at least 1 M tokens/s"
    assert "it bounds what is less" in memory.message


def test_a_run_is_judged_by_its_log(built: Pretended):
    text = asking(
        "require time <= 1 s", "prefer lost_work <= 1 min", "require memory <= 1 GiB", block="train"
    )
    found = built.verify(text)
    assert amount(row(found, "time", "train")) == pytest.approx(40 * 0.05)
    assert [(said.code, said.severity) for said in found.report] == [
        ("TFS404", "error"),
        ("TFS408", "warning"),
    ]
    assert "`log.jsonl` does not tell it" in [said.message for said in found.report][1]


def test_scores_that_are_old_are_made_again(tmp_path: Path):
    bench = Pretended(tmp_path)
    bench.run("export")
    (bench.folder / "runs/deploys/api/decoder.onnx").write_text("another")
    (bench.folder / "runs/models/small/weights.safetensors").write_text("another")
    _ = bench.started
    bench.score(api={"en-de": 10.0, "en-fr": 10.0})
    (said,) = bench.verify(asking("require bleu.drop <= 1")).report
    assert bench.started == ["evaluate small", "measure api", "evaluate --deploy api"]
    assert said.message == "bleu is 25 below that of `small` before export and may be 1"
    assert "deploy.api was exported from other code, data or weights than there are now" in bench.told


def test_what_fails_or_is_not_there_is_warned_of(tmp_path: Path):
    bench = Pretended(tmp_path)
    bench.run("export")
    (bench.folder / "measure.py").write_text("raise SystemExit(2)\n")
    other = SPEC[SPEC.index("deploy api") :].replace("api {", "other {\n  require size <= 1 MiB")
    found = bench.verify(asking("require latency <= 1 s") + other)
    assert [(said.code, said.severity) for said in found.report] == [("TFS408", "warning")] * 2
    failed, other = (said.message for said in found.report)
    assert "`measure.py` could not run here" in failed
    assert "`other` is not exported: `tfc run small.tfs export` does it" in other
    assert found.ok


def test_a_deployment_that_nothing_is_asked_of_says_that_it_is_not_exported(built: Pretended):
    other = SPEC[SPEC.index("deploy api") :].replace("api {", "other {")
    assert "require" not in other
    for latency, metric in ((False, "size"), (True, "latency")):
        said = row(built.verify(SPEC + other, latency=latency), metric, "deploy.other").measured
        assert isinstance(said, Unmeasured) and "`other` is not exported" in said.reason


def test_a_folder_of_other_settings_is_told(tmp_path: Path):
    bench = Pretended(tmp_path)
    bench.run("export")
    manifest = bench.folder / "manifest.json"
    for text, told in ((SPEC, False), (SPEC.replace("steps = 40", "steps = 41"), True)):
        manifest.write_text(
            Manifest(spec="small.tfs", hash=tfc.load(text, name="small.tfs").plan().hash).text()
        )
        bench.told.clear()
        found = bench.verify(latency=True)
        assert (
            any("was compiled from other settings than `small.tfs` has now" in said for said in bench.told)
            == told
        )
    assert found.latency and json.loads((bench.folder / "runs/verify.json").read_text())["latency"] is True


def test_a_spec_that_makes_no_plan_is_refused(built: Pretended):
    with pytest.raises(tfc.SpecError, match="TFS301"):
        built.verify(SPEC.replace("heads   = 2", "heads   = 5"))


def test_parameters_are_counted_in_the_weights(tmp_path: Path):
    header = {"__metadata__": {}, "a": {"shape": [3, 4], "dtype": "F32"}, "b": {"shape": [5], "dtype": "F32"}}
    text = json.dumps(header).encode()
    (tmp_path / "weights").write_bytes(struct.pack("<Q", len(text)) + text + b"\0" * 68)
    found = parameters(tmp_path / "weights")
    assert isinstance(found, Measured) and found.value == 17
    assert isinstance(parameters(tmp_path / "none"), Unmeasured)
    (tmp_path / "weights").write_bytes(b"\1\0\0\0\0\0\0\0{")
    assert isinstance(parameters(tmp_path / "weights"), Unmeasured)


def test_what_a_decoder_reads_and_writes_fits_into_its_context():
    text = """
model small { family = decoder, layers = 1, width = 32, heads = 2, context = 64 tokens, vocab = 256 }
deploy api { model = small, target = onnxruntime(on = cpu), output = 1..16 tokens }
"""
    serving = tfc.load(text).plan().servings["deploy.api"].serving
    assert shape(serving, "latency", {}) == (1, 49, 16)
    assert shape(serving, "throughput", {"input": 10}) == (32, 10, 16)
    asked = {"load": 0.5, "batch": 1, "input": 49, "output": 16}
    assert at_shape(serving, "latency.p50", {"load": 0.5}) == asked
    assert at_shape(serving, "size", {}) == {}


def test_an_encoder_writes_no_tokens():
    text = """
model small { family = encoder, layers = 1, width = 32, heads = 2, context = 32 tokens, vocab = 256 }
deploy api { model = small, target = onnxruntime(on = cpu) }
"""
    serving = tfc.load(text).plan().servings["deploy.api"].serving
    timed = {
        "batch": 1,
        "input": 32,
        "output": 0,
        "p50": 0.01,
        "p99": 0.01,
        "token": None,
        "first_token": None,
    }
    found = Built(serving, {"latency": [timed]})
    assert isinstance(found.metric("latency.token", {}), Unmeasured)
    whole = found.metric("latency", {"load": 0})
    assert isinstance(whole, Measured) and whole.value == pytest.approx(0.015)

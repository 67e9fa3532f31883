"""`tfc verify` on the command line: the table, the formats, the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import Outcome, tfc
from tests.run.pretended import SPEC, Pretended

BUDGETS = """deploy api {
  require latency.p99 <= {limit} at batch = 8 and load = 50%
  prefer  bleu >= 36
  require bleu.drop <= 1"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Pretended:
    """A folder whose student is exported."""
    found = Pretended(tmp_path_factory.mktemp("built"))
    found.run("export")
    return found


def verify(bench: Pretended, *words: str, limit: str = "40 ms", **env: str) -> Outcome:
    text = SPEC.replace("deploy api {", BUDGETS.replace("{limit}", limit))
    (bench.data / "small.tfs").write_text(text)
    return tfc("verify", "small.tfs", "--out", "build", *words, cwd=bench.data, **env)


def test_predicted_measured_and_asked_stand_side_by_side(bench: Pretended):
    found = verify(bench)
    lines = found.out.split("\n")
    (start,) = (number for number, line in enumerate(lines) if line == "deploy.api   onnxruntime on cpu")
    assert lines[start + 1].split() == ["predicted", "between", "measured", "budget"]
    (latency,) = (line for line in lines if "latency.p99" in line and "<=" in line)
    assert latency.startswith("  ✓  latency.p99 at batch = 8 and load = 50%  ")
    assert latency.endswith(" ms   require <= 40 ms") and ".." in latency
    assert any(line.startswith("  !  bleu ") and line.endswith("35   prefer >= 36") for line in lines)
    assert any("queueing at a load of 50%" in line for line in lines)
    assert "batch  input  output    p50    p95    p99  first token   token      throughput" in found.out
    assert lines[-2] == "3 budgets: 2 met, 1 broken."
    assert "warning[TFS407]: bleu is 35 and must be 36" in found.err and found.code == 0


def test_a_broken_requirement_is_exit_code_1(bench: Pretended):
    found = verify(bench, "--latency", limit="2 ms")
    assert found.code == 1 and "error[TFS402]: latency.p99 was measured at" in found.err
    assert "  ✗  latency.p99" in found.out and "bleu" not in found.out


def test_a_program_reads_the_same(bench: Pretended):
    found = verify(bench, "--format", "json")
    told = json.loads(found.out)
    assert told == json.loads((bench.folder / "runs/verify.json").read_text())
    assert told["schema"] == 1 and told["ok"] is True and "TFS" not in found.err
    rows = {row["metric"]: row for row in told["blocks"][-1]["rows"]}
    assert rows["latency.p99"]["budget"] == {
        "strength": "require",
        "comparison": "<=",
        "limit": 0.04,
        "unit": "s",
        "because": None,
        "at": "small.tfs:38",
        "verdict": "met",
    }
    assert rows["bleu"]["budget"]["verdict"] == "broken" and rows["bleu"]["measured"]["value"] == 35
    assert rows["bleu"]["predicted"] == {"unknown": "it is measured by `evaluate.py`, after export"}
    concise = verify(bench, "--format", "concise").out
    assert "deploy.api bleu broken 35 >= 36\n" in concise


def test_the_signs_are_ascii_where_they_must_be(bench: Pretended):
    (bench.data / "small.tfs").write_text(SPEC.replace("deploy api {", BUDGETS.replace("{limit}", "2 ms")))
    found = tfc("verify", "small.tfs", "--out", "build", "--latency", cwd=bench.data, encoding="ascii")
    assert found.out.isascii() and " no  latency.p99" in found.out


def test_nothing_is_built_yet(tmp_path: Path):
    (tmp_path / "small.tfs").write_text(SPEC)
    found = tfc("verify", "small.tfs", cwd=tmp_path)
    assert found.code == 1 and "nothing is exported yet in `build/small`" in found.err
    assert "`tfc run small.tfs export` does it" in found.err


def test_run_says_what_may_be_asked(bench: Pretended):
    (bench.data / "small.tfs").write_text(SPEC)
    for words, said in (
        (("export", "--fresh"), "`--fresh` begins `train` or `distill` anew, and `export` does neither"),
        (("train", "--deploy", "api"), "`--deploy` is for `export` and `serve`"),
    ):
        found = tfc("run", "small.tfs", *words, cwd=bench.data)
        assert found.code == 64 and said in found.err

"""`tfc advise` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import tfc
from tests.specs import DECODER, TRANSLATOR
from tfc.advise.compare import difference
from tfc.advise.quality import loss
from tfc.units import Dimension


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.tfs").write_text(DECODER.replace("train {", "train {\n  microbatch = 64"))
    (tmp_path / "pair.tfs").write_text(TRANSLATOR)
    return tmp_path


def test_the_answer_for_people(folder: Path):
    found = tfc("advise", "small.tfs", cwd=folder)
    assert found.code == 0, found.transcript
    lines = found.out.splitlines()
    assert lines[0].startswith("train: small, training on h100_80gb")
    assert "no budget but the device's memory" in lines[1]
    (written,) = [line for line in lines if line.startswith("▸")]
    assert "as written" in written and "✓ fits" in written
    assert any("-   microbatch = 64" in line for line in lines)
    assert any("+   recompute" in line for line in lines)
    assert "all figures are predictions" in found.out
    assert max(map(len, lines)) <= 130


def test_further_budgets(folder: Path):
    found = tfc(
        "advise", "small.tfs", "--require", "memory <= 100 MiB", "--require", "cost <= 5 USD", cwd=folder
    )
    assert found.code == 0
    assert "require memory <= 100.0 MiB; require cost <= 5 USD" in found.out
    assert "✓" not in found.out  # the CUDA context alone has more
    assert "nothing that tfc knows of keeps them" in found.out
    assert "with 1, this alone is too much" in found.out
    assert "breaks `require memory <= 100.0 MiB`" in found.out


def test_other_devices(folder: Path):
    found = tfc("advise", "small.tfs", "--set", "train.on = 1 x l4", cwd=folder)
    assert found.code == 0
    assert "training on l4" in found.out
    assert "--set 'train.on = " in found.out  # what the command line gave is changed there


def test_a_line_an_option(folder: Path):
    found = tfc("advise", "pair.tfs", "--format", "concise", cwd=folder)
    lines = found.out.splitlines()
    assert [line.split()[:2] for line in lines] == [["train", str(n)] for n in range(1, len(lines) + 1)]
    assert all("memory=" in line and "step=" in line for line in lines)


def test_an_annotation(folder: Path):
    (line,) = tfc("advise", "small.tfs", "--format", "github", cwd=folder).out.splitlines()
    assert line.startswith("::notice title=train%3A")


def test_for_programs(folder: Path):
    found = json.loads(tfc("advise", "small.tfs", "--format", "json", cwd=folder).out)
    options = found["train"]["options"]
    assert [one["rank"] for one in options] == list(range(1, len(options) + 1))
    text = (folder / "small.tfs").read_text()
    for one in options:
        low, value, high = (one["figures"]["memory"][name] for name in ("low", "value", "high"))
        assert low <= value <= high
        assert one["as_written"] or (one["settings"] and one["edits"] and one["quality"]["text"])
        for edit in one["edits"]:
            assert edit["file"] == "small.tfs" and 0 <= edit["start"] <= edit["end"] <= len(text)
    assert {"lever": "shard", "why": "there is one device"} in found["train"]["absent"]


def test_a_block_by_its_name(folder: Path):
    found = tfc("advise", "small.tfs", "--block", "train", cwd=folder)
    assert found.code == 0
    wrong = tfc("advise", "small.tfs", "--block", "distill.tiny", cwd=folder)
    assert wrong.code == 64 and "no block that learns is called `distill.tiny`" in wrong.err


def test_a_budget_that_is_none_is_told_with_its_place(folder: Path):
    found = tfc("advise", "small.tfs", "--require", "memory <= 3 h", cwd=folder)
    assert found.code == 1 and "TFS202" in found.err and "--require" in found.err


def test_a_spec_with_a_fault_is_not_advised_on(folder: Path):
    (folder / "wrong.tfs").write_text(DECODER.replace("heads   = 8", "heads   = 7"))
    found = tfc("advise", "wrong.tfs", cwd=folder)
    assert found.code == 1 and not found.out


def test_what_else_is_wrong_is_told_beside(folder: Path):
    (folder / "eight.tfs").write_text(DECODER.replace("1 x h100_80gb", "1 x a100_80gb\n  precision = fp8"))
    found = tfc("advise", "eight.tfs", cwd=folder)
    assert found.code == 0 and "error[TFS602]" in found.err and "as written" in found.out


def test_help_teaches(tmp_path: Path):
    found = tfc("advise", "--help", cwd=tmp_path)
    assert found.code == 0 and "--require 'cost <= 500 USD'" in found.out


def test_the_largest_differences_are_named():
    before, after = {"compute": 4.0, "host": 1.0}, {"compute": 5.0, "host": 1.01, "bubble": 0.5}
    assert difference(before, after, Dimension.TIME) == "+1 s compute, +500 ms bubble"
    assert difference(after, after, Dimension.TIME) == ""


def test_the_fit_is_that_of_its_source():
    """Chinchilla, 70 B parameters and 1.4 T tokens: 1.69 + 0.083 + 0.163 (Hoffmann et al. 2022, section D.3)."""
    assert loss(70e9, 1.4e12) == pytest.approx(1.936, abs=0.002)

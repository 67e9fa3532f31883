"""`tfc report`: where the page goes, what is said, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import tfc
from tests.report.specs import OVERFULL

SCENARIO = "\nscenario patient { train.recompute = full }\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "big.tfs").write_text(OVERFULL + SCENARIO, encoding="utf-8")
    (tmp_path / "fits.tfs").write_text(OVERFULL.replace("= none", "= full"), encoding="utf-8")
    return tmp_path


def test_a_page_is_written_where_one_stands(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tfc.cli.report.SILENT", 0.0)
    found = tfc("report", "fits.tfs", cwd=folder)
    assert found.code == 0 and found.out.startswith("fits.html: ")
    assert "trying what is near `train`" in found.err
    text = (folder / "fits.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>") and "<h1>fits.tfs</h1>" in text
    assert sorted(path.name for path in folder.iterdir()) == ["big.tfs", "fits.html", "fits.tfs"]


def test_what_does_not_fit_is_shown_all_the_same_and_ends_with_one(folder: Path):
    found = tfc("report", "big.tfs", "--out", "talk/big.html", cwd=folder)
    assert found.code == 1 and "error[TFS401]: training needs" in found.err
    assert "does not fit" in (folder / "talk" / "big.html").read_text(encoding="utf-8")


def test_a_scenario_and_settings_are_applied(folder: Path):
    words = ["--scenario", "patient", "--set", "train.microbatch = 4 sequences", "--out", "-"]
    found = tfc("report", "big.tfs", *words, cwd=folder)
    assert found.code == 0 and not (folder / "big.html").exists()
    assert "the scenario <code>patient</code>" in found.out
    assert "<code>train.microbatch = 4 sequences</code>" in found.out


def test_scenarios_are_compared_with_the_spec(folder: Path):
    page = tfc("report", "big.tfs", "--out", "-", cwd=folder).out
    assert "its scenarios" in page and "<td>patient</td>" in page


def test_a_file_of_somebody_else_is_left_alone(folder: Path):
    (folder / "fits.html").write_text("<p>mine</p>", encoding="utf-8")
    found = tfc("report", "fits.tfs", cwd=folder)
    assert found.code == 64 and "`fits.html` is no report of tfc" in found.err
    assert (folder / "fits.html").read_text(encoding="utf-8") == "<p>mine</p>"
    other = tfc("report", "fits.tfs", "--out", "new.html", cwd=folder)
    again = tfc("report", "fits.tfs", "--out", "new.html", cwd=folder)
    assert other.code == again.code == 0 and other.out == again.out


def test_nothing_to_price_writes_nothing(folder: Path):
    found = tfc("report", "fits.tfs", "--set", "model.big.heads=15", cwd=folder)
    assert found.code == 1 and "TFS301" in found.err and not (folder / "fits.html").exists()


def test_for_programs(folder: Path):
    found = tfc("report", "big.tfs", "--format", "json", cwd=folder)
    value = json.loads(found.out)
    assert found.code == 1 and value["file"] == "big.html" and value["errors"] >= 1
    assert value["bytes"] == (folder / "big.html").stat().st_size


def test_for_a_pull_request(folder: Path):
    found = tfc("report", "big.tfs", "--format", "github", cwd=folder)
    assert found.out.startswith("::error title=TFS401,file=big.tfs")


def test_the_variants_that_were_asked_for(folder: Path):
    words = ["--vary", "train.recompute = [none, full]", "--out", "-"]
    page = tfc("report", "big.tfs", *words, cwd=folder).out
    assert "what was asked for" in page and "near what is written" not in page

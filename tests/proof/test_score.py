"""What is scored: errors by metric and kind, baselines beside them, no tree with changes, and no other code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import baselines
import explain
import grid
import pytest
import score
import tables

ROWS = [row for row in grid.rows("test") if row.name in ("test.decoder_1b", "test.pairs_plain")]


def lines(factor: float) -> list[dict[str, Any]]:
    """As if each row had taken so many times what is predicted."""
    found: list[dict[str, Any]] = [{"machine": {"gpu": "none", "torch": "2.11"}, "date": "today"}]
    for row in ROWS:
        estimate = grid.estimate_of(row.draft(), row)
        amounts = {name: estimate.metric(metric).value * factor for name, metric in score.METRICS.items()}
        found.append({"row": row.name, "code": "", "microbatch": int(estimate.layout.microbatch), **amounts})
    return found


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(score, "same_code", lambda row, said: True)
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, lines(1.25))))
    return path


def test_errors_are_predicted_over_measured(measured: Path):
    found, left_out = score.results(score.told([measured]), None)
    assert [one.row.name for one in found] == [row.name for row in ROWS]
    assert all(one.error(metric) == pytest.approx(-0.2) for one in found for metric in score.METRICS)
    assert len(left_out) == len(grid.rows("test")) - len(ROWS) and left_out[0].endswith("not measured")


def test_statistics_are_of_absolute_errors_and_the_bias_is_signed():
    found = tables.statistics([-0.02, 0.01, 0.04, None])
    assert found == pytest.approx(
        {"bias": 0.01, "mean": 0.07 / 3, "median": 0.02, "p95": 0.04, "max": 0.04, "n": 3}
    )
    assert tables.statistics([None]) is None


def test_what_was_measured_of_other_code_is_left_out(tmp_path: Path):
    found, left_out = score.results(lines(1.0), None)
    assert found == [] and any(score.OTHER_CODE in why for why in left_out)
    row = ROWS[1]
    said = grid.compile_row(row, tmp_path / "row")
    assert score.same_code(row, said) and not score.same_code(row, said | {"code": "another"})


def test_a_difference_is_laid_beside_the_tensors(measured: Path):
    said = score.told([measured])[1]
    said["peak"] = {
        "bytes": 3e9,
        "before": 2e9,
        "tensors": [[500_000_000, 2, "model.py:7 forward"]],
        "left_out": 0,
    }
    text = explain.explained(ROWS[0], said, None)
    assert ROWS[0].name in text and "-20.000%" in text
    assert "2 x 476.837  model.py:7 forward" in text and "adamw keeps 8 bytes a parameter" in text
    said["peak"] = {"error": "KeyError"}
    assert explain.explained(ROWS[0], said, None).endswith("no snapshot: KeyError")


def test_a_tree_with_changes_is_refused(measured: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(score, "commit", lambda: "0123456789ab+")
    monkeypatch.setattr("sys.argv", ["score.py", str(measured)])
    with pytest.raises(SystemExit, match="changes that no commit has"):
        score.main()


def test_a_scoring_is_logged_and_written(
    measured: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    page = tmp_path / "page.md"
    marked = "<!-- own rows: begin -->\nold\n<!-- own rows: end -->\n\nmore\n"
    others = "<!-- published rows: begin -->\nolder\n<!-- published rows: end -->\n"
    page.write_text(f"# Accuracy\n\n{marked}\n{others}")
    monkeypatch.setattr(score, "PUBLISHED", tmp_path / "results.md")
    score.PUBLISHED.write_text("## Others\n")
    monkeypatch.setattr(score, "commit", lambda: "0123456789ab")
    monkeypatch.setattr(score, "HERE", tmp_path)
    monkeypatch.setattr("sys.argv", ["score.py", str(measured), "--write", str(page)])
    score.main()
    (line,) = (tmp_path / "scores.log").read_text().splitlines()
    assert json.loads(line)["test"]["allocated"]["bias"] == -0.2
    assert json.loads(line)["commit"] == "0123456789ab"
    text = page.read_text()
    assert "old" not in text and "-20.00%" in text and "\nmore\n" in text and "## Others" in text
    assert "-20.00%" in capsys.readouterr().out


def test_micro_batches_that_pass_and_fail_are_counted():
    row = grid.rows("boundary")[0]
    said = tables.page(
        [],
        [],
        [score.Edge(row, 10, 9, 11, 10), score.Edge(row, 9, 9, 9, 8)],
        [],
        {"measured": {}, "commit": "", "profile": "", "date": ""},
    )
    assert "real one on 1 of 2 specs" in said and "all the same: 1. Refused, though they fit: 0." in said


def test_baselines_stand_beside(measured: Path):
    found, _ = score.results(score.told([measured]), None)
    baselines.calibrated(found)
    large = found[0]
    assert large.others["DeepSpeed's estimator"]["allocated"] == 20 * large.parameters
    assert large.others["accelerate estimate-memory"]["allocated"] == 8 * large.parameters
    assert 0.05 < baselines.efficiency() < 0.7
    both = [one.error("step", baselines.OTHER) for one in found]
    assert min(both) <= 0 <= max(both)  # a median lies between

"""`tfc plan` and `tfc what-if`: the figures of the estimate, laid out to be read and to be parsed."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

import tfc as api
from tests.command_line import tfc
from tfc.units import Dimension, say

WRONG = Path(__file__).parents[1] / "errors" / "wrong"
GOOD = (WRONG / "loosened_base.tfs").read_text(encoding="utf-8")
MIB = 2**20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.tfs").write_text(GOOD, encoding="utf-8")
    (tmp_path / "tight.tfs").write_text(GOOD.replace("<= 1 GiB", "<= 300 MiB"), encoding="utf-8")
    return tmp_path


def test_a_plan_reads_from_model_to_folder(folder: Path):
    found = tfc("plan", "good.tfs", cwd=folder)
    assert (found.code, found.err) == (0, "")
    estimate = api.load(folder / "good.tfs").estimate
    lines = found.out.split("\n")
    assert lines[0].startswith("small") and lines[0].endswith("parameters, 3 + 3 layers")
    assert lines[1].startswith("train") and "cpu: micro-batch 64 sequences (auto)" in lines[1].replace(
        "  ", " "
    )
    memory = say(estimate.memory, Dimension.BYTES)
    assert re.search(rf"^  memory  {memory}    \d", found.out, re.MULTILINE)
    assert re.search(rf"^  ✓ require  memory  {memory} <= 1.0 GiB   .* to spare$", found.out, re.MULTILINE)
    assert "build/good\n  + " in found.out and "model.py" in found.out
    assert re.search(
        r"^Plan: \d+ to add, 0 to change, 0 kept, 0 to remove\. Run `tfc compile good.tfs`", lines[-2]
    )
    assert not (folder / "build").exists()


def test_a_plan_says_what_came_next_to_what_was_chosen(folder: Path):
    out = tfc("plan", "good.tfs", cwd=folder).out
    (line,) = [line for line in out.split("\n") if line.startswith("  = next best: ")]
    decision = api.load(folder / "good.tfs").plan().decisions["train"]
    assert line == f"  = next best: {decision.why}" and "`microbatch = " in line
    said = json.loads(tfc("plan", "good.tfs", "--format", "json", cwd=folder).out)["decisions"]["train"]
    assert said["chosen"]["microbatch"] == "64 sequences" and said["why"] == decision.why
    assert set(said["next"]) <= set(said["chosen"]) and said["differences"]
    given = (
        "--set",
        "train.microbatch=64",
        "--set",
        "train.accumulation=1",
        "--set",
        "train.parallel.data=1",
    )
    assert "next best" not in tfc("plan", "good.tfs", *given, cwd=folder).out, "nothing is `auto`"


def test_a_plan_says_what_recompute_became(folder: Path):
    out = tfc("plan", "good.tfs", "--set", "train.recompute=auto", cwd=folder).out
    assert re.search(r"^train .* recompute none \(auto\), micro-batch", out, re.MULTILINE)
    assert "recompute none" not in tfc("plan", "good.tfs", cwd=folder).out


def test_a_plan_says_what_was_too_large(folder: Path):
    out = tfc("plan", "good.tfs", "--set", "train.batch=65536 sequences", cwd=folder).out
    assert re.search(r"^  = too large: `microbatch = .*, by \d.* [MG]iB$", out, re.MULTILINE)


def test_parts_add_up_to_the_whole(folder: Path):
    out = tfc("plan", "good.tfs", cwd=folder).out
    row = next(line for line in out.split("\n") if line.startswith("  memory"))
    whole, *parts = (float(number) for number in re.findall(r"\d+\.\d", row))
    assert sum(parts) == pytest.approx(whole, abs=0.05 * (len(parts) + 1))


def test_a_broken_budget_hides_nothing(folder: Path):
    found = tfc("plan", "tight.tfs", cwd=folder)
    assert found.code == 1
    assert re.search(r"^  ! require  memory .* <= 300.0 MiB   .* too much$", found.out, re.MULTILINE)
    assert "error[TFS4" in found.err and "to add" not in found.out


def test_what_cannot_be_priced_is_only_reported(folder: Path):
    found = tfc("plan", "good.tfs", "--set", "model.small.heads=5", cwd=folder)
    assert found.code == 1 and not found.out and "TFS301" in found.err


def test_the_timeline_peaks_where_the_estimate_does(folder: Path):
    out = tfc("plan", "good.tfs", "--timeline", cwd=folder).out
    estimate = api.load(folder / "good.tfs").estimate
    rows = [line for line in out.split("\n") if "█" in line and "█ weights" not in line]
    assert len(rows) == len(estimate.timeline())
    (peak,) = (line for line in rows if "▸" in line)
    lengths = {line: sum(line.count(sign) for sign in "█▓▒░") for line in rows}
    assert say(estimate.memory, Dimension.BYTES) in peak and lengths[peak] == max(lengths.values())
    assert "█ weights, optimizer" in out and "| 1.0 GiB, required" in out


def test_the_timeline_goes_through_the_step_in_order(folder: Path):
    lines = tfc("plan", "good.tfs", "--timeline", cwd=folder).out.split("\n")
    names = ("forward pass", "loss", "backward pass", "optimizer")
    assert tuple(line.strip() for line in lines if line.strip() in names) == names
    places = [next(at for at, line in enumerate(lines) if line.strip() == phase) for phase in names]
    assert "the embedding" in lines[places[0] + 1]
    assert "the loss  " in lines[places[1] + 1] and "the loss, backward" in lines[places[1] + 2]
    assert "decoder layer 3" in lines[places[2] + 1] and "the embedding" in lines[places[3] - 1]


def test_where_nothing_trains_there_is_no_timeline_and_it_says_so(tmp_path: Path):
    model = (
        "model m { family = decoder, layers = 2, width = 64, heads = 2, context = 64 tokens, vocab = 256 }\n"
    )
    (tmp_path / "served.tfs").write_text(model + "deploy api { target = onnxruntime(on = cpu) }\n")
    out = tfc("plan", "served.tfs", "--timeline", cwd=tmp_path).out
    assert "no timeline: a step is what a `train` or `distill` block has" in out


def test_a_long_timeline_keeps_the_ends_of_each_run_and_the_peak(folder: Path):
    out = tfc("plan", "good.tfs", "--timeline", "--set", "model.small.layers=24", cwd=folder).out
    rows = [line.split() for line in out.split("\n") if "█" in line and "layer" in line]
    assert sum(line.strip() == "…" for line in out.split("\n")) >= 4
    assert [row[2] for row in rows if row[0] == "encoder"] == ["1", "24", "24", "1"]
    assert "▸" in out


def test_the_timeline_in_ascii_keeps_its_parts_apart(folder: Path):
    out = tfc("plan", "good.tfs", "--timeline", cwd=folder, encoding="ascii").out
    assert "# weights, optimizer" in out and "+ activations" in out and ". outside tensors" in out


def test_exit_code_says_whether_compile_would_change_something(folder: Path):
    assert tfc("plan", "good.tfs", cwd=folder).code == 0
    assert tfc("plan", "good.tfs", "--exit-code", cwd=folder).code == 2
    assert tfc("compile", "good.tfs", cwd=folder).code == 0
    clean = tfc("plan", "good.tfs", "--exit-code", cwd=folder)
    assert clean.code == 0 and "Nothing to do: build/good is as good.tfs says." in clean.out
    changed = tfc("plan", "good.tfs", "--exit-code", "--set", "train.steps = 7", cwd=folder)
    assert changed.code == 2
    assert re.search(
        r"^  ~ train.py +changed since the last compile: steps 1000 → 7", changed.out, re.MULTILINE
    )


def test_a_hand_edit_is_told(folder: Path):
    tfc("compile", "good.tfs", cwd=folder)
    train = folder / "build" / "good" / "train.py"
    text = train.read_text(encoding="utf-8")
    begin = "# tfc: begin after_step\n"
    assert begin in text
    indent = text.split(begin)[0].rsplit("\n", 1)[-1]
    train.write_text(text.replace(begin, f"{begin}{indent}mine = 1\n"), encoding="utf-8")
    assert "edited by hand in `after_step`: kept" in tfc("plan", "good.tfs", cwd=folder).out
    train.write_text(text.replace("import torch", "import  torch"), encoding="utf-8")
    found = tfc("plan", "good.tfs", cwd=folder)
    assert found.code == 1 and "was edited outside its regions: TFS801" in found.out
    refused = tfc("compile", "good.tfs", cwd=folder)
    assert refused.code == 1 and "error[TFS801]" in refused.err and "import  torch" in refused.err
    forced = tfc("compile", "good.tfs", "--force", cwd=folder)
    assert forced.code == 0 and "import  torch" in (folder / "build" / "good" / "train.py.orig").read_text()
    train.write_text(text.split("\n", 1)[1], encoding="utf-8")
    assert re.search(r"^  = train.py +yours", tfc("plan", "good.tfs", cwd=folder).out, re.MULTILINE)


def test_a_plan_for_programs(folder: Path):
    found = json.loads(tfc("plan", "tight.tfs", "--format", "json", cwd=folder).out)
    assert found["plan"]["settings"]["model.small.width"]["value"] in (192, "192")
    assert found["diagnostics"][0]["code"].startswith("TFS4") and found["changes"] is None
    clean = json.loads(tfc("plan", "good.tfs", "--format", "json", cwd=folder).out)
    assert {"path": "model.py", "action": "add", "kept": [], "why": ""} in clean["changes"]


def test_a_plan_in_lines(folder: Path):
    lines = tfc("plan", "good.tfs", "--format", "concise", cwd=folder).out.splitlines()
    memory = say(api.load(folder / "good.tfs").estimate.memory, Dimension.BYTES)
    assert f"train memory {memory}" in lines
    assert f"train require memory {memory} <= 1.0 GiB met" in lines


VARY = ["--vary", "train.microbatch = [16, 64]", "--vary", "train.recompute = [none, full]"]


def test_what_if_has_a_row_for_each_combination(folder: Path):
    found = tfc("what-if", "good.tfs", *VARY, cwd=folder)
    assert (found.code, found.err) == (0, "")
    head, *rows, legend = found.out.rstrip("\n").split("\n")
    assert legend.strip().startswith("* on the Pareto front")
    assert head.split() == ["microbatch", "recompute", "memory", "step", "mfu", "time", "cost"]
    assert [tuple(row.strip("▸* ").split()[:2]) for row in rows] == [
        ("16", "none"),
        ("16", "full"),
        ("64", "none"),
        ("64", "full"),
    ]
    (written,) = (row for row in rows if row.startswith("▸"))
    assert written.endswith("as written") and written.strip("▸* ").split()[:2] == ["64", "none"]
    assert all(
        re.search(r"fits(, \d+% (cheaper|dearer|faster|slower))?$", row) for row in rows if row != written
    )


def test_what_if_agrees_with_the_estimate(folder: Path):
    rows = list(
        csv.DictReader(io.StringIO(tfc("what-if", "good.tfs", *VARY, "--format", "csv", cwd=folder).out))
    )
    for row in rows:
        draft = api.load(folder / "good.tfs").set("train.microbatch", int(row["train.microbatch"]))
        estimate = draft.set("train.recompute", row["train.recompute"]).estimate
        assert float(row["memory_bytes"]) == pytest.approx(estimate.memory, rel=1e-5)
        assert float(row["step_time_s"]) == pytest.approx(estimate.step_time, rel=1e-5)
    plain = json.loads(tfc("what-if", "good.tfs", *VARY, "--format", "json", cwd=folder).out)
    assert [one["fits"] for one in plain["train"]] == [row["fits"] == "true" for row in rows]


def test_what_if_says_what_does_not_fit_and_ends_well(folder: Path):
    found = tfc("what-if", "tight.tfs", "--vary", "model.small.heads = [6, 5]", cwd=folder)
    assert found.code == 0
    assert re.search(r"^▸ +6  .*—.* over by \d+\.\d MiB, as written$", found.out, re.MULTILINE)
    assert re.search(
        r"^  +5  +— .* TFS301: a width of 192 cannot be divided among 5 heads$", found.out, re.MULTILINE
    )


def test_what_if_with_a_scenario_stands_beside_the_spec(folder: Path):
    with (folder / "good.tfs").open("a", encoding="utf-8") as file:
        file.write("\nscenario wide { model.small.width = 384 }\n")
    out = tfc("what-if", "good.tfs", "--scenario", "wide", cwd=folder).out
    assert re.search(r"^▸[ *] as written ", out, re.MULTILINE)
    assert re.search(r"^ [ *] wide .* fits, \d+% (slower|dearer)$", out, re.MULTILINE)


def test_what_if_shows_the_blocks_that_can_differ(tmp_path: Path):
    examples = Path(__file__).parents[2] / "examples"
    words = ["what-if", "translate.tfs", "--format", "concise", "--vary"]
    serving = tfc(*words, "deploy.api.batch = [1..8, 1..16]", cwd=examples).out
    assert "throughput=" in serving and "mfu=" not in serving
    training = tfc(*words, "train.recompute = [none, full]", cwd=examples).out
    assert "mfu=" in training and "throughput=" not in training
    both = tfc(*words, "model.babel_small.width = [256, 512]", cwd=examples).out
    assert "mfu=" in both and "throughput=" in both

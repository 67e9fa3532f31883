"""`tfc calibrate` writes the script, takes in what it measured, and a spec that names it is predicted from it."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

import tfc as api
from tests.command_line import tfc
from tests.hardware import invented
from tests.spec.reading import MODEL
from tfc.run.calibrating import script

DATA = 'data {\n  tokenizer = sentencepiece\n  train     = text("corpus.txt")\n}\n'
TRAIN = """\
train {
  on        = h100_80gb
  steps     = 1000
  batch     = 64 sequences
  optimizer = adamw(lr = 1e-3)
  profile   = "profiles/mine.json"
}
"""
SPEC = f"{MODEL}\n{DATA}\n{TRAIN}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "mine.json").write_text(invented.text(), encoding="utf-8")
    (tmp_path / "model.tfs").write_text(SPEC, encoding="utf-8")
    return tmp_path


def pretended(folder: Path, body: str) -> str:
    """An interpreter that does not measure: it is called as Python is, and does what `body` says."""
    place = folder / "python"
    place.write_text(f"#!{sys.executable}\nimport sys\nwords = sys.argv[1:]\n{body}\n", encoding="utf-8")
    place.chmod(place.stat().st_mode | stat.S_IXUSR)
    return str(place)


def test_the_script_is_written(tmp_path: Path):
    found = tfc("calibrate", "--script", "c.py", cwd=tmp_path)
    assert found.code == 0 and not found.out and "python c.py --out profile.json" in found.err
    assert (tmp_path / "c.py").read_text(encoding="utf-8") == script()
    assert tfc("calibrate", "--script", "-", cwd=tmp_path).out.strip() == script().strip()


def test_what_was_measured_elsewhere_is_kept(folder: Path):
    found = tfc("calibrate", "--import", "profiles/mine.json", "--out", "kept.json", cwd=folder)
    assert found.code == 0 and not found.err
    assert (folder / "kept.json").read_bytes() == (folder / "profiles" / "mine.json").read_bytes()
    assert "an invented one, 2026-01-02" in found.out and '`profile = "kept.json"`' in found.out
    assert "products forward, left out" in found.out and "among 2, 4 GPUs" in found.out


@pytest.mark.parametrize("text", ["{}", "nothing", invented.text(schema=9)])
def test_what_is_no_profile_is_not_kept(folder: Path, text: str):
    (folder / "other.json").write_text(text, encoding="utf-8")
    found = tfc("calibrate", "--import", "other.json", cwd=folder)
    assert found.code == 1 and not found.out and "profile" in found.err and "help: " in found.err
    assert not (folder / "profile.json").exists()


def test_a_file_that_is_not_there(folder: Path):
    found = tfc("calibrate", "--import", "nowhere.json", cwd=folder)
    assert found.code == 1 and "nowhere.json" in found.err


@pytest.mark.parametrize("words", [["--script"], ["--import", "profiles/mine.json", "--out"], ["--out"]])
@pytest.mark.parametrize(
    ("place", "why"), [("model.tfs", "is there"), ("profiles", "folder"), ("no/x", "no folder")]
)
def test_what_is_not_ours_is_not_written_over(folder: Path, words: list[str], place: str, why: str):
    found = tfc("calibrate", *words, place, cwd=folder)
    assert found.code == 1 and why in found.err and "help: " in found.err
    assert (folder / "model.tfs").read_text(encoding="utf-8") == SPEC


def test_what_is_ours_is_written_anew(folder: Path):
    for _ in range(2):
        assert tfc("calibrate", "--script", "c.py", cwd=folder).code == 0
        assert tfc("calibrate", "--import", "profiles/mine.json", "--out", "kept.json", cwd=folder).code == 0


def test_a_measurement_that_was_cut_too_short_says_so(folder: Path):
    body = f"import pathlib\npathlib.Path(words[words.index('--out') + 1]).write_text({invented.text(optimizer=[])!r})"
    found = tfc("calibrate", "--python", pretended(folder, body), "--seconds", "1", cwd=folder)
    assert found.code == 1 and "what was measured is a profile without `optimizer`" in found.err
    assert "more `--seconds`" in found.err and not (folder / "profile.json").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["--script", "a.py", "--import", "b.json"],
        ["--script", "a.py", "--quick"],
        ["--seconds", "0"],
        ["--device", "h1000"],
    ],
)
def test_what_does_not_go_together(folder: Path, words: list[str]):
    assert tfc("calibrate", *words, cwd=folder).code == 64
    assert not (folder / "a.py").exists()


def test_the_script_is_run_by_the_interpreter_that_was_named(folder: Path):
    body = f"""
import pathlib
out = words[words.index("--out") + 1]
assert pathlib.Path(words[0]).read_text().startswith('\"\"\"What this machine')
assert words[words.index("--device") + 1] == "h100_80gb" and "--quick" in words
print("measuring")
pathlib.Path(out).write_text({invented.text()!r})"""
    python = pretended(folder, body)
    words = ["--python", python, "--quick", "--device", "h100_80gb", "--out", "new.json"]
    found = tfc("calibrate", *words, cwd=folder)
    assert found.code == 0, found.err
    assert json.loads((folder / "new.json").read_text())["device"] == "h100_80gb"


def test_a_script_that_fails_leaves_nothing(folder: Path):
    found = tfc("calibrate", "--python", pretended(folder, "sys.exit(1)"), cwd=folder)
    assert found.code == 1 and "--python" in found.err and not (folder / "profile.json").exists()
    assert tfc("calibrate", "--python", pretended(folder, "sys.exit(130)"), cwd=folder).code == 130
    assert tfc("calibrate", "--python", "no-such-python", cwd=folder).code == 1
    assert tfc("calibrate", "--out", "nowhere/x.json", cwd=folder).code == 1


def test_a_spec_is_predicted_from_the_profile_that_it_names(folder: Path):
    estimate = api.load(folder / "model.tfs").estimate
    profile = estimate.layout.profile
    assert profile is not None and profile.source == "profiles/mine.json"
    slow = invented.profile()
    slow["products"] = {
        "bf16": [[m, n, k, *(t and 50 * t for t in ts)] for m, n, k, *ts in slow["products"]["bf16"]]
    }
    (folder / "profiles" / "mine.json").write_text(json.dumps(slow), encoding="utf-8")
    slower = api.load(folder / "model.tfs").estimate
    assert slower.step_time > 1.5 * estimate.step_time


def test_a_plan_says_what_it_stands_on(folder: Path):
    out = tfc("plan", "model.tfs", cwd=folder).out
    assert "= times calibrated on an invented one, 2026-01-02 (profiles/mine.json), trusted to" in out
    written = api.load(folder / "model.tfs").plan()
    from tfc.build.plan_json import plan_json

    found = json.loads(plan_json(written))["profiles"]["train"]
    assert found["profile"] == "profiles/mine.json" and len(found["hash"]) == 64
    sheet = tfc("plan", "model.tfs", "--set", "train.on=l4", cwd=folder)
    assert "from published figures of the device" in sheet.out and "warning[TFS704]" in sheet.err


def test_a_profile_that_is_missing_or_none_is_an_error(folder: Path):
    missing = tfc("check", "model.tfs", "--set", 'train.profile="gone.json"', cwd=folder)
    assert missing.code == 1 and "error[TFS701]: there is no file `gone.json`" in missing.err + missing.out
    assert "tfc calibrate" in missing.err + missing.out
    (folder / "profiles" / "mine.json").write_text("{}", encoding="utf-8")
    none = tfc("check", "model.tfs", cwd=folder)
    assert none.code == 1 and "error[TFS704]" in none.err + none.out
    assert "model.tfs:20" in none.err + none.out


def test_a_path_is_seen_from_the_file_that_has_it(folder: Path):
    below = folder / "below"
    below.mkdir()
    (below / "child.tfs").write_text('extends "../model.tfs"\n', encoding="utf-8")
    layout = api.load(below / "child.tfs").estimate.layout
    assert layout.profile is not None and layout.profile.device == "h100_80gb"


def test_a_deployment_and_a_profile_of_another_number_of_threads(folder: Path):
    text = invented.profile("cpu") | {"measured": invented.profile()["measured"] | {"threads": 2}}
    (folder / "cpu.json").write_text(json.dumps(text), encoding="utf-8")
    deploy = 'deploy api {\n  target  = onnxruntime(on = cpu(cores = 2))\n  profile = "cpu.json"\n}\n'
    (folder / "model.tfs").write_text(f"{SPEC}\n{deploy}", encoding="utf-8")
    plan = api.load(folder / "model.tfs").plan()
    assert plan.servings["deploy.api"].serving.profile is plan.spec.profiles["deploy.api"]
    found = tfc(
        "check", "model.tfs", "--set", "deploy.api.target=onnxruntime(on = cpu(cores = 4))", cwd=folder
    )
    assert "`cpu.json` is a profile of 2 threads, and this block runs on 4 cores" in found.out + found.err

"""Every example is formatted, checked, and compiled or refused as recorded; the small ones run."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tfc
from tests.command_line import process
from tfc.diagnostics.core import Source
from tfc.syntax.format import format_text


def loaded(path: Path) -> Any:
    """A script as a module: `examples` is no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
RECORDED = Path(__file__).with_name("refused")
SPECS = sorted(path.name for path in EXAMPLES.glob("*.tfs"))
COMPILED = ("captions.tfs", "quickstart.tfs", "shakespeare.tfs")
REFUSED = ("pretrain_8b.tfs", "translate.tfs")
phrases = loaded(EXAMPLES / "phrases.py")
LOCAL = Path(os.environ.get("TFC_DATA", ROOT.parent / "shared" / "data"))


def test_all_examples_are_looked_at() -> None:
    assert sorted([*COMPILED, *REFUSED]) == SPECS


@pytest.mark.parametrize("name", SPECS)
def test_an_example_is_formatted_and_has_a_page(name: str) -> None:
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    assert format_text(Source(name, text)) == text
    page = (EXAMPLES / name).with_suffix(".md").read_text(encoding="utf-8")
    assert page.startswith(f"# {name}\n")


@pytest.mark.parametrize("name", SPECS)
def test_an_example_keeps_its_budgets(name: str) -> None:
    """Nothing is wrong with it, and no budget is missed; that a quality is measured later is no fault."""
    found = tfc.load(EXAMPLES / name).check()
    assert not found.errors, str(found)
    assert {one.code for one in found.warnings} <= {"TFS605", "TFS408"}, str(found)


@pytest.mark.parametrize("name", COMPILED)
def test_an_example_compiles(name: str, tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / name, tmp_path)
    tfc.load(tmp_path / name).compile(tmp_path / "build")
    written = {path.name for path in (tmp_path / "build").iterdir()}
    assert written >= {"model.py", "data.py", "train.py", "evaluate.py", "README.md", "requirements.txt"}


@pytest.mark.parametrize("name", REFUSED)
def test_an_example_is_refused_for_what_is_not_generated_yet(
    name: str, tmp_path: Path, golden: Callable[[Path, str], None]
) -> None:
    with pytest.raises(tfc.SpecError) as refused:
        tfc.load(EXAMPLES / name).compile(tmp_path / "build")
    errors = refused.value.report.errors
    assert {one.code for one in errors} == {"TFS605"}
    golden(RECORDED / f"{name}.txt", "".join(f"{one.message}\n" for one in errors))
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize("name", ["pretrain_8b.tfs", "translate.tfs"])
def test_every_scenario_can_be_planned(name: str) -> None:
    draft = tfc.load(EXAMPLES / name)
    assert draft.spec.scenarios
    for scenario in draft.spec.scenarios:
        plan = draft.scenario(scenario).plan()
        assert all(estimate.memory > 0 for estimate in plan.estimates.values())


def run(*words: str, cwd: Path) -> str:
    """What a command prints; it must end well."""
    done = subprocess.run([sys.executable, *words], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def few(name: str, folder: Path) -> Path:
    """An example copied, to be trained for thirty steps."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.split("=")[0].strip() in ("steps", "checkpoint { every"):
            text = text.replace(line, "  steps     = 30" if line.strip().startswith("steps") else "")
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.slow
def test_quickstart_runs(tmp_path: Path) -> None:
    phrases.write(tmp_path / "phrases")
    few("quickstart.tfs", tmp_path)
    outcome = process("run", "quickstart.tfs", "train", "--out", "build", cwd=tmp_path)
    assert outcome.code == 0, outcome.transcript
    models = tmp_path / "build" / "runs" / "models" / "phrases"
    scores = json.loads((models / "scores.json").read_text())["train"]["test"]["directions"]
    assert [*scores] == ["en-de", "en-fr", "en-ru", "en-ja"]
    assert all(row["pairs"] == phrases.SIZES["test"] for row in scores.values())
    table = run(str(EXAMPLES / "demo.py"), "build", cwd=tmp_path)
    assert "exact" in table and "peak memory" in table


@pytest.mark.slow
def test_shakespeare_runs(tmp_path: Path) -> None:
    (tmp_path / "shakespeare.txt").write_text("To be, or not to be, that is the question.\n" * 200)
    few("shakespeare.tfs", tmp_path)
    outcome = process("run", "shakespeare.tfs", "train", "--out", "build", cwd=tmp_path)
    assert outcome.code == 0, outcome.transcript
    written = run(
        "build/evaluate.py", "--runs", "build/runs", "--prompt", "To be", "--tokens", "9", cwd=tmp_path
    )
    assert written.startswith("To be") and len(written.encode()) >= len("To be") + 9


@pytest.mark.slow
@pytest.mark.skipif(not (LOCAL / "multi30k").is_dir(), reason="Multi30k is not there")
def test_captions_begin_to_train(tmp_path: Path) -> None:
    """Its data and its code, with a model that a CPU is quick with."""
    smaller = {"layers": 1, "width": 32, "heads": 2, "vocab": 1000, "ffn": "relu(hidden = 64)"}
    draft = tfc.load(EXAMPLES / "captions.tfs").set("train.precision", "fp32").set("train.steps", 4)
    for name, value in smaller.items():
        draft = draft.set(f"model.captions.{name}", value)
    draft.compile(tmp_path / "build")
    run("build/train.py", "--data", str(LOCAL), "--device", "cpu", "--steps", "2", cwd=tmp_path)
    scored = run("build/evaluate.py", "--data", str(LOCAL), "--device", "cpu", "--limit", "2", cwd=tmp_path)
    assert all(direction in scored for direction in ("en-de", "en-fr", "en-cs"))


def test_phrases_are_the_same_each_time_and_held_out(tmp_path: Path) -> None:
    for folder in ("once", "again"):
        phrases.write(tmp_path / folder)
    files = sorted(path.name for path in (tmp_path / "once").iterdir())
    assert len(files) == 3 * len(phrases.TARGETS)
    for name in files:
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    english = {split: set[str]() for split in phrases.SIZES}
    for name in files:
        split = name.partition(".")[0]
        lines = (tmp_path / "once" / name).read_text(encoding="utf-8").splitlines()
        assert len(lines) == phrases.SIZES[split] == len({line.split("\t")[0] for line in lines})
        assert all(len(line.split("\t")) == 2 and "\xa0" not in line for line in lines)
        english[split] |= {line.split("\t")[0] for line in lines}
    assert not english["train"] & (english["dev"] | english["test"])
    assert not english["dev"] & english["test"]

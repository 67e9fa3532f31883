"""Every example is formatted, checked, and compiled or refused as recorded; the small ones run."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import tfc
from tests.command_line import process
from tests.ports import free_port
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


SMALL = {"layers": "2", "width": "32", "heads": "2", "ffn": "gelu(hidden = 64)", "steps": "30"}


def run(*words: str, cwd: Path) -> str:
    """What a script prints; it must end well."""
    wide = {**os.environ, "COLUMNS": "160"}
    command = [sys.executable, *words]
    done = subprocess.run(command, cwd=cwd, env=wide, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def small(name: str, folder: Path) -> str:
    """An example copied, with models that a CPU is quick with, trained for thirty steps, and no budgets."""
    lines = []
    for line in (EXAMPLES / name).read_text(encoding="utf-8").splitlines():
        word = (line.split() or [""])[0]
        if word in SMALL:
            line = f"  {word} = {SMALL[word]}"
        if word not in ("checkpoint", "require", "prefer"):
            lines.append(line)
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name


@pytest.mark.slow
def test_quickstart_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that `make demo` shows: from the page to the tables of its end."""
    monkeypatch.setattr(phrases, "SIZES", {"train": 1000, "dev": 6, "test": 6})
    phrases.write(tmp_path / "phrases")
    shutil.copy(EXAMPLES / "demo.py", tmp_path)
    with (tmp_path / small("quickstart.tfs", tmp_path)).open("a") as spec:
        spec.write(f"deploy translate {{ server {{ port = {free_port()} }} }}\n")
    for words in (("run", "quickstart.tfs", "export"), ("verify", "quickstart.tfs")):
        outcome = process(*words, "--out", "build", cwd=tmp_path)
        assert outcome.code == 0, outcome.transcript
    runs = tmp_path / "build" / "runs"
    for place, stage in (("models/phrases", "train"), ("deploys/translate", "export")):
        scores = json.loads((runs / place / "scores.json").read_text())[stage]["test"]["directions"]
        assert [*scores] == ["en-de", "en-fr", "en-ru", "en-ja"]
        assert all(row["pairs"] == 6 for row in scores.values())
    serve = [sys.executable, "-m", "tfc", "run", "quickstart.tfs", "serve", "--out", "build"]
    with subprocess.Popen(serve, cwd=tmp_path, stdout=subprocess.DEVNULL) as server:
        try:
            table = run("demo.py", "build", cwd=tmp_path)
        finally:
            server.send_signal(signal.SIGTERM)
    assert "exact" in table and "24 requests" in table and "serve: memory" in table


@pytest.mark.slow
def test_shakespeare_runs(tmp_path: Path) -> None:
    (tmp_path / "shakespeare.txt").write_text("To be, or not to be, that is the question.\n" * 200)
    outcome = process("run", small("shakespeare.tfs", tmp_path), "train", "--out", "build", cwd=tmp_path)
    assert outcome.code == 0, outcome.transcript
    written = run(
        "build/evaluate.py", "--runs", "build/runs", "--prompt", "To be", "--tokens", "9", cwd=tmp_path
    )
    assert written.startswith("To be") and len(written.encode()) >= len("To be") + 9


@pytest.mark.slow
@pytest.mark.skipif(not (LOCAL / "multi30k").is_dir(), reason="Multi30k is not there")
def test_captions_begin_to_train(tmp_path: Path) -> None:
    """The beginning of its data, and its code, with a model that a CPU is quick with."""
    (tmp_path / "multi30k").mkdir()
    for path in (LOCAL / "multi30k").glob("*.*.gz"):
        with gzip.open(path) as whole, gzip.open(tmp_path / "multi30k" / path.name, "w") as part:
            part.writelines(islice(whole, 400))
    smaller = {"layers": 2, "width": 32, "heads": 2, "vocab": 1000, "ffn": "relu(hidden = 64)"}
    draft = tfc.load(EXAMPLES / "captions.tfs").set("train.precision", "fp32").set("train.steps", 4)
    for name, value in smaller.items():
        draft = draft.set(f"model.captions.{name}", value)
    draft.compile(tmp_path / "build")
    run("build/train.py", "--data", str(tmp_path), "--device", "cpu", "--steps", "2", cwd=tmp_path)
    words = ["captions", "--data", str(tmp_path), "--device", "cpu", "--limit", "2"]
    scored = run("build/evaluate.py", *words, cwd=tmp_path)
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

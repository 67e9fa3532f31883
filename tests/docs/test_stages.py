"""The pages on distillation, export and serving: their commands are run, and end as the pages say.

All three train the same translator: it is trained once, and each page goes on from its checkpoint.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from docs.make.console import FENCE, Command, refreshed, run
from tests.ports import free_port

DOCS = Path(__file__).parents[2] / "docs"
RUNS = Path("build", "roman", "runs")
PORT = "8700"

Page = Callable[..., list[Command]]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `runs` in which the translator of the pages is trained."""
    folder = tmp_path_factory.mktemp("trained")
    for block in FENCE.finditer((DOCS / "export.md").read_text(encoding="utf-8")):
        if "." in block["word"]:
            (folder / block["word"]).write_text(block["body"], encoding="utf-8")
    for words in ("python make_numbers.py", "tfc run roman.tfs train"):
        found = run(Command(words, ""), folder)
        assert found.code == 0, found.output
    return folder / RUNS


@pytest.fixture
def page(tmp_path: Path, trained: Path, update_golden: bool) -> Page:
    """Runs the commands of a page, and gives what they said; a page that is recorded trains by itself."""

    def of(name: str, *shorter: tuple[str, str]) -> list[Command]:
        text, port = (DOCS / name).read_text(encoding="utf-8"), str(free_port())
        if not update_golden:
            shutil.copytree(trained, tmp_path / RUNS)
            for setting, value in shorter:
                assert text.count(setting) == 1
                text = text.replace(setting, value)
        ran: list[Command] = []

        def compare(written: Command, now: Command, measured: bool) -> None:
            ran.append(now)
            assert now.code == written.code, f"$ {now.words}\n{now.output}"
            if not measured and not update_golden:
                assert now.output == written.output, f"$ {now.words}: `make docs` records what it prints now"

        found = refreshed(text.replace(PORT, port), tmp_path, compare)
        if update_golden:
            (DOCS / name).write_text(found.replace(port, PORT), encoding="utf-8")
        return ran

    return of


@pytest.mark.slow
def test_the_page_on_distillation(page: Page, update_golden: bool) -> None:
    steps = 120 if update_golden else 20
    shorter = ("  steps   = 120", f"  steps   = {steps}")
    ran = [command.output for command in page("distillation.md", shorter)]
    assert "MiB" in ran[1] and "outputs" in ran[1], "memory, and what lies on the disk"
    assert "asking the teacher" in ran[2] and f"trained {steps} steps" in ran[2]
    assert ran[3].count("BLEU") == 2


@pytest.mark.slow
def test_the_page_on_export(page: Page) -> None:
    ran = {command.words.split(" 2>")[0]: command.output for command in page("export.md")}
    exported = ran["tfc run roman.tfs export"]
    assert exported.count("roman in int8 for onnxruntime on cpu") == 2
    assert "against torch" in exported and "not rounded: output" in exported
    assert ran["ls build/roman/runs/deploys/fixed"].split() == [
        *("decoder.onnx", "encoder.onnx", "engine.json", "scales.json", "scores.json")
    ]
    verified = ran["tfc verify roman.tfs"]
    assert verified.count("queueing at a load of 70%") >= 2 and "6 budgets: 6 met." in verified


@pytest.mark.slow
def test_the_page_on_serving(page: Page, tmp_path: Path) -> None:
    try:
        said = "".join(command.output for command in page("serving.md"))
    finally:
        with contextlib.suppress(OSError):
            os.kill(int((tmp_path / "server.pid").read_text()), signal.SIGKILL)
    for sentence in (
        '{"translations":"MCMLXXXVII"}',
        "['MMXXIV', 'MCMLXXXVII', 'MMMCMXCIX']",
        '"data":["MCMLXXXVII"]',
        "text 2 of 2: the text is empty",
        "8 of 8 answers are those of the export",
        'serve_requests_total{outcome="refused"} 3.0',
        "60 answers",
    ):
        assert sentence in said, said

"""The pages whose commands a reader will type: they do what the page says they do."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import pytest

from docs.make.console import Command, refreshed
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
PORT = "8701"


def test_the_transcript_of_the_readme_is_real(tmp_path: Path):
    """But for the training in it, which `make docs` records and `make demo` does again."""
    ran: list[str] = []

    def compare(written: Command, now: Command, measured: bool) -> None:
        ran.append(now.words)
        assert now == written, f"$ {now.words}: `make docs` records what it prints now"

    refreshed((ROOT / "README.md").read_text(encoding="utf-8"), tmp_path, compare, measure=False)
    assert len(ran) >= 5


@pytest.mark.slow
def test_the_tutorial_does_what_it_says(tmp_path: Path):
    page = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    assert PORT in page
    page = page.replace(PORT, str(free_port()))
    ran: list[str] = []

    def compare(written: Command, now: Command, measured: bool) -> None:
        ran.append(now.words)
        assert now.code == written.code, f"$ {now.words}\n{now.output}"
        if not measured:
            assert now.output == written.output, f"$ {now.words}: `make docs` records what it prints now"

    try:
        refreshed(page, tmp_path, compare)
    finally:
        with contextlib.suppress(OSError):
            os.kill(int((tmp_path / "server.pid").read_text()), signal.SIGTERM)
    assert len(ran) >= 24
    for step in ("2>", "export", "serve"):
        assert any(f"tfc run roman.tfs {step}" in words for words in ran)
    assert any("/translate" in words for words in ran) and any("tfc verify" in words for words in ran)

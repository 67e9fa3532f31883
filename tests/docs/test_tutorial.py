"""The pages whose commands a reader will type: they do what the page says they do."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.make.console import Command, refreshed

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_tutorial_does_what_it_says(tmp_path: Path):
    page = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    ran: list[str] = []

    def compare(written: Command, now: Command, measured: bool) -> None:
        ran.append(now.words)
        assert now.code == written.code, f"$ {now.words}\n{now.output}"
        if not measured:
            assert now.output == written.output, f"$ {now.words}: `make docs` records what it prints now"

    refreshed(page, tmp_path, compare)
    assert len(ran) >= 12
    assert any("tfc run" in words for words in ran)

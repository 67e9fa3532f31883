"""The page on cures and advice: its commands print what it shows."""

from __future__ import annotations

from pathlib import Path

from docs.make.console import Command, refreshed

PAGE = Path(__file__).parents[2] / "docs" / "advise.md"


def test_the_page_on_advice(tmp_path: Path):
    ran: list[str] = []

    def compare(written: Command, now: Command, measured: bool) -> None:
        ran.append(now.words)
        assert now == written, f"$ {now.words}: `python -m docs.make advise.md` records what it prints now"

    refreshed(PAGE.read_text(encoding="utf-8"), tmp_path, compare)
    assert ran == ["tfc check scribe.tfs # exit code 1", "tfc advise scribe.tfs"]

"""The page on distillation: its commands are run, and end as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.make.console import refreshed
from tests.docs.hurried import STEPS, trained_little

PAGE = Path(__file__).parents[2] / "docs" / "distillation.md"


@pytest.mark.slow
def test_the_page_on_distillation(tmp_path: Path, update_golden: bool) -> None:
    text = PAGE.read_text(encoding="utf-8")
    ran: list[str] = []
    codes = []
    found = refreshed(
        text if update_golden else trained_little(text),
        tmp_path,
        lambda told, now, _: (ran.append(now.output), codes.append((told.code, now.code))),
    )
    assert all(told == now for told, now in codes), ran
    assert "MiB" in ran[1] and "outputs" in ran[1], "memory, and what lies on the disk"
    if update_golden:
        PAGE.write_text(found, encoding="utf-8")
    else:
        assert ran[2].count(f"trained {STEPS} steps") == 2, "the teacher and its student"
    assert "asking the teacher" in ran[2] and ran[3].count("BLEU") == 2

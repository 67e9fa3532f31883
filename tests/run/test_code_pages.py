"""The pages of codes that no spec alone brings about: their commands are run, and answer as the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.make.console import refreshed
from tfc.diagnostics.explain import PAGES

QUICK = ("TFS701", "TFS702", "TFS801", "TFS802", "TFS803", "TFS805")
TRAINING = ("TFS407", "TFS804")


@pytest.mark.parametrize("code", [*QUICK, *(pytest.param(code, marks=pytest.mark.slow) for code in TRAINING)])
def test_the_commands_of_a_page_answer_as_it_says(code: str, tmp_path: Path, update_golden: bool):
    page = PAGES / f"{code}.md"
    text = page.read_text(encoding="utf-8")
    codes = []
    found = refreshed(text, tmp_path, lambda told, ran, _: codes.append((ran.words, ran.code, told.code)))
    assert [code for _, code, _ in codes] == [code for _, _, code in codes], codes
    if update_golden:
        page.write_text(found, encoding="utf-8")
    assert f"[{code}]" in found
    if code != "TFS407":  # whose measured loss is another on another machine
        assert found == (text if not update_golden else found)

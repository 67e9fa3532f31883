"""The pages that are made from the code are those that the code makes; links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.make.pages import DOCS, generated

ROOT = DOCS.parent
PAGES = [*sorted(DOCS.rglob("*.md")), *sorted(ROOT.glob("*.md")), *sorted((ROOT / "examples").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")


@pytest.mark.parametrize("name", ["reference.md", "diagnostics.md", "pipeline.svg", "architecture.md"])
def test_a_generated_page_is_current(name: str):
    assert generated()[name] == (DOCS / name).read_text(encoding="utf-8"), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path):
    broken = [
        link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()
    ]
    assert not broken


def test_the_spec_in_the_readme_is_the_example():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    example = (ROOT / "examples" / "quickstart.tfs").read_text(encoding="utf-8")
    assert f"```tfs quickstart.tfs\n{example}```\n" in text

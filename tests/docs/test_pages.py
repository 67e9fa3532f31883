"""The pages that are made from the code are those that the code makes; links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.make.pages import DOCS, generated
from tfc.fields import variants

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


@pytest.mark.parametrize(
    "family", ["attention", "position", "adapter", "decoding", "deploy_precision", "distill_loss"]
)
def test_the_readme_tells_what_is_not_generated_yet(family: str):
    """Each variant of these families that `compile` refuses is in its table."""
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("| | generated | not yet |\n")[2]
    rows = [row.split(" | ") for row in table.partition("\n\n")[0].lower().splitlines()[1:]]
    later = " ".join(row[-1] for row in rows)
    for name, one in variants(family).items():
        assert one.built or re.search(rf"\b{name}\b", later), name

"""The pages behind the codes are their tests: what a page shows is what is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tfc
from tests.errors.pages import MAIN, Page, pages
from tfc.diagnostics.codes import CODES
from tfc.diagnostics.core import Report, Safety, SpecError
from tfc.diagnostics.explain import PAGES, UnknownCode, explain
from tfc.diagnostics.fixes import apply, compatible

ALL = pages(PAGES)
ROOT = Path(tfc.__file__).parent
# What no spec alone can bring about: files and folders that are not as they should be, measurements, our own faults.
BY_WORD = {"TFS407", "TFS701", "TFS702", "TFS801", "TFS802", "TFS803", "TFS804", "TFS805", "TFS999"}


def check(files: dict[str, str], folder: Path) -> Report:
    """What is said of `MAIN` beside the other files, in the working directory `folder`."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    try:
        return tfc.load(MAIN).check()
    except SpecError as error:
        return error.report


def said(report: Report, code: str) -> str:
    return str(Report(found for found in report if found.code == code))


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.code)
def test_what_a_page_shows_is_what_is_said(page: Page, tmp_path, monkeypatch, update_golden):
    monkeypatch.chdir(tmp_path)
    text = page.text
    for example in reversed(list(page.examples())):
        found = said(check(example.files, tmp_path), page.code)
        assert found, f"example {example.number} does not bring {page.code} about"
        text = text[: example.start] + f"{found}\n" + text[example.end :]
    if update_golden:
        page.path.write_text(text, encoding="utf-8")
    else:
        assert page.text == text


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.code)
def test_a_safe_fix_mends_what_it_is_offered_for(page: Page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for example in page.examples():
        report = [found for found in check(example.files, tmp_path) if found.code == page.code]
        fixes = [fix for found in report for fix in found.fixes[:1] if fix.safety is Safety.SAFE]
        if len(fixes) < len(report) or not compatible(fixes):
            continue
        files = {**example.files, **apply(compatible(fixes))}
        assert not said(check(files, tmp_path), page.code)


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.code)
def test_a_page_has_its_parts(page: Page):
    assert page.text.startswith(f"# {page.code}: {CODES[page.code].title}\n\n")
    assert "**Repair.**" in page.text
    assert list(page.examples()) or page.code in BY_WORD, "a page shows a spec that brings its code about"
    assert explain(page.code) == page.text


def raised() -> set[str]:
    """The codes that the source of tfc names, the list of all codes aside."""
    listed = ROOT / "diagnostics" / "codes.py"
    texts = (path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py") if path != listed)
    return {code for text in texts for code in re.findall(r'"(TFS\d{3})"', text)}


def test_every_code_that_can_be_raised_is_listed_and_has_a_page():
    assert raised() <= set(CODES)
    missing = raised() - {page.code for page in ALL}
    assert not missing, f"no page for {', '.join(sorted(missing))}"


def test_explain_takes_a_code_as_people_write_it():
    assert explain("tfs001") == explain("1".zfill(3)) == explain("TFS001")
    with pytest.raises(UnknownCode, match="did you mean `TFS001`"):
        explain("TSF001")
    assert "nothing reports it yet" in explain("TFS703")

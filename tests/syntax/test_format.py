"""The one layout: pairs of texts under `cases/`, and what holds for any text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from tests.syntax.texts import FEW, QUICK, WELL, near_specs, specs
from tfc.diagnostics.core import Source, SpecError
from tfc.syntax.arrange import Arranger, tidy
from tfc.syntax.format import format_text
from tfc.syntax.parse import parse

CASES = Path(__file__).parent / "cases"


def formatted(text: str) -> str:
    return format_text(Source("x.tfs", text))


@pytest.mark.parametrize("path", sorted(CASES.glob("*.in.tfs")), ids=lambda path: path.name.split(".")[0])
def test_a_layout(path, golden):
    after = formatted(path.read_text(encoding="utf-8"))
    golden(path.with_name(path.name.replace(".in.", ".out.")), after)
    assert formatted(after) == after


@pytest.mark.parametrize("path", WELL, ids=lambda path: path.stem)
def test_what_we_ship_is_laid_out(path):
    text = path.read_text(encoding="utf-8")
    assert formatted(text) == text


@pytest.mark.parametrize("text", ["", "\n\n\n", "  \n\t\n", "\r\n"])
def test_nothing_is_laid_out_as_nothing(text):
    assert formatted(text) == ""


def holds(text: str) -> None:
    """What `format_text` checks itself, checked from without."""
    before, report = parse(Source("x.tfs", text))
    if not report.ok:
        return
    once = formatted(text)
    after, again = parse(Source("x.tfs", once))
    assert again.ok and after == before
    assert sorted(tidy(each.text) for each in after.comments) == sorted(
        tidy(each.text) for each in before.comments
    )
    assert formatted(once) == once
    assert once == "".join(f"{line.rstrip(' ')}\n" for line in once.split("\n")[:-1]) and not once.endswith(
        "\n\n"
    )


@given(specs())
@FEW
def test_any_spec_keeps_its_meaning_and_its_comments(text):
    holds(text)


@given(near_specs())
@QUICK
def test_any_change_of_a_spec_that_is_one_keeps_its_meaning(text):
    holds(text)


def test_a_deep_expression_is_laid_out():
    deep = "a = " + "f(" * 99 + "1" + ")" * 99 + "\n"
    assert formatted(deep) == formatted(formatted(deep))


def test_a_text_with_a_fault_is_refused_with_the_fault():
    with pytest.raises(SpecError, match="TFS001"):
        formatted("a: 1\n")


@pytest.mark.parametrize(
    ("result", "fault"),
    [
        ("a = 2\n", "say something else"),
        ("a = 1\n", "comment would be lost"),
        ("a  = 1 # c\n", "not be settled"),
    ],
)
def test_a_layout_that_does_not_hold_is_refused(monkeypatch, result, fault):
    texts = iter([result, formatted("a = 1 # c\n")])
    monkeypatch.setattr(Arranger, "run", lambda self: next(texts))
    with pytest.raises(SpecError, match=f"TFS999(?s:.*){fault}"):
        formatted("a=1 # c\n")

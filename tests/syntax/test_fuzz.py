"""Any text and any bytes give a tree or diagnostics: never an exception, never minutes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tfc
from tests.syntax.texts import FEW, QUICK, any_text, near_specs, other_specs, specs
from tfc.diagnostics import concise, github, html, json, text
from tfc.diagnostics.core import Report, Source, SpecError
from tfc.diagnostics.fixes import apply, compatible
from tfc.spec.resolve import resolve
from tfc.syntax.parse import parse, parse_setting, read_source

RENDERINGS = (
    text.render_report,
    concise.render_report,
    json.render_report,
    github.render_report,
    html.render_report,
)


def no_base(path: str) -> Source:
    raise SpecError(Report())


def is_well(report: Report, source: Source) -> None:
    """Each diagnostic points into its text and can be shown; its fixes can be applied, and what they make be read."""
    for found in report:
        for span in [label.span for label in found.labels] + [
            e.span for fix in found.fixes for e in fix.edits
        ]:
            assert 0 <= span.start <= span.end <= len(span.source.text)
        assert found.message and len(found.message) < 300 and "\n" not in found.message
    for render in RENDERINGS:
        assert bool(render(report)) == bool(len(report))
    fixes = compatible(fix for found in report for fix in found.fixes)
    for name, changed in apply(fixes).items():
        parse(Source(name, changed))


def survives(written: str) -> None:
    source = Source("x.tfs", written)
    tree, report = parse(source)
    is_well(report, source)
    if report.ok:
        _, found = resolve(tree, (), None, no_base)
        is_well(found, source)


@given(any_text())
@QUICK
def test_any_text(written):
    survives(written)
    setting, report = parse_setting(Source("--set", written))
    assert (setting is None) == bool(report.errors) or setting is not None
    is_well(report, Source("--set", written))


@given(st.binary(max_size=200))
@QUICK
def test_any_bytes(data):
    source, report = read_source("x.tfs", data)
    is_well(report, source)
    if report.ok:
        survives(source.text)


@given(near_specs())
@QUICK
def test_a_spec_with_slips(written):
    survives(written)


@given(specs())
@FEW
def test_any_text_of_the_grammar(written):
    survives(written)


@given(other_specs())
@FEW
def test_a_spec_that_says_something_else_is_checked_to_the_end(written):
    """The whole of `tfc check`, estimates, budgets and repairs included."""
    draft = tfc.load(f"{written}\n")
    is_well(draft.check(), draft.source)


SIZE = 2**16
FLOODS = {
    name: (piece * (SIZE // len(piece.encode())))
    for name, piece in {
        "settings": "a=1\n",
        "lines": "\n",
        "comments": "#\n",
        "a line of colons": ":",
        "quotes": '"',
        "escaped quotes": '\\"',
        "backslashes": "\\",
        "openers": "[",
        "openers and lines": "{\n",
        "closers": "}",
        "closers and lines": "}\n",
        "pairs": "[]",
        "blocks": "a{}",
        "equal signs": "a=",
        "faults on lines of their own": "a 1\n",
        "faults on one line": "a=1 b=2 ",
        "semicolons": "a=1;",
        "no-break spaces": "\u00a0",
        "words that are no names": "aé",
        "digits": "1",
        "letters": "a",
        "dots": "a.",
        "rates": "a/",
        "hyphens": "a-",
        "braces below": "a\n{\n}\n",
        "budgets in two lines": "require a<=1\nat b=1\n",
        "json": '"a":1,',
        "carriage returns": "\r",
        "extends": 'extends "a"\n',
        "escapes": "\\q",
        "surrogates": "\U0001f600",
    }.items()
}
FLOODS |= {
    name: before + piece * (SIZE // len(piece)) + after
    for name, (before, piece, after) in {
        "items": ("a = [", "1,", "]"),
        "items on lines": ("a = [", "1\n", "]"),
        "names": ("a = ", "a.", "a"),
        "a sum": ("a = ", "1+", "1"),
        "arms": ("a = match b {", "1=>2,", "}"),
        "a number": ("a = ", "1", ""),
        "bad escapes": ('a = "', "\\q", '"'),
        "large numbers": ("a = [", "1e999,", "]"),
        "conditions": ("require a <= 1 at ", "b=1 and ", "b=1"),
        "comments in a list": ("a = [", "1, #\n", "]"),
    }.items()
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_is_read_in_time_that_grows_with_its_length(name):
    """A sixteenth of the longest text in a fraction of a second; what is quadratic takes minutes."""
    source = Source("x.tfs", FLOODS[name])
    start = time.process_time()
    _, report = parse(source)
    is_well(report, source)
    assert time.process_time() - start < 5


@pytest.mark.slow
def test_the_longest_text_is_read_in_seconds():
    start = time.process_time()
    _, report = parse(Source("x.tfs", "a=1\n" * 2**18))
    assert report.ok and time.process_time() - start < 30

"""Each rendering of a diagnostic says all of it."""

from __future__ import annotations

import json as standard
import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.diagnostics.samples import ALL, MEMORY, ODDITIES, ONE_NODE
from tfc.diagnostics import concise, github, html, json, text
from tfc.diagnostics.core import Edit, Fix, Report, SpecError
from tfc.diagnostics.display import show
from tfc.diagnostics.fixes import apply

GOLDEN = Path(__file__).parent / "golden"
REPORT = Report(ALL.values())


@pytest.mark.parametrize("name", ALL)
def test_the_text_of_a_diagnostic(name, golden):
    golden(GOLDEN / f"{name}.txt", text.render(ALL[name]) + "\n")


def test_a_narrow_terminal_cuts_what_is_long(golden):
    narrow = text.render(ODDITIES, width=80)
    golden(GOLDEN / "narrow.txt", narrow + "\n")
    assert all(len(line) <= 80 + len(" far to the right") for line in narrow.splitlines())
    assert text.render(ODDITIES, width=10) == narrow


def test_no_control_character_reaches_a_terminal():
    shown = text.render_report(REPORT)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", shown)


def test_colour_is_added_and_says_nothing_more():
    painted = text.render_report(REPORT, colour=True)
    assert "\x1b[1;31merror[TFS401]\x1b[0m" in painted
    plain = re.sub(r"\x1b\[[0-9;]*m", "", painted)
    assert [line.rstrip() for line in plain.splitlines()] == text.render_report(REPORT).splitlines()


def test_html_says_what_the_text_says():
    assert "<style>" in html.render_report(REPORT)
    assert html.render_report(Report()) == ""
    for found in REPORT:
        marked = html.render(found)
        plain = unescape(re.sub(r"<[^>]*>", "", marked))
        assert [line.rstrip() for line in plain.splitlines()] == text.render(found).splitlines()
        assert "because &quot;an" in marked or found is not MEMORY


def test_a_report_is_the_text_of_its_exception():
    with pytest.raises(SpecError, match=r"training needs 95\.1 GiB") as raised:
        REPORT.raise_errors()
    assert str(raised.value) == str(REPORT) == text.render_report(REPORT)
    assert [found.severity for found in REPORT] == ["error"] * 3 + ["warning", "hint"]


def test_one_line_each():
    lines = concise.render_report(REPORT).splitlines()
    assert len(lines) == len(REPORT)
    assert lines[0] == (
        "pretrain_8b.tfs:13:11: error[TFS401]: training needs 95.1 GiB on each GPU and may use 72 GiB"
    )
    assert lines[1].endswith("a `train` block has no `batch` [fix: say it]")
    assert "TFS005]: `x.tfs` is no text" in lines[2]


def test_json_can_be_applied_as_it_is():
    values = [standard.loads(line) for line in json.render_report(REPORT).splitlines()]
    assert [value["code"] for value in values] == [found.code for found in REPORT]
    for value, found in zip(values, REPORT, strict=True):
        for given_fix, fix in zip(value["fixes"], found.fixes, strict=True):
            assert given_fix["safety"] == fix.safety
            for edit in given_fix["edits"]:
                source = next(e.span.source for e in fix.edits if e.span.source.name == edit["file"])
                lines = source.text.split("\n")
                start = sum(len(line) + 1 for line in lines[: edit["line"] - 1]) + edit["column"] - 1
                end = sum(len(line) + 1 for line in lines[: edit["end_line"] - 1]) + edit["end_column"] - 1
                assert (start, end) == (edit["start"], edit["end"])
    memory = values[0]
    assert memory["shares"][0]["at"]["line"] == 5 and "at" not in memory["shares"][2]
    assert memory["labels"][1]["primary"] is False


def test_an_annotation_of_a_pull_request():
    line = github.render(MEMORY)
    assert line.startswith(
        "::error title=TFS401,file=pretrain_8b.tfs,line=13,endLine=13,col=11,endColumn=30::error[TFS401]"
    )
    assert "\n" not in line and "6%25 slower" in line and "%0A" in line
    assert github.render(ODDITIES).startswith("::notice ")
    assert github._property("a:b,c") == "a%3Ab%2Cc"


def test_a_fix_of_the_whole_file_can_be_shown():
    everything = Edit(ONE_NODE.span(0, len(ONE_NODE.text)), "a = 1\n")
    found = text.render(type(MEMORY)("TFS001", "m", MEMORY.labels, fixes=(Fix("anew", (everything,)),)))
    assert found.count("\n 1 + a = 1") == 1 and found.count("- ") >= len(ONE_NODE.text.splitlines())
    assert apply([Fix("anew", (everything,))]) == {"one_node.tfs": "a = 1\n"}


@given(st.text(st.characters(exclude_characters="\n"), max_size=300), st.data())
@settings(derandomize=True, deadline=None, database=None)
def test_what_is_marked_stays_in_sight(line, data):
    first = data.draw(st.integers(0, len(line)))
    last = data.draw(st.integers(first, len(line)))
    room = data.draw(st.integers(40, 120))
    shown = show(line, room, first, last)
    assert 0 <= shown.begin < shown.end
    assert shown.whole or shown.end <= room + 1
    if line.isascii() and line.isprintable():
        assert len(shown.text) <= room
        clean = shown.text[shown.begin : shown.end]
        assert shown.whole is False or clean == line[first : max(last, first + 1)]

"""The grammar is free of conflicts, and our automaton reads what Lark's own parser reads."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given
from lark import Lark

from tests.syntax.texts import FEW, GRAMMAR, QUICK, WELL, lark_accepts, near_specs, specs
from tfc.diagnostics.core import Source
from tfc.syntax import tables
from tfc.syntax.parse import parse


def test_the_grammar_is_lalr_without_a_conflict():
    Lark(GRAMMAR, parser="lalr", start=["file", "override"], strict=True)


@pytest.mark.parametrize("path", WELL, ids=lambda path: path.stem)
def test_what_we_ship_is_read_without_a_fault(path):
    text = path.read_text(encoding="utf-8")
    assert lark_accepts(text)
    assert str(parse(Source(path.name, text))[1]) == ""


def agrees(text: str) -> None:
    ours = parse(Source("x.tfs", text))[1]
    theirs = lark_accepts(text)
    # Lark's contextual lexer takes a reserved word for a name where the word would not fit; we never do. And what
    # single tokens say (sizes of numbers, escapes) is no matter of the grammar.
    stricter = any("word of the language" in found.message or found.code != "TFS001" for found in ours)
    assert ours.ok <= theirs
    assert ours.ok or not theirs or stricter or "stands for nothing" in str(ours), str(ours)


@given(specs())
@FEW
def test_our_automaton_reads_what_lark_reads(text):
    agrees(text)


@given(near_specs().filter(lambda text: "\0" not in text))
@QUICK
def test_our_automaton_refuses_what_lark_refuses(text):
    if not any(word in text.split() for word in tables.load().keywords):
        agrees(text)
    else:
        assert parse(Source("x.tfs", text))[1].ok <= lark_accepts(text)


def test_tables_from_the_cache_are_those_that_lark_makes(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "_folder", lambda: tmp_path / "cache")
    tables.load.cache_clear()
    made = tables.load()
    (kept,) = (tmp_path / "cache").iterdir()
    tables.load.cache_clear()
    monkeypatch.setattr(tables, "_make", lambda grammar: pytest.fail("the cache was not used"))
    assert tables.load() == made
    assert json.loads(kept.read_text())["grammar"] == GRAMMAR
    tables.load.cache_clear()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1, "grammar": "other", "tables": {}}'])
def test_a_cache_that_is_no_use_is_made_again(tmp_path, monkeypatch, content):
    monkeypatch.setattr(tables, "_folder", lambda: tmp_path)
    tables.load.cache_clear()
    tables.load()
    (kept,) = tmp_path.iterdir()
    kept.write_text(content)
    tables.load.cache_clear()
    assert tables.load().starts
    assert json.loads(kept.read_text())["grammar"] == GRAMMAR
    tables.load.cache_clear()


def test_without_a_place_for_a_cache_the_tables_are_made_each_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(tables, "_folder", lambda: tmp_path / "file" / "tfc")
    tables.load.cache_clear()
    assert parse(Source("x.tfs", "a = 1\n"))[1].ok
    tables.load.cache_clear()


def test_reading_a_spec_never_imports_lark_once_its_tables_are_cached():
    tables.load()
    program = (
        "import sys; from tfc.syntax.parse import parse; from tfc.diagnostics.core import Source;"
        "parse(Source('x.tfs', 'a = 1')); sys.exit('lark' in sys.modules or 'tfc.syntax.recover' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

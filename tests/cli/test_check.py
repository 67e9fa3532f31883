"""`tfc check`, `fmt`, `fix`: what they say, what they write, how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import tfc

GOOD = (Path(__file__).parents[1] / "errors" / "wrong" / "loosened_base.tfs").read_text(encoding="utf-8")
TYPO = GOOD.replace("heads   = 6", "headz   = 6").replace("batch     =", "bacth     =")
WARNED = GOOD.replace("context = 64 tokens", "context = 2 K tokens")
UNMET = GOOD.replace("require memory", "prefer  time <= 1 s\n  require memory")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("good", GOOD), ("typo", TYPO), ("warned", WARNED), ("unmet", UNMET)):
        (tmp_path / f"{name}.tfs").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_good_spec(folder: Path):
    found = tfc("check", "good.tfs", cwd=folder)
    assert (found.code, found.err) == (0, "")
    assert found.out == "✓ good.tfs: nothing to complain of\n"


@pytest.mark.parametrize("shown", ["concise", "json", "github"])
def test_a_good_spec_leaves_programs_nothing_to_read(folder: Path, shown: str):
    assert tfc("check", "good.tfs", "--format", shown, cwd=folder).out == ""


def test_formats_carry_the_same_faults(folder: Path):
    text, concise, lines, github = (
        tfc("check", "typo.tfs", "--format", shown, cwd=folder)
        for shown in ("text", "concise", "json", "github")
    )
    assert {found.code for found in (text, concise, lines, github)} == {1}
    found = [json.loads(line) for line in lines.out.splitlines()]
    assert {one["code"] for one in found} == {"TFS101"} and len(found) == 2
    assert found[0]["fixes"][0]["edits"][0]["replacement"].strip() == "heads"
    assert len(concise.out.splitlines()) == 2 and all(
        "typo.tfs:" in line for line in concise.out.splitlines()
    )
    assert len(github.out.splitlines()) == 2 and all(
        line.startswith("::error ") for line in github.out.splitlines()
    )
    assert text.out.count("error[TFS101]") == 2 and "cures 2 of them" in text.out


def test_strict_asks_for_more(folder: Path):
    for name in ("warned", "unmet"):
        assert tfc("check", f"{name}.tfs", cwd=folder).code == 0
        assert tfc("check", f"{name}.tfs", "--strict", cwd=folder).code == 2
    assert tfc("check", "typo.tfs", "--strict", cwd=folder).code == 1
    assert tfc("check", "good.tfs", "--strict", cwd=folder).code == 0


def test_set_and_scenario_change_what_is_checked_and_not_the_file(folder: Path):
    before = (folder / "good.tfs").read_bytes()
    assert tfc("check", "good.tfs", "--set", "model.small.heads = 5", cwd=folder).code == 1
    assert (
        tfc("check", "good.tfs", "--set", "train.steps=5", "--set=train.batch=32 sequences", cwd=folder).code
        == 0
    )
    with (folder / "good.tfs").open("a", encoding="utf-8") as file:
        file.write("\nscenario wrong { model.small.heads = 7 }\n")
    assert tfc("check", "good.tfs", "--scenario", "wrong", cwd=folder).code == 1
    assert (folder / "good.tfs").read_bytes().startswith(before)


def test_fix_cures_what_is_safe(folder: Path):
    shown = tfc("fix", "typo.tfs", "--diff", cwd=folder)
    assert shown.code == 0 and "-  headz   = 6" in shown.out and "+  heads   = 6" in shown.out
    assert (folder / "typo.tfs").read_text() == TYPO
    done = tfc("fix", "typo.tfs", cwd=folder)
    assert done.code == 0 and done.out.count("rename it") == 2
    assert (folder / "typo.tfs").read_text() == GOOD
    again = tfc("fix", "typo.tfs", cwd=folder)
    assert again.code == 0 and "no fix to apply" in again.err


def test_fix_can_be_kept_to_one_code(folder: Path):
    assert tfc("fix", "typo.tfs", "--code", "TFS204", cwd=folder).code == 1
    assert (folder / "typo.tfs").read_text() == TYPO
    assert tfc("fix", "warned.tfs", "--code", "tfs204", cwd=folder).code == 0
    assert "2 Ki tokens" in (folder / "warned.tfs").read_text()


def test_fix_keeps_line_ends_and_marks(folder: Path):
    (folder / "typo.tfs").write_bytes(b"\xef\xbb\xbf" + TYPO.replace("\n", "\r\n").encode())
    assert tfc("fix", "typo.tfs", cwd=folder).code == 0
    assert (folder / "typo.tfs").read_bytes() == b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()


def test_picking_an_edit_cures_a_budget(folder: Path):
    large = (Path(__file__).parents[1] / "errors" / "wrong" / "too_much_memory.tfs").read_text(
        encoding="utf-8"
    )
    (folder / "large.tfs").write_text(large, encoding="utf-8")
    assert tfc("fix", "large.tfs", cwd=folder).code == 1, "nothing about memory is safe to change unasked"
    picked = tfc("fix", "large.tfs", "--pick", "1", cwd=folder)
    assert picked.code == 0, picked.err
    assert tfc("check", "large.tfs", cwd=folder).code == 0
    assert (folder / "large.tfs").read_text() != large


def test_what_changes_the_model_is_not_picked(folder: Path):
    wrong = GOOD.replace("width   = 192", "width   = 200")
    (folder / "wrong.tfs").write_text(wrong, encoding="utf-8")
    found = tfc("fix", "wrong.tfs", "--pick", "1", "--code", "TFS301", cwd=folder)
    assert found.code == 1 and "changes the model" in found.err
    assert (folder / "wrong.tfs").read_text() == wrong


def test_a_base_is_fixed_where_it_stands(folder: Path):
    (folder / "bases").mkdir()
    (folder / "bases" / "base.tfs").write_text(TYPO, encoding="utf-8")
    (folder / "child.tfs").write_text('extends "bases/base.tfs"\n', encoding="utf-8")
    assert tfc("fix", "child.tfs", cwd=folder).code == 0
    assert (folder / "bases" / "base.tfs").read_text() == GOOD
    assert (folder / "child.tfs").read_text() == 'extends "bases/base.tfs"\n'


def test_fmt(folder: Path):
    loose = GOOD.replace("layers  = 3", "layers=3")
    (folder / "loose.tfs").write_text(loose, encoding="utf-8")
    asked = tfc("fmt", "--check", "good.tfs", "loose.tfs", cwd=folder)
    assert asked.code == 1 and asked.err == "loose.tfs would change\n"
    shown = tfc("fmt", "--diff", "loose.tfs", cwd=folder)
    assert shown.code == 0 and "+  layers  = 3" in shown.out
    assert (folder / "loose.tfs").read_text() == loose
    assert tfc("fmt", "loose.tfs", cwd=folder).code == 0
    assert (folder / "loose.tfs").read_text() == GOOD
    piped = tfc("fmt", "-", cwd=folder, stdin=loose.encode())
    assert (piped.code, piped.out, piped.err) == (0, GOOD, "")


def test_fmt_leaves_alone_what_it_cannot_read(folder: Path):
    (folder / "broken.tfs").write_text("model {{{", encoding="utf-8")
    found = tfc("fmt", "broken.tfs", "good.tfs", cwd=folder)
    assert found.code == 1 and "TFS00" in found.err and not found.out
    assert (folder / "broken.tfs").read_text() == "model {{{"
    assert json.loads(tfc("fmt", "broken.tfs", "--format", "json", cwd=folder).out.splitlines()[0])["code"]

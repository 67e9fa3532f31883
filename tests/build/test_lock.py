"""`tfc.lock`: what each `auto` became is kept while it fits, and a change of it can be made an error."""

from __future__ import annotations

from pathlib import Path

import pytest

import tfc
from tests.api.specs import BARD
from tfc.build.lock import NAME, Lock, mismatch


def lock(folder: Path, **values: str) -> Path:
    file = folder / "bard.tfs"
    file.write_text(BARD)
    names = {name.replace("__", "."): value for name, value in values.items()}
    (folder / NAME).write_text(Lock(folder / NAME).remembering("bard.tfs", names).text())
    return file


def test_none_is_empty_and_what_was_written_is_read(tmp_path: Path):
    empty = Lock.beside(tmp_path / "a.tfs")
    assert empty.of("a.tfs") == {}
    one = empty.remembering("a.tfs", {"train.microbatch": "8 sequences"}).remembering("b.tfs", {"x": "1"})
    (tmp_path / NAME).write_text(one.text())
    assert Lock.beside(tmp_path / "a.tfs").specs == one.specs
    assert Lock.beside(tmp_path / "a.tfs").remembering("b.tfs", {}).specs.keys() == {"a.tfs"}


def test_a_locked_value_is_kept_while_it_fits(tmp_path: Path):
    free = tfc.load(lock(tmp_path)).plan()
    assert free.auto["train.microbatch"] == "8 sequences"
    kept = tfc.load(lock(tmp_path, train__microbatch="2 sequences", train__accumulation="4")).plan()
    assert (kept.auto["train.microbatch"], kept.auto["train.accumulation"]) == ("2 sequences", "4")
    gone = tfc.load(lock(tmp_path, train__microbatch="3 sequences")).plan()
    assert gone.auto == free.auto


def test_a_locked_value_that_breaks_a_budget_is_given_up(tmp_path: Path):
    file = lock(tmp_path, train__microbatch="8192 sequences", train__accumulation="1")
    text = BARD.replace("batch     = 8 sequences", "batch     = 8192 sequences")
    file.write_text(text)
    assert tfc.load(file).plan().auto["train.microbatch"] != "8192 sequences"


def test_what_differs_from_the_lock_is_told_with_its_line(tmp_path: Path):
    plan = tfc.load(BARD).plan()
    before = Lock(tmp_path / NAME).remembering(
        "bard.tfs", {"train.microbatch": "4 sequences", "train.old": "1"}
    )
    found = {problem.message: problem for problem in mismatch(before, "bard.tfs", plan.auto, plan.auto_spans)}
    (changed,) = [message for message in found if "4 sequences" in message]
    assert changed == "`train.microbatch` is locked at 4 sequences and would become 8 sequences"
    assert found[changed].span is not None
    assert any("is no longer `auto`" in message for message in found)
    assert any("is not in `tfc.lock`" in message for message in found)
    assert all(problem.code == "TFS802" for problem in found.values())
    same = before.remembering("bard.tfs", plan.auto)
    assert mismatch(same, "bard.tfs", plan.auto, plan.auto_spans) == ()


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema": 2}', '{"schema": 1, "specs": {"bard.tfs": 3}}', "\udcff"]
)
def test_a_lock_that_cannot_be_read(tmp_path: Path, text: str):
    file = lock(tmp_path)
    (tmp_path / NAME).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(tfc.SpecError, match="TFS802"):
        tfc.load(file).check()

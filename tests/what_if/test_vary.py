"""What `--vary` is given is compared, or refused with the reason: by the table and by the page alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import tfc
from tests.spec.reading import MODEL

SPEC = f"""{MODEL}
data {{
  tokenizer = sentencepiece
  train     = text("corpus.txt")
}}

train {{
  on        = h100_80gb
  steps     = 1000
  batch     = 64 sequences
  optimizer = adamw(lr = 1e-3)
}}
"""
VERBS = ("what-if", "report")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "m.tfs").write_text(SPEC, encoding="utf-8")
    (tmp_path / "model.tfs").write_text(MODEL, encoding="utf-8")
    (tmp_path / "empty.tfs").write_text("", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("vary", "why"),
    [
        (["train.microbatch = []"], "error[TFS106]: `train.microbatch` is given no values"),
        (
            ["train.microbatch = [1]", "train.microbatch = [2]"],
            "error[TFS105]: `train.microbatch` is varied twice",
        ),
        (["train.nothing = [1, 2]"], "error[TFS101]: `train` has no setting `nothing`"),
        (["train.microbatch"], "error[TFS001]"),
        ([""], "error[TFS001]"),
    ],
)
def test_what_cannot_be_compared_is_refused(folder: Path, verb: str, vary: list[str], why: str):
    found = tfc(verb, "m.tfs", *(word for text in vary for word in ("--vary", text)), cwd=folder)
    assert found.code == 1 and not found.out and why in found.err
    assert not (folder / "m.html").exists()


def test_one_value_is_a_row_too(folder: Path):
    words = ["m.tfs", "--vary", "train.microbatch = 16"]
    assert "16" in tfc("what-if", *words, cwd=folder).out
    assert "what was asked for" in tfc("report", *words, "--out", "-", cwd=folder).out


@pytest.mark.parametrize("verb", ["what-if", "advise"])
def test_a_spec_that_asks_for_no_work(folder: Path, verb: str):
    nothing = tfc(verb, "model.tfs", cwd=folder)
    assert nothing.code == 1 and not nothing.out and nothing.err.startswith("nothing to ")
    assert "error[TFS106]: this spec is empty" in tfc(verb, "empty.tfs", cwd=folder).err


@pytest.mark.parametrize("verb", ["plan", "advise", *VERBS])
def test_prices_that_are_not_there(folder: Path, verb: str):
    found = tfc(verb, "m.tfs", "--prices", "no.toml", cwd=folder)
    assert found.code == 64 and "`no.toml` cannot be read: no such file or directory" in found.err

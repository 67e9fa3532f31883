"""How another value is written into a file."""

from __future__ import annotations

import pytest

from tfc.api import load
from tfc.diagnostics.core import Fix
from tfc.diagnostics.fixes import apply
from tfc.spec.edits import edit

SPEC = """\
model big {
  family  = decoder
  layers  = 2
  width   = 64
  heads   = 2
  context = 64 tokens # not long
  vocab   = 256
}
model small extends big { layers = 1 }

data { tokenizer = bytes, train = text("a.txt") }

train {
  model      = big
  on         = cpu
  steps      = 10
  batch      = 8 sequences
  optimizer  = adamw(lr = 1e-3)
  checkpoint { keep = 2 }

  require memory <= 1 GiB
}
"""


def changed(block: str, name: str, text: str, inner: str = "") -> list[str]:
    """The lines that an edit makes anew."""
    draft = load(SPEC)
    spec = draft.spec
    outer = spec.block(block)
    chain = (outer, getattr(outer, inner)) if inner else (outer,)
    found = edit(spec.source, chain, name, text)
    assert found is not None
    (after,) = apply([Fix("", (found,))]).values()
    assert load(after).spec.trains  # it can be read
    before = SPEC.splitlines()
    return [line for line in after.splitlines() if line not in before]


def test_a_written_value_is_replaced():
    assert changed("train", "batch", "4 sequences") == ["  batch      = 4 sequences"]


def test_a_comment_stays():
    assert changed("model.big", "context", "32 tokens") == ["  context = 32 tokens # not long"]


def test_an_unwritten_setting_becomes_a_line_like_its_neighbours():
    assert changed("train", "recompute", "full") == ["  recompute  = full"]


def test_a_block_on_one_line_gets_one_more():
    assert changed("train", "every", "5 min", "checkpoint") == ["  checkpoint { keep = 2, every = 5 min }"]


def test_a_block_that_is_not_there_is_made():
    assert changed("train", "zero", "3", "parallel") == ["  parallel { zero = 3 }"]


def test_a_value_of_a_parent_is_overridden_in_the_child():
    assert changed("model.small", "context", "32 tokens") == [
        "model small extends big { layers = 1, context = 32 tokens }"
    ]


def test_what_the_command_line_gave_is_no_edit():
    draft = load(SPEC).set("train.batch", "4 sequences")
    assert edit(draft.spec.source, (draft.spec.block("train"),), "batch", "2 sequences") is None


@pytest.mark.parametrize("text", ["train {}", "train { }", "train {\n}"])
def test_an_empty_block_is_filled(text: str):
    spec = SPEC.split("train {")[0].rstrip() + "\n" + text + "\n"
    base = load(spec)._tree[0]  # such a train lacks settings: only its tree is there
    from tfc.spec.edits import _block, _into

    node = _block(base, (("train", ""),))
    assert node is not None
    (after,) = apply([Fix("", (_into(node, "steps = 1", "steps"),))]).values()
    tree, report = load(after)._tree
    assert not report.errors
    found = _block(tree, (("train", ""),))
    assert found is not None and [str(inner.path) for inner in found.statements] == ["steps"]  # type: ignore[union-attr]

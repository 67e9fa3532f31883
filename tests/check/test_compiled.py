"""Blocks that train share one `model.py`: what is priced is what is written there, whichever of them says how."""

from __future__ import annotations

import pytest

from tfc.api import Draft, load

PAIR = """
model large { family = decoder, layers = 4, width = 256, heads = 4, vocab = 4000, context = 128 tokens, norm = rms }
model small extends large { layers = 2 }
data { tokenizer = bytes, train = text("x.txt") }
train {
  model = large, on = 1 x h100_80gb, steps = 10, batch = 8 sequences, microbatch = 8, optimizer = adamw(lr = 3e-4)
}
distill small from large { on = 1 x h100_80gb, steps = 10, batch = 8 sequences, microbatch = 8 }
"""


def under(train: str, distill: str) -> Draft:
    return load(PAIR).override(f"train.compile = {train}").override(f"distill.small.compile = {distill}")


def fused(draft: Draft) -> bool:
    return "@fused" in draft.plan().files["model.py"].text


def test_functions_are_fused_where_all_are_for_it():
    assert load(PAIR).spec.compiled == "functions" and fused(load(PAIR))
    assert not fused(under("functions", "none")) and not fused(under("none", "functions"))
    on_a_cpu = load(PAIR).override("distill.small.on = cpu")
    assert on_a_cpu.spec.compiled == "none" and not fused(on_a_cpu)


@pytest.mark.parametrize("block", ["train", "distill.small"])
def test_the_estimate_is_of_the_file_and_not_of_the_block(block: str):
    """Asked one after the other: what is remembered of a block is of the blocks beside it too."""
    both, one = under("functions", "functions"), under("functions", "none")
    other, neither = under("none", "functions"), under("none", "none")
    found = [draft.estimates[block] for draft in (both, one, other, neither, both)]
    told = [(estimate.memory, estimate.step_time) for estimate in found]
    assert told[1] == told[2] == told[3] != told[0] == told[4]


def test_a_block_that_is_not_compiled_beside_one_that_is_whole_has_no_trace():
    mixed = under("blocks", "none")
    assert mixed.spec.compiled == "blocks"
    assert all("compile blocks" in found.unvalidated for found in mixed.estimates.values())


def test_what_is_written_and_has_no_effect_is_said():
    (said,) = (one for one in under("functions", "none").check() if one.code == "TFS902")
    assert "`compile` has no effect" in said.message and "model.py" in said.message
    assert not [one for one in load(PAIR).override("distill.small.on = cpu").check() if one.code == "TFS902"]

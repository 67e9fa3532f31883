"""Names that are not known, and what is offered for them."""

from __future__ import annotations

import pytest

from tests.spec.reading import DATA, MODEL, SMALL, TRAIN, only, read, said
from tfc.diagnostics.core import Safety
from tfc.diagnostics.fixes import apply
from tfc.fields import settings_of
from tfc.spec.blocks import BLOCKS, INNER


def mended(text: str) -> str:
    """A text with the first fix of everything that is said of it."""
    fixes = [found.fixes[0] for found in read(text)[1]]
    assert all(fix.safety is Safety.SAFE for fix in fixes)
    return apply(fixes)["model.tfs"]


@pytest.mark.parametrize("kind", BLOCKS)
def test_what_others_call_a_setting_is_known_and_mended(kind: str):
    for setting in settings_of(BLOCKS[kind]).values():
        for foreign in setting.also:
            if foreign in settings_of(BLOCKS[kind]) or foreign in INNER[kind]:
                continue
            head = {"data": "data", "train": "train"}.get(kind, f"{kind} it")
            text = f"{head} {{ {foreign} = 1 }}\n"
            found = next(one for one in read(text)[1] if one.code == "TFS101")
            assert found.fixes[0].edits[0].replacement == setting.name, foreign
            assert f"`{foreign}`" in found.notes[0] and f"`{setting.name}`" in found.notes[0]


def test_a_foreign_spec_is_mended_in_one_go():
    foreign = (
        SMALL.replace("layers ", "num_layers ").replace("width ", "d_model ").replace("vocab ", "vocab_size ")
    )
    foreign = (
        foreign.replace("on    ", "devices").replace("(lr", "(learning_rate").replace("heads ", "n_head ")
    )
    assert {found.code for found in read(foreign)[1]} == {"TFS101"}
    assert read(mended(foreign))[1].ok


def test_the_equals_signs_stay_in_line():
    assert mended(SMALL.replace("width  ", "widht  ")) == SMALL
    assert "\n  family  = decoder" in mended(SMALL.replace("family ", "famly  "))


def test_a_name_that_is_there_already_is_not_offered():
    found = only(SMALL.replace("  heads ", "  hidden_size = 3\n  heads "))
    assert not found.fixes and found.help == "`width` is given already"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("lr = 1", "optimizer = adamw(lr = ...)"),
        ("width = 1", "`width` is a setting of a model"),
        ("zero = 1", "`zero` is a setting of `parallel { }` in `train`"),
        ("parallel = 8", "`parallel` is a block"),
        ("window = 8", "attention = bigbird(window = ...)"),
        ("parallel.data = 8", "write `parallel { data = 8 }`"),
        ("warmup = 8", "schedule = constant(warmup = ...)"),
    ],
)
def test_where_a_setting_belongs(line: str, words: str):
    found = said(TRAIN.replace("}", f"  {line}\n}}"))["TFS101"]
    assert words in " ".join((found.help, *found.notes)) and not found.fixes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("trian { }", "no block `trian`"),
        ("dataset { }", "no block `dataset`"),
        ("model { }", "a model must have a name"),
        ("server { }", "no block `server`"),
        ("model a { train { } }", "no block `train` in a model"),
        ("model a { encoder b { } }", "has no name of its own"),
        ("model a { let b = 1 }", "a `let` stands at the top"),
        ("require memory <= 1 GiB", "a budget stands in the block"),
        ("data { require memory <= 1 GiB }", "nothing that a budget could be about"),
        ("train { parallel { require memory <= 1 GiB } }", "nothing that a budget could be about"),
        ("scenario a { train { } }", "and no blocks"),
        ("scenario a { require memory <= 1 GiB }", "no budgets of its own"),
        ("model a from b { }", "only a `distill` is taken `from`"),
        ("distill a extends b { }", "`distill STUDENT from TEACHER`"),
        ("train extends b { }", "has a name"),
        ("layers = 3", "only `edition` is a setting of the whole file"),
        ("model layers { }", "cannot be the name of one"),
    ],
)
def test_what_stands_in_the_wrong_place(text: str, words: str):
    assert any(words in found.message for found in read(text)[1])


def test_what_is_given_twice():
    assert only(f"{SMALL}\ntrain {{ steps = 3 }}").code == "TFS105"
    assert only(f"let a = 1\nlet a = 2\n{SMALL}").code == "TFS105"
    assert only(f"edition = 1\nedition = 1\n{SMALL}").code == "TFS105"
    assert only(SMALL.replace("steps     = 1000", "steps = 10, epochs = 3")).code == "TFS105"


def test_what_is_missing_is_said_once_a_block():
    found = only(f"model small {{ family = decoder, layers = 3 }}\n{DATA}\n{TRAIN}")
    assert found.code == "TFS106"
    assert found.message == "a model must be given `heads`, `width`, `context` and `vocab`"
    assert len(found.notes) == 4


def test_nothing_follows_from_a_fault_that_has_been_said():
    assert only(SMALL.replace("width ", "widht ")).code == "TFS101"
    assert only("model a extends b { layers = 3 }").code == "TFS104"
    assert only("model a extends a { layers = 3 }").code == "TFS107"
    assert only(f'extends "other.tfs"\n{TRAIN}').code == "TFS701"


def test_several_blocks_and_none_is_named():
    second = MODEL.replace("small", "other")
    assert only(f"{second}\n{SMALL}").code == "TFS109"
    assert not said(f"{second}\n{SMALL.replace('  on ', '  model = small, on ')}")
    assert only(f"{SMALL}\n{DATA.replace('data {', 'data more {')}").code == "TFS109"


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        ("require memroy <= 1 GiB", "no metric `memroy`"),
        ("require latency.p99 <= 1 ms", "`train` has no metric `latency.p99`"),
        ("require 3 <= 1 GiB", "a budget is about a metric"),
        ("require memory == 1 GiB", "found `==`"),
        ("require memory <= 1 h", "counted in bytes, found time"),
        ("require memory <= 1 GiB at batch = 8", "`memory` has no condition `batch`"),
        ("require bleu >= 30 at languag = de", "no condition `languag`"),
        ("require bleu >= 30 at language = de and language = fr", "given twice"),
    ],
)
def test_what_a_budget_cannot_say(budget: str, words: str):
    assert words in only(SMALL.replace("  on ", f"  {budget}\n  on ")).message

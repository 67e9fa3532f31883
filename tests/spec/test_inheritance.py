"""What extends what: files, blocks, presets, budgets; and that the order of lines says nothing."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.spec.reading import DATA, MODEL, SMALL, TRAIN, only, read, said, spec_of
from tfc.fields import How

BASE = SMALL.replace("optimizer", "require memory <= 8 GiB\n  optimizer")


def over(text: str, base: str = BASE):
    return spec_of(f'extends "base.tfs"\n{text}', files={"base.tfs": base})


def test_a_child_replaces_what_it_names_and_keeps_the_rest():
    spec = over("model small { layers = 9 }\ntrain { steps = 5 }")
    assert spec.models["small"].layers == 9 and spec.models["small"].heads == 4
    assert spec.trains[""].steps == 5 and spec.trains[""].batch.value == 64


def test_one_way_to_tell_the_length_of_a_run_replaces_another():
    train = over("train { epochs = 2 }").trains[""]
    assert (train.steps, train.epochs) == (None, 2)
    assert spec_of(SMALL, "train.tokens = 1 M").trains[""].steps is None


def test_a_let_of_the_base_may_be_given_anew():
    base = "let size = 4\n" + BASE.replace("layers  = 4", "layers = size")
    assert over("let size = 7", base).models["small"].layers == 7


def test_files_extend_files_in_other_folders():
    files = {"a/b.tfs": 'extends "../c.tfs"\nmodel small { layers = 5 }', "c.tfs": BASE}
    spec = spec_of('extends "a/b.tfs"\ntrain { steps = 1 }', files=files)
    assert spec.models["small"].layers == 5
    assert [source.name for source in spec.sources] == ["model.tfs", "a/b.tfs", "c.tfs"]


def test_circles():
    files = {"b.tfs": 'extends "model.tfs"'}
    assert only('extends "b.tfs"', files=files).code == "TFS107"
    assert only('extends "./model.tfs"').message == "a file extends itself"
    assert only("model a extends b { }\nmodel b extends c { }\nmodel c extends a { }").notes == (
        "the circle is `a` -> `b` -> `c` -> `a`",
    )
    assert only("let a = b + 1\nlet b = 2 * a").notes == ("the circle is `a` -> `b` -> `a`",)


def test_a_block_extends_another_of_its_kind():
    text = f"{SMALL}\nmodel wide extends small {{ width = 512 }}\ntrain more extends main {{ steps = 9, model = wide }}"
    text = text.replace("train {", "train main { model = small\n")
    spec = spec_of(text)
    assert spec.models["wide"].layers == 4 and spec.models["wide"].decoder.ffn[0].hidden == 2048
    assert spec.models["wide"].origin_of("layers").how is How.INHERITED
    assert spec.trains["more"].batch == spec.trains["main"].batch
    assert spec.full_name(spec.trains["more"]) == "train.more"


def test_a_preset_is_a_parent_and_may_be_shadowed():
    spec = spec_of("model llama3_8b extends llama3_8b { layers = 2 }\nmodel other extends llama3_8b { }")
    assert spec.models["other"].layers == 2 and spec.models["other"].width == 4096
    assert spec.models["other"].span_of("width").source.name == "preset llama3_8b"
    assert only("model a extends llama3_9b { }").code == "TFS104"


def test_a_side_of_the_parent_stays_when_the_child_gives_a_value_for_both():
    parent = MODEL.replace("= decoder", "= encoder_decoder").replace("}", "  encoder { layers = 6 }\n}")
    spec = spec_of(f"{parent}\nmodel child extends small {{ layers = 2, decoder {{ heads = 8 }} }}")
    child = spec.models["child"]
    assert (child.encoder.layers, child.decoder.layers) == (6, 2)
    assert (child.encoder.heads, child.decoder.heads) == (4, 8)
    assert (child.decoder.kv_heads, child.decoder.head_width) == (8, 32)


# ------------------------------------------------------------------------------------------ budgets


def budgets(text: str) -> list[str]:
    return [f"{one.metric} {one.comparison} {one.limit}" for one in over(text).trains[""].budgets]


def test_budgets_add_up():
    assert budgets("train { require time <= 1 h }") == ["memory <= 8.0 GiB", "time <= 60 min"]
    assert budgets("train { require memory <= 4 GiB }") == ["memory <= 4.0 GiB"]
    assert budgets("train { require memory < 8 GiB }") == ["memory < 8.0 GiB"]


@pytest.mark.parametrize("limit", ["<= 9 GiB", "< 9 GiB"])
def test_a_budget_is_never_loosened(limit: str):
    found = only(f'extends "base.tfs"\ntrain {{ require memory {limit} }}', files={"base.tfs": BASE})
    assert found.code == "TFS108" and found.labels[1].span.source.name == "base.tfs"


def test_a_lower_bound_is_loosened_downwards():
    base = SMALL.replace("optimizer", "require mfu >= 30%\n  optimizer")
    assert over("train { require mfu >= 40% }", base).trains[""].budgets[0].limit.value == 0.4
    assert said('extends "b"\ntrain { require mfu >= 20% }', files={"b": base})["TFS108"]


@given(st.integers(1, 100), st.integers(1, 100))
def test_the_limit_of_a_child_is_at_most_its_parents(parent: int, child: int):
    base = f"train {{ require memory <= {parent} GiB }}"
    spec, _ = read(
        f'extends "base.tfs"\n{SMALL}\ntrain {{ require memory <= {child} GiB }}', files={"base.tfs": base}
    )
    assert (spec is not None) == (child <= parent)
    assert spec is None or spec.trains[""].budgets[0].limit.value == child * 2**30


def test_a_wish_may_be_replaced():
    base = SMALL.replace("optimizer", "prefer time <= 1 h\n  optimizer")
    assert str(over("train { prefer time <= 2 h }", base).trains[""].budgets[0].limit) == "2 h"


# ------------------------------------------------------------------------------------------- order


@given(st.randoms())
def test_the_order_of_lines_says_nothing(shuffle: random.Random):
    blocks = []
    for block in (MODEL, DATA, TRAIN, "model wide extends small { width = 512 }\n"):
        head, *lines, end = block.splitlines() if block.count("\n") > 1 else (block, "")
        shuffle.shuffle(lines)
        blocks.append("\n".join([head, *lines, end]))
    blocks[2] = blocks[2].replace("{", "{ model = small\n", 1)
    shuffle.shuffle(blocks)
    first = spec_of(
        "\n".join(
            (MODEL, DATA, TRAIN.replace("{", "{ model = small\n"), "model wide extends small { width = 512 }")
        )
    )
    assert spec_of("\n".join(blocks)).hash == first.hash

"""Settings by their full names: `--set`, and scenarios."""

from __future__ import annotations

import pytest

from tests.spec.reading import MODEL, SMALL, only, said, spec_of
from tfc.fields import How

TWO = f"{SMALL}\n{MODEL.replace('small', 'other')}".replace("  on ", "  model = small, on ")


def test_a_setting_by_its_full_name():
    assert spec_of(SMALL, "train.steps = 5").trains[""].steps == 5
    assert spec_of(SMALL, "model.layers = 5").models["small"].layers == 5
    assert spec_of(SMALL, "model.small.layers = 5").models["small"].layers == 5
    assert spec_of(SMALL, "train.parallel.zero = 3").trains[""].parallel.zero == 3
    assert spec_of(SMALL, "model.small.decoder.layers = 5").models["small"].decoder.layers == 5
    assert spec_of(SMALL, "train.steps = 5", "train.steps = 6").trains[""].steps == 6


def test_where_an_override_came_from():
    origin = spec_of(SMALL, "train.steps = 5").trains[""].origin_of("steps")
    assert origin.how is How.OVERRIDE and origin.span.source.name == "--set"


def test_a_setting_of_a_variant_by_its_full_name():
    optimizer = spec_of(SMALL, "train.optimizer.lr = 5e-4").trains[""].optimizer
    assert optimizer.lr == 5e-4 and optimizer.name == "adamw"
    assert (
        spec_of(SMALL.replace("lr = 1e-3", "1e-3, clip = 2"), "train.optimizer.lr = 5e-4")
        .trains[""]
        .optimizer.clip
        == 2
    )
    assert spec_of(SMALL, "train.schedule.warmup = 9 steps").trains[""].schedule.warmup == 9
    assert said(SMALL, "train.optimizer.lrr = 1")["TFS101"].fixes
    assert said(SMALL, "train.steps.more = 1")["TFS101"]
    assert said(SMALL, "model.attention.window = 1")["TFS101"]


def test_a_let_by_its_bare_name():
    text = "let deep = 3\n" + SMALL.replace("layers  = 4", "layers = deep")
    assert spec_of(text, "deep = 9").models["small"].layers == 9


def test_children_see_what_is_set_on_their_parents():
    text = f"{SMALL.replace('  on ', '  model = small, on ')}\nmodel child extends small {{ heads = 8 }}"
    assert spec_of(text, "model.small.layers = 9").models["child"].layers == 9


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("trian.steps", "TFS102", "no block `trian`"),
        ("deploy.batch", "TFS102", "this spec has no block `deploy`"),
        ("train", "TFS101", "is a block"),
        ("train.parallel", "TFS101", "is a block"),
        ("train.stepz", "TFS101", "no setting `stepz`"),
        ("train.parallel.zeroo", "TFS101", "no setting `zeroo`"),
        ("model.layers", "TFS109", "several blocks `model`"),
        ("model.smal.layers", "TFS104", "no model `smal`"),
    ],
)
def test_a_full_name_that_leads_nowhere(name: str, code: str, words: str):
    found = only(TWO, f"{name} = 3")
    assert found.code == code and words in found.message
    assert found.span.source.name == "--set"


def test_a_value_after_set_is_looked_at_like_any_other():
    assert only(SMALL, "train.steps = 5 GiB").code == "TFS202"
    assert only(SMALL, "train.on = 8").code == "TFS201"


SCENARIOS = f"""\
let deep = 3
{SMALL.replace("layers  = 4", "layers = deep")}
scenario deeper {{ let deep = 6 }}
scenario longer extends deeper {{ train.steps = 2000 }}
"""


def test_a_scenario_is_applied_when_it_is_asked_for():
    assert spec_of(SCENARIOS).models["small"].layers == 3
    assert spec_of(SCENARIOS, scenario="deeper").models["small"].layers == 6
    longer = spec_of(SCENARIOS, scenario="longer")
    assert (longer.models["small"].layers, longer.trains[""].steps) == (6, 2000)
    assert spec_of(SCENARIOS, "train.steps = 7", scenario="longer").trains[""].steps == 7
    assert longer.scenarios == ("deeper", "longer")


def test_a_scenario_that_there_is_not():
    found = only(SCENARIOS, scenario="deper")
    assert found.code == "TFS104" and found.fixes[0].title == "write `deeper`"


def test_a_scenario_is_looked_at_even_if_it_is_not_asked_for():
    assert only(f"{SMALL}\nscenario a {{ train.stepz = 3 }}").code == "TFS101"
    assert only(f"{SMALL}\nscenario a {{ train.steps = 3 GiB }}").code == "TFS202"
    assert only(f"{SMALL}\nscenario a {{ train.steps = 3, train.on = 1 x h100 }}").code == "TFS103"


def test_a_let_that_nothing_uses_is_said():
    found = only(f"let idle = 3\n{SMALL}")
    assert found.code == "TFS902" and found.severity == "hint"
    assert not said(f"let used = 3\n{SMALL}\nscenario a {{ train.steps = used }}")

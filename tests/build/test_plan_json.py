"""`plan.json`: what the compiler believed, and what `train.py` reads of it."""

from __future__ import annotations

import json

import pytest

import tfc
from tests.api.specs import BARD, PHRASES
from tfc.build.plan_json import laid_out, plan_json


@pytest.fixture(scope="module", params=[BARD, PHRASES], ids=["bard", "phrases"])
def found(request: pytest.FixtureRequest) -> dict:
    return json.loads(plan_json(tfc.load(request.param, name="spec.tfs").plan()))


def test_every_setting_has_its_value_unit_line_and_origin(found: dict):
    for name, setting in found["settings"].items():
        assert setting.keys() == {"value", "unit", "at", "origin"}, name
        assert setting["origin"] in ("written", "inherited", "default", "override", "auto")
    context = next(setting for name, setting in found["settings"].items() if name.endswith(".context"))
    assert context["unit"] == "tokens" and context["origin"] == "written"
    assert context["at"].startswith("spec.tfs:")
    assert found["settings"]["train.accumulation"]["origin"] == "auto"


def test_items_sum_to_what_is_predicted(found: dict):
    estimate, predicted = found["estimates"]["train"], found["predicted"]["train"]
    memory = sum(item["amount"] for item in estimate["memory"])
    step = sum(item["amount"] for item in estimate["step"])
    assert memory == pytest.approx(predicted["memory"]["value"])
    assert step == pytest.approx(predicted["step_time"]["value"], rel=1e-6)
    for figure in predicted.values():
        assert figure["low"] <= figure["value"] <= figure["high"]


def test_what_is_predicted_of_a_deployment_stands_with_the_rest():
    text = f"{PHRASES}\ndeploy api {{ target = onnxruntime(on = cpu) }}\n"
    found = json.loads(plan_json(tfc.load(text, name="spec.tfs").plan()))
    predicted = found["predicted"]["deploy.api"]
    assert {name: figure["unit"] for name, figure in predicted.items()} == {
        "memory": "bytes",
        "size": "bytes",
        "latency": "s",
    }
    figures = found["deployments"]["deploy.api"]["figures"]
    for name, figure in predicted.items():
        assert figure == figures[name] and 0 < figure["low"] <= figure["value"] <= figure["high"]


def test_budgets_are_there_with_their_verdicts(found: dict):
    assert {budget["metric"] for budget in found["budgets"]} >= {"memory"}
    assert {budget["verdict"] for budget in found["budgets"]} <= {"met", "unsure", "broken", "unknown"}


def test_it_is_laid_out_as_json():
    value = {"a": [], "b": [{"c": 1, "d": [1, 2]}, 3], "e": {}, "f": None, "g": "ü\n"}
    assert json.loads(laid_out(value)) == value
    assert laid_out({"a": {"b": 1}}) == '{\n  "a": {"b": 1}\n}'

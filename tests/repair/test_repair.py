"""Budgets that are broken are told with lines, and with edits that cure them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.command_line import tfc
from tests.specs import DECODER, LLAMA, TRANSLATOR
from tfc.api import load
from tfc.check.budgets import verdicts
from tfc.cost.items import Figure
from tfc.cost.verdict import Zone, judge
from tfc.diagnostics.core import Diagnostic, Safety, Severity
from tfc.diagnostics.fixes import apply
from tfc.spec.budget import Budget
from tfc.units import Dimension, Quantity


def with_budget(text: str, *lines: str) -> str:
    """The spec with further lines in its `train` block."""
    head, _, tail = text.partition("  optimizer")
    return head + "".join(f"  {line}\n" for line in lines) + "  optimizer" + tail


def with_half(text: str, metric: str, unit: str) -> str:
    """The spec with a budget of half of what is predicted."""
    found = load(text).plan().estimates["train"].metric(metric)
    assert isinstance(found, Figure)
    return with_budget(text, f"require {metric} <= {found.value / 2:.9f} {unit}")


def of(text: str, code: str) -> Diagnostic:
    return next(found for found in load(text).check() if found.code == code)


def cured(text: str, diagnostic: Diagnostic, number: int = 0) -> str:
    (after,) = apply([diagnostic.fixes[number]]).values()
    assert after != text
    return after


LARGE = with_budget(DECODER.replace("batch     = 64", "batch     = 1024"), "microbatch = 1024")
BROKEN = {
    "a written micro-batch": (with_budget(LARGE, "require memory <= 6 GiB"), "TFS401"),
    "a model that is too large": (with_budget(LLAMA, "require memory <= 72 GiB"), "TFS401"),
    "a device that is too small": (
        with_budget(DECODER, "microbatch = 65536").replace("batch     = 64", "batch     = 65536"),
        "TFS401",
    ),
    "checkpoints too seldom": (
        with_budget(DECODER, "checkpoint { every = 1 h }", "require lost_work <= 20 min"),
        "TFS403",
    ),
    "a run that is too long": (
        with_budget(TRANSLATOR, "require time <= 60 s").replace("1000", "10_000_000"),
        "TFS404",
    ),
    "a dear run": (with_half(DECODER.replace("= 100\n", "= 100_000\n"), "cost", "USD"), "TFS405"),
    "small micro-batches": (
        with_half(with_budget(DECODER, "microbatch = 1"), "step_time", "s"),
        "TFS404",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_budget_has_lines_and_a_cure(name: str):
    text, code = BROKEN[name]
    found = of(text, code)
    assert found.severity is Severity.ERROR
    assert found.span is not None
    causes = found.shares or [label for label in found.labels if not label.primary]
    assert any(cause.span is not None for cause in causes)
    assert 1 <= len(found.fixes) <= 3
    for number, fix in enumerate(found.fixes):
        after = load(cured(text, found, number)).check()
        assert code not in {left.code for left in after.errors}, fix.title


def test_the_table_of_what_takes_memory_adds_up():
    found = of(BROKEN["a written micro-batch"][0], "TFS401")
    amounts = [
        float(share.amount.split()[0]) * (1024 if "GiB" in share.amount else 1) for share in found.shares
    ]
    assert amounts == sorted(amounts, reverse=True)
    assert "needs" in found.message and "may use 6.0 GiB" in found.message


def test_edits_that_change_the_model_come_last():
    found = of(BROKEN["a written micro-batch"][0], "TFS401")
    ranks = [(Safety.SAFE, Safety.CHANGES_RUN, Safety.CHANGES_MODEL).index(fix.safety) for fix in found.fixes]
    assert ranks == sorted(ranks)


def test_the_least_change_of_a_setting_is_offered():
    titles = [fix.title for fix in of(BROKEN["a written micro-batch"][0], "TFS401").fixes]
    assert "halve the micro-batch" in titles
    assert not any("quarter" in title for title in titles)


def test_fix_pick_applies_an_edit(tmp_path: Path):
    text, code = BROKEN["a written micro-batch"]
    file = tmp_path / "small.tfs"
    file.write_text(text)
    assert tfc("check", "small.tfs", cwd=tmp_path).code == 1
    found = tfc("fix", "small.tfs", "--code", code, "--pick", "1", cwd=tmp_path)
    assert found.code == 0, found.transcript
    assert file.read_text() != text
    assert tfc("check", "small.tfs", cwd=tmp_path).code == 0


def test_two_edits_are_tried_where_one_is_not_enough():
    text = with_budget(LLAMA, "require memory <= 40 GiB")
    found = of(text, "TFS401")
    assert found.fixes and all(", and " in fix.title for fix in found.fixes)
    assert "TFS401" not in {left.code for left in load(cured(text, found)).check()}


def test_without_a_cure_the_nearest_miss_is_told():
    found = of(with_budget(DECODER, "microbatch = 1", "require memory <= 500 MiB"), "TFS401")
    assert not found.fixes
    assert any("the best" in note for note in found.notes)


def test_no_choice_that_fits_is_told():
    found = of(with_budget(DECODER, "require memory <= 500 MiB"), "TFS410")
    assert found.severity is Severity.ERROR
    assert "`microbatch`" in found.message and "too much" in found.message


def test_an_edit_does_not_break_another_budget():
    for found in load(with_budget(LARGE, "require memory <= 6 GiB", "require step_time <= 1 ms")).check():
        assert not (found.code == "TFS401" and found.fixes)


def test_what_cannot_be_judged_is_a_warning():
    text = with_budget(DECODER, "require cost <= 1 USD", "require memory.host <= 1 GiB")
    found = [one for one in load(text).set("train.on", "1 x a100_pcie_40gb").check() if one.code == "TFS408"]
    assert {one.severity for one in found} == {Severity.WARNING}
    assert len(found) == 2


def test_an_unmet_wish_is_a_warning():
    found = of(with_budget(DECODER, "prefer time <= 1 ms"), "TFS404")
    assert found.severity is Severity.WARNING


def test_parameters_are_budgeted_in_the_model():
    text = DECODER.replace("  tied    = true\n", "  tied    = true\n  require parameters <= 1 M\n")
    found = of(text, "TFS401")
    assert "parameters" in found.message and found.severity is Severity.ERROR
    assert not [one for one in load(text.replace("1 M", "4 M")).check() if one.code == "TFS401"]


def test_memory_has_three_zones_and_time_two():
    budget = Budget("require", "memory", "<=", Quantity(100, Dimension.BYTES))
    zones = [
        judge(budget, Figure(value, value - 10, value + 10, Dimension.BYTES)).zone
        for value in (80, 95, 105, 120)
    ]
    assert zones == [Zone.MET, Zone.UNSURE, Zone.UNSURE, Zone.BROKEN]
    time = replace(budget, metric="time", limit=Quantity(100, Dimension.TIME))
    assert judge(time, Figure(95, 50, 200, Dimension.TIME)).zone is Zone.MET
    assert judge(time, Figure(105, 50, 200, Dimension.TIME)).zone is Zone.BROKEN
    least = Budget("require", "mfu", ">=", Quantity(0.4, Dimension.SHARE))
    assert judge(least, Figure(0.5, 0.4, 0.6, Dimension.SHARE)).ok
    assert judge(least, Figure(0.3, 0.2, 0.6, Dimension.SHARE)).spare == pytest.approx(-0.1)


def test_verdicts_are_in_the_order_of_the_spec():
    text = with_budget(DECODER, "require memory <= 70 GiB", "prefer time <= 1 h")
    found = verdicts(load(text).plan())
    assert [one.budget.metric for one in found] == ["memory", "time", "memory"]
    assert [one.implicit for one in found] == [False, False, True]
    assert all(one.ok for one in found)
    assert found[0].text.endswith("to spare")


def test_memory_to_spare_is_a_hint_with_a_fix():
    text = with_budget(DECODER, "microbatch = 1")
    found = of(text, "TFS901")
    assert found.severity is Severity.HINT
    (fix,) = found.fixes
    faster = load(cured(text, found)).plan().estimates["train"]
    assert faster.step_time < load(text).plan().estimates["train"].step_time
    assert "faster" in fix.effect


def test_an_estimate_beyond_what_was_measured_says_so():
    found = of(LLAMA, "TFS990")
    assert found.severity is Severity.HINT
    assert any("8.03 B parameters" in note for note in found.notes)
    assert not [one for one in load(DECODER).check() if one.code == "TFS990"]

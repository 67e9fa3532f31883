"""Whatever is asked: an edit that is offered, written into the text, keeps all budgets that are required."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repair.test_repair import with_budget
from tests.specs import DECODER, LLAMA, TRANSLATOR
from tfc.api import load
from tfc.cost.items import Figure
from tfc.diagnostics.fixes import apply

EXAMPLE = (Path(__file__).parents[2] / "examples" / "translate.tfs").read_text()
SPECS = {
    "a decoder": with_budget(DECODER.replace("batch     = 64", "batch     = 4096"), "microbatch = 4096"),
    "a decoder, auto": DECODER.replace("batch     = 64", "batch     = 4096"),
    "an 8B": with_budget(LLAMA, "parallel { zero = 2 }"),
    "a translator": with_budget(TRANSLATOR, "microbatch = 8 Ki tokens"),
    "the largest translator": EXAMPLE.replace(
        "require memory <= 72 GiB because", "require memory <= 80 GiB because"
    ),
}
UNITS = {"memory": "bytes", "step_time": "s"}


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8, 0.97])
@pytest.mark.parametrize("metric", UNITS)
@pytest.mark.parametrize("name", SPECS)
def test_every_edit_that_is_offered_is_a_cure(name: str, metric: str, share: float):
    text = SPECS[name]
    found = load(text).plan().estimates["train"].metric(metric)
    assert isinstance(found, Figure)
    asked = with_budget(text, f"require {metric} <= {found.value * share:.6f} {UNITS[metric]}")
    before = load(asked).check()
    told = [one for one in before.errors if one.code in ("TFS401", "TFS404", "TFS410")]
    assert told or share > 0.5 or load(asked).plan().auto
    known = {(one.code, one.message) for one in before.errors if one not in told}
    for diagnostic in told:
        assert diagnostic.fixes or any("edit" in note for note in diagnostic.notes)
        for fix in diagnostic.fixes:
            (after,) = apply([fix]).values()
            left = {(one.code, one.message) for one in load(after).check().errors}
            assert left <= known, f"{fix.title}: {left - known}"

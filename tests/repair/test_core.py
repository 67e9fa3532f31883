"""The lines that no edit gets around."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from tests.repair.test_repair import with_budget
from tests.specs import DECODER
from tfc.api import load
from tfc.cost.items import Figure, Item
from tfc.cost.verdict import Verdict, judge
from tfc.diagnostics.core import Source, Span
from tfc.repair.core import core
from tfc.spec.budget import Budget
from tfc.units import Dimension, Quantity

LINES = Source("model.tfs", "\n".join(f"line {number}" for number in range(40)))


def verdict(amounts: list[float], limit: float) -> Verdict:
    """One amount a line, against a limit."""
    items = tuple(
        Item(amount, Dimension.BYTES, "weights", "", span=Span(LINES, start, start + 4))
        for amount, start in zip(amounts, LINES.starts, strict=False)
    )
    total = sum(amounts)
    figure = Figure(total, total, total, Dimension.BYTES, items)
    return judge(Budget("require", "memory", "<=", Quantity(limit, Dimension.BYTES)), figure)


def test_what_fits_has_no_core():
    assert core(verdict([1, 2, 3], 6)) is None


def test_one_line_that_is_too_much_is_the_core():
    found = core(verdict([50, 1, 90, 2], 80))
    assert found is not None
    assert [(line.span.line, line.amount) for line in found.lines if line.span is not None] == [(3, 90)]
    assert str(found) == "90 bytes weights (model.tfs:3) of 80 bytes"


@pytest.mark.parametrize("seed", range(20))
def test_the_core_is_irreducible(seed: int):
    """Together the lines are too much; without any one of them they are not."""
    chance = random.Random(seed)
    amounts = [chance.uniform(0, 10) for _ in range(12)]
    limit = chance.uniform(0.2, 0.95) * sum(amounts)
    found = core(verdict(amounts, limit))
    assert found is not None
    own = [line.amount for line in found.lines]
    assert sum(own) > limit
    assert all(sum(fewer) <= limit for fewer in combinations(own, len(own) - 1))


def test_the_lower_bound_counts():
    """A line that may be nothing is not surely too much."""
    item = Item(10, Dimension.BYTES, "workspace", "", low=0, high=20)
    figure = Figure(10, 0, 20, Dimension.BYTES, (item,))
    assert core(judge(Budget("require", "memory", "<=", Quantity(5, Dimension.BYTES)), figure)) is None


def test_a_budget_that_nothing_cures_names_its_lines():
    text = with_budget(DECODER, "microbatch = 1", "require memory <= 500 MiB")
    found = next(one for one in load(text, name="small.tfs").check().errors if one.code == "TFS401")
    assert not found.fixes
    (said,) = [note for note in found.notes if "alone is too much" in note]
    assert "workspace (of no line)" in said  # the CUDA context alone has more

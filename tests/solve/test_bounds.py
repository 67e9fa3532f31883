"""Tier 0 is a bound: no layout needs less than it says."""

from __future__ import annotations

from random import Random

import pytest

from tests.solve.layouts import SPECS, base, swept
from tfc.cost.estimate import Estimate

ROUNDING = 1e-9


@pytest.mark.parametrize("name", SPECS)
def test_no_layout_takes_less_than_its_bounds(name: str):
    random = Random(name)
    for one in swept(base(name), random, groups=10, each=13):
        for index in range(13):
            exact = Estimate(one.alone(index))
            assert one.bounds.memory[index] <= exact.memory * (1 + ROUNDING)
            assert one.bounds.tensors[index] <= exact.metric("memory.allocated").value * (1 + ROUNDING)  # type: ignore[union-attr]
            assert one.bounds.step[index] <= exact.step_time * (1 + ROUNDING)
            assert one.bounds.tokens[index] == pytest.approx(exact.layout.tokens_per_step)


@pytest.mark.parametrize("name", ["decoder", "encoder and decoder"])
def test_bounds_are_near_enough_to_leave_most_out(name: str):
    found = []
    for one in swept(base(name), Random(1), groups=6, each=8):
        for index in range(8):
            exact = Estimate(one.alone(index))
            found.append((one.bounds.memory[index] / exact.memory, one.bounds.step[index] / exact.step_time))
    memory, step = (sorted(column) for column in zip(*found, strict=True))
    assert memory[len(memory) // 2] > 0.9 and memory[0] > 0.5
    assert step[0] > 0.97

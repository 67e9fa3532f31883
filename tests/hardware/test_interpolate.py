"""Tables: what was measured comes back, what lies between is between, and arrays say what numbers do."""

from __future__ import annotations

import random
from itertools import product
from math import exp, log, prod

import numpy as np
import pytest

from tfc.hardware.interpolate import Table, larger

AXES = ((1, 4, 64, 256), (8, 512), (2, 3, 5))


def power_law(*sizes: float) -> float:
    """Linear in the logarithms of sizes: what a table has to reproduce everywhere within its edges."""
    return 0.5 * prod(size**power for size, power in zip(sizes, (0.3, -0.2, 0.1), strict=True))


def test_what_was_measured_comes_back():
    chance = random.Random(0)
    measured = {point: chance.uniform(0.1, 9) for point in product(*AXES)}
    table = Table.of(measured)
    for point, ratio in measured.items():
        assert table.ratio(*point) == pytest.approx(ratio, rel=1e-12)


def test_a_power_law_is_met_between_the_points():
    table = Table.of({point: power_law(*point) for point in product(*AXES)})
    chance = random.Random(1)
    for _ in range(200):
        sizes = [exp(chance.uniform(log(axis[0]), log(axis[-1]))) for axis in AXES]
        assert table.ratio(*sizes) == pytest.approx(power_law(*sizes), rel=1e-9)


def test_beyond_the_edges_it_is_level():
    table = Table.of({point: power_law(*point) for point in product(*AXES)})
    assert table.ratio(10**9, 1, 4) == pytest.approx(power_law(256, 8, 4))
    assert table.ratio(0, 8, 2) == pytest.approx(power_law(1, 8, 2))


def test_arrays_say_what_numbers_do():
    chance = random.Random(2)
    table = Table.of({point: chance.uniform(0.1, 9) for point in product(*AXES)})
    sizes = [[exp(chance.uniform(log(axis[0]) - 1, log(axis[-1]) + 1)) for _ in range(500)] for axis in AXES]
    found = table.ratio(*map(np.array, sizes))
    assert found == pytest.approx([table.ratio(*one) for one in zip(*sizes, strict=True)], rel=1e-12)
    mixed = table.ratio(np.array([2, 100]), 30, 2)
    assert mixed == pytest.approx([table.ratio(2, 30, 2), table.ratio(100, 30, 2)], rel=1e-12)
    assert table.ratio(np.array(7), 30, 2) == pytest.approx(table.ratio(7, 30, 2), rel=1e-12)


def test_a_corner_that_was_left_out_is_as_its_smaller_neighbours_are():
    measured = {point: power_law(*point) for point in product(*AXES)}
    del measured[256, 512, 5]
    below = [power_law(64, 512, 5), power_law(256, 8, 5), power_law(256, 512, 3)]
    assert Table.of(measured).ratio(256, 512, 5) == pytest.approx(prod(below) ** (1 / 3))


def test_what_is_left_out_is_guessed_from_both_sides():
    smooth = Table.of({point: power_law(*point) for point in product(*AXES)})
    assert smooth.left_out() == pytest.approx([1.0] * len(smooth.left_out()))
    line = Table.of({(1,): 1.0, (2,): 3.0, (4,): 1.0})
    assert line.left_out() == pytest.approx([3.0])


def test_the_larger():
    assert larger(2, 3) == 3
    assert larger(np.array([1, 5]), 3).tolist() == [3, 5]

"""What a step that goes on takes beyond the sum of its kernels is put down to products and attention."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hardware import invented
from tfc.hardware import sustained
from tfc.hardware.calibration import parsed
from tfc.hardware.profile import Profile
from tfc.ops.launched import WIDENED
from tfc.ops.norm.layer import COLUMNS

STEADY = {"layers": 8, "width": 2048, "heads": 32, "hidden": 8192, "batch": 4, "length": 2048}
PRODUCT = (4096, 2048, 2048, "bf16", "forward")
PLAIN = parsed(invented.text(), "invented.json")


def slowed(times: float) -> Profile:
    """The invented machine, whose products and attention take so many times as long under load."""
    rest = sustained._rest(PLAIN, STEADY)
    seconds = rest + times * sustained._computed(PLAIN, STEADY)
    return profile(sustained=STEADY | {"seconds": seconds})


def profile(**rows: Any) -> Profile:
    return Profile(PLAIN.device, PLAIN.measured, PLAIN.source, PLAIN.hash, dict(PLAIN.rows) | rows)


@pytest.mark.parametrize("times", [0.95, 1.0, 1.2])
def test_products_and_attention_take_so_much_longer(times: float):
    found = slowed(times)
    assert found.product(*PRODUCT) == pytest.approx(times * PLAIN.product(*PRODUCT))
    shape = (4, 16, 4, 64, 700, 700, "causal", "bf16", False)
    assert found.attention(*shape) == pytest.approx(times * PLAIN.attention(*shape))
    assert found.traffic(10**8) == PLAIN.traffic(10**8)


def test_what_no_clock_explains_is_left_out():
    assert slowed(4.0).sustained == sustained.MOST
    assert slowed(0.1).sustained == sustained.LEAST
    assert PLAIN.sustained == 1.0


def test_kernels_are_those_that_operations_declare():
    assert (sustained.WIDENED, sustained.COLUMNS) == (WIDENED, COLUMNS)

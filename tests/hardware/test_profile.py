"""A profile answers for sizes that were measured, for others, and for arrays of them; what is none is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tfc.hardware
from tests.hardware import invented
from tfc.hardware.calibration import CALLS, NoProfile, parsed, shipped
from tfc.ops import launched

PROFILE = parsed(invented.text(), "invented.json")
SHIPPED = sorted(path.stem for path in (Path(tfc.hardware.__file__).parent / "profiles").glob("*.json"))
ATTENTION = (4, 16, 4, 64, 700, 700)


def test_a_product_that_was_measured():
    assert PROFILE.product(4096, 2048, 1024, "bf16", "forward") == pytest.approx(
        invented.product_seconds(4096, 2048, 1024), rel=1e-5
    )
    assert PROFILE.product(4096, 2048, 1024, "bf16", "weight") == pytest.approx(
        1.2 * invented.product_seconds(4096, 2048, 1024), rel=1e-5
    )


@pytest.mark.parametrize("sizes", [(3000, 2304, 768), (20000, 50304, 768), (700, 5632, 2048), (5, 300, 300)])
def test_a_product_between(sizes: tuple[int, int, int]):
    assert PROFILE.product(*sizes, "bf16", "forward") == pytest.approx(
        invented.product_seconds(*sizes), rel=0.03
    )


def test_another_precision_is_as_the_nearest_that_was_measured():
    assert PROFILE.product(512, 512, 512, "fp16", "input") == PROFILE.product(512, 512, 512, "bf16", "input")
    assert PROFILE.product(4096, 4096, 4096, "fp32", "input") > 5 * PROFILE.product(
        4096, 4096, 4096, "bf16", "input"
    )


@pytest.mark.parametrize("mask", invented.MASKS)
def test_attention(mask: str):
    expected = invented.attention_seconds(4, 16, 64, 700, 700, mask)
    assert PROFILE.attention(*ATTENTION, mask, "bf16", False) == pytest.approx(expected, rel=0.15)
    assert PROFILE.attention(*ATTENTION, mask, "bf16", True) == pytest.approx(2.5 * expected, rel=0.15)
    crossing = invented.attention_seconds(4, 16, 64, 300, 900, mask)
    assert PROFILE.attention(4, 16, 16, 64, 300, 900, mask, "bf16", False) == pytest.approx(
        crossing, rel=0.15
    )


def test_one_token_that_reads_all_that_is_kept():
    expected = invented.attention_seconds(32, 8, 64, 1, 512, "none")
    assert PROFILE.attention(32, 8, 8, 64, 1, 512, "none", "bf16", False) == pytest.approx(expected, rel=1e-5)


def test_traffic_is_never_below_the_floor():
    for size in (0, 1, 1000, 10**5, 10**8, 10**11):
        assert PROFILE.traffic(size) == pytest.approx(invented.traffic_seconds(size), rel=0.01)
    assert PROFILE.floor == pytest.approx(invented.FLOOR)
    assert PROFILE.bandwidth == pytest.approx(invented.BANDWIDTH, rel=0.03)


def test_the_optimizer():
    assert PROFILE.optimizer(10**8, 256) == pytest.approx(invented.optimizer_seconds(10**8, 256), rel=1e-5)
    assert PROFILE.optimizer(3 * 10**8, 150) == pytest.approx(
        invented.optimizer_seconds(3 * 10**8, 150), rel=0.02
    )
    assert PROFILE.optimizer_host(10**6, 64) == pytest.approx(720e-6, rel=1e-5)
    assert PROFILE.optimizer_host(10**6, 4096) > 4 * PROFILE.optimizer_host(10**6, 512)


def test_calls_of_the_host():
    assert PROFILE.call("product") == pytest.approx((10e-6, 20e-6))
    assert PROFILE.call("parameter") == pytest.approx((0, 5e-6))
    rows = invented.profile()
    calls = {kind: times for kind, times in rows["calls"].items() if kind != "fused"}
    without = parsed(json.dumps(rows | {"calls": calls}), "x.json")
    assert without.call("fused") == without.call("function")  # where nothing compiles
    with pytest.raises(KeyError):
        PROFILE.call("dreaming")


def test_collectives_only_where_they_were_measured():
    assert PROFILE.collective("all_reduce", 4, 2**20) == pytest.approx((20 + 2**20 / 3e5 * 0.75) * 1e-6)
    assert PROFILE.collective("all_reduce", 8, 2**20) is None
    assert PROFILE.collective("all_gather", 2, 2**20) is None
    ranks = np.array([2, 4, 2])
    found = PROFILE.collective("all_reduce", ranks, 2**22)
    assert found == pytest.approx([PROFILE.collective("all_reduce", int(count), 2**22) for count in ranks])
    assert PROFILE.collective("all_reduce", np.array([2, 8]), 2**22) is None


def test_arrays_say_what_numbers_do():
    m, n, k = np.array([1, 300, 5000, 10**6]), 700, np.array([64, 300, 5000, 10**5])
    for kind in ("forward", "input", "weight"):
        one = [PROFILE.product(int(a), n, int(b), "bf16", kind) for a, b in zip(m, k, strict=True)]
        assert PROFILE.product(m, n, k, "bf16", kind) == pytest.approx(one, rel=1e-12)
    batch = np.array([1, 7, 3000])
    one = [PROFILE.attention(int(b), 4, 4, 80, 90, 90, "causal", "bf16", True) for b in batch]
    assert PROFILE.attention(batch, 4, 4, 80, 90, 90, "causal", "bf16", True) == pytest.approx(one, rel=1e-12)
    sizes = np.array([0, 5000, 10**12])
    assert PROFILE.traffic(sizes) == pytest.approx([PROFILE.traffic(int(size)) for size in sizes], rel=1e-12)
    assert PROFILE.optimizer(sizes, 9) == pytest.approx(
        [PROFILE.optimizer(int(s), 9) for s in sizes], rel=1e-12
    )
    waits = [PROFILE.optimizer_host(int(size), 9) for size in sizes]
    assert PROFILE.optimizer_host(sizes, 9) == pytest.approx(waits, rel=1e-12)


def test_memory_and_trust():
    assert PROFILE.memory["context"] == 500 * 2**20
    assert PROFILE.memory["communicator"] == {2: 3 * 10**8}
    low, high = PROFILE.trust
    assert 0.85 < low <= 1 <= high < 1.15  # smooth, so that what is left out is guessed well
    rows = invented.profile()
    rough = [
        [m, n, k, *((seconds or 1) * (1 + place % 2) for seconds in kinds)]
        for place, (m, n, k, *kinds) in enumerate(rows["products"]["bf16"])
    ]
    low, high = parsed(json.dumps(rows | {"products": {"bf16": rough}}), "x.json").trust
    assert low < 0.8 and high > 1.25


def test_checks_count_in_the_trust():
    rows = invented.profile()
    slow = [[3000, 700, 700, *[invented.micro(3 * invented.product_seconds(3000, 700, 700))] * 3]] * 300
    found = parsed(json.dumps(rows | {"product_checks": {"bf16": slow}}), "x.json")
    assert found.trust[1] > 2
    assert len(found.residuals()["products input, other shapes"]) == 300


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nothing", "no JSON"),
        ("[]", "tfc calibrate"),
        ("{}", "tfc calibrate"),
        (invented.text(schema=99), "schema 99"),
        (invented.text("tpu_v9"), "`tpu_v9`"),
        (invented.text(traffic=[], calls={}), "`calls`, `traffic`"),
        (invented.text(products={"bf16": [[1, 2]]}), "not whole"),
        (invented.text(floor="quick"), "not whole"),
        (invented.text(floor=float("nan")), "no JSON"),
        (invented.text(products={"bf16": [[0] * 6]}), "not whole"),
        (invented.text(product_checks={"bf16": [[1, 2]]}), "not whole"),
        (invented.text(calls={"product": [1, 2]}), "calls of `bias`, `cast`"),
        (invented.text(collectives={"all_reduce": {"two": [[1, 2]]}}), "not whole"),
        (invented.text(memory=[1]), "not whole"),
        (invented.text(memory={"context": "much"}), "not whole"),
        (invented.text(measured="today"), "not whole"),
        (invented.text(measured={"clock_mhz": 3}), "not whole"),
        (json.dumps(invented.profile() | {"device": ["h100"]}), "does not know"),
    ],
)
def test_what_is_no_profile_is_refused(text: str, why: str):
    with pytest.raises(NoProfile, match=why):
        parsed(text, "x.json")


def test_the_calls_that_a_profile_needs_are_those_of_operations():
    declared = {kind for name, kind in vars(launched).items() if name.isupper() and isinstance(kind, str)}
    assert {*CALLS, "fused"} == declared


def test_a_device_that_nobody_measured_has_none():
    assert shipped("no_such_device") is None


@pytest.mark.parametrize("name", SHIPPED or [None])
def test_what_is_shipped_is_whole_and_small(name: str | None):
    if name is None:
        pytest.skip("none is shipped yet")
    path = Path(tfc.hardware.__file__).parent / "profiles" / f"{name}.json"
    found = parsed(path.read_text(encoding="utf-8"), name)
    assert found.device == name and path.stat().st_size < 200_000
    assert not found.measured["quick"]
    low, high = found.trust
    assert 0.5 < low < 1 < high < 2
    again = shipped(name)
    assert again is not None and again.hash == found.hash


def test_one_number_needs_no_numpy(tmp_path):
    (tmp_path / "p.json").write_text(invented.text())
    program = (
        "import sys, pathlib; from tfc.hardware.calibration import parsed;"
        f"p = parsed(pathlib.Path({str(tmp_path / 'p.json')!r}).read_text(), 'p');"
        "p.product(300, 300, 300, 'bf16', 'input'), p.traffic(1e6), p.trust; sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == 0

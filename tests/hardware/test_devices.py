"""The figures of devices are whole, and each says where it comes from."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import tfc.hardware.device as hardware
from tfc.fields import variants

FOLDER = Path(hardware.__file__).parent
DEVICES: dict[str, type[hardware.Device]] = variants("device")  # type: ignore[assignment]
TABLES = {
    name: tomllib.loads((FOLDER / f"{name}.toml").read_text()) for name in ("devices", "links", "prices")
}


def test_every_row_is_a_device_and_every_device_a_row():
    assert set(TABLES["devices"]) == set(DEVICES)
    assert set(TABLES["prices"]) <= set(DEVICES)


@pytest.mark.parametrize("name", DEVICES)
def test_a_device_has_all_its_figures(name: str):
    device = DEVICES[name]()
    assert device.peak("fp32") > 0 and device.bandwidth > 0 and device.capacity > 2**30
    assert device.overhead < device.capacity / 4
    for what in ("products", "attention", "traffic"):
        assert 0 < device.attained(what) <= 1
    low, high = device.trust
    assert low < 1 < high
    assert device.node_link.bandwidth > 0 and device.fabric.bandwidth > 0
    assert (device.capability is None) == device.is_cpu


def test_precisions_are_those_of_the_architecture():
    """FP8 came with compute capability 8.9."""
    for device in (variant() for variant in DEVICES.values()):
        assert device.computes("bf16")
        assert device.computes("fp8") == (device.capability is not None and device.capability >= (8, 9))


@pytest.mark.parametrize("name", TABLES["prices"])
def test_a_price_has_a_source_with_a_date_and_a_range(name: str):
    price = DEVICES[name]().price
    assert price is not None
    assert price.low <= price.usd <= price.high
    assert "202" in price.source


def test_files_say_where_their_figures_are_from():
    for name in TABLES:
        head = (FOLDER / f"{name}.toml").read_text().split("\n[")[0]
        assert "2026-11-21" in head


def test_a_cpu_has_the_memory_that_the_spec_says():
    cpu = hardware.Cpu(cores=2, memory=2**33)
    assert cpu.capacity == cpu.memory == 2**33
    assert cpu.kind == "cpu" and hardware.H100().kind == "cuda"

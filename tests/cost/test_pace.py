"""Host and device keep their own time: stretches against a simulation of every kernel, and a step against its parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
import pytest

from tests.hardware import invented
from tests.specs import DECODER, LLAMA, TRANSLATOR, planned
from tfc.cost.communication import measured, seconds
from tfc.cost.items import by_category
from tfc.cost.stage import Pace, stretch
from tfc.cost.time import HOST_TRUST, LOGGED, step_items
from tfc.hardware.calibration import parsed
from tfc.parallel.base import Message
from tfc.parallel.layout import Layout

PROFILE = parsed(invented.text(), "invented.json")


@dataclass(frozen=True)
class Machine:
    """A profile of a few numbers: seconds of every call, and of every kernel."""

    each_call: float = 0.0
    each_kernel: float = 0.0
    trust: tuple[float, float] = (1.0, 1.0)
    collectives: dict[tuple[str, int], float] = field(default_factory=dict)

    def product(self, *sizes: Any) -> float:
        return self.each_kernel

    attention = product

    def traffic(self, size: Any) -> Any:
        return self.each_kernel + 0 * size

    def optimizer(self, parameters: Any, tensors: Any) -> Any:
        return self.each_kernel + 0 * parameters

    def optimizer_host(self, parameters: Any, tensors: Any) -> Any:
        return self.each_call + 0 * parameters

    def call(self, kind: str) -> tuple[float, float]:
        return self.each_call, self.each_call

    def collective(self, name: str, ranks: int, size: Any) -> Any:
        found = self.collectives.get((name, ranks))
        return None if found is None else found + 0 * size


def layout(text: str, *settings: str, **changes: Any) -> Layout:
    return planned(text, *settings).layouts["train"].replace(**changes)


def taken(one: Layout) -> Any:
    return sum(item.amount for item in step_items(one))


# ------------------------------------------------------------------------------------------------ stretches


def simulated(host: float, device: float, kernels: int, started: float, done: float) -> tuple[float, float]:
    """Each kernel begins when it is started and the one before it has ended; starting is spread evenly."""
    for _ in range(kernels):
        started += host / kernels
        done = max(done, started) + device / kernels
    return started, done


@pytest.mark.parametrize("seed", range(50))
def test_a_stretch_ends_when_its_last_kernel_does(seed: int):
    random = Random(seed)
    started, done = random.random(), random.random()
    host, device, kernels = random.random(), random.random(), 2000
    found = stretch(host, device, started, done)
    assert found == pytest.approx(simulated(host, device, kernels, started, done), abs=2 / kernels)


def test_equal_layers_are_one_stretch():
    for host, device in ((1.0, 2.0), (2.0, 1.0)):
        for done in (0.0, 5.0):
            state = 0.5, done
            for _ in range(10):
                state = stretch(host, device, *state)
            assert state == pytest.approx(stretch(10 * host, 10 * device, 0.5, done))


# ------------------------------------------------------------------------------------------------ steps


def test_a_slow_host_sets_the_pace():
    slow = layout(DECODER, profile=Machine(1e-5, 1e-9))
    twice = layout(DECODER, profile=Machine(2e-5, 1e-9))
    assert taken(twice) == pytest.approx(2 * taken(slow), rel=1e-3)
    found = by_category(step_items(slow))
    assert found["dispatch"] > 100 * found["compute"]


def test_a_quick_host_is_hidden_but_for_where_the_loss_is_read():
    device = taken(layout(DECODER, profile=Machine(1e-15, 1e-5)))
    both = layout(DECODER, profile=Machine(1e-7, 1e-5))
    found = by_category(step_items(both))
    assert taken(both) >= device
    assert found["host"] + found["dispatch"] < 0.01 * device


def test_a_step_is_the_longer_of_both_and_now_and_then_the_whole_way():
    one = layout(DECODER, profile=Machine(3e-6, 3e-6))
    device = sum(
        amount for name, amount in by_category(step_items(one)).items() if name in ("compute", "optimizer")
    )
    host = taken(layout(DECODER, profile=Machine(3e-6, 0.0)))
    assert max(host, device) < taken(one) < max(host, device) + (host + device) / LOGGED


def test_what_is_recomputed_is_started_again():
    plain, again = (
        taken(layout(DECODER, f"train.recompute = {how}", profile=Machine(1e-5, 0.0)))
        for how in ("none", "full")
    )
    assert 1.2 * plain < again < 2 * plain


def test_more_micro_batches_take_so_many_times_the_calls():
    times = [
        taken(
            layout(
                DECODER,
                "train.batch = 64 sequences",
                f"train.microbatch = {64 // n}",
                profile=Machine(1e-5, 0.0),
            )
        )
        for n in (1, 2, 4)
    ]
    assert times[2] - times[1] == pytest.approx(2 * (times[1] - times[0]), rel=0.02)


def test_the_pace_of_micro_batches_is_the_slower_of_both():
    assert Pace(host=2, device=1, alone=2.5).steady == 2
    assert list(Pace(np.array([2, 1]), np.array([1, 3]), np.array([3, 4])).steady) == [2, 3]


@pytest.mark.parametrize("text", [DECODER, TRANSLATOR, LLAMA], ids=["decoder", "translator", "llama"])
def test_arrays_of_layouts_take_what_each_takes(text: str):
    one = layout(text, profile=PROFILE)
    unit = one.micro if one.counts_tokens else 1
    micro, times = unit * np.array([1, 2, 3, 5]), np.array([8, 4, 1, 2])
    found = taken(one.replace(micro=micro, accumulation=times))
    each = [taken(one.replace(micro=int(m), accumulation=int(t))) for m, t in zip(micro, times, strict=True)]
    assert found == pytest.approx(each, rel=1e-9)


def test_a_measured_profile_sets_interval_and_time():
    found = layout(LLAMA, profile=PROFILE)
    items = step_items(found)
    for item in items:
        low, high = HOST_TRUST if item.category in ("dispatch", "host") else PROFILE.trust
        assert (item.least, item.most) == pytest.approx((low * item.amount, high * item.amount))


# ------------------------------------------------------------------------------------------- communication


def test_a_collective_takes_what_was_measured_among_so_many_ranks():
    machine = Machine(collectives={("all_reduce", 4): 0.5})
    one = layout(LLAMA, profile=machine)
    four, two = (Message("all_reduce", ranks, 2**20, 1, ranks, 0.0, "", "data") for ranks in (4, 2))
    assert measured(four, one) == 0.5
    assert measured(two, one) == seconds(two, one.device.node_link)
    several = Message("all_reduce", np.array([1, 2, 4]), 2**20, 1, 4, 0.0, "", "data")
    assert list(measured(several, one)) == [0, measured(two, one), 0.5]

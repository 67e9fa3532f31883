"""Deployments: bytes by hand, rooflines, and queues against their theory."""

from __future__ import annotations

import pytest

from tests.specs import DECODER, TRANSLATOR, planned
from tfc.cost.items import Figure, Unknown, by_category
from tfc.cost.latency import ServingEstimate
from tfc.cost.queue import wait, waits

DEPLOY = "deploy api {{ target = {target}(on = {device}) }}"


def served(text: str, *settings: str, target: str = "tensorrt", device: str = "l4") -> ServingEstimate:
    text += DEPLOY.format(target=target, device=device) + "\n"
    return planned(text, *settings).servings["deploy.api"]


def figure(found: Figure | Unknown) -> Figure:
    assert isinstance(found, Figure)
    return found


def test_files_are_as_large_as_their_numbers():
    parameters = 256 * 256 + 4 * (4 * 256 * 256 + 2 * 256 * 1024 + 2 * 256) + 256
    assert figure(served(DECODER).metric("size")).value == 4 * parameters
    half = figure(served(DECODER, "deploy.api.precision = fp16").metric("size")).value
    assert half == pytest.approx(2 * parameters, rel=0.01)
    rounded = figure(served(DECODER, "deploy.api.precision = int8").metric("size")).value
    assert rounded == pytest.approx(parameters, rel=0.02)


def test_what_is_kept_is_not_rounded():
    all_, some = (
        figure(served(DECODER, f"deploy.api.precision = int8(keep = [{kept}])").metric("size")).value
        for kept in ("", "embedding")
    )
    assert some - all_ == 256 * 256  # the table in two bytes and not one


def test_the_cache_is_of_every_layer_and_position():
    found = served(DECODER, "deploy.api.batch = 1..4", "deploy.api.precision = fp16")
    memory = figure(found.metric("memory"))
    assert by_category(memory.items)["cache"] == 2 * 4 * 256 * 2 * 4 * (256 + 256)
    less = figure(found.metric("memory", {"batch": 1}))
    assert less.value < memory.value


def test_beams_share_the_source():
    one, four = (
        {
            item.what: item.amount
            for item in figure(served(TRANSLATOR, f"deploy.api.decoding = {how}").metric("memory")).items
        }
        for how in ("greedy", "beam(4)")
    )
    assert four["keys and values"] == 4 * one["keys and values"]
    assert four["keys and values of the source"] == one["keys and values of the source"]


def test_latency_grows_with_what_is_asked():
    found = served(TRANSLATOR, "deploy.api.decoding = beam(4)")
    alone = {"batch": 1, "input": 16, "output": 16, "load": 0}
    base = figure(found.metric("latency.p99", alone)).value
    for name, more in (("batch", 32), ("input", 64), ("output", 64)):
        assert figure(found.metric("latency.p99", {**alone, name: more})).value > base
    greedy = figure(served(TRANSLATOR).metric("latency.p99", alone)).value
    assert greedy < base


def test_latency_alone_is_the_99th_percentile():
    found = served(TRANSLATOR)
    assert figure(found.metric("latency")).value == figure(found.metric("latency.p99")).value
    quantiles = [figure(found.metric(f"latency.{name}")).value for name in ("p50", "p95", "p99")]
    assert quantiles == sorted(quantiles)


def test_a_token_waits_in_no_queue():
    found = served(TRANSLATOR)
    idle, busy = (figure(found.metric("latency.token", {"load": load})).value for load in (0.1, 0.9))
    assert idle == busy
    first, whole = (
        figure(found.metric(name, {"load": 0})).value for name in ("latency.first_token", "latency")
    )
    assert first < whole


def test_a_rate_beyond_capacity_has_no_latency():
    found = served(TRANSLATOR).metric("latency.p99", {"rate": 1e6})
    assert isinstance(found, Unknown) and "without end" in found.reason


def test_cost_is_of_a_million_tokens():
    found = served(DECODER)
    price, rate = found.serving.device.price, figure(found.metric("throughput"))
    assert price is not None
    assert figure(found.metric("cost", {"load": 0.5})).value == pytest.approx(
        price.usd / 3600 * 1e6 / (0.5 * rate.value)
    )
    assert isinstance(served(DECODER, device="a100_pcie_80gb").metric("cost"), Unknown)


def test_eight_bits_decode_faster_than_thirty_two():
    wide, narrow = (
        figure(served(DECODER, f"deploy.api.precision = {name}").metric("latency.token")).value
        for name in ("fp32", "int8")
    )
    assert narrow < wide


def test_a_cpu_needs_no_context():
    found = served(DECODER, target="onnxruntime", device="cpu")
    assert not any("CUDA" in item.what for item in found.resident)


def test_every_metric_of_a_deployment_is_a_figure_or_a_reason():
    from tfc.spec.budget import METRICS

    found = served(TRANSLATOR)
    for metric in METRICS.values():
        if "deploy" in metric.blocks:
            value = found.metric(metric.name)
            assert isinstance(value, Figure) or value.reason


# --------------------------------------------------------------------------------------------------- queues


@pytest.mark.parametrize("load", [0.3, 0.5, 0.7, 0.8])
def test_one_server_waits_as_theory_says(load: float):
    """M/D/1 by Pollaczek and Khinchine: half of load / (1 - load) services on average."""
    assert wait(1, load, "mean", slots=True) == pytest.approx(load / (2 * (1 - load)), rel=0.2)


def test_batches_of_one_are_one_server():
    assert waits(1, 0.6, True) == waits(1, 0.6, False)


def test_more_slots_wait_less_at_the_same_load():
    found = [wait(batch, 0.7, "p99", slots=True) for batch in (1, 4, 16)]
    assert found[0] > found[1] > found[2]


def test_nobody_waits_at_an_idle_server():
    assert wait(4, 0.0, "p99", slots=True) == 0
    assert wait(8, 0.1, "p50", slots=True) == 0

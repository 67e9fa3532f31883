"""Deployments: bytes by hand, rooflines, and queues against their theory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.specs import DECODER, TRANSLATOR, planned
from tfc.cost.items import Figure, Unknown, by_category
from tfc.cost.latency import ServingEstimate
from tfc.cost.queue import wait

EXAMPLES = Path(__file__).parents[2] / "examples"
DEPLOY = "deploy api {{ target = {target}(on = {device}) }}"


def served(text: str, *settings: str, target: str = "tensorrt", device: str = "l4") -> ServingEstimate:
    text += DEPLOY.format(target=target, device=device) + "\n"
    return planned(text, *settings).servings["deploy.api"]


def figure(found: Figure | Unknown) -> Figure:
    assert isinstance(found, Figure)
    return found


def size(text: str, *settings: str, **where: str) -> dict[str, float]:
    """Bytes of the numbers, by what they are; without the text of the graphs and the tokenizer's file."""
    items = figure(served(text, *settings, **where).metric("size")).items
    found: dict[str, float] = {}
    for item in items:
        if item.category == "weights":
            found[item.what] = found.get(item.what, 0) + item.amount
    return found


def test_files_are_as_large_as_their_numbers():
    rows = 256 + 4 * (3 * 256 + 256 + 1024 + 256)  # outputs, each with a scale if it is rounded
    matrices = 256 * 256 + 4 * (4 * 256 * 256 + 2 * 256 * 1024)
    norms = 4 * 2 * 256 + 256
    angles, places = 256 * 32, 8 * 256
    assert sum(size(DECODER).values()) == 2 * 2 * (matrices + norms + angles) + places
    half = sum(size(DECODER, "deploy.api.precision = fp16").values())
    assert half == 2 * (matrices + norms + angles) + places
    rounded = sum(size(DECODER, "deploy.api.precision = int8").values())
    assert rounded == matrices + 2 * (rows + norms + angles) + places


def test_each_graph_of_an_encoder_decoder_has_the_table():
    found = size(TRANSLATOR, "deploy.api.precision = int8", target="onnxruntime", device="cpu")
    table = 600 * 192 + 4 * 600
    assert found["source embedding, int8, in encoder.onnx"] == table
    assert found["target embedding, int8, in decoder.onnx"] == table
    # Keys and values of the source are made by the encoder; queries and the output are the decoder's.
    pair = 3 * (2 * 192 * 192 + 4 * 2 * 192)
    assert found["cross-attention (full), int8, in encoder.onnx"] == pair
    assert found["cross-attention (full), int8, in decoder.onnx"] == pair


def test_what_is_kept_is_not_rounded():
    all_, some = (
        sum(size(DECODER, f"deploy.api.precision = int8(keep = [{kept}])").values())
        for kept in ("", "embedding")
    )
    assert some - all_ == 256 * 256 - 2 * 256  # the table in two bytes and not one, and no scales


def test_a_table_is_there_twice_where_only_the_output_is_kept():
    all_, some = (
        sum(size(DECODER, f"deploy.api.precision = int8(keep = [{kept}])").values())
        for kept in ("", "output")
    )
    assert some - all_ == 2 * 256 * 256


@pytest.mark.parametrize(("precision", "numbers"), [("int8", 1_516_032 + 631_296), ("fp32", 4 * 2_147_328)])
def test_the_quickstart_is_as_large_as_it_was_exported(precision: str, numbers: int):
    """Of the folder that was exported on 2026-11-21: the numbers of each type in both graphs, and their files."""
    text = (EXAMPLES / "quickstart.tfs").read_text(encoding="utf-8")
    found = planned(text, f"deploy.translate.precision = {precision}").servings["deploy.translate"]
    items = figure(found.metric("size")).items
    weights = sum(item.amount for item in items if item.category == "weights")
    if precision == "int8":
        assert weights == pytest.approx(numbers + 4 * (13_659 + 9_627) + 8 * (41 + 16), rel=1e-3)
        assert figure(found.metric("size")).value == pytest.approx(681_137 + 1_590_168 + 8_513, rel=0.01)
    else:
        assert weights == pytest.approx(numbers, rel=0.02)


def test_the_cache_is_of_every_layer_and_place():
    found = served(DECODER, "deploy.api.batch = 1..4", "deploy.api.precision = fp16")
    memory = figure(found.metric("memory"))
    assert by_category(memory.items)["cache"] == 2 * 4 * 256 * 2 * 4 * 256
    less = figure(found.metric("memory", {"batch": 1}))
    assert less.value < memory.value


@pytest.mark.parametrize(("tokens", "places"), [(8, 16), (16, 16), (17, 32), (40, 64), (64, 64)])
def test_a_cache_on_a_cpu_is_doubled_as_it_fills(tokens: int, places: int):
    found = served(TRANSLATOR, target="onnxruntime", device="cpu(cores = 1)")
    memory = figure(found.metric("memory", {"batch": 1, "output": tokens}))
    caches = {item.what: item.amount for item in memory.items if item.category == "cache"}
    assert caches[f"keys and values, {places} places"] == 2 * 3 * 192 * 4 * places


def test_every_thread_has_a_batch_of_its_own():
    one, four = (
        figure(served(TRANSLATOR, target="onnxruntime", device=f"cpu(cores = {cores})").metric("memory"))
        for cores in (1, 4)
    )
    cache = [by_category(found.items)["cache"] for found in (one, four)]
    assert cache[1] == 4 * cache[0]
    assert four.low == one.low  # there may be one batch at a time


def test_a_batch_on_a_cpu_has_one_core():
    one, four = (served(TRANSLATOR, target="onnxruntime", device=f"cpu(cores = {cores})") for cores in (1, 4))
    alone = {"load": 0}
    assert figure(one.metric("latency", alone)).value == figure(four.metric("latency", alone)).value
    rates = [figure(found.metric("throughput")).value for found in (one, four)]
    assert rates[1] == pytest.approx(4 * rates[0])
    busy = {"load": 0.7}
    assert figure(four.metric("latency", busy)).value < figure(one.metric("latency", busy)).value


def test_a_decoder_keeps_within_its_context():
    found = served(DECODER, "deploy.api.output = 1..16 tokens")
    assert found.shape("latency", {}) == (1, 241, 16)
    assert found.shape("latency", {"input": 250}) == (1, 250, 7)
    assert served(DECODER).shape("throughput", {}) == (32, 128, 129)
    assert served(TRANSLATOR).shape("memory", {}) == (32, 64, 64)


def test_beams_share_the_source():
    one, four = (
        {
            item.what: item.amount
            for item in figure(served(TRANSLATOR, f"deploy.api.decoding = {how}").metric("memory")).items
        }
        for how in ("greedy", "beam(4)")
    )
    assert four["keys and values, 64 places"] == 4 * one["keys and values, 64 places"]
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
    assert wait(1, load, "mean") == pytest.approx(load / (2 * (1 - load)), rel=0.2)


def test_more_threads_wait_less_at_the_same_load():
    found = [wait(1, 0.7, "p99", servers) for servers in (1, 4, 16)]
    assert found[0] > found[1] > found[2]


def test_nobody_waits_at_an_idle_server():
    assert wait(4, 0.0, "p99") == 0
    assert wait(1, 0.1, "p50", 8) == 0


def test_a_gpu_waits_for_nodes_that_are_started_one_by_one():
    """Under onnxruntime what is small is as slow as its nodes are many; an engine is started as a whole."""
    from tfc.cost.answering import NODE_ON_GPU

    one, many = (
        served(TRANSLATOR, target="onnxruntime", device="l4"),
        served(TRANSLATOR, target="tensorrt", device="l4"),
    )
    each, engine = (sum(item.amount for item in found._times(1, 16, 16)[1]) for found in (one, many))
    nodes = one.engine.graphs.nodes("decoder")
    assert each == pytest.approx(nodes * NODE_ON_GPU + 50e-6, rel=0.01)
    assert engine < each / 2

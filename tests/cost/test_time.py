"""Time: rooflines by hand, what is sent, the run, money, and the work that a lost node costs."""

from __future__ import annotations

import pytest

from tests.specs import DECODER, LLAMA, TRANSLATOR, planned
from tfc.cost.communication import bytes_sent, seconds
from tfc.cost.estimate import Estimate
from tfc.cost.items import Figure, Unknown, by_category
from tfc.cost.recovery import checkpoint_bytes
from tfc.cost.roofline import DataSheet, peak_flops
from tfc.hardware.device import H100, A100Pcie, Cpu, link
from tfc.parallel.base import Message


def estimated(text: str, *settings: str) -> Estimate:
    return planned(text, *settings).estimates["train"]


def step(text: str, *settings: str) -> dict[str, float]:
    return by_category(estimated(text, *settings).step)


# ------------------------------------------------------------------------------------------------- roofline


def test_a_large_product_is_bound_by_arithmetic_and_a_thin_one_by_memory():
    device = H100()
    sheet = DataSheet(device)
    assert sheet.product(8192, 8192, 8192, "bf16", "forward") == pytest.approx(
        2 * 8192**3 / (device.peak("bf16") * device.attained("products"))
    )
    moved = 2 * (8192 + 8192**2 + 8192)
    assert sheet.product(1, 8192, 8192, "bf16", "forward") == pytest.approx(
        moved / (device.bandwidth * device.attained("traffic"))
    )


def test_a_precision_that_the_device_lacks_runs_as_bf16():
    assert peak_flops(A100Pcie(), "fp8") == A100Pcie().peak("bf16")


def test_flops_of_llama_are_six_a_parameter_and_attention():
    """arXiv 2001.08361: 6 FLOPs a parameter and token, without the embedding; arXiv 2407.21783 trains with the same."""
    found = estimated(LLAMA)
    tokens = 2**22
    matrices = found.parameters - 128_256 * 4096  # the table that is looked up is not multiplied
    scores = 3 * 4 * 32 * 8192 / 2 * 4096 * tokens
    assert found.flops == pytest.approx(6 * matrices * tokens + scores, rel=0.01)


def test_a_step_is_what_its_parts_are():
    found = estimated(LLAMA)
    assert sum(by_category(found.step).values()) == pytest.approx(found.step_time)
    assert found.throughput == pytest.approx(2**22 / found.step_time)
    assert found.mfu == pytest.approx(found.flops / found.step_time / 8 / 989.4e12)
    assert 0.2 < found.mfu < 0.7


def test_recomputing_takes_a_third_of_the_layers_again():
    none, full = step(LLAMA, "train.recompute = none"), step(LLAMA, "train.recompute = full")
    assert "recomputation" not in none or none["recomputation"] == 0
    assert 0.2 < full["recomputation"] / full["compute"] < 0.34


def test_a_small_model_waits_for_its_kernels_to_start():
    assert by_category(estimated(DECODER).step)["dispatch"] > step(DECODER)["compute"]
    assert step(LLAMA).get("dispatch", 0) == 0


def test_a_pipeline_has_a_bubble_that_more_micro_batches_shrink():
    few = step(LLAMA, "train.parallel.pipeline = 4", "train.batch = 8 sequences")
    many = step(LLAMA, "train.parallel.pipeline = 4", "train.batch = 256 sequences")
    shares = [found["pipeline bubble"] / sum(found.values()) for found in (few, many)]
    assert shares[0] > 4 * shares[1]
    chunks = step(LLAMA, "train.parallel.pipeline = 4", "train.parallel.schedule = interleaved(chunks = 4)")
    plain = step(LLAMA, "train.parallel.pipeline = 4")
    assert chunks["pipeline bubble"] == pytest.approx(plain["pipeline bubble"] / 4)


def test_more_devices_are_faster_and_less_than_in_proportion():
    found = [estimated(LLAMA, f"train.on = {n} x 8 x h100_80gb").step_time for n in (1, 2, 4)]
    assert found[0] > found[1] > found[2]
    assert found[0] < 4.2 * found[2]


def test_padding_is_no_throughput():
    full = estimated(TRANSLATOR, "train.microbatch = 4096 tokens", "data.buckets = [64 tokens]")
    half = estimated(
        TRANSLATOR, "train.microbatch = 4096 tokens", "data.buckets = [64 tokens]", "data.lengths = [32, 32]"
    )
    assert half.step_time == pytest.approx(full.step_time)
    assert half.throughput == pytest.approx(full.throughput / 2)
    assert half.mfu == pytest.approx(full.mfu / 2)


# --------------------------------------------------------------------------------------------- communication


def ring(collective: str, ranks: int, size: int) -> int:
    """Bytes that one rank of a ring sends, step by step, for a tensor cut into as many parts as there are ranks."""
    part = size // ranks
    steps = {"all_gather": ranks - 1, "reduce_scatter": ranks - 1, "all_reduce": 2 * (ranks - 1)}[collective]
    return sum(part for _ in range(steps))


@pytest.mark.parametrize("collective", ["all_gather", "reduce_scatter", "all_reduce"])
@pytest.mark.parametrize("ranks", [1, 2, 4, 8])
def test_a_ring_sends_what_its_steps_send(collective: str, ranks: int):
    message = Message(collective, ranks, 1024, 1, ranks, 0.0, "", "data")
    assert bytes_sent(message) == ring(collective, ranks, 1024)
    nvlink = link("nvlink4")
    latency = {"all_reduce": 2}.get(collective, 1) * (ranks - 1) * nvlink.latency
    expected = latency + ring(collective, ranks, 1024) / (nvlink.bandwidth * nvlink.attained)
    assert seconds(message, nvlink) == pytest.approx(expected)


def test_a_group_beyond_a_node_goes_over_the_fabric():
    inside = step(LLAMA, "train.parallel.tensor = 8")["communication"]
    across = step(LLAMA, "train.parallel.tensor = 8", "train.on = 2 x 4 x h100_80gb")["communication"]
    assert across > 2 * inside, "four adapters of 50 GB/s in place of links of 450"


# --------------------------------------------------------------------------------------------------- the run


def test_a_run_is_its_steps_and_what_interrupts_them():
    found = estimated(LLAMA)
    time = found.metric("time")
    assert isinstance(time, Figure)
    steps = -(-15 * 10**12 // 2**22)
    assert found.layout.steps == steps
    parts = {item.category: item.amount for item in time.items}
    assert parts["steps"] == pytest.approx(steps * found.step_time)
    assert parts["checkpoints"] > 0 and "validation" not in parts


def test_validation_is_counted_where_there_is_something_to_validate_on():
    found = estimated(DECODER, 'data.dev = text("dev.txt")', "train.validate = 10 steps").metric("time")
    assert isinstance(found, Figure)
    assert {item.category for item in found.items} == {"steps", "checkpoints", "validation"}


def test_epochs_of_unknown_data_take_an_unknown_time():
    text = DECODER.replace("  steps     = 100\n", "  epochs    = 2\n")
    found = estimated(text)
    assert isinstance(found.metric("time"), Unknown) and found.time is None and found.cost is None
    assert estimated(text, "data.size = 6400 sequences").layout.steps == 200


def test_money_is_devices_times_hours_times_the_list_price():
    found = estimated(LLAMA)
    price = H100().price
    assert price is not None and found.time is not None
    assert found.cost == pytest.approx(8 * found.time / 3600 * price.usd)
    low, high = found.interval("cost")
    assert low < found.cost < high


def test_what_has_no_list_price_costs_an_unknown_sum():
    found = estimated(DECODER, "train.on = 1 x a100_pcie_40gb").metric("cost")
    assert isinstance(found, Unknown) and "a100_pcie_40gb" in found.reason


def test_energy_is_below_the_limit_of_the_boards():
    found = estimated(LLAMA)
    assert found.time is not None
    low, high = found.interval("energy")
    assert low < found.metric("energy").value < high  # type: ignore[union-attr]
    assert high == pytest.approx(found.interval("time")[1] * 8 * 700)


def test_a_lost_node_costs_what_was_not_saved():
    often = estimated(LLAMA, "train.checkpoint.every = 5 min").metric("lost_work")
    seldom = estimated(LLAMA, "train.checkpoint.every = 30 min").metric("lost_work")
    assert isinstance(often, Figure) and isinstance(seldom, Figure)
    assert seldom.value - often.value == pytest.approx(25 * 60)
    assert {item.category for item in often.items} == {"work", "writing", "return"}
    assert checkpoint_bytes(1000) == 12_000


def test_a_checkpoint_every_so_many_steps_is_as_long_as_they_take():
    found = estimated(LLAMA, "train.checkpoint.every = 10 steps")
    lost = found.metric("lost_work")
    assert isinstance(lost, Figure)
    assert lost.items[0].amount == pytest.approx(10 * found.step_time)


def test_every_metric_of_training_is_a_figure_or_a_reason():
    from tfc.spec.budget import METRICS

    found = estimated(DECODER)
    for metric in METRICS.values():
        if "train" in metric.blocks:
            figure = found.metric(metric.name)
            assert isinstance(figure, Figure) or figure.reason


def test_a_cpu_is_its_cores():
    two, four = Cpu(cores=2), Cpu(cores=4)
    assert four.peak("fp32") == 2 * two.peak("fp32") == 4 * 96e9
    slow, fast = (step(DECODER, f"train.on = cpu(cores = {n})")["compute"] for n in (2, 4))
    assert slow == pytest.approx(2 * fast, rel=1e-3)  # but for the smallest kernels

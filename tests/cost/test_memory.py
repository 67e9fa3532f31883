"""Memory: against sums made by hand, against itself over arrays, and against what was measured."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.specs import DECODER, LLAMA, TRANSLATOR, planned
from tfc.cost.estimate import Estimate
from tfc.cost.items import by_category
from tfc.cost.memory import ALLOCATED, RESERVED, memory
from tfc.units import Dimension

H100 = Path(__file__).parent / "h100.csv"


def estimated(text: str, *given_: str) -> Estimate:
    return planned(text, *given_).estimates["train"]


def categories(estimate: Estimate, moment: str) -> dict[str, float]:
    return by_category(estimate.worst.at(moment))


# ------------------------------------------------------------------------------------------ made by hand


def test_a_tied_table_is_on_the_last_stage_of_a_pipeline_too():
    tied, apart = (
        estimated(LLAMA, "train.parallel.pipeline = 4", f"model.llama.tied = {tied}").ranks
        for tied in ("true", "false")
    )
    for one, other in zip(tied, apart, strict=True):
        for category in ("weights", "optimizer"):
            assert of_states(one, category) == of_states(other, category), "as if it were a table of its own"


def of_states(rank: Any, category: str) -> float:
    return sum(item.amount for item in rank.at(rank.moments[0]) if item.category == category)


def test_states_are_sixteen_bytes_a_parameter():
    found = estimated(DECODER)
    states = categories(found, "in the optimizer's step")
    parameters = 256 * 256 + 4 * (4 * 256 * 256 + 2 * 256 * 1024 + 2 * 256) + 256
    assert found.parameters == parameters
    assert states["weights"] == states["gradients"] == 4 * parameters
    # A number for each: the table, of a layer four matrices and two norms, the last norm.
    steps = 512 * (1 + 4 * (4 + 2) + 1)
    assert states["optimizer"] == 8 * parameters + steps


def test_llama_3_8b_is_as_large_as_published():
    found = estimated(LLAMA)
    assert found.parameters == 8_030_261_248  # meta-llama/Llama-3.1-8B, model.safetensors.index.json
    states = categories(found, "in the optimizer's step")
    steps = 512 * len(found.layout.graph.named_parameters)
    assert sum(states[name] for name in ("weights", "gradients", "optimizer")) == 16 * 8_030_261_248 + steps


def test_an_own_block_keeps_what_the_formula_says():
    """F1 of the design's cost page, less the rotation's and the norm's own: one layer of a Llama-like block."""
    found = estimated(LLAMA, "train.batch = 8 sequences", "train.recompute = none")
    s, h, f, g, a = 8192, 4096, 14_336, 8, 32
    kept = s * h * (12 + 4 * g / a) + 6 * s * f + 4 * s * a
    (rank,) = found.ranks
    layers = [i for i in rank.at("in the forward pass of the loss") if i.category == "activations"]
    copies = 2 * (h * (h + 2 * g * 128) + h * h + 3 * h * f)  # of the weights, in 16 bits
    ours = sum(i.amount for i in layers) / 32
    assert ours == pytest.approx(kept + copies, rel=0.01)


# --------------------------------------------------------------------------------------------- monotony


@pytest.mark.parametrize("text", [DECODER, TRANSLATOR])
def test_more_in_a_micro_batch_needs_more(text: str):
    unit = "sequences" if text is DECODER else "tokens"
    sizes = (1, 2, 4, 8, 16) if text is DECODER else (512, 1024, 4096, 8192)
    found = [estimated(text, f"train.microbatch = {size} {unit}").memory for size in sizes]
    assert found == sorted(found) and found[0] < found[-1]


def test_recomputing_keeps_less():
    none, full = (estimated(LLAMA, f"train.recompute = {how}").memory for how in ("none", "full"))
    part = estimated(LLAMA, "train.recompute = selective(ffn)").memory
    assert full < part < none


@pytest.mark.parametrize("name", ["tensor", "context", "pipeline"])
def test_dividing_needs_less(name: str):
    found = [estimated(LLAMA, f"train.parallel.{name} = {degree}").memory for degree in (1, 2, 4)]
    assert found[0] > found[1] > found[2]


def test_each_stage_of_zero_shards_more():
    whole, one, two, three = (
        categories(estimated(LLAMA, f"train.parallel.zero = {stage}"), "in the optimizer's step")
        for stage in range(4)
    )
    assert one["optimizer"] * 8 == pytest.approx(whole["optimizer"], rel=1e-4)  # but for the counts of steps
    assert one["weights"] == whole["weights"]
    for sharded in (two, three):
        assert sharded["weights"] * 8 == whole["weights"] and sharded["gradients"] * 8 == whole["gradients"]
    gathered = [
        categories(estimated(LLAMA, f"train.parallel.zero = {s}"), "in the forward pass of the loss")
        for s in (2, 3)
    ]
    assert gathered[0]["gathered"] > gathered[1]["gathered"] > 0


def test_the_worst_rank_of_a_pipeline_is_named():
    found = estimated(LLAMA, "train.parallel.pipeline = 2")
    assert found.worst.rank in ("stage 1 of 2", "stage 2 of 2")
    assert found.peak_moment.endswith(f", on {found.worst.rank}")
    assert found.memory == max(rank.peak for rank in found.ranks)


def test_adapters_alone_need_no_gradients_of_the_rest():
    some = ("model.small.adapters = bottleneck(rank = 8, per = none)",)
    all_, few = (estimated(DECODER, *some, f"train.trainable = {which}") for which in ("all", "adapters"))
    assert (
        categories(few, "in the optimizer's step")["optimizer"]
        < 0.1 * categories(all_, "in the optimizer's step")["optimizer"]
    )


# -------------------------------------------------------------------------------------------- attribution


def test_every_amount_is_of_a_line_or_of_none():
    found = estimated(DECODER)
    assert sum(found.by_line.values()) == pytest.approx(found.memory)
    assert sum(found.by_category.values()) == pytest.approx(found.memory)
    lines = {span.line for span in found.by_line if span is not None}
    assert "optimizer = adamw(lr = 1e-3)" in {span.text for span in found.by_line if span is not None}
    assert len(lines) >= 4
    low, high = found.interval("memory")
    assert low < found.memory < high


# -------------------------------------------------------------------------------------- one, and a million


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 2, 4]),  # tensor
            st.sampled_from([1, 2, 8]),  # data
            st.sampled_from([1, 2]),  # context
            st.integers(1, 9),  # micro-batch
            st.integers(1, 6),  # accumulation
        ),
        min_size=2,
        max_size=6,
    ),
    st.sampled_from([0, 1, 2, 3]),
    st.sampled_from(["none", "full", "selective(ffn)"]),
    st.sampled_from([1, 2]),
)
def test_one_formula_prices_one_layout_and_many(
    rows: list[tuple[int, ...]], zero: int, recompute: str, pipeline: int
):
    layout = estimated(
        LLAMA, f"train.recompute = {recompute}", f"train.parallel.pipeline = {pipeline}"
    ).layout
    names = ("tensor", "data", "context", "micro", "accumulation")

    def at(values: Any) -> Any:
        return layout.replace(zero=zero, counts_tokens=False, shards=values["data"], **values)

    columns = {name: np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    many = [rank.peak for rank in memory(at(columns))]
    step = Estimate(at(columns)).step_time
    for index, row in enumerate(rows):
        one = at(dict(zip(names, row, strict=True)))
        assert [float(peak[index]) for peak in many] == pytest.approx(
            [rank.peak for rank in memory(one)], rel=1e-12
        )
        assert float(step[index]) == pytest.approx(Estimate(one).step_time, rel=1e-9)


# ----------------------------------------------------------------------------------------------- measured


def rows() -> list[dict[str, str]]:
    with H100.open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['spec']}-{row['settings'][:40]}")
def test_memory_is_that_of_an_h100(row: dict[str, str]):
    """Generated models on one H100; `h100.csv` says how they were run."""
    text = (H100.parent / "measured" / f"{row['spec']}.tfs").read_text()
    settings_ = [one for one in row["settings"].split("; ") if one]
    if "compile" not in row["settings"]:
        settings_.append("train.compile = none")  # the only other way when they were measured
    found = estimated(text, *settings_)
    allocated, reserved, taken, step = (
        float(row[name]) for name in ("allocated", "reserved", "taken", "step")
    )
    compiled = "compile" in row["settings"]
    assert found.worst.figure(ALLOCATED).value == pytest.approx(allocated, rel=0.04 if compiled else 0.001)
    assert found.worst.figure(RESERVED).value == pytest.approx(reserved, rel=0.05 if compiled else 0.02)
    assert found.memory == pytest.approx(taken, rel=0.03 if compiled else 0.02)
    low, high = found.interval("memory")
    assert low <= taken * 1.01 and taken <= high
    if step > 0.1:  # shorter ones wait for their host, which was another than that of the profile
        low, high = found.interval("step_time")
        assert low <= step <= high


def test_the_summary_adds_up():
    found = estimated(DECODER)
    memory_, step, time = found.summary()
    assert (memory_.name, step.name, time.name) == ("memory", "step", "time")
    assert sum(part.amount for part in memory_.parts) == pytest.approx(found.memory, rel=0.02)
    assert memory_.parts[0].dimension is Dimension.BYTES
    assert time.text == "100 steps of 64 sequences"


def test_the_buckets_of_ddp_are_there_all_the_time():
    one, two = (
        categories(estimated(DECODER, f"train.on = {n} x h100_80gb"), "in the forward pass of the loss")
        for n in (1, 2)
    )
    assert "gradients" not in one
    assert two["gradients"] == two["weights"]


def test_fsdp_keeps_tables_gathered_in_fp32():
    found = categories(estimated(LLAMA, "train.parallel.zero = 3"), "in the forward pass of the loss")
    tables, layer = 2 * 128_256 * 4096 + 4096, 218_112_000
    assert found["gathered"] == 4 * tables + 2 * 2 * layer


def test_a_match_takes_the_branch_of_each_bucket():
    routed = (
        "model.small.attention = match length { <= 16 tokens => full, else => sliding(window = 8 tokens) }"
    )
    found = estimated(TRANSLATOR, routed, "data.lengths = [12, 12]", "train.microbatch = 4096 tokens")
    assert found.layout.branches == ((16, 16),)
    short = {item.what for item in found.step}
    assert any("full" in what for what in short) and not any("sliding" in what for what in short)
    kept = {item.what for rank in found.ranks for item in rank.items}
    assert any("sliding" in what for what in kept) and any("(full)" in what for what in kept)

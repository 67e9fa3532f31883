"""What the profiles say of memory, against sums done by hand, and against the published bytes where they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import mean

import pytest

from benchmarks.published import memory, rows, training
from benchmarks.published.megatron import CUBLAS, Megatron, unsupported
from benchmarks.published.rows import Row
from tests.published.table import GPT, PUBLISHED, needs_tables, written

MIB = 2**20
TOKENS, WIDTH, ROWS, LAYERS = 4 * 1024, 512, 50_304, 12
STREAM = TOKENS * WIDTH


def row(folder: Path, **changes: str) -> Row:
    (found,) = rows.read(written(folder, GPT | changes))
    return found


def test_a_gpt_of_megatron_is_the_sum_of_what_its_source_keeps(tmp_path: Path) -> None:
    """Korthikanti et al. 2022: 34 sbh a layer, and 2 sbh more where flash attention's output is kept twice."""
    one = row(tmp_path, notes=GPT["notes"] + ";use-distributed-optimizer=True")
    parameters = ROWS * WIDTH + 1024 * WIDTH + LAYERS * (12 * WIDTH**2 + 13 * WIDTH) + 2 * WIDTH
    states = parameters * (2 + 4 + 12 / 8)
    statistics = LAYERS * (4 * TOKENS * 4 + 4 * 8 * 1024 * 4)  # of two norms a layer, and log-sums
    layers = LAYERS * 36 * STREAM + statistics
    last = 4 * STREAM + 2 * TOKENS * 4  # the last norm's input, statistics and output
    loss = TOKENS * ROWS * (4 + 2)
    embedding = STREAM + 8 * TOKENS
    inputs = TOKENS * 28 + 4 * 1024**2
    expected = states + layers + last + loss + embedding + inputs + CUBLAS + 4 * MIB
    assert memory.allocated(Megatron(one)) == pytest.approx(expected, rel=1e-6)


def test_recomputation_keeps_one_tensor_a_layer(tmp_path: Path) -> None:
    kept = memory.allocated(Megatron(row(tmp_path)))
    again = memory.allocated(Megatron(row(tmp_path, recompute="full")))
    # What is kept besides each layer's input: 34 of 36 sbh, and statistics.
    assert kept - again == pytest.approx(LAYERS * (34 * STREAM + 5 * 4 * TOKENS * 4), rel=0.02)


def test_what_is_sharded_is_divided(tmp_path: Path) -> None:
    notes = GPT["notes"] + ";use-distributed-optimizer=True"
    eight, four = row(tmp_path, notes=notes), row(tmp_path, notes=notes, dp="4", n_gpus="4")
    parameters = 64_109_568
    more = memory.allocated(Megatron(four)) - memory.allocated(Megatron(eight))
    assert more == pytest.approx(12 * parameters * (1 / 4 - 1 / 8), rel=1e-6)


def test_an_interleaved_last_rank_holds_more_layers(tmp_path: Path) -> None:
    plain = row(tmp_path, pp="4", dp="2", interleave="1")
    woven = replace(plain, chunks=3)
    more = memory.allocated(Megatron(woven)) - memory.allocated(Megatron(plain))
    # (v - 1) p + 1 = 9 chunks of one layer where three layers were held (arXiv 2104.04473).
    assert more == pytest.approx(6 * 36 * STREAM, rel=0.02)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"model": "moe/made_up"}, "experts"),
        ({"notes": GPT["notes"] + ";num-experts=8"}, "experts"),
        ({"gpu": ""}, "GPU"),
        ({"notes": GPT["notes"] + " golden_values_lts_dgx_a100.json"}, "kernel"),
        ({}, ""),
    ],
)
def test_a_row_that_is_left_out_says_why(tmp_path: Path, changes: dict[str, str], why: str) -> None:
    found = unsupported(row(tmp_path, **changes))
    assert why in found and bool(found) == bool(why)


@needs_tables
def test_megatrons_ci_to_two_per_cent() -> None:
    found, _ = training.cases(rows.read(Path(PUBLISHED) / "training.csv"))
    exact = [case for case in found if case.row.memory_kind == "max_allocated" and case.row.memory]
    assert len(exact) > 400
    errors = [memory.allocated(case.profile) / (case.row.memory or 1) - 1 for case in exact]
    assert mean(map(abs, errors)) < 0.02
    gpt = [
        e
        for e, case in zip(errors, exact, strict=True)
        if case.row.family == "decoder" and case.row.context == 1
    ]
    assert mean(map(abs, gpt)) < 0.01

"""What the profiles say of time, on made-up rows; and the page that they fill, on the published ones where they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import mean

import pytest

from benchmarks.published import engines, estimators, inference, ranking, rows, training
from benchmarks.published.__main__ import page
from benchmarks.published.machine import machine
from benchmarks.published.pieces import PUBLISHED as AS_PUBLISHED
from benchmarks.published.pieces import Factors, gathering
from tests.published.table import ENGINE_COLUMNS, GPT, PUBLISHED, needs_tables, written

VTRAIN = GPT | {
    "source": "vTrain_MICRO24_single",
    "model": "GPT",
    "vocab": "50257",
    "recompute": "full",
    "precision": "fp16",
    "notes": "",
}


def cases(folder: Path, *changes: dict[str, str]) -> list[training.Case]:
    found, others = training.cases(rows.read(written(folder, *(VTRAIN | change for change in changes))))
    assert not others
    return found


def test_twice_the_micro_batches_take_nearly_twice_as_long(tmp_path: Path) -> None:
    one, two = cases(tmp_path, {"global_batch": "32"}, {"global_batch": "64"})
    assert 1.8 < two.seconds(AS_PUBLISHED) / one.seconds(AS_PUBLISHED) < 2.0


def test_a_small_model_waits_for_its_host(tmp_path: Path) -> None:
    small, large = cases(
        tmp_path,
        {"micro_batch": "1", "dp": "1", "tp": "8"},
        {"hidden": "8192", "heads": "64", "layers": "4", "dp": "1", "tp": "8"},
    )
    slower = Factors(dispatch=2.0)
    assert small.seconds(slower) > 1.5 * small.seconds(AS_PUBLISHED)
    assert large.seconds(slower) < 1.02 * large.seconds(AS_PUBLISHED)


def test_a_pipeline_fills_and_empties(tmp_path: Path) -> None:
    many, few = cases(
        tmp_path,
        {"pp": "4", "dp": "1", "n_gpus": "4", "global_batch": "256"},
        {"pp": "4", "dp": "1", "n_gpus": "4", "global_batch": "16"},
    )
    # 64 and 4 micro-batches: 67 and 7 times a stage, were the stages equal.
    assert few.seconds(AS_PUBLISHED) / many.seconds(AS_PUBLISHED) > 4 / 64 * 1.2


def test_ranks_beyond_a_node_share_its_adapters() -> None:
    own = machine("a100_80gb")
    alone = gathering("all_reduce", 8, 1e9, 64, own, own.far)
    joint = gathering("all_reduce", 64, 1e9, 64, own, own.far)
    carried = own.far.bandwidth * own.far.attained
    assert alone == pytest.approx(2 * 7 / 8 * 1e9 / carried + 2 * 7 * own.far.latency)
    assert joint == pytest.approx(2 * 63 / 64 * 1e9 / (8 * carried) + 2 * 63 * own.far.latency)


def test_what_is_fitted_is_tested_on_other_groups(tmp_path: Path) -> None:
    """Rows that take three times what is predicted: fitted on one size, the other comes out right."""
    found = cases(tmp_path, *({"hidden": width, "dp": "8"} for width in ("1024", "2048", "4096")))
    fit = training.calibrated(
        training.Case.seconds, lambda case: 1.8 * case.seconds(AS_PUBLISHED), training.FITTED
    )
    truth = [1.8 * case.seconds(AS_PUBLISHED) for case in found]
    predict = fit(found[:2])
    assert predict(found[2]) == pytest.approx(truth[2], rel=0.15)


def test_a_contradiction_is_not_scored(tmp_path: Path) -> None:
    changed = VTRAIN | {"n_gpus": "16"}
    found, others = training.cases(rows.read(written(tmp_path, changed)))
    assert not found
    assert others["vTrain_MICRO24_single", "degrees that do not multiply to the GPUs"] == 1


def test_an_order_is_scored(tmp_path: Path) -> None:
    degrees = ({"dp": "8", "tp": "1"}, {"dp": "1", "tp": "8"}, {"dp": "2", "tp": "4"}, {"dp": "4", "tp": "2"})
    found = cases(tmp_path, *(one | {"step_time_s": str(0.1 * n)} for n, one in enumerate(degrees, 1)))
    (group,) = ranking.groups(found)
    assert len(group) == 4
    assert ranking.kendall(group, lambda case: case.step) == 1
    assert ranking.kendall(group, lambda case: -case.step) == -1
    assert ranking.regret(group, lambda case: case.step) == 0
    assert ranking.regret(group, lambda case: -case.step) == pytest.approx(3)


def test_a_sharded_run_gathers_and_scatters(tmp_path: Path) -> None:
    mosaic = {
        "source": rows.FOUNDRY,
        "model": "MPT-1b",
        "gpu": "a100_80gb",
        "precision": "amp_bf16",
        "recompute": "none",
    }
    many = mosaic | {"dp": "64", "n_gpus": "64", "global_batch": "256"}
    few, far = cases(tmp_path, mosaic, many)
    assert few.profile.name == "fsdp" and far.pieces.reduce > few.pieces.reduce > 0
    states = few.profile.states(few.profile.layout.stages[0])
    assert far.profile.states(far.profile.layout.stages[0]) < states < 64_109_568 * (16 / 8 + 2 + 1)


def test_estimators_without_activations_are_far_too_low(tmp_path: Path) -> None:
    (one,) = cases(tmp_path, {})
    assert estimators.states_only(one.profile) == pytest.approx(18 * 64_109_568, rel=0.02)
    assert estimators.theoretical(one.profile) > estimators.states_only(one.profile)


BERT = {
    "source": "FasterTransformer_docs_bert_guide",
    "engine": "FT Latency (ms)",
    "precision": "FP16",
    "batch": "32",
    "input_len": "384",
    "metric": "latency_ms",
    "value": "14",
    "notes": "[Single GPU BERT performance / BERT performance on A100 and PyTorch] * Performance on FP16",
}


def test_an_engine_takes_no_less_than_its_operations(tmp_path: Path) -> None:
    path = written(tmp_path, BERT, BERT | {"engine": "TF Latency (ms)"}, columns=ENGINE_COLUMNS)
    (run,), others = engines.read(path)
    assert sum(others.values()) == 1
    flops = 2 * 12 * 12 * 768**2 * 32 * 384
    assert flops / 312e12 < run.seconds() < 4 * flops / 312e12
    assert run.measured == 0.014


def test_constants_that_made_the_figures_are_found_again(tmp_path: Path) -> None:
    each = [BERT | {"batch": str(b), "input_len": str(n)} for b in (1, 8, 32) for n in (32, 128, 384)]
    runs, _ = engines.read(written(tmp_path, *each, columns=ENGINE_COLUMNS))
    made = [replace(run, measured=2e-3 + sum(run.work[:2]) / 200e12 + run.work[2] / 1e12) for run in runs]
    predict = inference.three_constants(made)
    assert mean(abs(predict(run) / run.measured - 1) for run in made) < 0.01


@needs_tables
def test_the_page_has_every_source() -> None:
    folder = Path(PUBLISHED)
    text = "\n".join(page(folder / "training.csv", folder / "inference.csv", "test"))
    for source in ("vTrain_MICRO24_single", "vTrain_MICRO24_multi", "BLOOM", "MosaicML", "FasterTransformer"):
        assert source in text
    assert "one share of the peak" in text and "three constants" in text

"""The loop: what a step adds up to, and how a run ends."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import islice

import pytest

from tests.run.folder import Folder
from tests.run.specs import READER, TRANSLATOR, changed


def test_accumulation_is_one_large_batch(compiled: Callable[..., Folder]) -> None:
    whole, parts = compiled(READER, "_whole"), compiled(changed(READER, train__accumulation="4"), "_parts")
    for folder in (whole, parts):
        folder.train()
    for step, loss in whole.losses().items():
        assert math.isclose(loss, parts.losses()[step], rel_tol=1e-5)


def test_the_loss_is_over_all_tokens_of_a_step(compiled: Callable[..., Folder]) -> None:
    """Not the mean of what micro-batches have, whose numbers of target tokens differ; nor are gradients."""
    folder = compiled(changed(TRANSLATOR, train__accumulation="4"))
    path = folder.path / "train.py"
    path.write_text(path.read_text().replace("LOG = 10 ", "LOG = 1 "))
    folder.train("--steps", "1")
    with folder.imported() as load:
        data = load("data")
        model = load("model")
        import torch

        prepared = data.prepare(folder.data, folder.runs, quiet=True)
        batches = [*islice(data.Batches(prepared, 8, 0), 4)]
        tiny = model.Transformer(model.TINY)
        tiny.initialise(0)
        targets = [batch.target_tokens for batch in batches]
        assert len(set(targets)) > 1
        loss = torch.stack([tiny(*batch.inputs) for batch in batches]).sum() / sum(targets)
        loss.backward()
        norm = torch.cat([one.grad.flatten() for one in tiny.parameters()]).norm()
    record = folder.log()[0]
    assert math.isclose(record["loss"], loss.item(), rel_tol=1e-6)
    assert math.isclose(record["norm"], norm.item(), rel_tol=1e-5)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_follows_full(compiled: Callable[..., Folder], precision: str) -> None:
    full, half = (
        compiled(TRANSLATOR, "_full"),
        compiled(changed(TRANSLATOR, train__precision=precision), "_half"),
    )
    for folder in (full, half):
        folder.train()
    for step, loss in full.losses().items():
        assert math.isclose(loss, half.losses()[step], rel_tol=0.02)
    if precision == "fp16":
        run = max((half.model() / "checkpoints").glob("step-*/run.json"))
        assert json.loads(run.read_text())["scaler"]["scale"] > 0


def test_the_end_is_the_mean_of_the_last_checkpoints(compiled: Callable[..., Folder]) -> None:
    from safetensors.torch import load_file

    folder = compiled(
        changed(TRANSLATOR, train__average="last(3)", train__checkpoint="{ every = 10 steps, keep = 1 }")
    )
    folder.train()
    paths = sorted((folder.model() / "checkpoints").glob("step-*/model.safetensors"))
    assert [path.parent.name for path in paths] == [f"step-{step:08d}" for step in (20, 30, 40)]
    parts, end = [load_file(path) for path in paths], load_file(folder.model() / "weights.safetensors")
    for name, value in end.items():
        assert value.allclose((parts[0][name] + parts[1][name] + parts[2][name]) / 3)
    facts = json.loads((folder.model() / "model.json").read_text())
    averaged = [record["dev_of_average"] for record in folder.log() if "dev_of_average" in record]
    assert facts["score"] == {"dev_loss": averaged[-1]}
    assert facts["tokenizer"] == folder.index()["tokenizer"]
    assert facts["config"]["width"] == 32


def test_a_run_stops_when_dev_does_not_get_better(compiled: Callable[..., Folder]) -> None:
    """And ends with the best weights, not the last."""
    spec = changed(
        TRANSLATOR,
        train__steps="2000",
        train__optimizer="adamw(lr = 3e-2)",
        train__stop="patience(3, on = worst)",
        train__validate="10 steps",
        train__checkpoint="",
    )
    folder = compiled(spec)
    folder.train()
    judged = [record for record in folder.log() if "dev" in record]
    scores = [record["dev"] for record in judged]
    assert all(record["dev"] == max(record["dev_de"], record["dev_fr"]) for record in judged)
    best = scores.index(min(scores))
    assert len(scores) == best + 4 and judged[-1]["step"] < 2000
    facts = json.loads((folder.model() / "model.json").read_text())
    assert facts["step"] == judged[best]["step"]
    assert facts["score"] == {"dev_loss": min(scores)}
    folder.train()  # again: it has ended, and says so
    assert [record["dev"] for record in folder.log() if "dev" in record] == scores


SCHEDULES = {
    "constant": ("constant", lambda step: 1.0),
    "constant(warmup = 10 steps)": ("", lambda step: min(1, (step + 1) / 10)),
    "linear(warmup = 10 steps)": ("", lambda step: min((step + 1) / 10, 1 - (step - 10) / 30)),
    "cosine(floor = 10%)": ("", lambda step: 0.1 + 0.9 * (1 + math.cos(math.pi * step / 40)) / 2),
    "inverse_sqrt(warmup = 10 steps)": ("", lambda step: min((step + 1) / 10, (10 / (step + 1)) ** 0.5)),
}


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules(compiled: Callable[..., Folder], schedule: str) -> None:
    folder = compiled(changed(READER, train__schedule=schedule))
    folder.train()
    for record in folder.log():
        if "rate" in record:
            assert math.isclose(record["rate"], 0.01 * SCHEDULES[schedule][1](record["step"] - 1))


def test_epochs_and_what_is_logged(
    compiled: Callable[..., Folder], capsys: pytest.CaptureFixture[str]
) -> None:
    """500 pairs in steps of 32 are 16 steps an epoch; predicted stands beside measured at step 20."""
    spec = changed(
        TRANSLATOR, train__steps="", train__epochs="2", train__schedule="linear", data__size="500 sequences"
    )
    folder = compiled(spec)
    folder.train()
    said = capsys.readouterr().out
    assert "trained 32 steps" in said
    assert "at step 20: a step takes" in said and "predicted" in said
    (record,) = [record for record in folder.log() if record["step"] == 30]
    assert record.keys() == {
        *("step", "loss", "norm", "rate", "step_seconds", "tokens_per_second", "mfu", "memory")
    }
    assert 0 < record["mfu"] < 1 and record["memory"] > 1e8 and record["tokens_per_second"] > 0
    assert [*(folder.model() / "tensorboard").glob("events.*")]


def test_a_loss_that_is_no_number_ends_the_run(compiled: Callable[..., Folder]) -> None:
    folder = compiled(changed(TRANSLATOR, train__optimizer="adamw(lr = 1e30)"))
    with pytest.raises(SystemExit, match="the loss is nan at step 10: a lower LEARNING_RATE may help"):
        folder.train()
    assert not [*folder.model().glob("checkpoints/*")]


def test_weights_that_are_no_numbers_are_not_saved(compiled: Callable[..., Folder]) -> None:
    """A checkpoint may fall between two lines of the log."""
    spec = changed(TRANSLATOR, train__optimizer="adamw(lr = 1e30)", train__checkpoint="{ every = 4 steps }")
    folder = compiled(spec)
    with pytest.raises(SystemExit, match="step-00000004: weights are not finite"):
        folder.train()
    assert not [*folder.model().glob("checkpoints/*")]


def test_the_region_after_a_step_is_ours(
    compiled: Callable[..., Folder], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = compiled(changed(TRANSLATOR, train__steps="3"))
    path = folder.path / "train.py"
    mark = "        # tfc: begin after_step\n"
    path.write_text(path.read_text().replace(mark, f"{mark}        print('after', state.step)\n"))
    folder.train()
    assert "after 3" in capsys.readouterr().out


@pytest.mark.slow
def test_compiled_blocks_give_the_same(compiled: Callable[..., Folder]) -> None:
    spec = changed(READER, data__dev='text("dev.txt")')
    plain, quick = compiled(spec, "_plain"), compiled(changed(spec, train__compile="blocks"), "_compiled")
    for folder in (plain, quick):
        folder.train("--steps", "10")
    assert math.isclose(plain.losses()[10], quick.losses()[10], rel_tol=1e-4)

"""A run that is killed, stopped or begun anew: it goes on to the losses of one that was left alone."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file

from tests.run.folder import Folder
from tests.run.specs import TRANSLATOR, changed

# Dropout, a shared-out epoch and a scaler's worth of state: what is left to chance must come back too.
SPEC = changed(
    TRANSLATOR,
    model__dropout="10%",
    data__sampling="temperature(2)",
    train__steps="120",
    train__checkpoint="{ every = 15 steps, keep = 2 }",
    train__validate="40 steps",
)


def wait_for(folder: Folder, step: int, child: subprocess.Popen[str]) -> None:
    """Until the log has a step."""
    path = folder.model() / "log.jsonl"
    needle = f'{{"step": {step},'
    for _ in range(6000):
        if path.exists() and needle in path.read_text():
            return
        assert child.poll() is None, child.communicate()[0]
        time.sleep(0.01)
    raise AssertionError(f"no step {step} within a minute")


@pytest.mark.slow
def test_a_killed_run_goes_on_bit_for_bit(
    compiled: Callable[..., Folder], capsys: pytest.CaptureFixture[str]
) -> None:
    left_alone, killed = compiled(SPEC, "_alone"), compiled(SPEC, "_killed")
    left_alone.train()
    for step in (30, 70):
        child = killed.child()
        wait_for(killed, step, child)
        child.send_signal(signal.SIGKILL)
        child.communicate()
    # What a kill in the middle of a save leaves behind is not taken for a checkpoint.
    (killed.model() / "checkpoints" / "step-00000119").mkdir()
    capsys.readouterr()
    killed.train()
    assert "going on from step" in capsys.readouterr().out
    assert killed.losses() == left_alone.losses()
    assert [record["dev"] for record in killed.log() if "dev" in record] == [
        record["dev"] for record in left_alone.log() if "dev" in record
    ]
    weights = [folder.model() / "weights.safetensors" for folder in (left_alone, killed)]
    assert weights[0].read_bytes() == weights[1].read_bytes()
    kept = sorted(mark.parent.name for mark in (killed.model() / "checkpoints").glob("*/.complete"))
    assert kept == ["step-00000105", "step-00000120"]


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_saves_and_says_how_to_go_on(
    compiled: Callable[..., Folder], sent: signal.Signals, code: int
) -> None:
    folder = compiled(changed(SPEC, train__steps="100_000", train__checkpoint=""))
    child = folder.child()
    wait_for(folder, 10, child)
    child.send_signal(sent)
    said = child.communicate(timeout=60)[0]
    assert child.returncode == code, said
    assert "Traceback" not in said
    (line,) = [line for line in said.splitlines() if line.startswith("stopped after step")]
    stopped_at = int(line.split()[3].rstrip(";"))
    assert f"`python train.py --data {folder.data} --runs {folder.runs}` goes on" in line
    folder.train("--steps", str(stopped_at + 3))
    last = max((folder.model() / "checkpoints").glob("step-*/run.json"))
    assert last.parent.name == f"step-{stopped_at + 3:08d}"


def test_changes_are_told_and_another_model_is_refused(
    compiled: Callable[..., Folder], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = compiled(changed(TRANSLATOR, train__steps="12"))
    folder.train("--steps", "5")
    _recompile(folder, changed(TRANSLATOR, train__steps="12", train__seed="1"))
    folder.train()
    assert "going on from step 5; SEED 0 -> 1" in capsys.readouterr().out
    assert (folder.model() / "checkpoints" / "step-00000012" / ".complete").exists()
    _recompile(folder, changed(TRANSLATOR, model__width="48"))
    with pytest.raises(SystemExit, match=r"is of another model.*`--fresh` sets it aside"):
        folder.train()
    folder.train("--fresh", "--steps", "3")
    assert (folder.runs / "models" / "tiny.1" / "checkpoints" / "step-00000012").exists()
    assert (folder.model() / "checkpoints" / "step-00000003" / ".complete").exists()


def test_a_run_goes_on_with_the_settings_that_it_now_has(compiled: Callable[..., Folder]) -> None:
    """Not with those of the optimizer that was saved; and what is no longer counted is no obstacle."""
    patient = changed(
        TRANSLATOR, train__optimizer="adamw(lr = 1e-2, weight_decay = 0)", train__stop="patience(checks = 9)"
    )
    steady, strict = (
        compiled(patient),
        changed(TRANSLATOR, train__optimizer="adamw(lr = 1e-2, weight_decay = 90)"),
    )
    steady.train("--steps", "4")
    _recompile(steady, strict)
    steady.train("--steps", "5")
    before, after = (
        load_file(steady.model() / "checkpoints" / f"step-{step:08d}" / "model.safetensors")["table"]
        for step in (4, 5)
    )
    assert after.norm() < 0.5 * before.norm(), "1 - 1e-2 * 90 is left of it"


def test_a_run_that_has_finished_leaves_its_checkpoint_alone(compiled: Callable[..., Folder]) -> None:
    folder = compiled(changed(TRANSLATOR, train__steps="5", train__average="last(9)"))
    folder.train()
    (path,) = (folder.model() / "checkpoints").glob("step-*/run.json")
    made, weights = path.stat(), folder.model() / "weights.safetensors"
    before = weights.read_bytes()
    folder.train()
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (made.st_ino, made.st_mtime_ns)
    assert weights.read_bytes() == before


def _recompile(folder: Folder, spec: str) -> None:
    Folder(folder.data, spec, folder.path.name)


def test_checkpoints_may_be_elsewhere(compiled: Callable[..., Folder], tmp_path: Path) -> None:
    spec = changed(
        TRANSLATOR, train__steps="6", train__checkpoint=f'{{ to = "{tmp_path}/kept", every = 2 steps }}'
    )
    folder = compiled(spec)
    folder.train()
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == [
        f"step-{step:08d}" for step in (2, 4, 6)
    ]
    assert not (folder.model() / "checkpoints").exists()

"""Two processes with gloo: whatever the layout, the losses are those of one device."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Callable

import pytest

from tests.run.folder import Folder
from tests.run.specs import READER, TRANSLATOR, changed

TRANSLATES = changed(TRANSLATOR, train__steps="30", train__average="last(2)", train__accumulation="2")
FINDS = changed(READER, model__family="encoder", data__dev='text("dev.txt")', train__batch="15 sequences")
LAYOUTS = {
    "DDP": {"train__on": "2 x cpu"},
    "ZeRO 2": {"train__on": "2 x cpu", "train__parallel": "{ zero = 2 }"},
    "ZeRO 3": {"train__on": "2 x cpu", "train__parallel": "{ zero = 3 }"},
}


def same(divided: Folder, alone: Folder) -> None:
    """Training and validation have the same losses, and the weights are whole."""
    from safetensors.torch import load_file

    assert len(divided.log()) == len(alone.log())
    for found, expected in zip(divided.log(), alone.log(), strict=True):
        for name in ("loss", "dev", "dev_de", "dev_of_average"):
            if name in expected:
                assert math.isclose(found[name], expected[name], rel_tol=1e-6), (name, expected["step"])
    weights = [load_file(folder.model() / "weights.safetensors") for folder in (divided, alone)]
    for name, value in weights[1].items():
        assert weights[0][name].allclose(value, atol=1e-4), name


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_losses_of_one_device(compiled: Callable[..., Folder], layout: str) -> None:
    """One is stopped half-way, too: a checkpoint holds what all ranks need."""
    alone = compiled(TRANSLATES, "_alone")
    divided = compiled(changed(TRANSLATES, **LAYOUTS[layout]), "_divided")
    alone.train()
    if layout == "ZeRO 3":
        divided.finish("--steps", "20", ranks=2)
        _forget_the_end(divided)
        said = divided.finish(script="launch.sh")
    else:
        said = divided.finish(ranks=2)
    assert ("going on from step 20" in said) == (layout == "ZeRO 3")
    same(divided, alone)


def _forget_the_end(folder: Folder) -> None:
    """Take the score of the average out of the log, which a run has only at its end."""
    path = folder.model() / "log.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "dev_of_average" not in line))


@pytest.mark.slow
def test_an_encoder_on_three(compiled: Callable[..., Folder]) -> None:
    alone = compiled(FINDS, "_alone")
    divided = compiled(changed(FINDS, train__on="3 x cpu", train__parallel="{ zero = 3 }"), "_divided")
    alone.train()
    divided.finish(ranks=3)
    same(divided, alone)


@pytest.mark.slow
def test_all_ranks_stop_together(compiled: Callable[..., Folder]) -> None:
    """A signal to one is a signal to all: they save one checkpoint, of the same step."""
    from tests.run.test_resume import wait_for

    spec = changed(TRANSLATOR, train__steps="100_000", train__checkpoint="", **LAYOUTS["ZeRO 3"])
    folder = compiled(spec)
    child = folder.child(script="launch.sh", start_new_session=True)
    wait_for(folder, 10, child)
    os.killpg(child.pid, signal.SIGINT)
    said = child.communicate(timeout=120)[0]
    assert child.returncode != 0
    assert said.count("stopped after step") == 1, said
    (checkpoint,) = (folder.model() / "checkpoints").glob("step-*/.complete")
    assert (checkpoint.parent / "model.safetensors").exists()


@pytest.mark.slow
def test_all_ranks_leave_together_when_the_loss_is_no_number(compiled: Callable[..., Folder]) -> None:
    spec = changed(TRANSLATOR, train__optimizer="adamw(lr = 1e30)", **LAYOUTS["ZeRO 3"])
    child = compiled(spec).child(ranks=2)
    said = child.communicate(timeout=120)[0]
    assert child.returncode != 0
    assert said.count("the loss is nan at step 10: a lower LEARNING_RATE may help") == 1, said
    assert "[rank" not in said, "no rank dies of another's end"


def test_one_process_of_two_says_what_to_start(compiled: Callable[..., Folder]) -> None:
    folder = compiled(changed(TRANSLATOR, **LAYOUTS["DDP"]))
    with pytest.raises(
        SystemExit, match=r"the layout is for 2 processes and this is 1: \./launch\.sh starts them"
    ):
        folder.train()


def test_a_single_device_knows_nothing_of_others(compiled: Callable[..., Folder]) -> None:
    folder = compiled(TRANSLATOR)
    assert not (folder.path / "parallel.py").exists() and not (folder.path / "launch.sh").exists()
    for path in folder.path.glob("*.py"):
        assert "distributed" not in path.read_text() and "RANK" not in path.read_text(), path.name

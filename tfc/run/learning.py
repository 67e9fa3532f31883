"""The steps in which a model learns, from data or from a teacher: the run, its evaluation, and what was predicted."""

from __future__ import annotations

from pathlib import Path

from tfc.diagnostics.core import Report
from tfc.files import digest
from tfc.run.measured import table
from tfc.run.quality import judged
from tfc.run.resume import identity
from tfc.run.scoring import score_model
from tfc.run.scripts import code, made
from tfc.run.steps import TRAIN, Step
from tfc.run.work import WEIGHTS, Task, Work


def learn(work: Work, step: Step) -> Report:
    """Train or distil one block's model and evaluate it, as far as that is not done; how it meets its budgets.

    Raises `Stopped` if it was asked to stop, and `Failed` if a script ended with an error.
    """
    folder = step.folder(work.runs)
    work.once(_task(work, step, folder))
    score_model(work, step.model)
    for line in table(work.plan.estimates[step.name], folder):
        work.tell(line)
    return Report(judged(work, step))


def checkpoints(work: Work, step: Step) -> Path:
    """Where those of a block lie."""
    to = step.block.checkpoint.to
    return work.data / to if to else step.folder(work.runs) / "checkpoints"


def of_checkpoints(work: Work, step: Step) -> dict[str, str]:
    """What all checkpoints of a block have in common."""
    learnt = [one for one in work.wanted(step) if one.name.endswith(".train")]
    return identity(work.plan, step.block, digest("".join(work.hashes(learnt).values())))


def _task(work: Work, step: Step, folder: Path) -> Task:
    given = work.hashes(work.wanted(step))
    if step.kind == TRAIN:
        given |= code("train.py", work.folder)
        command = work.script("train.py")
        if step.block.on.count > 1:
            command = ("bash", "launch.sh", *command[2:])
    else:
        teacher = work.model(step.block.teacher_name) / WEIGHTS
        given |= code("distill.py", work.folder) | made([teacher], work.runs)
        command = work.script("distill.py", step.label)
    again = step.kind in work.fresh
    return Task(
        step.name,
        (*command, *(["--fresh"] if again else [])),
        given,
        folder / WEIGHTS,
        of_checkpoints(work, step),
        again,
    )

"""One step of `tfc run`: train a model, evaluate it, and remember with what."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tfc.diagnostics.core import Report
from tfc.files import digest
from tfc.plan import Plan
from tfc.run import resume
from tfc.run.child import Stopped, start
from tfc.run.inputs import hashes, missing, wanted
from tfc.run.state import State
from tfc.run.steps import Step, inputs

WEIGHTS = "weights.safetensors"


@dataclass(frozen=True)
class Run:
    """What all steps of one `tfc run` share: the plan, its folders, the interpreter, and who is told of it."""

    plan: Plan
    folder: Path  # the generated one
    data: Path  # the folder of the spec: relative paths of the spec are seen from it
    python: str
    again: str  # the command line that goes on after a stop
    fresh: bool
    tell: Callable[[str], None]

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    def train(self, step: Step) -> None:
        """Train one block's model and evaluate it, as far as that is not done.

        Raises `SpecError` for data that is not there (TFS701) and a checkpoint of another model (TFS804), `Stopped`
        if it was asked to stop, `Failed` if a script ended with an error.
        """
        state = State.read(self.runs)
        spec = self.plan.solved
        source = spec.data_of(step.block)
        files = list(wanted(source, spec.full_name(source), self.data))
        Report(missing(files, self.data)).raise_errors()
        state.files |= hashes(files, self.data, state.files)
        if self.fresh and (aside := resume.set_aside(step.folder(self.runs))) is not None:
            self.tell(f"{step.name}: the old run is set aside as {aside.as_posix()}")
        read = {name: state.files[name] for name in sorted(state.files)}
        self._once(state, step, "train.py", inputs("train.py", self.folder, read), read)
        weights = step.folder(self.runs) / WEIGHTS
        self._once(state, step, "evaluate.py", inputs("evaluate.py", self.folder, read, weights), read)

    def _once(self, state: State, step: Step, script: str, read: dict[str, str], data: dict) -> None:
        """Run a script for a step unless it has been run with the same inputs."""
        name = step.name if script == "train.py" else f"{step.name}: {script}"
        record = state.of(name)
        if record.done and record.inputs == read and (step.folder(self.runs) / WEIGHTS).exists():
            self.tell(f"{name}: done, with the same inputs")
            return
        if script == "train.py":
            self._check_checkpoint(state, step, data)
        state.write()
        try:
            start(self._command(script, step), self.folder)
        except Stopped:
            self.tell(f"stopped, and saved; to go on:\n  {self.again}")
            raise
        record.done, record.inputs = True, read
        state.write()

    def _check_checkpoint(self, state: State, step: Step, data: dict) -> None:
        """Say what has changed since the checkpoint that training goes on from; refuse one of another model."""
        record = state.of(step.name)
        at = resume.latest(self._checkpoints(step))
        text = digest("".join(file["hash"] for file in data.values()))
        now = resume.beginning(self.plan, step.block, step.name, text, at)
        before = record.behind(at) if at else None
        if before is not None:
            spans = {name: origin.span for name, _, origin in self.plan.solved.fields()}
            others = resume.changes(before.identity, now.identity)
            Report([resume.other_model(others, at, spans)] if others else []).raise_errors()
            for changed in resume.changes(before.settings, now.settings):
                self.tell(f"changed since the checkpoint at step {at}: {changed}")
        record.begin(now)

    def _checkpoints(self, step: Step) -> Path:
        to = step.block.checkpoint.to
        return self.data / to if to else step.folder(self.runs) / "checkpoints"

    def _command(self, script: str, step: Step) -> list[str]:
        """The command line of a script, as a person in the generated folder would type it."""
        named = (
            ([step.name.partition(".")[2]] if script == "train.py" else [step.model]) if step.several else []
        )
        where = ["--data", self.data.resolve().as_posix(), "--runs", self.runs.resolve().as_posix()]
        if script == "train.py" and step.block.on.count > 1:
            return ["bash", "launch.sh", *named, *where]
        return [self.python, script, *named, *where]


def command_line(words: list[str]) -> str:
    """Words as a shell reads them."""
    return shlex.join(words)

"""What all steps of one run share, and how a script is run once for the same inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tfc.plan import Plan
from tfc.run.child import Stopped, start
from tfc.run.inputs import Wanted, hashes, wanted
from tfc.run.state import Record, State
from tfc.run.steps import Step

WEIGHTS = "weights.safetensors"
SCORES = "scores.json"
ENGINE = "engine.json"


@dataclass(frozen=True)
class Task:
    """One call of a generated script: its name in `steps.json`, all that it reads, and the file that it leaves."""

    name: str
    command: tuple[str, ...]
    given: Mapping[str, str]
    product: Path
    identity: Mapping[str, str] = field(default_factory=dict)  # of the checkpoints that it makes
    again: bool = False  # whatever was done before
    quiet: bool = False  # nothing is said where it was done before


@dataclass(frozen=True)
class Work:
    """The plan of a run, its folders, the interpreter of its children, and who is told of it."""

    plan: Plan
    folder: Path  # the generated one
    data: Path  # of the spec: its relative paths are seen from there
    python: str
    again: str  # the command line that goes on after a stop
    fresh: frozenset[str]  # the kinds of steps that begin anew
    tell: Callable[[str], None]
    talk: bool = False  # what scripts print is no answer either

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    def model(self, label: str) -> Path:
        """Where a model's weights and scores lie."""
        return self.runs / "models" / label

    def learnt(self, label: str) -> Step | None:
        """The block that a model learns in, if any."""
        spec = self.plan.solved
        for block in (*spec.trains.values(), *spec.distills.values()):
            if spec.model_of(block).label == label:
                return Step(block.kind, spec.full_name(block), block, label)
        return None

    def script(self, name: str, *words: str, data: bool = True) -> tuple[str, ...]:
        """A command line as a person in the generated folder would type it."""
        where = ("--data", str(self.data.resolve())) if data else ()
        return (self.python, name, *words, *where, "--runs", str(self.runs.resolve()))

    def once(self, task: Task) -> bool:
        """Run a script, unless that was done with the same inputs and what it made is there; whether it ran.

        Raises `Stopped` if it was asked to stop, and `Failed` if the script ended with an error.
        """
        state = State.read(self.runs)
        record = state.of(task.name)
        if record.done and record.inputs == task.given and task.product.exists() and not task.again:
            if not task.quiet:
                self.tell(f"{task.name}: done before, with the same inputs")
            return False
        record = state.steps[task.name] = Record(identity=task.identity)
        state.write()
        try:
            start(task.command, self.folder, {"PYTHON": self.python}, self.talk)
        except Stopped:
            self.tell(f"stopped; to go on:\n  {self.again}")
            raise
        record.done, record.inputs = True, task.given
        state.write()
        return True

    def wanted(self, step: Step) -> tuple[Wanted, ...]:
        """The files of the spec that a step reads: those of the data that its model learns from."""
        spec = self.plan.solved
        learning = step if step.kind in ("train", "distill") else self.learnt(step.model)
        if learning is None:
            return ()
        source = spec.data_of(learning.block)
        return tuple(wanted(source, spec.full_name(source), self.data))

    def hashes(self, files: Iterable[Wanted]) -> dict[str, str]:
        """Files by path, each with its hash; what had to be read for it is remembered."""
        state = State.read(self.runs)
        found = hashes(files, self.data, state.files)
        if any(state.files.get(name) != file for name, file in found.items()):
            state.files |= found
            state.write()
        return {name: file["hash"] for name, file in found.items()}

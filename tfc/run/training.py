"""One step of `tfc run`: train a model, evaluate it, and remember with what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tfc.diagnostics.core import Diagnostic, Report
from tfc.files import digest
from tfc.plan import Plan
from tfc.run.child import Stopped, start
from tfc.run.inputs import Wanted, hashes, missing, wanted
from tfc.run.measured import table
from tfc.run.pieces import too_many
from tfc.run.quality import judged
from tfc.run.resume import identity, latest, other_model
from tfc.run.state import Record, State
from tfc.run.steps import Step, inputs

WEIGHTS = "weights.safetensors"
SCORES = "scores.json"


@dataclass(frozen=True)
class Run:
    """What all steps of one `tfc run` share: the plan, its folders, the interpreter, and who is told of it."""

    plan: Plan
    folder: Path  # the generated one
    data: Path  # of the spec: its relative paths are seen from there
    python: str
    again: str  # the command line that goes on after a stop
    fresh: bool
    tell: Callable[[str], None]

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    def ready(self, step: Step) -> tuple[Diagnostic, ...]:
        """TFS701 and TFS702 for what a step reads, TFS804 for a checkpoint of another model."""
        found = missing(self._wanted(step), self.data) or self._tokenizer(step)
        if found or self.fresh:
            return found
        state = State.read(self.runs)
        before = state.of(step.name).identity
        at = latest(self._checkpoints(step))
        other = other_model(self.plan, at, before, self._identity(step, state)) if at else None
        return (other,) if other is not None else ()

    def _tokenizer(self, step: Step) -> tuple[Diagnostic, ...]:
        spec = self.plan.solved
        tokenizer = spec.data_of(step.block).tokenizer
        path = getattr(tokenizer, "path", None)
        found = too_many(tokenizer, spec.model_of(step.block), self.data / path) if path else None
        return (found,) if found is not None else ()

    def train(self, step: Step) -> Report:
        """Train one block's model and evaluate it, as far as that is not done; how it meets the budgets on quality.

        Raises `Stopped` if it was asked to stop, and `Failed` if a script ended with an error.
        """
        state = State.read(self.runs)
        read = self._hashes(self._wanted(step), state)
        folder = step.folder(self.runs)
        self._once(state, step, "train.py", inputs("train.py", self.folder, read), folder / WEIGHTS)
        given = inputs("evaluate.py", self.folder, read, folder / WEIGHTS)
        self._once(state, step, "evaluate.py", given, folder / SCORES)
        for line in table(self.plan.estimates[step.name], folder):
            self.tell(line)
        return Report(judged(self.plan.solved, step.block, folder))

    def _once(self, state: State, step: Step, script: str, given: dict[str, str], product: Path) -> None:
        """Run a script for a step, unless that was done with the same inputs and what it made is there."""
        name = step.name if script == "train.py" else f"{step.name}: {script}"
        record = state.of(name)
        if record.done and record.inputs == given and product.exists() and not self.fresh:
            self.tell(f"{name}: done before, with the same inputs")
            return
        training = script == "train.py"
        record = state.steps[name] = Record(identity=self._identity(step, state) if training else {})
        state.write()
        try:
            start(self._command(script, step), self.folder, {"PYTHON": self.python})
        except Stopped:
            self.tell(f"stopped; to go on:\n  {self.again}")
            raise
        record.done, record.inputs = True, given
        state.write()

    def _wanted(self, step: Step) -> tuple[Wanted, ...]:
        source = self.plan.solved.data_of(step.block)
        return tuple(wanted(source, self.plan.solved.full_name(source), self.data))

    def _hashes(self, files: Iterable[Wanted], state: State) -> dict[str, str]:
        """Files by path, each with its hash; what had to be read for it is kept in the state."""
        found = hashes(files, self.data, state.files)
        state.files |= found
        return {name: file["hash"] for name, file in found.items()}

    def _identity(self, step: Step, state: State) -> dict[str, str]:
        learnt = [one for one in self._wanted(step) if one.name.endswith(".train")]
        return identity(self.plan, step.block, digest("".join(self._hashes(learnt, state).values())))

    def _checkpoints(self, step: Step) -> Path:
        to = step.block.checkpoint.to
        return self.data / to if to else step.folder(self.runs) / "checkpoints"

    def _command(self, script: str, step: Step) -> list[str]:
        """The command line of a script, as a person in the generated folder would type it."""
        training = script == "train.py"
        where = ["--data", str(self.data.resolve()), "--runs", str(self.runs.resolve())]
        more = ["--fresh"] if training and self.fresh else []
        first = ["bash", "launch.sh"] if training and step.block.on.count > 1 else [self.python, script]
        return [*first, *where, *more]

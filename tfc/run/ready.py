"""What must hold before any step begins: data, tokenizers, weights that no step makes, checkpoints to go on from."""

from __future__ import annotations

from collections.abc import Iterator

from tfc.diagnostics.core import Diagnostic, Label
from tfc.run.inputs import missing
from tfc.run.learning import checkpoints, of_checkpoints
from tfc.run.pieces import too_many
from tfc.run.resume import latest, other_model
from tfc.run.state import State
from tfc.run.steps import DISTILL, LEARNING, Step
from tfc.run.work import WEIGHTS, Work

FACTS = "model.json"


def ready(work: Work, step: Step) -> Iterator[Diagnostic]:
    """TFS701 and TFS702 for what a step reads, TFS804 for a checkpoint of another model."""
    found = missing(work.wanted(step), work.data)
    if step.kind in LEARNING and not found:
        found = tuple(_tokenizer(work, step)) or tuple(_other_model(work, step))
    yield from found
    yield from _weights(work, step)


def _tokenizer(work: Work, step: Step) -> Iterator[Diagnostic]:
    spec = work.plan.solved
    tokenizer = spec.data_of(step.block).tokenizer
    path = getattr(tokenizer, "path", None)
    found = too_many(tokenizer, spec.model_of(step.block), work.data / path) if path else None
    if found is not None:
        yield found


def _other_model(work: Work, step: Step) -> Iterator[Diagnostic]:
    if step.kind in work.fresh:
        return
    before = State.read(work.runs).of(step.name).identity
    at = latest(checkpoints(work, step))
    other = other_model(work.plan, at, before, of_checkpoints(work, step)) if at else None
    if other is not None:
        yield other


def _weights(work: Work, step: Step) -> Iterator[Diagnostic]:
    """A model that is read, and that no block of the spec trains, must lie there already."""
    if step.kind in LEARNING and step.kind != DISTILL:
        return
    model = step.block.teacher_name if step.kind == DISTILL else step.model
    folder = work.model(model)
    absent = [name for name in (WEIGHTS, FACTS) if not (folder / name).is_file()]
    if not absent or work.learnt(model) is not None:
        return
    span = step.block.origin.span
    does = "learns from it" if step.kind == DISTILL else "needs its weights"
    yield Diagnostic(
        "TFS701",
        f"no block of this spec trains `{model}`, and there is no `{absent[0]}` of it",
        (Label(span, does),) if span is not None else (),
        notes=(f"looked for `{WEIGHTS}` and `{FACTS}` in `{folder.as_posix()}`",),
        help=f"write a `train` block for `{model}`, or put these two files there, and beside `models` the `data` that "
        "it was trained with: its tokenizer lies in it",
    )

"""The steps that a spec asks for, in the order in which they are taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfc.diagnostics.core import Diagnostic, Report
from tfc.plan import Plan

if TYPE_CHECKING:
    from tfc.spec.spec import Spec

TRAIN, DISTILL, EXPORT, SERVE = ORDER = ("train", "distill", "export", "serve")
ALL = "all"
NAMES = (*ORDER, ALL)
LEARNING = (TRAIN, DISTILL)

# What a step needs of a spec: the word of the block, and what such a block says.
NEEDS = {
    TRAIN: ("train", "a `train { }` block says how a model is trained"),
    DISTILL: ("distill", "a `distill STUDENT from TEACHER { }` block says how one model learns from another"),
    EXPORT: ("deploy", "a `deploy NAME { target = ... }` block says what a trained model becomes"),
}
NEEDS[SERVE] = NEEDS[EXPORT]


@dataclass(frozen=True)
class Step:
    """One block and what is done for it: a model learns, is exported, or is served."""

    kind: str  # one of ORDER
    name: str  # the full name of the block
    block: Any
    model: str

    @property
    def label(self) -> str:
        """What a script calls the block: the student of a `distill`, the name of a `deploy`."""
        return self.block.label

    def folder(self, runs: Path) -> Path:
        """Where what it makes lies."""
        return runs / "models" / self.model if self.kind in LEARNING else runs / "deploys" / self.label

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.kind in (EXPORT, SERVE) else self.name


def steps(plan: Plan, wanted: str, deploy: str | None = None) -> tuple[Step, ...]:
    """The steps up to `wanted`, those that are done included; with `deploy` only what that deployment needs.

    Raises `SpecError` if the spec has no block for it, or `deploy` is none of its deployments.
    """
    spec = plan.solved
    if deploy is not None:
        _known(spec, deploy)
    last = SERVE if wanted == ALL else wanted
    kinds = ORDER[: ORDER.index(last) + 1]
    found = tuple(
        step
        for kind in kinds
        for step in _of(kind, spec)
        if kind != SERVE or deploy is not None or len(spec.deploys) == 1
    )
    if wanted != ALL and not any(step.kind == wanted for step in found):
        _missing(spec, wanted)
    if not found:
        _missing(spec, TRAIN)
    return found if deploy is None else tuple(_for(found, deploy))


def unchosen(plan: Plan, wanted: str, deploy: str | None) -> tuple[str, ...]:
    """The deployments of which `all` serves none, since it was not said which."""
    labels = tuple(plan.solved.deploys)
    return labels if wanted == ALL and deploy is None and len(labels) > 1 else ()


def _of(kind: str, spec: Spec) -> Iterator[Step]:
    """The steps of one kind; a student that teaches another learns before it."""
    blocks = {TRAIN: spec.trains, DISTILL: spec.distills, EXPORT: spec.deploys, SERVE: spec.deploys}[kind]
    ordered: list[Any] = sorted(blocks.values(), key=lambda block: _generation(spec, block))
    for block in ordered:
        yield Step(kind, spec.full_name(block), block, spec.model_of(block).label)


def _generation(spec: Spec, block: Any) -> int:
    """How many students stand between a `distill` block and a model that was trained."""
    if block.kind != "distill":
        return 0
    teacher = spec.distills.get(block.teacher_name)
    return 0 if teacher is None else 1 + _generation(spec, teacher)


def _for(found: tuple[Step, ...], deploy: str) -> Iterator[Step]:
    """The steps of one deployment: it, and all that its model has learnt from."""
    chosen = [step for step in found if step.kind not in LEARNING and step.label == deploy]
    models = {step.model for step in chosen}
    learning = []
    for step in reversed([step for step in found if step.kind in LEARNING]):
        if step.model in models:
            learning.append(step)
            models |= {step.block.teacher_name} if step.kind == DISTILL else set()
    yield from (*reversed(learning), *chosen)


def _known(spec: Spec, deploy: str) -> None:
    """Raise `SpecError` for a deployment that the spec does not have."""
    if deploy in spec.deploys:
        return
    near = get_close_matches(deploy, spec.deploys, n=1)
    names = ", ".join(f"`{label}`" for label in spec.deploys)
    help = (
        f"did you mean `{near[0]}`?" if near else f"this spec deploys {names}" if names else NEEDS[EXPORT][1]
    )
    Report([Diagnostic("TFS104", f"there is no `deploy {deploy}`", help=help)]).raise_errors()


def _missing(spec: Spec, wanted: str) -> None:
    """Raise `SpecError`: there is no such block, or there are several to be served and none is named."""
    word, help = NEEDS[wanted]
    message = f"this spec has no `{word}` block to {'run' if wanted == TRAIN else wanted}"
    if wanted == SERVE and spec.deploys:
        message = f"this spec has {len(spec.deploys)} deployments, and one is served at a time"
        help = "say which: " + ", ".join(f"`--deploy {label}`" for label in spec.deploys)
    Report([Diagnostic("TFS106", message, help=help)]).raise_errors()

"""`tfc verify`: what is built is measured, laid beside its prediction, and held to the budgets.

It compiles nothing and trains nothing. Scores are made where they are missing or older than what they are of; latency,
sizes and memory are measured each time, by the generated `measure.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tfc.build.manifest import NAME as MANIFEST
from tfc.build.manifest import Manifest
from tfc.build.write import replace
from tfc.diagnostics.core import Diagnostic, Report
from tfc.plan import Plan
from tfc.run.run import interpreter
from tfc.run.steps import EXPORT, LEARNING, steps
from tfc.run.work import ENGINE, WEIGHTS, Work
from tfc.verify.blocks import of_deployment, of_learning, of_model
from tfc.verify.json import verify_json
from tfc.verify.rows import Block, judge

NAME = "verify.json"


@dataclass(frozen=True)
class Verified:
    """What was measured of each block, and what is to be said of its budgets."""

    plan: Plan
    blocks: tuple[Block, ...]
    report: Report
    latency: bool = False  # nothing else was measured

    @property
    def ok(self) -> bool:
        """Whether nothing that is required is broken."""
        return not self.report.errors


def verify(
    plan: Plan,
    folder: Path,
    data: Path,
    *,
    latency: bool = False,
    python: str | None = None,
    again: str = "",
    tell: Callable[[str], None] = print,
) -> Verified:
    """Measure what lies in the `runs/` of a generated folder; with `latency` only how fast the deployments answer.

    All of it is also written to `runs/verify.json`, whose schema `tfc/verify/json.py` describes. Raises `SpecError`
    where nothing is built yet, and `Stopped` if it was asked to stop.
    """
    # A budget that is predicted to be broken is what is measured here; what makes no plan is an error first.
    Report(
        error for error in plan.report.errors if not error.code.startswith(("TFS4", "TFS6"))
    ).raise_errors()
    work = Work(plan, folder, data, interpreter(python), again, frozenset(), tell, talk=True)
    found = steps(plan, EXPORT if plan.spec.deploys else "all")
    learnt = [one for one in found if one.kind in LEARNING and (one.folder(work.runs) / WEIGHTS).exists()]
    exported = [one for one in found if one.kind == EXPORT and (one.folder(work.runs) / ENGINE).exists()]
    if not exported and (latency or plan.spec.deploys or not learnt):
        _nothing(plan, work)
    _compiled(plan, work)
    blocks: list[Block] = []
    if not latency:
        blocks += [of_model(work, label) for label, model in plan.spec.models.items() if model.budgets]
        blocks += [of_learning(work, one) for one in learnt]
    blocks += [of_deployment(work, one, one in exported, latency) for one in found if one.kind == EXPORT]
    report = Report(said for block in blocks for said in judge(block.rows))
    replace(work.runs / NAME, verify_json(plan, blocks, latency))
    return Verified(plan, tuple(blocks), report, latency)


def _compiled(plan: Plan, work: Work) -> None:
    """Tell where the folder was made of other settings than are asked about."""
    manifest = Manifest.read(work.folder / MANIFEST)
    if manifest is not None and manifest.hash != plan.hash:
        folder = work.folder.as_posix()
        work.tell(f"`{folder}` was compiled from other settings than `{plan.name}` has now: that is measured")


def _nothing(plan: Plan, work: Work) -> None:
    """Raise `SpecError`: there is nothing to measure."""
    step, what = (EXPORT, "exported") if plan.spec.deploys else ("train", "trained")
    message = f"nothing is {what} yet in `{work.folder.as_posix()}`"
    help = f"`tfc run {plan.name} {step}` does it, and what it needs"
    Report([Diagnostic("TFS701", message, help=help)]).raise_errors()

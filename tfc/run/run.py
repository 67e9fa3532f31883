"""`tfc run`: the steps of a spec, one after the other, each as child processes of generated scripts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import which

from tfc.diagnostics.core import Diagnostic, Report, SpecError
from tfc.plan import Plan
from tfc.run.deploying import answer, export
from tfc.run.learning import learn
from tfc.run.ready import ready
from tfc.run.steps import ALL, DISTILL, EXPORT, LEARNING, SERVE, TRAIN, Step, steps, unchosen
from tfc.run.work import Work

DOING: dict[str, Callable[[Work, Step], Report]] = {
    TRAIN: learn,
    DISTILL: learn,
    EXPORT: export,
    SERVE: answer,
}
BEGUN_ANEW = {
    TRAIN: {TRAIN},
    DISTILL: {DISTILL},
    ALL: set(LEARNING),
}  # by `fresh`, for each step that may be asked for


def run(
    plan: Plan,
    folder: Path,
    data: Path,
    step: str = ALL,
    *,
    deploy: str | None = None,
    python: str | None = None,
    fresh: bool = False,
    again: str = "",
    tell: Callable[[str], None] = print,
) -> Report:
    """Run a step of a plan that is compiled to `folder`, and those before it that are not done.

    `data` is the folder of the spec, `deploy` the deployment that is exported or served (else all, and the only one),
    `python` the interpreter of the children (else this one), `again` the command line that goes on after a stop. The
    report says how the budgets on quality are met; a step after which one is broken is the last. Raises `SpecError`,
    before anything has begun, for a step that cannot be; `Stopped` and `Failed` as its children end; `ValueError` for
    `fresh` with a step in which nothing learns.
    """
    if fresh and step not in BEGUN_ANEW:
        raise ValueError(f"`fresh` begins `train` or `distill` anew, and `{step}` is neither")
    found = steps(plan, step, deploy)
    anew = frozenset(BEGUN_ANEW[step] if fresh else ())
    work = Work(plan, folder, data, interpreter(python), again, anew, tell)
    # Steps that read the same file miss it once.
    Report(dict.fromkeys(fault for one in found for fault in ready(work, one))).raise_errors()
    report = Report()
    for number, one in enumerate(found, 1):
        if len(found) > 1:
            tell(f"step {number} of {len(found)}: {one}")
        report += DOING[one.kind](work, one)
        if report.errors and number < len(found):
            tell(f"stopped before `{found[number]}`: a budget on quality is broken")
            return report
    if labels := unchosen(plan, step, deploy):
        tell(
            "one deployment is served at a time: say which with "
            + " or ".join(f"`--deploy {x}`" for x in labels)
        )
    return report


def interpreter(python: str | None) -> str:
    """The whole path of an interpreter, since children start in another folder; raises `SpecError` if there is none."""
    if python is None:
        return sys.executable
    found = which(python)
    if found is None:
        message = f"there is no interpreter `{python}`"
        raise SpecError(
            Report([Diagnostic("TFS701", message, help="`--python` takes a program, or its path")])
        )
    return os.path.abspath(found)

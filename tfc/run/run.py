"""`tfc run`: the steps of a spec, one after the other, each as a child process of a generated script."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import which

from tfc.diagnostics.core import Diagnostic, Report, SpecError
from tfc.plan import Plan
from tfc.run.steps import steps
from tfc.run.training import Run


def run(
    plan: Plan,
    folder: Path,
    data: Path,
    step: str = "all",
    *,
    python: str | None = None,
    fresh: bool = False,
    again: str = "",
    tell: Callable[[str], None] = print,
) -> Report:
    """Run a step of a plan that is compiled to `folder`, and those before it that are not done.

    `data` is the folder of the spec, `python` the interpreter of the children (else this one), `again` the command
    line that goes on after a stop. The report says how the budgets on quality are met. Raises `SpecError`, before
    anything has begun, for a step that cannot be; `Stopped` and `Failed` as its children end.
    """
    found = steps(plan, step)
    work = Run(plan, folder, data, interpreter(python), again, fresh, tell)
    Report(fault for one in found for fault in work.ready(one)).raise_errors()
    report = Report()
    for one in found:
        report += work.train(one)
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

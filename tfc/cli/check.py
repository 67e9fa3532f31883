"""`tfc check`: every diagnostic of a spec."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from tfc.cli.options import Format, Scenario, Sets, Shown, SpecFile
from tfc.cli.reports import ERRORS, draft, refusals, show, summary
from tfc.cli.terminal import answer
from tfc.diagnostics.core import Report

EXAMPLES = """
  tfc check model.tfs
  tfc check model.tfs --set train.microbatch=4
  tfc check model.tfs --scenario pilot --strict
  tfc check model.tfs --format github       annotations in a pull request
"""


def check(
    file: SpecFile,
    sets: Sets = [],  # noqa: B006
    scenario: Scenario = None,
    shown: Shown = Format.TEXT,
    strict: Annotated[
        bool, Option("--strict", help="end with 2 for a warning too, and for a `prefer` that is not met")
    ] = False,
) -> int:
    """Say everything that is wrong with a spec: syntax, names, units, shapes, layouts, and the budgets it breaks.

    Reads the spec, the files that it extends and the lock beside it; nothing is written. Ends with 1 if there is an
    error.
    """
    with refusals(shown, answer=True):
        report = draft(file, sets, scenario).check()
    show(report, shown, answer=True)
    if shown is Format.TEXT:
        answer(("\n" if len(report) else "") + summary(report, file.as_posix()))
    return ERRORS if report.errors else 2 if strict and unmet(report) else 0


def unmet(report: Report) -> bool:
    """Whether there is a warning, which an unmet `prefer` is too."""
    return bool(report.warnings)

"""`tfc check`: every diagnostic of a spec."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from tfc.cli.options import TEXT, scenario, sets, shown, spec_file
from tfc.cli.reports import ERRORS, draft, refusals, show, summary
from tfc.cli.terminal import answer
from tfc.cli.verbs import verb

WARNED = 2  # the exit code where there is a warning, if that was asked for

EXAMPLES = """
  tfc check model.tfs
  tfc check model.tfs --set train.microbatch=4
  tfc check model.tfs --scenario pilot --strict
  tfc check model.tfs --format github       annotations in a pull request
"""


@verb("check", EXAMPLES)
@spec_file
@sets
@scenario
@shown
@click.option("--strict", is_flag=True, help="End with 2 for a warning too, an unmet `prefer` among them.")
def check(file: Path, sets: Sequence[str], scenario: str | None, shown: str, strict: bool) -> int:
    """Say everything that is wrong with a spec: syntax, names, units, shapes, layouts, and the budgets it breaks.

    Reads the spec, the files that it extends and the lock beside it; nothing is written. Ends with 1 if there is an
    error.
    """
    with refusals(shown, answer=True):
        report = draft(file, sets, scenario).check()
    show(report, shown, answer=True)
    if shown == TEXT:
        answer(("\n" if len(report) else "") + summary(report, file.as_posix()))
    return ERRORS if report.errors else WARNED if strict and report.warnings else 0

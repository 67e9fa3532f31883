"""`tfc fix`: applies the edits that diagnostics offer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from tfc.api import Draft
from tfc.cli.complete import codes
from tfc.cli.fixing import Refused, chosen, safe, write_texts
from tfc.cli.fmt import difference
from tfc.cli.options import TEXT, scenario, sets, shown, spec_file
from tfc.cli.reports import ERRORS, draft, refusals, show, summary
from tfc.cli.terminal import answer, talk
from tfc.cli.verbs import verb

EXAMPLES = """
  tfc fix model.tfs                       every safe fix
  tfc fix model.tfs --diff                show them, write nothing
  tfc fix model.tfs --pick 1              the first edit under the first diagnostic that numbers its edits
  tfc fix model.tfs --code TFS401 --pick 2
"""


@verb("fix", EXAMPLES)
@spec_file
@click.option("--pick", metavar="N", type=click.IntRange(min=1), help="Apply edit N of one diagnostic.")
@click.option("--code", metavar="CODE", help="Only diagnostics with this code.", shell_complete=codes)
@click.option("--diff", is_flag=True, help="Show what would change, and write nothing.")
@sets
@scenario
@shown
def fix(
    file: Path,
    pick: int | None,
    code: str | None,
    diff: bool,
    sets: Sequence[str],
    scenario: str | None,
    shown: str,
) -> int:
    """Apply the safe fixes, or with --pick the one that you choose among the numbered edits of a diagnostic.

    An edit goes to the file where its line stands, a base included. One that changes the model is never applied: that
    is yours to write. Ends with 1 if errors are left.
    """
    with refusals(shown):
        found = draft(file, sets, scenario)
        report = found.check()
    try:
        fixes = [chosen(report, pick, code)] if pick else safe(report, code)
    except Refused as refused:
        talk(f"error: {refused}")
        return ERRORS
    texts = write_texts(fixes, dry=diff)
    for source, text in texts.items():
        answer(difference(source, text) if diff else "")
    if diff:
        return ERRORS if report.errors and not texts else 0
    for done in fixes:
        answer(f"{done.edits[0].span.source.path}:{done.edits[0].span.line}: {done.title}")
    return left(draft(file, sets, scenario), shown, bool(texts))


def left(now: Draft, shown: str, fixed: bool) -> int:
    """What `check` still says, after the fixes."""
    with refusals(shown):
        report = now.check()
    show(report, shown)
    if not fixed and shown == TEXT:
        talk(
            "no fix to apply"
            if not report.errors
            else f"no fix to apply by itself; {summary(report, now.source.path)}"
        )
    return ERRORS if report.errors else 0

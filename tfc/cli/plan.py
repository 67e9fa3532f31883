"""`tfc plan`: what a spec costs, and what `compile` would change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from tfc.api import Draft
from tfc.build.drift import Drift
from tfc.check.priced import priced
from tfc.cli.options import folder, prices, scenario, sets, shown, spec_file
from tfc.cli.plan_answer import told
from tfc.cli.reports import ERRORS, draft, refusals
from tfc.cli.verbs import verb
from tfc.diagnostics.core import Report, SpecError

EXAMPLES = """
  tfc plan model.tfs
  tfc plan model.tfs --timeline                    when in a step the memory is needed
  tfc plan model.tfs --set train.recompute=full
  tfc plan model.tfs --prices ours.toml            what it costs at your prices
  tfc plan model.tfs --exit-code                   in CI: 2 if build/model is not what the spec says
"""

CHANGES = 2  # the exit code where `compile` would change something, if it was asked for


@verb("plan", EXAMPLES)
@spec_file
@folder
@click.option("--timeline", is_flag=True, help="Memory by moment of a step, as bars.")
@click.option("--exit-code", is_flag=True, help="End with 2 if `compile` would change something.")
@sets
@scenario
@prices
@shown
def plan(
    file: Path,
    out: Path | None,
    timeline: bool,
    exit_code: bool,
    sets: Sequence[str],
    scenario: str | None,
    shown: str,
) -> int:
    """Show the model, how the work is divided, memory, time and cost with what they are made of, every budget
    beside its limit, and what `compile` would do to the generated folder.

    Nothing is written. A budget that is broken does not hide the rest; an error that leaves nothing to price does.
    """
    with refusals(shown):
        found = draft(file, sets, scenario)
        report = found.check()
    costed = found.plan() if priced(report) else None
    drift = drifted(found, out, report)
    told(costed, report, drift, found.source.path, shown, timeline)
    if report.errors or (drift is not None and drift.conflicts):
        return ERRORS
    return CHANGES if exit_code and drift is not None and not drift.clean else 0


def drifted(found: Draft, out: Path | None, report: Report) -> Drift | None:
    """What a compile would change; nothing where it would refuse the spec."""
    if report.errors:
        return None
    try:
        return found.drift(out)
    except SpecError:
        return None

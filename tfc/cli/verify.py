"""`tfc verify`: measures what is built, beside what was predicted and against the budgets."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from tfc.cli.options import CONCISE, JSON, TEXT, folder, scenario, sets, shown, spec_file
from tfc.cli.reports import ERRORS, draft, refusals, show
from tfc.cli.terminal import answer, talk
from tfc.cli.verbs import verb
from tfc.run.child import Failed, Stopped

STOPPED = 130

EXAMPLES = """
  tfc verify model.tfs
  tfc verify model.tfs --latency               only how fast the deployments answer
  tfc verify model.tfs --set 'deploy.api.server.wait = 2 ms'
  tfc verify model.tfs --format json > verified.json
"""


@verb("verify", EXAMPLES)
@spec_file
@folder
@click.option("--latency", is_flag=True, help="Measure latency only.")
@click.option("--python", metavar="PATH", help="The interpreter of the scripts; else the one that runs tfc.")
@sets
@scenario
@shown
def verify(
    file: Path,
    out: Path | None,
    latency: bool,
    python: str | None,
    sets: Sequence[str],
    scenario: str | None,
    shown: str,
) -> int:
    """Measure what `tfc run` has built: of each deployment latency by batch and length, size, memory and quality,
    of each run what its log says. Each figure stands beside its prediction, and every budget is judged by it.

    Nothing is compiled or trained. A `require` that is broken ends with exit code 1; what could not be measured is
    warned of (TFS408). Latency is that of a batch on this machine, and what a request waits for at the load of the
    budget is worked out from it, as in the prediction. All of it is also written to `runs/verify.json`.
    """
    again = shlex.join(["tfc", *sys.argv[1:]])
    try:
        with refusals(shown):
            found = draft(file, sets, scenario).verify(
                out, latency=latency, python=python, again=again, tell=talk
            )
    except Stopped:
        return STOPPED
    except Failed as failed:
        talk(f"error: {failed}")
        return ERRORS
    if shown == JSON:
        from tfc.verify.json import verify_json

        answer(verify_json(found.plan, found.blocks, found.latency))
    elif shown in (TEXT, CONCISE):
        from tfc.cli.verify_text import rows, tables

        answer("\n".join(tables(found) if shown == TEXT else rows(found)))
    if shown != JSON:
        show(found.report, shown)
    return 0 if found.ok else ERRORS

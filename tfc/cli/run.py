"""`tfc run`: compiles, then trains, distils, exports and serves, as child processes of the generated scripts."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfc.cli.complete import deployments
from tfc.cli.options import folder, scenario, sets, shown, spec_file
from tfc.cli.reports import ERRORS, draft, refusals, show
from tfc.cli.terminal import talk
from tfc.cli.verbs import verb
from tfc.diagnostics.core import Report
from tfc.run.child import Failed, Stopped
from tfc.run.run import BEGUN_ANEW
from tfc.run.steps import ALL, EXPORT, NAMES, SERVE

if TYPE_CHECKING:
    from tfc.api import Draft

STOPPED = 130

EXAMPLES = """
  tfc run model.tfs                            every step that is not done yet, then the server
  tfc run model.tfs train --set train.steps=100
  tfc run model.tfs distill --fresh            the students once more; their teacher stays
  tfc run model.tfs export --deploy api        graphs, scales and scores of one deployment
  tfc run model.tfs serve --deploy api
  tfc run model.tfs --python ~/torch/bin/python
"""


@verb("run", EXAMPLES)
@spec_file
@click.argument("step", type=click.Choice(NAMES), default=ALL, metavar="[STEP]")
@folder
@click.option(
    "--deploy",
    metavar="NAME",
    help="The deployment that is exported or served; else all of them, and the only one.",
    shell_complete=deployments,
)
@click.option("--python", metavar="PATH", help="The interpreter of the scripts; else the one that runs tfc.")
@click.option("--fresh", is_flag=True, help="Train or distil again; the old run is set aside, not deleted.")
@sets
@scenario
@shown
def run(
    file: Path,
    step: str,
    out: Path | None,
    deploy: str | None,
    python: str | None,
    fresh: bool,
    sets: Sequence[str],
    scenario: str | None,
    shown: str,
) -> int:
    """Compile as `tfc compile` does, then run the scripts of the folder: `train`, `distill`, `export`, `serve`, or
    `all` of what the spec asks for. A step first runs those before it that are not done: that have not been run with
    the same code, data and weights.

    A run that was interrupted goes on from its last complete checkpoint, by the same command line. Scores are made
    after each step, and a `require` on quality that is broken ends the run there. `serve` stays in the foreground until
    Ctrl-C, and then answers what it has accepted. Relative paths of the spec begin at the folder of FILE.
    """
    if fresh and step not in BEGUN_ANEW:
        raise click.UsageError(f"`--fresh` begins `train` or `distill` anew, and `{step}` does neither")
    if deploy is not None and step not in (EXPORT, SERVE, ALL):
        raise click.UsageError(f"`--deploy` is for `export` and `serve`; `{step}` makes no deployment")
    again = shlex.join(["tfc", *(word for word in sys.argv[1:] if word != "--fresh")])
    try:
        with refusals(shown):
            found = draft(file, sets, scenario)
            if found.check().ok:
                show(_before(found), shown)
            report = found.run(step, out, deploy=deploy, python=python, fresh=fresh, again=again, tell=talk)
    except Stopped:
        return STOPPED
    except Failed as failed:
        talk(f"error: {failed}")
        return ERRORS
    show(report, shown)
    return ERRORS if report.errors else 0


def _before(found: Draft) -> Report:
    """What is worth knowing before anything runs; what scores will tell is not said to be unknown."""
    from tfc.check.budgets import measured_later

    later = measured_later(found.plan())
    return Report(one for one in found.check() if one not in later)

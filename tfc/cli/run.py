"""`tfc run`: compiles, then trains and evaluates, as child processes of the generated scripts."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from tfc.cli.options import folder, scenario, sets, shown, spec_file
from tfc.cli.reports import ERRORS, draft, refusals, show
from tfc.cli.terminal import talk
from tfc.cli.verbs import verb
from tfc.run.child import Failed, Stopped
from tfc.run.steps import NAMES

STOPPED = 130

EXAMPLES = """
  tfc run model.tfs                            every step that is not done yet
  tfc run model.tfs train --set train.steps=100
  tfc run model.tfs --fresh                    set the old run aside, and begin again
  tfc run model.tfs --python ~/torch/bin/python
"""


@verb("run", EXAMPLES)
@spec_file
@click.argument("step", type=click.Choice(NAMES), default="all", metavar="[STEP]")
@folder
@click.option("--python", metavar="PATH", help="The interpreter of the scripts; else the one that runs tfc.")
@click.option("--fresh", is_flag=True, help="Begin again; the old run is set aside, not deleted.")
@sets
@scenario
@shown
def run(
    file: Path,
    step: str,
    out: Path | None,
    python: str | None,
    fresh: bool,
    sets: Sequence[str],
    scenario: str | None,
    shown: str,
) -> int:
    """Compile as `tfc compile` does, then run the scripts of the folder: `train`, `distill`, `export`, `serve`, or
    `all` of what the spec asks for. A step first runs those before it that are not done.

    A run that was interrupted goes on from its last complete checkpoint, by the same command line. Relative paths of
    the spec begin at the folder of FILE.
    """
    again = shlex.join(["tfc", *(word for word in sys.argv[1:] if word != "--fresh")])
    try:
        with refusals(shown):
            found = draft(file, sets, scenario)
            if found.check().ok:
                show(found.check(), shown)
            report = found.run(step, out, python=python, fresh=fresh, again=again, tell=talk)
    except Stopped:
        return STOPPED
    except Failed as failed:
        talk(f"error: {failed}")
        return ERRORS
    show(report, shown)
    return ERRORS if report.errors else 0

"""`tfc what-if`: a table of variants."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from tfc.cli.complete import scenarios as known_scenarios
from tfc.cli.complete import settings
from tfc.cli.options import CSV, FORMAT, FORMATS, GITHUB, JSON, TEXT, prices, sets, spec_file
from tfc.cli.reports import ERRORS, LATER, draft, refusals, show_beside
from tfc.cli.terminal import answer, talk
from tfc.cli.verbs import verb
from tfc.cli.what_if_variants import beside, varied
from tfc.diagnostics.core import Report
from tfc.report.variants import Table, some_priced, tables

EXAMPLES = """
  tfc what-if model.tfs --vary 'train.microbatch = [4, 8, 16]'
  tfc what-if model.tfs --vary 'train.parallel.zero = [0, 2, 3]' --vary 'train.recompute = [none, full]'
  tfc what-if model.tfs --scenario pilot --scenario all_nodes          each beside the spec as written
  tfc what-if model.tfs --vary 'model.small.width = [256, 512]' --format csv
"""


@verb("what-if", EXAMPLES)
@spec_file
@click.option(
    "--vary",
    metavar="'NAME = [A, B]'",
    multiple=True,
    help="Values to try for a setting; again, for every combination.",
    shell_complete=settings,
)
@sets
@click.option(
    "--scenario",
    "scenarios",
    metavar="NAME",
    multiple=True,
    help="Apply a `scenario` of the spec; again, for a row each.",
    shell_complete=known_scenarios,
)
@prices
@click.option(
    "--format",
    "shown",
    type=click.Choice([*FORMATS, CSV]),
    default=TEXT,
    metavar="FORMAT",
    help=f"{FORMAT}; or csv.",
)
def what_if(
    file: Path, vary: Sequence[str], sets: Sequence[str], scenarios: Sequence[str], shown: str
) -> int:
    """Show what variants of a spec would need and cost, one a row; nothing is written.

    A star marks the Pareto front: the rows that fit, and that no other beats in memory, time and cost. Ends with 0 when
    the table is printed, whether or not the variants fit.
    """
    with refusals(TEXT if shown == CSV else shown):
        found = some_priced(varied(file, sets, scenarios, vary) if vary else beside(file, sets, scenarios))
    if shown == TEXT:
        show_beside(Report(later for one in found for later in one.report if later.code == LATER), shown)
    # `--set` and `--scenario` by themselves are compared with the file, under `--vary` they are what is compared with.
    base = draft(file, sets, scenarios[0] if len(scenarios) == 1 else None) if vary else draft(file, [], None)
    compared = tables(found, base.plan())
    if not compared:
        with refusals(TEXT if shown == CSV else shown):
            base.check().raise_errors()
        talk("nothing to compare: this spec has no `train`, `distill` or `deploy` block")
        return ERRORS
    told(compared, shown)
    return 0


def told(found: list[Table], shown: str) -> None:
    """Write a table for each block."""
    from tfc.cli import what_if_text

    if shown == CSV:
        answer(what_if_text.as_csv(found))
    elif shown == JSON:
        answer(what_if_text.as_json(found))
    elif shown == TEXT:
        titles = [[table.block] if len(found) > 1 else [] for table in found]
        parts = [
            "\n".join([*title, *what_if_text.text(table)]) for title, table in zip(titles, found, strict=True)
        ]
        answer("\n\n".join(parts))
    elif shown == GITHUB:
        answer("\n".join(line for table in found for line in what_if_text.notices(table)))
    else:
        answer("\n".join(line for table in found for line in what_if_text.concise(table)))

"""`tfc report`: one HTML page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic

import click

from tfc.cli.complete import settings
from tfc.cli.options import CONCISE, JSON, TEXT, prices, scenario, sets, shown, spec_file
from tfc.cli.reports import ERRORS, draft, refusals, show
from tfc.cli.terminal import answer, talk
from tfc.cli.verbs import verb
from tfc.diagnostics.core import Report

EXAMPLES = """
  tfc report model.tfs                             writes model.html
  tfc report model.tfs --out talk/model.html
  tfc report model.tfs --vary 'train.microbatch = [4, 8, 16]'
  tfc report model.tfs --out - > model.html
"""

STDOUT = Path("-")
SILENT = 1.0  # seconds before progress is told


@verb("report", EXAMPLES)
@spec_file
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="The page; else <stem of FILE>.html in this folder; `-` is standard output.",
)
@click.option(
    "--vary",
    metavar="'NAME = [A, B]'",
    multiple=True,
    help="Values to compare for a setting; else those near the spec's own are.",
    shell_complete=settings,
)
@sets
@scenario
@prices
@shown
def report(
    file: Path, out: Path | None, vary: Sequence[str], sets: Sequence[str], scenario: str | None, shown: str
) -> int:
    """Write one HTML page that shows what a spec needs and costs: memory over a step, each line of the spec beside what
    it causes, the layout on its devices, budgets, and a table of variants.

    The page needs nothing else: no network, no font, and no JavaScript to be read. A budget that is broken does not
    hide it, and ends with 1; an error that leaves nothing to price writes no page.
    """
    from tfc.report import page

    place = out or Path(f"{file.stem}.html")
    with refusals(shown):
        given = draft(file, sets, scenario)
        text = page(given, vary, after_a_while(talk))
    found = given.check()
    if place == STDOUT:
        answer(text)
        return ERRORS if found.errors else 0
    write(place, text)
    if shown == TEXT:
        show(Report(found.errors), CONCISE)
        answer(f"{place}: {len(text.encode()) // 1000} KB, open it in a browser")
    elif shown == JSON:
        import json

        answer(
            json.dumps({"file": place.as_posix(), "bytes": len(text.encode()), "errors": len(found.errors)})
        )
    else:
        show(found, shown, answer=True)
    return ERRORS if found.errors else 0


def after_a_while(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Tell what is worked on once that has lasted, for what is done at once needs no word."""
    begun = monotonic()
    return lambda text: tell(text) if monotonic() - begun >= SILENT else None


def write(place: Path, text: str) -> None:
    """Write the page, in one go; a file that is no page of ours is left alone."""
    from tfc.report.html import ours

    if place.exists() and not ours(place.read_text(encoding="utf-8", errors="replace")):
        raise click.UsageError(f"`{place}` is no report of tfc; name another file with `--out`")
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(place)

"""Diagnostics on their way out: in the format that was asked for, to the stream where they belong."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import click
from click.exceptions import Exit

from tfc.api import Draft, load
from tfc.cli.options import CONCISE, TEXT
from tfc.cli.terminal import colour, write
from tfc.diagnostics.core import Report, Severity, SpecError

ERRORS = 1  # the exit code where an error was found
LATER = "TFS605"  # what is priced, and not generated yet


def draft(file: Path, sets: Sequence[str], scenario: str | None) -> Draft:
    """The spec that a command line speaks of: FILE, each `--set`, and the scenario."""
    found = load(file)
    for setting in sets:
        if not setting.strip():
            raise click.UsageError("`--set` is given nothing; write `--set name=value`")
        found = found.override(setting)
    return found.scenario(scenario) if scenario else found


def show(report: Report, shown: str, answer: bool = False) -> None:
    """Write a report: where it is the answer, or a program reads it, to standard output, else to standard error."""
    talk = shown in (TEXT, CONCISE) and not answer
    stream = sys.stderr if talk else sys.stdout
    module = import_module(f"tfc.diagnostics.{shown}")
    painted = {"colour": colour(stream)} if shown == TEXT else {}
    write(module.render_report(report, **painted), stream)


def show_beside(report: Report, shown: str) -> None:
    """Write a report beside an answer that sums it up: what is not generated yet in a line each, the rest in full."""
    if shown != TEXT:
        show(report, shown)
        return
    later = Report(found for found in report if found.code == LATER)
    show(Report(found for found in report if found.code != LATER), TEXT)
    show(later, CONCISE)
    if len(report):
        write("\n", sys.stderr)


@contextmanager
def refusals(shown: str, answer: bool = False) -> Iterator[None]:
    """Write what a `SpecError` carries in the format that was asked for, and end with exit code 1."""
    try:
        yield
    except SpecError as error:
        show(error.report, shown, answer)
        raise Exit(ERRORS) from None


def summary(report: Report, name: str) -> str:
    """`2 errors, 1 warning: ...`, or that all is well."""
    counts = [
        f"{number} {severity}{'s' if number > 1 else ''}"
        for severity in Severity
        if (number := len(report.of(severity)))
    ]
    if not counts:
        return f"✓ {name}: nothing to complain of"
    from tfc.cli.fixing import safe  # not needed where all is well

    cured = len(safe(report, None))
    cure = f"; `tfc fix {name}` cures {cured} of them" if cured else ""
    return f"{name}: {', '.join(counts)}{cure}"

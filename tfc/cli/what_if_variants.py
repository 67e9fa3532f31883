"""Which variants `tfc what-if` compares, and which of them is the spec as written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tfc.api import Draft, Variation
from tfc.cli.reports import draft, priced


def marked(found: list[Variation], given: Draft) -> list[Variation]:
    """Where no variant is the spec to the letter, the one is marked that `auto` leads to."""
    if any(variation.as_written for variation in found) or not priced(given.check()):
        return found
    written = given.plan().solved.hash
    return [
        replace(
            one, as_written=one.plan is not None and priced(one.report) and one.plan.solved.hash == written
        )
        for one in found
    ]


def beside(file: Path, changed: Draft, names: list[str]) -> list[Variation]:
    """The spec as written, and with what `--set` and `--scenario` ask for."""
    written = draft(file, [], None).plan()
    found = [Variation({"with": "as written"}, written, written.report, True)]
    if names:
        plan = changed.plan()
        found.append(Variation({"with": ", ".join(names)}, plan, plan.report, plan.hash == written.hash))
    return found

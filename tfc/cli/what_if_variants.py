"""Which variants `tfc what-if` compares, and which of them is the spec as written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tfc.api import Draft, Variation, what_if
from tfc.check.priced import priced
from tfc.cli.reports import draft


def varied(file: Path, sets: Sequence[str], scenarios: Sequence[str], vary: Sequence[str]) -> list[Variation]:
    """Each combination of the values of `--vary`: under the one scenario, or under each of several."""
    if len(scenarios) < 2:
        given = draft(file, sets, next(iter(scenarios), None))
        return marked(what_if(given, vary), given)
    found = []
    for name in scenarios:
        rows = what_if(draft(file, sets, name), vary)
        found += [replace(one, values={"scenario": name, **one.values}, as_written=False) for one in rows]
    return found


def beside(file: Path, sets: Sequence[str], scenarios: Sequence[str]) -> list[Variation]:
    """The spec as written, and below it with what `--set` asks for, under each scenario that is named."""
    written = draft(file, [], None).plan()
    found = [Variation({"with": "as written"}, written, written.report, True)]
    for name in scenarios or [None] * bool(sets):
        plan = draft(file, sets, name).plan()
        values = {"with": ", ".join([*sets, *([name] if name else [])])}
        found.append(Variation(values, plan, plan.report, plan.hash == written.hash))
    return found


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

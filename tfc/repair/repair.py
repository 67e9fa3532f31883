"""Diagnostics of budgets with the edits that cure them: each found by planning anew with that edit.

A candidate is looked at twice: the block that it is about is estimated by itself, and what then fits is planned whole,
so that no edit is offered which breaks a budget elsewhere or makes another fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from tfc.check.budgets import diagnose, subjects, verdicts_of
from tfc.cost.estimate import Estimate
from tfc.cost.items import Figure, Unknown
from tfc.cost.latency import ServingEstimate
from tfc.cost.verdict import Verdict, Zone
from tfc.diagnostics.core import Diagnostic, Fix, Report
from tfc.repair.core import core
from tfc.repair.marginal import marginal
from tfc.repair.notch import Notch
from tfc.repair.serving import Deployed
from tfc.repair.training import Training
from tfc.repair.tried import Tried, broken, first_of_each, looked_at, undominated
from tfc.units import say

if TYPE_CHECKING:
    from tfc.plan import Plan

# Plans a spec under further settings, as `--set` takes them; None where they make no spec.
Replan = Callable[[tuple[str, ...]], "Plan | None"]

SHOWN = 3  # edits under one message
PAIRED = 8  # settings of which pairs are moved, where none is enough by itself
BUDGETS = "TFS4"  # the codes of budgets, which are judged by their zones and not by their messages


def repaired(plan: Plan, replan: Replan) -> Report:
    """The report of a plan, with up to three edits under each budget that is broken or may be."""
    replan = _once(replan)  # two budgets of a block ask for the same edits
    found = {
        diagnostic: with_fixes(plan, subject, verdict, diagnostic, replan)
        for subject, verdict, diagnostic in _told(plan, set(plan.report))
    }
    return Report(found.get(diagnostic, diagnostic) for diagnostic in plan.report)


def _once(replan: Replan) -> Replan:
    """Remembers what was planned under each choice of settings."""
    known: dict[tuple[str, ...], Plan | None] = {}

    def remembered(settings: tuple[str, ...]) -> Plan | None:
        if settings not in known:
            known[settings] = replan(settings)
        return known[settings]

    return remembered


def _told(plan: Plan, report: set[Diagnostic]) -> Iterator[tuple[Any, Verdict, Diagnostic]]:
    """The budgets that the report speaks of."""
    for subject in subjects(plan):
        if not isinstance(subject, Estimate | ServingEstimate):
            continue
        for verdict in verdicts_of(subject):
            diagnostic = None if verdict.zone is Zone.UNKNOWN else diagnose(subject, verdict)
            if diagnostic is not None and diagnostic in report:
                yield subject, verdict, diagnostic


def with_fixes(
    plan: Plan, subject: Any, verdict: Verdict, diagnostic: Diagnostic, replan: Replan
) -> Diagnostic:
    """A diagnostic with the smallest edits that cure it; without one, with the lines that no edit gets around."""
    diagnostic = replace(diagnostic, notes=(*diagnostic.notes, *_marginals(subject, verdict)))
    tried = _all(plan, subject, _notches(subject, verdict), replan)
    fixes = _fixes(plan, subject, verdict, tried)
    if not fixes:
        pairs = _all(plan, subject, _pairs(tried, verdict), replan)
        pairs = _all(plan, subject, _milder(tried, pairs), replan) + pairs
        fixes = _fixes(plan, subject, verdict, pairs)
        tried += pairs
    if fixes:
        help = "the smallest edits after which it fits" if len(fixes) > 1 else diagnostic.help
        return replace(diagnostic, fixes=fixes, help=help)
    return replace(diagnostic, notes=(*diagnostic.notes, *_no_cure(subject, verdict, tried)))


def _marginals(subject: Any, verdict: Verdict) -> Iterator[str]:
    if isinstance(subject, Estimate) and verdict.budget.metric == "memory" and (said := marginal(subject)):
        yield said


def _notches(subject: Any, verdict: Verdict) -> Iterable[Notch]:
    moved = Training(subject) if isinstance(subject, Estimate) else Deployed(subject)
    return moved.notches(verdict)


def _pairs(tried: list[Tried], verdict: Verdict) -> Iterator[Notch]:
    """Two at a time of those that come nearest, one of each setting."""
    nearest = first_of_each(sorted(tried, key=lambda one: _missing(one, verdict)))[:PAIRED]
    for one, other in combinations(nearest, 2):
        if not one.notch.touches(other.notch):
            yield one.notch + other.notch


def _milder(tried: list[Tried], pairs: list[Tried]) -> Iterator[Notch]:
    """Of the settings of the best pairs that cure every pair of notches, the least changes first."""
    cures = sorted((one for one in pairs if one.cures), key=lambda one: one.order)[:SHOWN]
    for settings in dict.fromkeys(one.notch.settings for one in cures):
        own = [one.notch for one in tried if one.notch.settings < settings]
        for one, other in combinations(own, 2):
            if not one.touches(other):
                yield one + other


def _all(plan: Plan, subject: Any, notches: Iterable[Notch], replan: Replan) -> list[Tried]:
    found = (looked_at(plan, subject, notch, replan) for notch in notches)
    return [one for one in found if one is not None]


# ------------------------------------------------------------------------------------------------ what is offered


def _fixes(plan: Plan, subject: Any, verdict: Verdict, tried: list[Tried]) -> tuple[Fix, ...]:
    """Up to three of those that meet every budget, each planned whole before it is offered."""
    wished = [one for one in tried if one.cures and (verdict.budget.required or _met(one, verdict))]
    found: list[Fix] = []
    for one in undominated(first_of_each(wished)):
        if len(found) < SHOWN and _confirmed(plan, subject, one):
            found.append(_fix(plan, subject, verdict, one))
    return tuple(found)


def _met(tried: Tried, verdict: Verdict) -> bool:
    figure = tried.subject.metric(verdict.budget.metric, verdict.budget.conditions)
    return not isinstance(figure, Unknown) and verdict.budget.met(figure.value)


def _confirmed(plan: Plan, subject: Any, tried: Tried) -> bool:
    """Whether the whole plan agrees: this block keeps every budget, no other breaks one anew, nothing else is wrong."""
    other = tried.plan
    known = {(found.code, found.message) for found in plan.report.errors}
    if any(
        not found.code.startswith(BUDGETS) and (found.code, found.message) not in known
        for found in other.report.errors
    ):
        return False
    before = {found.name: broken(found) for found in subjects(plan)}
    after = {found.name: broken(found) for found in subjects(other)}
    return not after.get(subject.name, {""}) and all(
        now <= before.get(name, set()) for name, now in after.items()
    )


def _fix(plan: Plan, subject: Any, verdict: Verdict, tried: Tried) -> Fix:
    edits = tried.notch.edits(plan.spec.source)
    return Fix(tried.notch.title, edits or (), tried.notch.safety, _effect(subject, verdict, tried))


def _effect(subject: Any, verdict: Verdict, tried: Tried) -> str:
    """`56.8 GiB, 6% slower`."""
    figure = tried.subject.metric(verdict.budget.metric, verdict.budget.conditions)
    assert isinstance(figure, Figure)
    before = Tried(tried.notch, tried.plan, subject, False).slower
    change = tried.slower / before - 1 if before else 0
    pace = "" if abs(change) < 0.005 else f", {abs(change):.0%} {'slower' if change > 0 else 'faster'}"
    later = ", not generated yet" if tried.later else ""
    return f"{say(figure.value, figure.dimension)}{pace}{later}"


# ------------------------------------------------------------------------------------------------ where nothing fits


def _missing(tried: Tried, verdict: Verdict) -> float:
    """How far a notch is from the limit, as a share of it."""
    figure = tried.subject.metric(verdict.budget.metric, verdict.budget.conditions)
    if isinstance(figure, Unknown):
        return float("inf")
    distance = figure.value - verdict.budget.limit.value
    return (distance if verdict.budget.upper else -distance) / abs(verdict.budget.limit.value)


def _no_cure(subject: Any, verdict: Verdict, tried: list[Tried]) -> Iterator[str]:
    """By how much the best edit misses, and the lines that are too much even then."""
    best = min(tried, key=lambda one: _missing(one, verdict), default=None)
    if best is None:
        yield "no edit that tfc knows of changes this"
        yield from _lines(verdict, "")
        return
    figure = best.subject.metric(verdict.budget.metric, verdict.budget.conditions)
    if isinstance(figure, Unknown):
        return
    said = say(figure.value, figure.dimension)
    if _missing(best, verdict) > 0:
        yield f"no one or two edits that tfc knows of are enough; the best, to {best.notch.title}, gives {said}"
        now = [one for one in verdicts_of(best.subject) if one.budget == verdict.budget]
        yield from _lines(now[0] if now else verdict, "even then ")
        return
    others = sorted(broken(best.subject) - broken(subject)) or sorted(broken(best.subject))
    kept = f", and breaks the budget on {others[0]}" if others else ", and makes another fault"
    yield f"no one or two edits that tfc knows of meet every budget; to {best.notch.title} gives {said}{kept}"


def _lines(verdict: Verdict, when: str) -> Iterator[str]:
    found = core(verdict)
    if found is not None:
        many = len(found.lines) > 1
        these = (
            "these lines alone are too much, and without any one of them are not"
            if many
            else "this alone is too much"
        )
        yield f"{when}{these}: {found}"

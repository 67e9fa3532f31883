"""Diagnostics of budgets with the edits that cure them: each found by planning anew with that edit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from tfc.check.budgets import diagnose, subjects, verdicts_of
from tfc.cost.estimate import Estimate
from tfc.cost.items import Figure, Unknown
from tfc.cost.latency import ServingEstimate
from tfc.cost.verdict import Verdict, Zone
from tfc.diagnostics.core import Diagnostic, Fix, Report, Safety
from tfc.repair.notch import Notch
from tfc.repair.serving import Deployed
from tfc.repair.training import Training
from tfc.units import say

if TYPE_CHECKING:
    from tfc.plan import Plan

# Plans a spec under further settings, as `--set` takes them; None where they make no spec.
Replan = Callable[[tuple[str, ...]], "Plan | None"]

SHOWN = 3  # edits under one message
PAIRED = 8  # notches of which pairs are tried, where none is enough by itself
SAFETY = (Safety.SAFE, Safety.CHANGES_RUN, Safety.CHANGES_MODEL)
BUDGETS = "TFS4"  # the codes of budgets, which a cure may leave broken elsewhere


@dataclass(frozen=True)
class Tried:
    """A notch, and what is predicted with it."""

    notch: Notch
    plan: Plan
    subject: Any
    cures: bool

    @property
    def slower(self) -> float:
        """By which factor a step takes longer than without it is told by the caller; here its seconds."""
        return float(self.subject.step_time) if isinstance(self.subject, Estimate) else _latency(self.subject)

    @property
    def order(self) -> tuple[Any, ...]:
        """By safety, then loss of step time, then memory left."""
        return (
            SAFETY.index(self.notch.safety),
            self.notch.last_resort,
            round(self.slower, 9),
            float(self.subject.memory),
        )


def repaired(plan: Plan, replan: Replan) -> Report:
    """The report of a plan, with up to three edits under each budget that is broken or may be."""
    found = {
        diagnostic: with_fixes(plan, subject, verdict, diagnostic, replan)
        for subject, verdict, diagnostic in _told(plan, set(plan.report))
    }
    return Report(found.get(diagnostic, diagnostic) for diagnostic in plan.report)


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
    """A diagnostic with the smallest edits that cure it; without one, with how near the best comes."""
    candidates = tuple(_notches(subject, verdict))
    tried = _all(plan, subject, verdict, candidates, replan)
    if not any(one.cures for one in tried):
        nearest = sorted(tried, key=lambda one: _missing(one, verdict))[:PAIRED]
        pairs = tuple(
            one.notch + other.notch
            for one, other in combinations(nearest, 2)
            if not one.notch.touches(other.notch)
        )
        tried += _all(plan, subject, verdict, pairs, replan)
    fixes = _fixes(plan, subject, verdict, [one for one in tried if one.cures])
    if fixes:
        help = "the smallest edits after which it fits" if len(fixes) > 1 else diagnostic.help
        return replace(diagnostic, fixes=fixes, help=help)
    return replace(diagnostic, notes=(*diagnostic.notes, *_no_cure(verdict, tried)))


def _notches(subject: Any, verdict: Verdict) -> Iterable[Notch]:
    moved = Training(subject) if isinstance(subject, Estimate) else Deployed(subject)
    return moved.notches(verdict)


def _all(plan: Plan, subject: Any, verdict: Verdict, notches: Iterable[Notch], replan: Replan) -> list[Tried]:
    found = (_tried(plan, subject, verdict, notch, replan) for notch in notches)
    return [one for one in found if one is not None]


def _tried(plan: Plan, subject: Any, verdict: Verdict, notch: Notch, replan: Replan) -> Tried | None:
    """A notch planned; None where it can be neither written nor planned, or makes another fault."""
    if notch.edits(plan.spec.source) is None:
        return None
    settings = tuple(move.setting(plan.spec.full_name(move.chain[0])) for move in notch.moves)
    other = replan(settings)
    if other is None or not _no_new_fault(plan, other):
        return None
    now = {found.name: found for found in subjects(other)}.get(subject.name)
    return None if now is None else Tried(notch, other, now, _cures(now))


def _no_new_fault(plan: Plan, other: Plan) -> bool:
    """Whether no error that is not of a budget is there that was not there before."""
    known = {(found.code, found.message) for found in plan.report.errors}
    return all(
        found.code.startswith(BUDGETS) or (found.code, found.message) in known
        for found in other.report.errors
    )


def _cures(subject: Any) -> bool:
    """Whether every budget that is required of the block is met."""
    return all(
        verdict.zone in (Zone.MET, Zone.UNKNOWN)
        for verdict in verdicts_of(subject)
        if verdict.budget.required
    )


def _fixes(plan: Plan, subject: Any, verdict: Verdict, cures: list[Tried]) -> tuple[Fix, ...]:
    wished = [one for one in cures if verdict.budget.required or _met(one, verdict)]
    least: dict[Any, Tried] = {}
    for one in wished:
        # Of one setting the least change that is enough, which is proposed first: 8 to 4 and not 8 to 1.
        least.setdefault(one.notch.settings, one)
    ordered = sorted(least.values(), key=lambda one: one.order)
    return tuple(_fix(plan, subject, verdict, one) for one in ordered[:SHOWN])


def _met(tried: Tried, verdict: Verdict) -> bool:
    figure = tried.subject.metric(verdict.budget.metric, verdict.budget.conditions)
    return not isinstance(figure, Unknown) and verdict.budget.met(figure.value)


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
    return f"{say(figure.value, figure.dimension)}{pace}"


def _missing(tried: Tried, verdict: Verdict) -> float:
    """How far a notch is from the limit, as a share of it."""
    figure = tried.subject.metric(verdict.budget.metric, verdict.budget.conditions)
    if isinstance(figure, Unknown):
        return float("inf")
    distance = figure.value - verdict.budget.limit.value
    return (distance if verdict.budget.upper else -distance) / abs(verdict.budget.limit.value)


def _no_cure(verdict: Verdict, tried: list[Tried]) -> Iterator[str]:
    """By how much the best edit misses."""
    best = min(tried, key=lambda one: _missing(one, verdict), default=None)
    if best is None:
        yield "no edit that tfc knows of changes this"
        return
    figure = best.subject.metric(verdict.budget.metric, verdict.budget.conditions)
    if isinstance(figure, Figure):
        said = say(figure.value, figure.dimension)
        yield f"no one or two edits that tfc knows of are enough; the best, to {best.notch.title}, gives {said}"


def _latency(subject: ServingEstimate) -> float:
    figure = subject.metric("latency", {"load": 0})
    return float(figure.value) if isinstance(figure, Figure) else 0.0

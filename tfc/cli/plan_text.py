"""`tfc plan` for people: what it is, what it costs, what it may cost, and what would be written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tfc.check.budgets import subjects, verdicts_of
from tfc.cost.estimate import Line
from tfc.cost.items import Unknown
from tfc.cost.verdict import Verdict
from tfc.plan import Plan
from tfc.report.budgets import left, limit, met, shown, strength
from tfc.report.heads import heads
from tfc.units import UNITS

PARTS = 5  # of a sum that are named; the rest is "other"


def costs(plan: Plan, timeline: bool = False) -> list[str]:
    """The models, then each block with its figures and its budgets."""
    found = subjects(plan)
    lines = heads(plan)
    for subject in found:
        shares = figures(subject)
        lines += ["", *([subject.name] if len(found) > 1 else []), *shares, *([""] if shares else [])]
        lines += table(budget(verdict) for verdict in shown(verdicts_of(subject)))
        if hasattr(subject, "how"):
            lines.append(f"  = times {subject.how}")
        if subject.unvalidated:
            lines.append(f"  = priced, and not validated yet: {', '.join(subject.unvalidated)}")
        lines += preferred(plan, subject.name)
        if timeline and getattr(subject, "peak_moment", ""):
            from tfc.cli.plan_timeline import chart

            lines += ["", *chart(subject)]
    if timeline and not plan.estimates:
        lines += ["", "  no timeline: a step is what a `train` or `distill` block has, and there is none"]
    return [*lines, ""]


def preferred(plan: Plan, name: str) -> list[str]:
    """What comes next to the values that the compiler chose for a block, and why it did not choose that."""
    decision = plan.decisions.get(name)
    if decision is None:
        return []
    found = [f"  = next best: {decision.why}"] if decision.why else []
    return [*found, *([f"  = too large: {decision.short}"] if decision.short else [])]


def figures(subject: Any) -> list[str]:
    """Memory, step and time, each with what it is made of; a model by itself has none."""
    lines: tuple[Line, ...] = getattr(subject, "summary", tuple)()
    rows = [(line.name, str(line.value), made_of(line)) for line in lines if known(line)]
    rows += [
        (line.name, "?", f"not known: {line.value.reason}")
        for line in lines
        if isinstance(line.value, Unknown)
    ]
    name, value = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
    return [f"  {n:<{name}}  {v:<{value}}    {text}".rstrip() for n, v, text in rows]


def known(line: Line) -> bool:
    return not isinstance(line.value, Unknown)


def made_of(line: Line) -> str:
    """`32.6 activations  7.5 gradients`, in the unit of the whole, or what the line says instead."""
    if isinstance(line.value, Unknown) or not line.parts:
        return line.text
    factor = UNITS[str(line.value).rpartition(" ")[2]].factor
    named = [(part.amount / factor, part.what) for part in line.parts[:PARTS]]
    rest = line.value.value / factor - sum(amount for amount, _ in named)
    return "  ".join(f"{amount:.1f} {what}" for amount, what in [*named, (rest, "other")] if amount >= 0.05)


def budget(verdict: Verdict) -> tuple[str, ...]:
    """The cells of one budget: sign, strength, metric, value, limit, and how much is left."""
    sign = "✓" if met(verdict) else "!"
    value = "?" if isinstance(verdict.figure, Unknown) else str(verdict.figure)
    return (f"{sign} {strength(verdict)}", verdict.budget.metric, value, limit(verdict), left(verdict))


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Budgets in columns; values to the right, as one compares them."""
    found = list(rows)
    if not found:
        return []
    sign, metric, value, limit = (max(len(row[column]) for row in found) for column in range(4))
    return [
        f"  {row[0]:<{sign}}  {row[1]:<{metric}}  {row[2]:>{value}} {row[3]:<{limit}}   {row[4]}".rstrip()
        for row in found
    ]

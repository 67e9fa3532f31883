"""`tfc plan` for people: what it is, what it costs, what it may cost, and what would be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tfc.check.budgets import subjects, verdicts_of
from tfc.cli.plan_models import heads
from tfc.cost.estimate import Line
from tfc.cost.items import Memory, Unknown
from tfc.cost.verdict import Verdict, Zone
from tfc.plan import Plan
from tfc.units import UNITS, Dimension, say

BAR = 32  # cells of the longest bar of a timeline
PARTS = 5  # of a sum that are named; the rest is "other"


def costs(plan: Plan, timeline: bool = False) -> list[str]:
    """The models, then each block with its figures and its budgets."""
    found = subjects(plan)
    lines = heads(plan)
    for subject in found:
        shares = figures(subject)
        lines += ["", *([subject.name] if len(found) > 1 else []), *shares, *([""] if shares else [])]
        lines += table(budget(verdict) for verdict in shown(verdicts_of(subject)))
        if subject.unvalidated:
            lines.append(f"  = priced, and not validated yet: {', '.join(subject.unvalidated)}")
        lines += ["", *moments(subject.worst)] if timeline and getattr(subject, "peak_moment", "") else []
    return [*lines, ""]


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


def shown(verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    """The budgets of a block; the device's own memory where no budget speaks of it, or where it is too small."""
    found = tuple(verdicts)
    spoken = any(verdict.budget.metric == "memory" and not verdict.implicit for verdict in found)
    return (verdict for verdict in found if not verdict.implicit or not spoken or verdict.zone is Zone.BROKEN)


def budget(verdict: Verdict) -> tuple[str, ...]:
    """The cells of one budget: sign, strength, metric, value, limit, and how much is left."""
    asked = verdict.budget
    sign = "✓" if verdict.ok and (verdict.zone is Zone.MET or not asked.required) else "!"
    strength = "device" if verdict.implicit else asked.strength
    value = "?" if isinstance(verdict.figure, Unknown) else str(verdict.figure)
    at = f" at {asked.at}" if asked.conditions else ""
    return (f"{sign} {strength}", asked.metric, value, f"{asked.comparison} {asked.limit}{at}", left(verdict))


def left(verdict: Verdict) -> str:
    """What is left of a limit, or why that cannot be said."""
    if isinstance(verdict.figure, Unknown):
        return f"cannot be judged: {verdict.figure.reason}"
    if verdict.zone is Zone.UNSURE and verdict.budget.required:
        figure = verdict.figure
        return (
            f"within the error: {say(figure.low, figure.dimension)} to {say(figure.high, figure.dimension)}"
        )
    if verdict.budget.limit.dimension is not Dimension.BYTES or verdict.spare is None:
        return ""
    return f"{say(abs(verdict.spare), Dimension.BYTES)} {'to spare' if verdict.spare >= 0 else 'too much'}"


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


def moments(worst: Memory) -> list[str]:
    """Memory on the worst device by moment of the step, as bars; the peak is marked."""
    rows = [(moment, worst.total(moment)) for moment in worst.moments]
    widest = max(len(moment) for moment, _ in rows)
    peak = max(amount for _, amount in rows) or 1
    lines = [f"  memory by moment{f', on {worst.rank}' if worst.rank else ''}"]
    for moment, amount in rows:
        sign = "▸" if moment == worst.peak_moment else " "
        bar = "█" * max(1, round(BAR * amount / peak))
        lines.append(f"  {sign} {moment:<{widest}}  {say(amount, Dimension.BYTES):>9}  {bar}")
    return lines

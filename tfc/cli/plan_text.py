"""`tfc plan` for people: what it is, what it costs, what it may cost, and what would be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tfc.check.budgets import verdicts_of
from tfc.cli.plan_models import heads
from tfc.cost.estimate import Estimate, Line, Part
from tfc.cost.items import Unknown
from tfc.cost.verdict import Verdict, Zone
from tfc.plan import Plan
from tfc.units import UNITS, Dimension, say

BAR = 32  # cells of the longest bar of a timeline


def costs(plan: Plan, timeline: bool = False) -> list[str]:
    """The models, then each block with its figures and its budgets."""
    lines = heads(plan)
    for name, estimate in plan.estimates.items():
        lines += ["", *([name] if len(plan.estimates) > 1 else []), *figures(estimate), ""]
        lines += table(budget(verdict) for verdict in shown(verdicts_of(estimate)))
        lines += (
            [f"  = priced, and not validated yet: {', '.join(estimate.unvalidated)}"]
            if estimate.unvalidated
            else []
        )
        lines += ["", *moments(estimate)] if timeline else []
    return [*lines, ""]


def figures(estimate: Estimate) -> list[str]:
    """Memory, step and time, each with what it is made of."""
    rows = [(line.name, str(line.value), made_of(line)) for line in estimate.summary() if known(line)]
    name, value = (max(len(row[column]) for row in rows) for column in (0, 1))
    unknown = [
        f"  {line.name:<{name}}  not known: {line.value.reason}"
        for line in estimate.summary()
        if isinstance(line.value, Unknown)
    ]
    return [*(f"  {n:<{name}}  {v:<{value}}    {parts}".rstrip() for n, v, parts in rows), *unknown]


def known(line: Line) -> bool:
    return not isinstance(line.value, Unknown)


def made_of(line: Line) -> str:
    """`32.6 activations  7.5 gradients`, in the unit of the whole, or what the line says instead."""
    unit = str(line.value).rpartition(" ")[2]
    shares = (share(part, UNITS[unit].factor) for part in line.parts)
    return line.text or "  ".join(text for text in shares if text)


def share(part: Part, factor: float) -> str:
    """One part in the unit of the whole; nothing if it would be 0.0."""
    amount = f"{part.amount / factor:.1f}"
    return f"{amount} {part.what}" if float(amount) else ""


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
    at = "".join(f" at {name} = {given}" for name, given in asked.conditions.items())
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


def moments(estimate: Estimate) -> list[str]:
    """Memory on the worst device by moment of the step, as bars; the peak is marked."""
    worst = estimate.worst
    rows = [(moment, worst.total(moment)) for moment in worst.moments]
    widest = max(len(moment) for moment, _ in rows)
    peak = max(amount for _, amount in rows) or 1
    lines = [f"  memory by moment{f', on {worst.rank}' if worst.rank else ''}"]
    for moment, amount in rows:
        sign = "▸" if moment == worst.peak_moment else " "
        bar = "█" * max(1, round(BAR * amount / peak))
        lines.append(f"  {sign} {moment:<{widest}}  {say(amount, Dimension.BYTES):>9}  {bar}")
    return lines

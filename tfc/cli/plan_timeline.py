"""`tfc plan --timeline`: memory over a step, a bar for each moment, cut into what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfc.report.groups import MEMORY, OUTSIDE, Group, grouped, present
from tfc.report.limits import limits
from tfc.report.moments import PHASES, names, peak, shown
from tfc.units import Dimension, say

if TYPE_CHECKING:
    from tfc.cost.estimate import Estimate

BAR = 48  # cells of the longest bar
MARK = "|"  # where a limit stands


def chart(estimate: Estimate) -> list[str]:
    """The moments of the worst device in their order, the peak marked, and the limits within sight."""
    found = estimate.timeline()
    sums = [grouped(moment.by_category, MEMORY, OUTSIDE) for moment in found]
    most, highest = max(sum(one.values()) for one in sums) or 1, peak(found)
    # A limit far beyond the bars would shrink them: it is told, and not drawn.
    near = sorted((one for one in limits(estimate) if one.bytes <= 1.5 * most), key=lambda one: one.bytes)
    scale = max([most, *(limit.bytes for limit in near)]) / BAR
    named = names(found)
    places = [round(limit.bytes / scale) for limit in near]
    rank = f", on {estimate.worst.rank}" if estimate.worst.rank else ""
    lines, widest, phase = [f"  memory over a step{rank}"], max(map(len, named)), ""
    for at in shown(found):
        if at is None:
            lines.append("      …")
            continue
        if found[at].phase != phase:
            phase = found[at].phase
            lines.append(f"    {PHASES.get(phase, phase)}")
        amount = say(sum(sums[at].values()), Dimension.BYTES)
        drawn = marked(bar(sums[at], scale), places)
        sign = "▸" if at == highest else " "
        lines.append(f"  {sign}   {named[at]:<{widest}}  {amount:>10}  {drawn}".rstrip())
    return [*lines, legend(present(sums)), *(f"    {MARK} {limit.text}" for limit in near)]


def bar(found: dict[Group, float], scale: float) -> str:
    """A bar whose stretches end where the sums do, so that no rounding adds up."""
    text, total = "", 0.0
    for group, amount in found.items():
        total += amount
        text += group.sign * (round(total / scale) - len(text))
    return text


def marked(text: str, places: Sequence[int]) -> str:
    """The bar with the limits as marks behind it, or within it where it is too long."""
    for place in places:
        text = f"{text:<{place}}"
        text = text[:place] + MARK + text[place + 1 :]
    return text


def legend(groups: Sequence[Group]) -> str:
    """What each sign stands for."""
    signs: dict[str, list[str]] = {}
    for group in groups:
        signs.setdefault(group.sign, []).append(group.name)
    return "    " + "   ".join(f"{sign} {', '.join(names)}" for sign, names in signs.items())

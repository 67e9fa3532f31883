"""Why one option comes after another: the difference of what they are made of."""

from __future__ import annotations

from typing import Any

from tfc.advise.option import Lever
from tfc.advise.priced import Priced
from tfc.cost.estimate import NAMES
from tfc.cost.items import Figure, by_category
from tfc.units import Dimension, say

ALIKE = 0.03  # times and costs that differ by less are alike: the estimate is not surer than that
TOLD = 2  # items of a difference that are named
SEEN = 0.005  # a change below half a per cent is none
WORTH = 0.02  # of the whole: a smaller item explains nothing
DEPARTS = {
    Lever.DEVICES: "it asks for other GPUs",
    Lever.LOCAL: "it changes the model: what a token reads",
    Lever.SMALLER: "it changes the model: its size",
    Lever.DISTIL: "it adds a second model, and a run that trains it",
}


def lost(better: Priced, other: Priced) -> str:
    """Why `other` comes after `better`, in the order in which options are ranked."""
    if other.broken and (not better.broken or other.over > better.over):
        return _breaks(better, other)
    if len(other.missed) > len(better.missed):
        budget = other.missed[0].budget
        value = other.missed[0].figure
        return f"misses `prefer {budget.metric} {budget.comparison} {budget.limit}`: {value}"
    if other.departure > better.departure and other.option is not None:
        return f"{DEPARTS[other.option.lever]}{_though(better, other)}"
    if other.later and not better.later:
        return f"not generated yet: {', '.join(other.later)}{_though(better, other)}"
    return _worse(better, other)


def _breaks(better: Priced, other: Priced) -> str:
    verdict = max(other.broken, key=lambda one: abs(one.spare or 0) / abs(one.budget.limit.value))
    budget, figure = verdict.budget, verdict.figure
    assert isinstance(figure, Figure)
    limit = f"{budget.comparison} {budget.limit}"
    name = "the device's memory" if verdict.implicit else f"`require {budget.metric} {limit}`"
    if verdict.ok:
        bound = say(figure.high if budget.upper else figure.low, figure.dimension)
        return f"not surely within {name}: {figure}, and up to {bound}"
    made = difference(_bytes(better), _bytes(other), Dimension.BYTES) if budget.metric == "memory" else ""
    missed = f"breaks {name}: {figure}"
    if verdict.implicit:
        missed = f"does not fit: {figure} of {budget.limit}"
    return missed + (f" ({made})" if made else "")


def _worse(better: Priced, other: Priced) -> str:
    """By what is preferred, else by money or time, with what the difference is made of."""
    for name in ("cost", "time", "step_time"):
        now, before = other.figures[name], better.figures[name]
        if now is None or before is None or not before.value:
            continue
        change = float(now.value / before.value - 1)
        if abs(change) < SEEN:
            continue
        word = (
            ("dearer" if change > 0 else "cheaper")
            if name == "cost"
            else "slower"
            if change > 0
            else "faster"
        )
        if -ALIKE <= change < 0:
            return f"{abs(change):.0%} {word}, which is less than the estimate is sure of"
        made = difference(_seconds(better), _seconds(other), Dimension.TIME)
        return f"{abs(change):.0%} {word}" + (f" (a step: {made})" if made else "")
    made = difference(_bytes(better), _bytes(other), Dimension.BYTES)
    return "no faster and no cheaper" + (f" (memory: {made})" if made else ", with more settings")


def _though(better: Priced, other: Priced) -> str:
    """`, though 12% cheaper`, or `, and 3% dearer`: what speaks for it besides, and what against it."""
    for name, less, more in (("cost", "cheaper", "dearer"), ("step_time", "faster a step", "slower a step")):
        now, before = other.figures[name], better.figures[name]
        if now is None or before is None or not before.value:
            continue
        change = float(now.value / before.value - 1)
        if abs(change) >= SEEN:
            return f", {'though' if change < 0 else 'and'} {abs(change):.0%} {less if change < 0 else more}"
    return ""


def _seconds(one: Priced) -> dict[str, Any]:
    return {NAMES.get(name, name): amount for name, amount in by_category(one.subject.step).items()}


def _bytes(one: Priced) -> dict[str, Any]:
    return by_category(one.subject.resident)


def difference(before: dict[str, Any], after: dict[str, Any], dimension: Dimension) -> str:
    """`+1.3 s recomputation, -0.2 s compute`: the largest items by which two sums differ; empty if none is worth it."""
    whole = sum(after.values()) or 1
    changes = {name: after.get(name, 0) - before.get(name, 0) for name in {**before, **after}}
    told = sorted(changes.items(), key=lambda pair: -abs(pair[1]))[:TOLD]
    return ", ".join(
        f"{'+' if change > 0 else '-'}{say(abs(change), dimension)} {name}"
        for name, change in told
        if abs(change) > WORTH * whole
    )

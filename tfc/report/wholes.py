"""A whole and what it is made of: memory at its peak, and the time of a step or of an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tfc.cost.estimate import NAMES
from tfc.cost.items import Figure, Item, by_category
from tfc.report.groups import MEMORY, OTHER, OUTSIDE, TIME, Group, memory_group, time_group
from tfc.units import say


@dataclass(frozen=True)
class Part:
    """One part of a whole, its share of it, and the largest of what it is made of."""

    name: str
    style: str
    text: str
    share: float


@dataclass(frozen=True)
class Whole:
    """A whole with its parts, largest first; `bar` has them in the order in which they are stacked."""

    name: str
    text: str
    note: str
    parts: tuple[Part, ...]
    bar: tuple[Part, ...]


def wholes(subject: Any, taking: tuple[Item, ...], trains: bool) -> Iterator[Whole]:
    """Memory at its peak, and the time of a step or of an answer, each with its parts."""
    memory = subject.metric("memory")
    note = subject.peak_moment if trains else "at the largest batch and lengths"
    yield whole("Memory at the peak", note, memory, by_category(subject.resident), MEMORY, OUTSIDE)
    time = subject.metric("step_time") if trains else subject.metric("latency", {"load": 0})
    if isinstance(time, Figure):
        name, note = ("One step", "") if trains else ("One answer", "of the longest lengths, alone")
        yield whole(name, note, time, by_category(taking), TIME, OTHER)


def whole(
    name: str, note: str, figure: Figure, found: Mapping[str, Any], bands: tuple[Group, ...], rest: Group
) -> Whole:
    """A whole and its parts by category, each in the colour of its group."""
    total = sum(map(float, found.values())) or 1.0
    of = memory_group if bands is MEMORY else time_group
    order = {
        band.style: place for place, band in enumerate((rest, *bands) if bands is MEMORY else (*bands, rest))
    }
    parts = tuple(
        Part(
            NAMES.get(category, category),
            of(category).style,
            say(float(amount), figure.dimension),
            float(amount) / total,
        )
        for category, amount in found.items()
        if amount > 0.0005 * total
    )
    bar = sorted(parts, key=lambda part: (order[part.style], -part.share))
    return Whole(name, str(figure), note, parts, tuple(bar))

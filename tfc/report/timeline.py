"""Memory over a step as a chart: bands that are stacked, from what is always there to what comes and goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from tfc.report.axis import ticks
from tfc.report.groups import MEMORY, OUTSIDE, Group, grouped, present
from tfc.report.limits import Bound
from tfc.report.moments import PHASES, peak, whole_names
from tfc.units import Dimension, say

if TYPE_CHECKING:
    from tfc.cost.timeline import Moment

WIDTH, HEIGHT = 1000, 400
LEFT, RIGHT, TOP, BOTTOM = 68, 16, 40, 34  # the margins around the plot
ROOM = 19  # the least height in which a band holds its name


@dataclass(frozen=True)
class Band:
    """One group over the whole step: its outline, and where its name fits."""

    group: Group
    path: str
    label: tuple[float, float] | None


@dataclass(frozen=True)
class Column:
    """One moment: where it stands, and what is said of it."""

    x: float
    left: float
    width: float
    y: float
    name: str
    phase: str
    total: str
    cells: tuple[str, ...]  # one a group, empty where it has none
    peak: bool


@dataclass(frozen=True)
class Limit:
    """A limit drawn across the chart."""

    y: float
    text: str
    style: str
    above: bool  # whether its text stands above its line


@dataclass(frozen=True)
class Phase:
    """A part of the step, as wide as its moments."""

    x: float
    width: float
    name: str


@dataclass(frozen=True)
class Timeline:
    """The chart of one rank."""

    rank: str
    groups: tuple[Group, ...]
    bands: tuple[Band, ...]
    columns: tuple[Column, ...]
    ticks: tuple[tuple[float, str], ...]
    limits: tuple[Limit, ...]
    phases: tuple[Phase, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    floor: int = HEIGHT - BOTTOM

    @property
    def peak(self) -> Column:
        return next(column for column in self.columns if column.peak)

    @property
    def described(self) -> str:
        """What the picture says, for who cannot see it."""
        first, last = self.columns[0], self.columns[-1]
        return (
            f"Memory over one step: {first.total} in {first.name}; {self.peak.total} at the peak, in {self.peak.name}; "
            f"{last.total} in {last.name}."
        )


def timeline(moments: Sequence[Moment], rank: str, limits: Iterable[Bound]) -> Timeline:
    """The chart of a rank's moments; with the limits that are within sight."""
    lines = [(one.bytes, one.text, one.kind) for one in limits]
    sums = [grouped(moment.by_category, MEMORY, OUTSIDE) for moment in moments]
    groups = present(sums)
    totals = [sum(found.values()) for found in sums]
    # A limit that is far above is told in words: drawn to scale it would flatten what is to be seen.
    near = [line for line in lines if line[0] <= 2.2 * max(totals)]
    top = 1.06 * max([*totals, *(line[0] for line in near)])
    edges = _edges(len(moments))
    centres = [(left + right) / 2 for left, right in pairwise(edges)]
    highest, named = peak(moments), whole_names(moments)
    return Timeline(
        rank,
        groups,
        tuple(_bands(groups, sums, centres, top)),
        tuple(
            Column(
                centres[at],
                edges[at],
                edges[at + 1] - edges[at],
                _y(totals[at], top),
                named[at],
                PHASES.get(moment.phase, moment.phase),
                say(totals[at], Dimension.BYTES),
                tuple(say(sums[at][group], Dimension.BYTES) if group in sums[at] else "" for group in groups),
                at == highest,
            )
            for at, moment in enumerate(moments)
        ),
        tuple((_y(value, top), text) for value, text in ticks(top, Dimension.BYTES)),
        tuple(_limits(near, top)),
        tuple(_phases(moments, edges)),
    )


def _edges(count: int) -> list[float]:
    """Where the columns begin and end: equally wide, for a moment is a place in the step and not a time."""
    width = (WIDTH - LEFT - RIGHT) / count
    return [LEFT + width * place for place in range(count + 1)]


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)


def _bands(
    groups: Sequence[Group], sums: Sequence[dict[Group, float]], centres: Sequence[float], top: float
) -> Iterator[Band]:
    below = [0.0] * len(sums)
    xs = [float(LEFT), *centres, float(WIDTH - RIGHT)]
    for group in groups:
        above = [low + found.get(group, 0.0) for low, found in zip(below, sums, strict=True)]
        upper = [_y(value, top) for value in (above[0], *above, above[-1])]
        lower = [_y(value, top) for value in (below[0], *below, below[-1])]
        points = [*zip(xs, upper, strict=True), *reversed([*zip(xs, lower, strict=True)])]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"
        yield Band(group, path, _label(group, xs, upper, lower))
        below = above


def _label(
    group: Group, xs: Sequence[float], upper: Sequence[float], lower: Sequence[float]
) -> tuple[float, float] | None:
    """Where a name fits: in the middle of the stretch in which the band is high enough, if that is wide enough."""
    needed = 7.4 * len(group.name) + 8
    best: tuple[float, tuple[float, float]] | None = None
    for first in range(len(xs) - 1):
        for last in range(first + 1, len(xs)):
            floor_, ceiling = min(lower[first : last + 1]), max(upper[first : last + 1])
            if floor_ - ceiling < ROOM:
                break
            if xs[last] - xs[first] >= needed and (best is None or floor_ - ceiling > best[0]):
                best = (floor_ - ceiling, ((xs[first] + xs[last]) / 2, (floor_ + ceiling) / 2))
    return best[1] if best else None


def _limits(lines: Sequence[tuple[float, str, str]], top: float) -> Iterator[Limit]:
    """The limits, the higher one's text above its line and the lower one's below, so that they never meet."""
    for place, (value, text, style) in enumerate(sorted(lines, reverse=True)):
        yield Limit(_y(value, top), text, style, above=place == 0)


def _phases(moments: Sequence[Moment], edges: Sequence[float]) -> Iterator[Phase]:
    begin = 0
    for at, moment in enumerate(moments):
        last = at + 1 == len(moments) or moments[at + 1].phase != moment.phase
        if last:
            yield Phase(edges[begin], edges[at + 1] - edges[begin], PHASES.get(moment.phase, moment.phase))
            begin = at + 1

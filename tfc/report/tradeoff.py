"""Variants as points: memory to the right, what it takes upwards, and the Pareto front between."""

from __future__ import annotations

from dataclasses import dataclass

from tfc.report.axis import ticks
from tfc.report.variants import Table
from tfc.units import say

WIDTH, HEIGHT = 680, 320
LEFT, RIGHT, TOP, BOTTOM = 92, 22, 26, 46


@dataclass(frozen=True)
class Point:
    """One variant."""

    x: float
    y: float
    number: int  # of its row in the table
    kind: str  # `front`, `fits` or `over`
    as_written: bool
    text: str
    named: bool  # whether there is room for its number


@dataclass(frozen=True)
class Tradeoff:
    """The chart."""

    points: tuple[Point, ...]
    front: str  # the path between the points on the front
    across: tuple[tuple[float, str], ...]
    upwards: tuple[tuple[float, str], ...]
    limit: tuple[float, str] | None
    what: str  # the head of the figure that goes upwards
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    floor: int = HEIGHT - BOTTOM


def tradeoff(table: Table, limit: tuple[float, str] | None) -> Tradeoff | None:
    """The chart of a table, whose limit is bytes and a text; None where fewer than four rows have both figures."""
    name = next(
        (one for one in ("cost", "time", "step_time", "latency") if one in table.columns and has(table, one)),
        "",
    )
    if not name:
        return None
    rows = [
        (place, row, memory, other)
        for place, row in enumerate(table.rows)
        if (memory := row.figures.get("memory")) and (other := row.figures.get(name))
    ]
    most, high = max(float(row[2].value) for row in rows), max(float(row[3].value) for row in rows)
    near = limit if limit is not None and limit[0] < 1.6 * most else None
    right, top = 1.08 * max(most, near[0] if near else 0), 1.1 * high
    low = min(float(row[3].value) for row in rows)
    # Where all are far from nothing, what sets them apart is what is drawn.
    bottom = 0.8 * low if low > 0.4 * high else 0.0
    points: list[Point] = []
    for place, row, memory, other in sorted(rows, key=lambda row: (row[0] not in table.front, row[0])):
        x, y = _across(float(memory.value), right), _upwards(float(other.value), bottom, top)
        kind = "front" if place in table.front else "fits" if row.fits else "over"
        text = f"{place + 1}: {', '.join(row.values.values())}: {memory}, {other}; {table.word(row)}"
        named = all(abs(x - one.x) > 18 or abs(y - one.y) > 14 for one in points if one.named)
        points.append(Point(x, y, place + 1, kind, row.as_written, text, named))
    return Tradeoff(
        tuple(points),
        _steps(sorted((point.x, point.y) for point in points if point.kind == "front")),
        tuple((_across(value, right), text) for value, text in ticks(right, rows[0][2].dimension, 4)),
        tuple(
            (_upwards(value, bottom, top), text)
            for value, text in ticks(top, rows[0][3].dimension, 4, bottom)
        ),
        (_across(near[0], right), near[1]) if near else None,
        table.columns[name],
    )


def has(table: Table, name: str) -> bool:
    """Whether enough rows have a figure, and not all the same one."""
    found = {say(figure.value, figure.dimension) for row in table.rows if (figure := row.figures.get(name))}
    return len(found) > 3


def _across(value: float, right: float) -> float:
    return LEFT + value / right * (WIDTH - LEFT - RIGHT)


def _upwards(value: float, bottom: float, top: float) -> float:
    return HEIGHT - BOTTOM - (value - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM)


def _steps(points: list[tuple[float, float]]) -> str:
    """The edge of what can be had: across at the height of each point, then down to the next."""
    if len(points) < 2:
        return ""
    path = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for x, y in points[1:]:
        path.append(f"H{x:.1f}V{y:.1f}")
    return "".join(path)

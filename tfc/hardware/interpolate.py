"""Between what was measured: tables over the logarithms of sizes, linear between neighbours and level beyond the edges.

A table holds logarithms of ratios, measured over what a simple formula says, for a ratio changes slowly where a time
does not. It takes numbers or numpy arrays, with the same arithmetic.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

Amount = Any  # a number, or a numpy array of numbers
Point = tuple[float, ...]


def is_array(*amounts: Amount) -> bool:
    """Whether one of them is a numpy array of numbers and not one number."""
    return any(getattr(amount, "shape", ()) for amount in amounts)


def larger(one: Amount, other: Amount) -> Amount:
    """The larger, element by element."""
    return one * (one >= other) + other * (one < other)


@dataclass(frozen=True, eq=False)
class Table:
    """Logarithms of ratios at each point of a grid, whose `axes` are rising sizes; the last axis runs fastest."""

    axes: tuple[tuple[float, ...], ...]
    values: tuple[float, ...]

    @staticmethod
    def of(measured: Mapping[Point, float]) -> Table:
        """The grid that the points span; a corner that was left out is as its smaller neighbours are."""
        axes = tuple(tuple(sorted({point[axis] for point in measured})) for axis in range(_width(measured)))
        values: dict[tuple[int, ...], float] = {}
        for place in product(*(range(len(axis)) for axis in axes)):
            point = tuple(axis[index] for axis, index in zip(axes, place, strict=True))
            found = measured.get(point)
            values[place] = math.log(found) if found is not None else _neighbours(values, place, measured)
        return Table(axes, tuple(values.values()))

    @cached_property
    def _logs(self) -> tuple[tuple[float, ...], ...]:
        return tuple(tuple(math.log(size) for size in axis) for axis in self.axes)

    @cached_property
    def _steps(self) -> tuple[int, ...]:
        """By how many values neighbours along each axis are apart."""
        found = [1]
        for axis in reversed(self.axes[1:]):
            found.append(found[-1] * len(axis))
        return tuple(reversed(found))

    def ratio(self, *sizes: Amount) -> Amount:
        """The ratio at some sizes, one for each axis."""
        return self._ratios(sizes) if is_array(*sizes) else self._ratio(sizes)

    def _ratio(self, sizes: Sequence[float]) -> float:
        corners = [(0, 1.0)]
        for axis, logs, step, size in zip(self.axes, self._logs, self._steps, sizes, strict=True):
            place, part = _between(logs, math.log(max(size, axis[0])))
            start = place * step
            if part == 0:
                corners = [(index + start, weight) for index, weight in corners]
            else:
                low = [(index + start, weight * (1 - part)) for index, weight in corners]
                corners = low + [(index + start + step, weight * part) for index, weight in corners]
        return math.exp(sum(self.values[index] * weight for index, weight in corners))

    def _ratios(self, sizes: Sequence[Amount]) -> Amount:
        import numpy as np  # 100 ms that one number need not pay

        # What is one number for all leaves a smaller table, before anything is looked up for each.
        values = np.asarray(self.values).reshape([len(axis) for axis in self.axes])
        left = []
        for axis, logs, size in zip(self.axes, self._logs, sizes, strict=True):
            if is_array(size):
                left.append((logs, np.log(np.clip(size, axis[0], axis[-1]))))
                continue
            place, part = _between(logs, math.log(max(float(size), axis[0])))
            low = np.take(values, place, len(left))
            values = low if part == 0 else low * (1 - part) + np.take(values, place + 1, len(left)) * part
        if len(left) == 1:
            return np.exp(np.interp(left[0][1], left[0][0], values))
        corners: list[tuple[Amount, Amount]] = [(0, 1.0)]
        flat, step = values.ravel(), values.size
        for logs, asked in left:
            step //= len(logs)
            if len(logs) == 1:
                continue
            marks = np.asarray(logs)
            place = np.clip(np.searchsorted(marks, asked, side="right") - 1, 0, len(logs) - 2)
            part = (asked - marks[place]) / (marks[place + 1] - marks[place])
            below = [(index + place * step, weight) for index, weight in corners]
            corners = [(index, weight * (1 - part)) for index, weight in below]
            corners += [(index + step, weight * part) for index, weight in below]
        return np.exp(sum(flat[index] * weight for index, weight in corners))

    def left_out(self) -> list[float]:
        """Measured over interpolated from the neighbours on both sides, for each point in turn that has such."""
        found = []
        sizes = [len(axis) for axis in self.axes]
        for index, place in enumerate(product(*map(range, sizes))):
            guesses = [
                _across(self._logs[axis], self.values, index, self._steps[axis], place[axis])
                for axis in range(len(sizes))
                if 0 < place[axis] < sizes[axis] - 1
            ]
            if guesses:
                found.append(math.exp(self.values[index] - sum(guesses) / len(guesses)))
        return found


def _width(measured: Mapping[Point, float]) -> int:
    return len(next(iter(measured)))


def _neighbours(
    values: Mapping[tuple[int, ...], float], place: tuple[int, ...], measured: Mapping[Point, float]
) -> float:
    """The mean of the next smaller along each axis, all of which are known by now; at the very first, of all."""
    below = [
        values[(*place[:axis], place[axis] - 1, *place[axis + 1 :])]
        for axis in range(len(place))
        if place[axis]
    ]
    below = below or [math.log(ratio) for ratio in measured.values()]
    return sum(below) / len(below)


def _between(logs: Sequence[float], asked: float) -> tuple[int, float]:
    """The neighbour below, and how far it is to the one above as a part of their distance."""
    if asked <= logs[0]:
        return 0, 0.0
    if asked >= logs[-1]:
        return len(logs) - 1, 0.0
    place = bisect_right(logs, asked) - 1
    return place, (asked - logs[place]) / (logs[place + 1] - logs[place])


def _across(logs: Sequence[float], values: Sequence[float], index: int, step: int, place: int) -> float:
    """What the neighbours along one axis say of the point between them."""
    part = (logs[place] - logs[place - 1]) / (logs[place + 1] - logs[place - 1])
    return values[index - step] * (1 - part) + values[index + step] * part

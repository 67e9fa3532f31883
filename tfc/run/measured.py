"""What was predicted of a run, beside what its log says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from tfc.cost.estimate import Estimate
from tfc.cost.items import Figure
from tfc.units import say

# The metrics of an estimate that the generated `train.py` logs, and what they are called there.
LOGGED = {"step_time": "step_seconds", "memory": "memory", "throughput": "tokens_per_second", "mfu": "mfu"}
WARM_UP = 2  # lines of a log that are slower: caches fill, kernels are chosen


def table(estimate: Estimate, folder: Path) -> list[str]:
    """A row a metric: predicted, its interval, measured; nothing where there is no log."""
    lines = _lines(folder / "log.jsonl")
    rows = [row for name, logged in LOGGED.items() if (row := _row(estimate, name, logged, lines))]
    if not rows:
        return []
    cells = [("", "predicted", "between", "measured"), *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    aligned = (
        f"  {row[0]:<{widths[0]}}  "
        + "  ".join(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in cells
    )
    return [row.rstrip() for row in aligned]


def _row(estimate: Estimate, name: str, logged: str, lines: list[dict[str, Any]]) -> tuple[str, ...] | None:
    values = [line[logged] for line in lines if logged in line]
    figure = estimate.metric(name)
    if not values or not isinstance(figure, Figure):
        return None
    # Memory only grows; of the others the middle says what the run was like.
    measured = max(values) if name == "memory" else median(values[WARM_UP:] or values)
    between = f"{say(figure.low, figure.dimension)} .. {say(figure.high, figure.dimension)}"
    return (name, str(figure), between, say(measured, figure.dimension))


def _lines(log: Path) -> list[dict[str, Any]]:
    return list(_read(log)) if log.exists() else []


def _read(log: Path) -> Iterator[dict[str, Any]]:
    """The lines of a log, but for a last one that a kill has cut."""
    for line in log.read_text(encoding="utf-8").split("\n"):
        try:
            yield json.loads(line)
        except ValueError:
            continue

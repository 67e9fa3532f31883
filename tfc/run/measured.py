"""What was predicted of a run, beside what its log says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
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
    measured = of_log(folder)
    figures = {name: estimate.metric(name) for name in measured}
    return aligned(
        row(name, figure, measured[name]) for name, figure in figures.items() if isinstance(figure, Figure)
    )


def of_log(folder: Path) -> dict[str, float]:
    """What the log of a run says of each metric."""
    told = list(lines(folder / "log.jsonl"))
    found = {
        name: [line[logged] for line in told if line.get(logged) is not None]
        for name, logged in LOGGED.items()
    }
    # Memory only grows; of the others the middle says what the run was like.
    return {
        name: max(values) if name == "memory" else median(values[WARM_UP:] or values)
        for name, values in found.items()
        if values
    }


def row(name: str, figure: Figure, measured: float) -> tuple[str, ...]:
    """The cells of one metric."""
    return (name, str(figure), between(figure), say(measured, figure.dimension))


def between(figure: Figure) -> str:
    """`40 ms .. 60 ms`."""
    return f"{say(figure.low, figure.dimension)} .. {say(figure.high, figure.dimension)}"


def aligned(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Rows in columns under a head; nothing where there are none."""
    found = list(rows)
    if not found:
        return []
    cells = [("", "predicted", "between", "measured"), *found]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    made = (
        f"  {row[0]:<{widths[0]}}  "
        + "  ".join(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in cells
    )
    return [line.rstrip() for line in made]


def lines(log: Path) -> Iterator[dict[str, Any]]:
    """The lines of a log, but for a last one that a kill has cut; nothing where there is none."""
    if not log.exists():
        return
    for line in log.read_text(encoding="utf-8").split("\n"):
        try:
            yield json.loads(line)
        except ValueError:
            continue

"""Two tables that end the demonstration: what the model scored, and what was predicted beside what was measured.

    python examples/demo.py build/demo

reads the `scores.json`, `log.jsonl` and `plan.json` that a run of quickstart.tfs has left in its folder.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tfc.units import Dimension, say

WARM_UP = 2  # lines of the log in which memory is still being taken


def main(folder: Path) -> None:
    runs = folder / "runs" / "models" / "phrases"
    console = Console()
    console.print()
    console.print(scores(json.loads((runs / "scores.json").read_text())["train"]["test"]))
    plan = json.loads((folder / "plan.json").read_text())
    log = [json.loads(line) for line in (runs / "log.jsonl").read_text().splitlines()]
    console.print()
    console.print(predictions(plan["predicted"]["train"], log))


def scores(found: dict[str, Any]) -> Table:
    """Exact matches and chrF of each language, for phrases that were held out."""
    table = Table(title=f"Held-out phrases, {found['decoding']}", title_justify="left")
    table.add_column("from English into")
    for name in ("phrases", "exact", "chrF"):
        table.add_column(name, justify="right")
    for direction, row in found["directions"].items():
        exact = f"{row['exact']:.1%}"
        table.add_row(direction.partition("-")[2], str(row["pairs"]), exact, f"{row['chrf']:.1f}")
    rows = list(found["directions"].values())
    pairs = sum(row["pairs"] for row in rows)
    exact = sum(row["exact"] * row["pairs"] for row in rows) / pairs
    table.add_section()
    table.add_row("all", str(pairs), f"{exact:.1%}", f"{sum(row['chrf'] for row in rows) / len(rows):.1f}")
    return table


def predictions(predicted: dict[str, Any], log: list[dict[str, float]]) -> Table:
    """Memory and time of a step, as predicted before anything ran and as measured."""
    table = Table(title="Predicted and measured", title_justify="left")
    table.add_column("")
    for name in ("predicted", "between", "measured", "ratio"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, dimension, value in measured(log):
        figure = predicted[name]
        between = f"{say(figure['low'], dimension)} .. {say(figure['high'], dimension)}"
        ratio = f"{value / figure['value']:.2f}"
        table.add_row(NAMES[name], say(figure["value"], dimension), between, say(value, dimension), ratio)
    return table


NAMES = {"memory": "peak memory", "step_time": "time of a step"}


def measured(log: list[dict[str, float]]) -> Iterator[tuple[str, Dimension, float]]:
    """The peak of the memory, and the median time of a step."""
    steps = [line for line in log if "step_seconds" in line]
    yield "memory", Dimension.BYTES, max(line["memory"] for line in steps)
    yield "step_time", Dimension.TIME, median(line["step_seconds"] for line in steps[WARM_UP:])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))

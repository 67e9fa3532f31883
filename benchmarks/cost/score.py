"""What was predicted, beside what was measured: bias, median, p95, max and n, by kind of model, and others beside it.

    python benchmarks/cost/score.py ROWS.jsonl ... --profile FILE [--write docs/accuracy.md] [--trial]

ROWS are what measure.py and boundary.py wrote. Each row is predicted anew, with that profile, at the commit of this
checkout; a row whose generated code is not what was measured is left out, and said to be. A tree with changes is
refused, and each scoring is added to scores.log. `--trial` does neither, and is no result.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import baselines
import tables
from grid import HERE, ROOT, Row, code_of, commit, compile_row, estimate_of, largest, profiled, rows

METRICS = {
    "allocated": "memory.allocated",
    "reserved": "memory.reserved",
    "taken": "memory",
    "step": "step_time",
}
PUBLISHED = ROOT / "benchmarks" / "published" / "results.md"  # python -m benchmarks.published
OTHER_CODE = "other code was measured than this checkout generates"


@dataclass
class Result:
    """One row: amounts in bytes or seconds."""

    row: Row
    measured: dict[str, Any]
    parameters: int = 0
    predicted: dict[str, float] = field(default_factory=dict)
    bounds: dict[str, tuple[float, float]] = field(default_factory=dict)
    others: dict[str, dict[str, float]] = field(default_factory=dict)  # baselines, by name

    def error(self, metric: str, by: str = "") -> float | None:
        """Predicted over measured, less one; None where either is not there."""
        said = (self.others.get(by, {}) if by else self.predicted).get(metric)
        found = self.measured.get(metric)
        return None if said is None or not found else said / found - 1

    @property
    def spread(self) -> float | None:
        """How far the windows of one run lie apart, over their median."""
        steps = self.measured.get("steps")
        return (max(steps) - min(steps)) / self.measured["step"] if steps else None


@dataclass(frozen=True)
class Edge:
    """The largest micro-batch of a row: predicted, passed by a check, not refused by it, and what really fits."""

    row: Row
    predicted: int
    passed: int
    not_refused: int
    real: int


def told(files: Iterable[Path]) -> list[dict[str, Any]]:
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line) for line in lines if line.endswith("}")]


def result(row: Row, said: dict[str, Any], settings: tuple[str, ...]) -> Result:
    """A row's predictions beside what was measured of it."""
    draft = row.draft(*settings, microbatch=said["microbatch"])
    estimate = estimate_of(draft, row)
    found = Result(row, said, estimate.parameters)
    for name, metric in METRICS.items():
        figure: Any = estimate.metric(metric)
        found.predicted[name], found.bounds[name] = (
            float(figure.value),
            (float(figure.low), float(figure.high)),
        )
    found.others = baselines.of(estimate)
    return found


def same_code(row: Row, said: dict[str, Any]) -> bool:
    """Whether what was measured is what this checkout generates."""
    with tempfile.TemporaryDirectory() as folder:
        compile_row(row, Path(folder) / "row", size=said.get("guess", said.get("microbatch")))
        return code_of(Path(folder) / "row") == said["code"]


def results(lines: list[dict[str, Any]], profile: str | None) -> tuple[list[Result], list[str]]:
    """Each test row that was measured, the last time that it was; and what was left out, and why."""
    measured = {line["row"]: line for line in lines if "row" in line}
    found, left_out = [], []
    for row in rows("test"):
        said = measured.get(row.name)
        if said is None:
            left_out.append(f"{row.name}: not measured")
        elif "error" in said:
            left_out.append(f"{row.name}: {said['error'].partition(chr(10))[0][:100]}")
        elif not same_code(row, said):
            left_out.append(f"{row.name}: {OTHER_CODE}")
        else:
            found.append(result(row, said, profiled(row, profile)))
    return found, left_out


def ends(lines: list[dict[str, Any]]) -> tuple[dict[str, int], list[str]]:
    """The real largest micro-batch of each boundary row that was found, and what was left out, and why."""
    found, left_out = {}, []
    measured = {line["boundary"]: line for line in lines if "boundary" in line}
    for row in rows("boundary"):
        said = measured.get(row.name, {"error": "not measured"})
        if "largest" not in said:
            left_out.append(f"{row.name}: {said['error']}")
        elif not same_code(row, said):
            left_out.append(f"{row.name}: {OTHER_CODE}")
        else:
            found[row.name] = said["largest"]
    return found, left_out


def at_the_limit(lines: list[dict[str, Any]], real: dict[str, int], profile: str | None) -> list[Result]:
    """The memory of the largest micro-batch of each boundary row, which was measured on the way."""
    tries = {
        (line["try"], line["microbatch"]): line for line in lines if "try" in line and "error" not in line
    }
    return [
        result(row, tries[row.name, real[row.name]], profiled(row, profile))
        for row in rows("boundary")
        if (row.name, real.get(row.name)) in tries
    ]


def edges(real: dict[str, int], profile: str | None) -> list[Edge]:
    """Predicted and real largest micro-batches."""
    found = []
    for row in rows("boundary"):
        if row.name in real:
            settings = profiled(row, profile)
            predicted, passed, kept = (largest(row, settings, zone) for zone in ("value", "high", "low"))
            found.append(Edge(row, predicted, passed, kept, real[row.name]))
    return found


def hash_of(path: str | Path | None) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12] if path else "none"


def main() -> None:
    parser = argparse.ArgumentParser(description="What was predicted, beside what was measured.")
    parser.add_argument("rows", nargs="+", type=Path, help="what measure.py and boundary.py wrote")
    parser.add_argument("--profile", help="what calibrate measured on that machine before")
    parser.add_argument("--write", type=Path, help="the page whose tables these become")
    parser.add_argument(
        "--trial", action="store_true", help="nothing is logged or refused, and it is no result"
    )
    options = parser.parse_args()
    at = commit()
    if at.endswith("+") and not options.trial:
        sys.exit("the tree has changes that no commit has: what is scored must be what anyone can check out")
    lines = told(options.rows)
    found, left_out = results(lines, options.profile)
    real, unknown = ends(lines)
    limit, at_most = at_the_limit(lines, real, options.profile), edges(real, options.profile)
    left_out += unknown
    machine = next((line for line in reversed(lines) if "machine" in line), {})
    facts = {
        "date": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
        "commit": at,
        "profile": hash_of(options.profile),
        "rows": [hash_of(path) for path in options.rows],
        "measured": {"date": machine.get("date"), **machine.get("machine", {})},
    }
    baselines.calibrated(found)
    page = tables.page(found, limit, at_most, left_out, facts)
    print(page)
    if options.trial:
        return
    with (HERE / "scores.log").open("a", encoding="utf-8") as log:
        log.write(json.dumps(facts | tables.summary(found, limit, at_most) | {"left_out": left_out}) + "\n")
    if options.write:
        tables.write(options.write, page)
        tables.write(options.write, PUBLISHED.read_text(encoding="utf-8"), "published rows")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()

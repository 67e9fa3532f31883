"""Errors as tables of Markdown: by metric and kind of model, never only a pooled mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from score import Edge, Result

NAMES = {"allocated": "allocated", "reserved": "reserved", "taken": "taken", "step": "step time"}
BARS = {
    "allocated": "mean ≤ 0.4%, max ≤ 1.3% (at first 1% and 3%)",
    "reserved": "mean ≤ 2%",
    "taken": "",
    "step": "mean ≤ 5%, max ≤ 12%",
}


def share(value: float | None, signed: bool = False) -> str:
    return "" if value is None else f"{value:+.2%}" if signed else f"{value:.2%}"


def quantile(values: Sequence[float], q: float) -> float:
    """The value that a share `q` of the others does not exceed: the next one up, never between two."""
    return sorted(values)[min(len(values) - 1, int(q * len(values)))]


def statistics(errors: Iterable[float | None]) -> dict[str, float] | None:
    """Signed bias, mean, median, p95 and largest of absolute errors, and how many."""
    known = [error for error in errors if error is not None]
    if not known:
        return None
    sizes = [abs(error) for error in known]
    return {
        "bias": fmean(known),
        "mean": fmean(sizes),
        "median": median(sizes),
        "p95": quantile(sizes, 0.95),
        "max": max(sizes),
        "n": len(known),
    }


def table(head: Sequence[str], lines: Iterable[Sequence[str]], left: int = 1) -> str:
    ruled = ["---"] * left + ["--:"] * (len(head) - left)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ruled, *lines))


def cells(found: dict[str, float] | None) -> list[str]:
    if found is None:
        return [""] * 6
    errors = [share(found[name]) for name in ("mean", "median", "p95", "max")]
    return [share(found["bias"], signed=True), *errors, str(int(found["n"]))]


HEAD = ("bias", "mean", "median", "p95", "max", "n")


def by_metric(found: Sequence[Result]) -> str:
    """The table of all rows: one line a metric, with its bar."""
    lines = [
        [NAMES[metric], *cells(statistics(one.error(metric) for one in found)), BARS[metric]]
        for metric in NAMES
    ]
    return table(("", *HEAD, "bar"), lines)


def by_kind(found: Sequence[Result]) -> str:
    """The same by kind of model."""
    kinds = dict.fromkeys(one.row.kind for one in found)
    lines = [
        [kind, NAMES[metric], *cells(statistics(one.error(metric) for one in found if one.row.kind == kind))]
        for kind in kinds
        for metric in NAMES
    ]
    return table(("", "", *HEAD), lines, left=2)


def by_row(found: Sequence[Result]) -> str:
    """Every row: measured, and by how much the prediction is off."""
    lines = []
    for one in found:
        cells_ = [one.row.name.partition(".")[2], f"{one.parameters / 1e6:.0f} M"]
        for metric in ("allocated", "reserved", "taken"):
            cells_ += [f"{one.measured[metric] / 2**30:.2f} GiB", share(one.error(metric), signed=True)]
        step = one.measured.get("step")
        cells_ += [f"{1e3 * step:.1f} ms" if step else "", share(one.error("step"), signed=True)]
        lines.append([*cells_, share(one.spread)])
    head = ("", "parameters", "allocated", "off", "reserved", "off", "taken", "off", "step", "off", "spread")
    return table(head, lines)


def beside(found: Sequence[Result]) -> str:
    """Other estimators on the same rows."""
    names = dict.fromkeys(name for one in found for name in one.others)
    lines = []
    for metric in ("allocated", "step"):
        lines.append(["tfc", NAMES[metric], *cells(statistics(one.error(metric) for one in found))])
        for name in names:
            scored = statistics(one.error(metric, name) for one in found)
            if scored:
                lines.append([name, NAMES[metric], *cells(scored)])
    return table(("", "", *HEAD), lines, left=2)


def edge(found: Sequence[Edge]) -> str:
    """Largest micro-batches: predicted and real."""
    lines = [
        [
            one.row.name.partition(".")[2],
            str(one.predicted),
            str(one.real),
            "yes" if one.predicted == one.real else f"{one.predicted - one.real:+d}",
            str(one.passed),
            str(one.not_refused),
        ]
        for one in found
    ]
    return table(("", "predicted", "real", "equal", "passes a check up to", "refused above"), lines)


def covered(found: Sequence[Result]) -> str:
    """How many measurements lie within their intervals."""
    said = []
    for metric in NAMES:
        inside = [
            one.bounds[metric][0] <= one.measured[metric] <= one.bounds[metric][1]
            for one in found
            if metric in one.measured
        ]
        said.append(f"{NAMES[metric]} {sum(inside)} of {len(inside)}")
    return ", ".join(said)


def _of_edges(found: Sequence[Edge]) -> str:
    equal = sum(one.predicted == one.real for one in found)
    passed = sum(one.passed > one.real for one in found)
    refused = sum(one.not_refused < one.real for one in found)
    return (
        f"The predicted largest micro-batch is the real one on {equal} of {len(found)} specs. Passed by a check, and "
        f"out of memory all the same: {passed}. Refused, though they fit: {refused}."
    )


def page(
    found: Sequence[Result],
    limit: Sequence[Result],
    ends: Sequence[Edge],
    left_out: Sequence[str],
    facts: dict[str, Any],
) -> str:
    """All tables, each after what it says."""
    on = facts["measured"]
    spreads = [one.spread for one in found if one.spread is not None]
    parts = [
        f"{on.get('gpu', 'no GPU')}, torch {on.get('torch')}, driver and power limit {on.get('driver')}, "
        f"{on.get('date')}. "
        f"Predicted at commit `{facts['commit']}` with profile `{facts['profile']}`, scored {facts['date']}.",
    ]
    if found:
        parts += [
            f"**All {len(found)} test rows**, predicted over measured less one:",
            by_metric(found),
            f"Measured within the interval that is printed: {covered(found)}.",
        ]
    if spreads:
        parts.append(
            f"Windows of one run lie {share(median(spreads))} apart in the median, {share(max(spreads))} at most: that "
            "much of an error of the step time is noise."
        )
    if found:
        parts += ["By kind of model:", by_kind(found), "Others on the same rows:", beside(found)]
    if ends:
        parts += [_of_edges(ends), edge(ends)]
    if limit:
        parts += ["Memory of those rows at their real largest micro-batch:", by_row(limit)]
    if found:
        parts += ["Each row:", by_row(found)]
    if left_out:
        parts += ["Left out:", "\n".join(f"- {why}" for why in left_out)]
    return "\n\n".join(parts)


def summary(found: Sequence[Result], limit: Sequence[Result], ends: Sequence[Edge]) -> dict[str, Any]:
    """What a line of the log has."""
    rounded: Callable[[Any], Any] = lambda said: said and {k: round(v, 5) for k, v in said.items()}  # noqa: E731
    return {
        "test": {metric: rounded(statistics(one.error(metric) for one in found)) for metric in NAMES},
        "limit": {
            metric: rounded(statistics(one.error(metric) for one in limit))
            for metric in ("allocated", "taken")
        },
        "edges": {one.row.name: [one.predicted, one.real] for one in ends},
    }


def write(path: Path, text: str, name: str = "own rows") -> None:
    """Put tables between their marks in a page; raises ValueError where it has none."""
    old, begin, end = path.read_text(encoding="utf-8"), f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    if begin not in old or end not in old:
        raise ValueError(f"{path} has no `{begin}` and `{end}`")
    pattern = f"{re.escape(begin)}.*{re.escape(end)}"
    new = re.sub(pattern, lambda _: f"{begin}\n\n{text.strip()}\n\n{end}", old, flags=re.S)
    path.write_text(new, encoding="utf-8")

"""`tfc what-if` as a table, in lines, as comma-separated values, and for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from tfc.diagnostics.github import annotation
from tfc.report.variants import Row, Table

UNITS = {
    "memory": "bytes",
    "step_time": "s",
    "mfu": "share",
    "time": "s",
    "latency": "s",
    "throughput": "tokens_per_s",
    "cost": "USD",
}

FRONT = "on the Pareto front: no row that fits is as good in"


def text(table: Table) -> list[str]:
    """What varies to the left, figures to the right as one compares them, and a word; the written row and the front are
    marked."""
    names = list(table.rows[0].values)
    shown = [
        name for name in table.columns if name == "memory" or any(row.figures.get(name) for row in table.rows)
    ]
    head = [*short(names), *(table.columns[name] for name in shown), ""]
    cells = [
        [*row.values.values(), *(cell(row, name) for name in shown), table.word(row)] for row in table.rows
    ]
    widths = [max(len(line[column]) for line in [head, *cells]) for column in range(len(head))]
    right = [
        column >= len(names) or all(line[column][:1].isdigit() for line in cells)
        for column in range(len(head) - 1)
    ]
    signs = [
        ("▸" if row.as_written else " ") + ("*" if place in table.front else " ")
        for place, row in enumerate(table.rows)
    ]
    lines = [
        laid_out(line, widths, right, sign) for line, sign in zip([head, *cells], ["  ", *signs], strict=True)
    ]
    return [*lines, *([legend(table)] if table.front else [])]


def legend(table: Table) -> str:
    """What the star means: in which figures no row beats it."""
    *most, last = (table.columns[name] for name in table.goals)
    return f"   * {FRONT} {', '.join(most)} and {last}, and better in one"


def laid_out(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool], sign: str) -> str:
    columns = [
        f"{cell:>{width}}" if to_the_right else f"{cell:<{width}}"
        for cell, width, to_the_right in zip(cells[:-1], widths[:-1], right, strict=True)
    ]
    return f"{sign} {'  '.join(columns)}   {cells[-1]}".rstrip()


def short(names: Sequence[str]) -> list[str]:
    """The last words of the full names, or as many as tell them apart."""
    found = {name: name.rsplit(".", 1)[-1] for name in names}
    return [name if list(found.values()).count(found[name]) > 1 else found[name] for name in names]


def cell(row: Row, name: str) -> str:
    """A figure; a dash where the variant does not fit, for it will never run so."""
    figure = row.figures.get(name)
    return "—" if figure is None or (row.over and name != "memory") else str(figure)


def concise(table: Table) -> list[str]:
    """A variant a line: `tensor=2 recompute=none memory=47.0 GiB ...: fits`."""
    return [
        " ".join(f"{name}={value}" for name, value in {**row.values, **said(table, row)}.items())
        + f": {table.word(row)}{', front' if place in table.front else ''}"
        for place, row in enumerate(table.rows)
    ]


def notices(table: Table) -> list[str]:
    """A variant a line, as an annotation of GitHub Actions; of a variant that does not fit it is a warning."""
    return [
        annotation("notice" if row.fits else "warning", f"tfc what-if {table.block}", line)
        for row, line in zip(table.rows, concise(table), strict=True)
    ]


def said(table: Table, row: Row) -> dict[str, str]:
    return {table.columns[name]: str(figure) for name, figure in row.figures.items() if figure is not None}


def as_csv(tables: Sequence[Table]) -> str:
    """One line a variant and block, in base units: bytes, seconds, shares, USD; empty where there is no such figure."""
    metrics = [name for name in UNITS if any(name in table.columns for table in tables)]
    stream = io.StringIO()
    out = csv.writer(stream, lineterminator="\n")
    heads = (f"{name}_{UNITS[name]}" for name in metrics)
    out.writerow(["block", *tables[0].rows[0].values, *heads, "fits", "front", "as_written", "note"])
    for table in tables:
        for place, row in enumerate(table.rows):
            truths = [str(truth).lower() for truth in (row.fits, place in table.front, row.as_written)]
            numbers = [number(row, name) for name in metrics]
            out.writerow([table.block, *row.values.values(), *numbers, *truths, table.word(row)])
    return stream.getvalue()


def number(row: Row, name: str) -> str:
    figure = row.figures.get(name)
    return "" if figure is None else f"{float(figure.value):.6g}"


def as_json(tables: Sequence[Table]) -> str:
    """The variants of each block, figures in base units with their bounds."""
    found = {table.block: [plain(table, place) for place in range(len(table.rows))] for table in tables}
    return json.dumps(found, indent=2, ensure_ascii=False)


def plain(table: Table, place: int) -> dict[str, object]:
    row = table.rows[place]
    figures = {
        name: {"value": float(f.value), "low": float(f.low), "high": float(f.high), "unit": UNITS[name]}
        for name, f in row.figures.items()
        if f is not None
    }
    return {
        "values": dict(row.values),
        "figures": figures,
        "fits": row.fits,
        "front": place in table.front,
        "as_written": row.as_written,
        "note": table.word(row),
    }

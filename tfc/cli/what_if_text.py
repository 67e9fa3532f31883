"""`tfc what-if` as a table, as comma-separated values, and for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence

from tfc.cli.what_if_rows import FIGURES, Row, word

UNITS = {"memory": "bytes", "step_time": "s", "mfu": "share", "time": "s", "cost": "USD"}


def text(found: Sequence[Row]) -> list[str]:
    """What varies to the left, figures to the right as one compares them, and a word; the written row is marked."""
    written = next((row for row in found if row.as_written), None)
    shown = [name for name in FIGURES if name == "memory" or any(row.figures.get(name) for row in found)]
    names = list(found[0].values)
    head = [*short(names), *(FIGURES[name] for name in shown), ""]
    cells = [
        [*row.values.values(), *(cell(row, name) for name in shown), word(row, written)] for row in found
    ]
    widths = [max(len(line[column]) for line in [head, *cells]) for column in range(len(head))]
    numbers = [
        all(is_number(line[column]) for line in cells) or column >= len(names)
        for column in range(len(head) - 1)
    ]
    lines = [laid_out(head, widths, numbers, " ")]
    lines += [
        laid_out(line, widths, numbers, "▸" if row.as_written else " ")
        for line, row in zip(cells, found, strict=True)
    ]
    return lines


def laid_out(cells: Sequence[str], widths: Sequence[int], numbers: Sequence[bool], sign: str) -> str:
    columns = [
        f"{cell:>{width}}" if number else f"{cell:<{width}}"
        for cell, width, number in zip(cells[:-1], widths[:-1], numbers, strict=True)
    ]
    return f"{sign} {'  '.join(columns)}   {cells[-1]}".rstrip()


def short(names: Sequence[str]) -> list[str]:
    """The last words of the full names, or as many as tell them apart."""
    found = {name: name.rsplit(".", 1)[-1] for name in names}
    return [name if list(found.values()).count(found[name]) > 1 else found[name] for name in names]


def cell(row: Row, name: str) -> str:
    """A figure; a dash where the variant does not fit, for it will never run so."""
    figure = row.figures.get(name)
    over = any(verdict.budget.metric == "memory" for verdict in row.broken)
    if figure is None or (over and name != "memory"):
        return "—"
    return str(figure)


def is_number(cell: str) -> bool:
    return cell[:1].isdigit()


def concise(found: Sequence[Row]) -> list[str]:
    """A variant a line: `tensor=2 recompute=none memory=47.0 GiB ...: fits`."""
    written = next((row for row in found if row.as_written), None)
    return [
        " ".join(f"{name}={value}" for name, value in {**row.values, **said(row)}.items())
        + f": {word(row, written)}"
        for row in found
    ]


def said(row: Row) -> dict[str, str]:
    return {FIGURES[name]: str(figure) for name, figure in row.figures.items() if figure is not None}


def as_csv(found: Mapping[str, Sequence[Row]]) -> str:
    """One line a variant and block, in base units: bytes, seconds, shares, USD."""
    names = list(next(iter(found.values()))[0].values)
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(
        ["block", *names, *(f"{name}_{unit}" for name, unit in UNITS.items()), "fits", "as_written", "note"]
    )
    for block, rows in found.items():
        written = next((row for row in rows if row.as_written), None)
        for row in rows:
            numbers = [number(row, name) for name in UNITS]
            truths = [str(truth).lower() for truth in (row.fits, row.as_written)]
            table.writerow([block, *row.values.values(), *numbers, *truths, word(row, written)])
    return stream.getvalue()


def as_json(found: Mapping[str, Sequence[Row]]) -> str:
    """The variants of each block, figures in base units with their bounds."""
    return json.dumps({block: [plain(row, rows) for row in rows] for block, rows in found.items()}, indent=2)


def plain(row: Row, rows: Sequence[Row]) -> dict[str, object]:
    written = next((other for other in rows if other.as_written), None)
    figures = {
        name: {"value": float(f.value), "low": float(f.low), "high": float(f.high), "unit": UNITS[name]}
        for name, f in row.figures.items()
        if f is not None
    }
    return {
        "values": dict(row.values),
        "figures": figures,
        "fits": row.fits,
        "as_written": row.as_written,
        "note": word(row, written),
    }


def number(row: Row, name: str) -> str:
    figure = row.figures.get(name)
    return "" if figure is None else f"{float(figure.value):.6g}"

"""Lines of a formatted spec: runs of neighbours are aligned, then all is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

ALIGNED = ("setting", "requirement", "arm")


@dataclass
class Row:
    """One line: cells that a run may align, and the comment that ends it."""

    cells: list[str]
    depth: int
    kind: str
    blank: bool = False  # whether a blank line stands above it
    comment: str = ""


def write(rows: Iterable[Row]) -> str:
    """The text of the rows, with a line end after each."""
    lines: list[str] = []
    for run in _runs(rows):
        widths = [max(map(len, column)) for column in zip(*(row.cells[:-1] for row in run), strict=True)]
        for row in run:
            cells = [cell.ljust(width) for cell, width in zip(row.cells, widths, strict=False)]
            text = "  " * row.depth + " ".join([*cells, row.cells[-1]])
            if row.blank:
                lines.append("")
            lines.append(f"{text} {row.comment}" if row.comment else text)
    return "".join(f"{line}\n" for line in lines)


def _runs(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Neighbours of one kind and depth with no blank line between them: what is aligned together."""
    run: list[Row] = []
    for row in rows:
        if run and not _joins(run[-1], row):
            yield run
            run = []
        run.append(row)
    if run:
        yield run


def _joins(last: Row, row: Row) -> bool:
    same = (last.kind, last.depth, len(last.cells)) == (row.kind, row.depth, len(row.cells))
    return same and row.kind in ALIGNED and not row.blank

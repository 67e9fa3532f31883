"""An estimate for a notebook."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfc.cost.estimate import Estimate, Line
    from tfc.cost.latency import ServingEstimate


def estimate_html(estimate: Estimate | ServingEstimate) -> str:
    """The figures of one block, with what each is made of."""
    rows = ((line.name, str(line.value), _made_of(line)) for line in estimate.summary())
    return table((estimate.name, "", ""), rows)


def _made_of(line: Line) -> str:
    return line.text or ", ".join(str(part) for part in line.parts)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    def row(cells: tuple[str, ...], tag: str) -> str:
        inner = "".join(f"<{tag} style='text-align: left'>{escape(cell)}</{tag}>" for cell in cells)
        return f"<tr>{inner}</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    return f"<table><thead>{row(head, 'th')}</thead><tbody>{body}</tbody></table>"

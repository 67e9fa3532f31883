"""Diagnostics for a terminal: with colour for whoever sees it, and complete without."""

from __future__ import annotations

from tfc.diagnostics.core import Diagnostic, Report
from tfc.diagnostics.layout import WIDTH, Row, lay_out

STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "hint": "1;36",
    "message": "1",
    "gutter": "34",
    "help": "1;36",
    "removed": "31",
    "added": "32",
}


def render(diagnostic: Diagnostic, colour: bool = False, width: int = WIDTH) -> str:
    """One diagnostic, without a line end after it."""
    paint = _coloured if colour else _plain
    return "\n".join(paint(row).rstrip() for row in lay_out(diagnostic, width))


def render_report(report: Report, colour: bool = False, width: int = WIDTH) -> str:
    """All diagnostics of a report, a blank line between them."""
    return "\n\n".join(render(diagnostic, colour, width) for diagnostic in report)


def _plain(row: Row) -> str:
    return "".join(text for _, text in row)


def _coloured(row: Row) -> str:
    return "".join(f"\x1b[{STYLES[style]}m{text}\x1b[0m" if style and text else text for style, text in row)

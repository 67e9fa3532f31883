"""Diagnostics for a notebook or a report: the layout of the terminal, with classes for a style sheet."""

from __future__ import annotations

from html import escape

from tfc.diagnostics.core import Diagnostic, Report
from tfc.diagnostics.layout import WIDTH, Piece, lay_out

STYLE = """\
.tfc-diagnostic { font: 0.9em/1.4 ui-monospace, monospace; overflow-x: auto; }
.tfc-message, .tfc-error, .tfc-warning { font-weight: 600; }
.tfc-error, .tfc-removed { color: #b3261e; }
.tfc-warning { color: #8a5a00; }
.tfc-hint, .tfc-help { color: #00687a; }
.tfc-added { color: #1b6e2d; }
.tfc-gutter { color: #4a5a8a; }
@media (prefers-color-scheme: dark) {
  .tfc-error, .tfc-removed { color: #ff8a80; }
  .tfc-warning { color: #ffcf66; }
  .tfc-hint, .tfc-help { color: #7fdbea; }
  .tfc-added { color: #8fd99b; }
  .tfc-gutter { color: #a9b8e8; }
}
"""


def render(diagnostic: Diagnostic, width: int = WIDTH) -> str:
    """One diagnostic as a `pre` element."""
    lines = ("".join(map(_marked, row)) for row in lay_out(diagnostic, width))
    return f'<pre class="tfc-diagnostic" role="note">{chr(10).join(lines)}</pre>'


def render_report(report: Report, width: int = WIDTH) -> str:
    """All diagnostics of a report, with the style sheet that colours them."""
    shown = "\n".join(render(diagnostic, width) for diagnostic in report)
    return f"<style>{STYLE}</style>\n{shown}" if shown else ""


def _marked(piece: Piece) -> str:
    style, text = piece
    return f'<span class="tfc-{style}">{escape(text)}</span>' if style else escape(text)

"""Diagnostics in one line each, as editors and `grep` read them."""

from __future__ import annotations

from tfc.diagnostics.core import Diagnostic, Report, Safety


def render(diagnostic: Diagnostic) -> str:
    """`model.tfs:4:3: error[TFS101]: a model has no setting `hidden_size` [fix: rename it]`."""
    place = f"{diagnostic.span}: " if diagnostic.span else ""
    safe = next((fix.title for fix in diagnostic.fixes if fix.safety is Safety.SAFE), "")
    fix = f" [fix: {safe}]" if safe else ""
    return f"{place}{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}{fix}".replace("\n", " ")


def render_report(report: Report) -> str:
    return "\n".join(map(render, report))

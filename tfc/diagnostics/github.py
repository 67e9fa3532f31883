"""Diagnostics as annotations of a pull request: the workflow commands of GitHub Actions."""

from __future__ import annotations

from tfc.diagnostics.core import Diagnostic, Report, Severity
from tfc.diagnostics.text import render as render_text

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "notice"}


def render(diagnostic: Diagnostic) -> str:
    """`::error file=model.tfs,line=4,...::` and the whole text, in one line."""
    properties = {"title": diagnostic.code}
    span = diagnostic.span
    if span:
        end = span.source.span(span.end, span.end)
        properties |= {"file": span.source.path, "line": str(span.line), "endLine": str(end.line)}
        if end.line == span.line:  # GitHub takes columns within one line only
            properties |= {"col": str(span.column), "endColumn": str(end.column)}
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{LEVELS[diagnostic.severity]} {listed}::{_data(render_text(diagnostic))}"


def annotation(level: str, title: str, text: str) -> str:
    """A line of text as an annotation of no file: `::notice title=...::text`."""
    return f"::{level} title={_property(title)}::{_data(text)}"


def render_report(report: Report) -> str:
    return "\n".join(map(render, report))


def _data(text: str) -> str:
    """As `toolkit/core/src/command.ts` escapes a message."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

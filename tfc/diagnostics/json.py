"""Diagnostics for programs: one JSON object a line, with edits that can be applied as they are.

Lines and columns count from 1, `start` and `end` are offsets from 0; all count characters, not bytes.
"""

from __future__ import annotations

import json
from typing import Any

from tfc.diagnostics.core import Diagnostic, Fix, Report, Span


def render(diagnostic: Diagnostic) -> str:
    return json.dumps(value(diagnostic), ensure_ascii=False)


def render_report(report: Report) -> str:
    return "\n".join(map(render, report))


def value(diagnostic: Diagnostic) -> dict[str, Any]:
    """The diagnostic as JSON's own types."""
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "labels": [{**_place(it.span), "text": it.text, "primary": it.primary} for it in diagnostic.labels],
        "notes": list(diagnostic.notes),
        "shares": [
            {"amount": s.amount, "what": s.what, "why": s.why, **({"at": _place(s.span)} if s.span else {})}
            for s in diagnostic.shares
        ],
        "help": diagnostic.help,
        "fixes": [_fix(fix) for fix in diagnostic.fixes],
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "title": fix.title,
        "safety": str(fix.safety),
        "effect": fix.effect,
        "edits": [{**_place(edit.span), "replacement": edit.replacement} for edit in fix.edits],
    }


def _place(span: Span) -> dict[str, Any]:
    end = span.source.span(span.end, span.end)
    return {
        "file": span.source.path,
        "line": span.line,
        "column": span.column,
        "end_line": end.line,
        "end_column": end.column,
        "start": span.start,
        "end": span.end,
    }

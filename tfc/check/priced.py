"""Whether a spec can be priced although something is wrong with it."""

from __future__ import annotations

from tfc.diagnostics.core import Report


def priced(report: Report) -> bool:
    """Whether nothing is wrong that leaves nothing to price: budgets, and what is not generated yet, do not."""
    return all(error.code.startswith(("TFS4", "TFS6")) for error in report.errors)

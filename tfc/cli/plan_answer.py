"""What `tfc plan` answers, in the format that was asked for."""

from __future__ import annotations

from tfc.build.drift import Drift
from tfc.cli.options import CONCISE, JSON, TEXT
from tfc.cli.plan_files import files, refused
from tfc.cli.reports import show_beside
from tfc.cli.terminal import answer
from tfc.diagnostics.core import Report
from tfc.plan import Plan


def told(
    costed: Plan | None, report: Report, drift: Drift | None, name: str, shown: str, timeline: bool
) -> None:
    """Write the plan in the format that was asked for."""
    ending = files(drift, name) if drift is not None else refused(report, name)
    if shown == JSON:
        from tfc.cli.plan_json import plan_object

        answer(plan_object(costed, report, drift))
        return
    show_beside(report, shown)
    if shown == TEXT and costed is not None:
        from tfc.cli.plan_text import costs

        answer("\n".join([*costs(costed, timeline), *ending]))
    elif shown == CONCISE and costed is not None:
        from tfc.cli.plan_concise import rows

        answer("\n".join([*rows(costed), *ending[-1:]]))

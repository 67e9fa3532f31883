"""A plan for a notebook: its models, what each block costs, its budgets and its diagnostics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tfc.cost.html import estimate_html, table
from tfc.cost.verdict import Verdict
from tfc.units import Dimension, say

if TYPE_CHECKING:
    from tfc.plan import Plan

SIGNS = {True: "✓", False: "✗", None: "?"}


def plan_html(plan: Plan) -> str:
    """The models, each block's figures and budgets, and the diagnostics."""
    from tfc.check.budgets import verdicts_of
    from tfc.diagnostics.html import render_report

    models = ((name, say(graph.parameters, Dimension.COUNT)) for name, graph in plan.graphs.items())
    parts = [table(("model", "parameters"), models)]
    for estimate in (*plan.estimates.values(), *plan.servings.values()):
        parts += [estimate_html(estimate), _budgets(verdicts_of(estimate))]
    return "\n".join([*parts, render_report(plan.report)])


def _budgets(verdicts: Iterable[Verdict]) -> str:
    rows = ((SIGNS[one.ok], one.budget.strength, one.budget.metric, one.text) for one in verdicts)
    return table(("", "", "budget", ""), rows)

"""What `plan` and `compile` say to programs: one JSON object."""

from __future__ import annotations

import json
from typing import Any

from tfc.build.compile import Built
from tfc.build.drift import Drift
from tfc.build.plan_json import plan_json
from tfc.diagnostics.core import Report
from tfc.diagnostics.json import value
from tfc.plan import Plan
from tfc.solve.decision import Decision, settings
from tfc.units import Dimension


def plan_object(plan: Plan | None, report: Report, drift: Drift | None) -> str:
    """`plan` as in `plan.json`, the diagnostics, what a compile would change, and what each `auto` was preferred to.

    What there is not is null.
    """
    found = {
        "plan": json.loads(plan_json(plan)) if plan is not None else None,
        "diagnostics": [value(diagnostic) for diagnostic in report],
        "changes": changes(drift) if drift is not None else None,
        "decisions": {name: decided(one) for name, one in plan.decisions.items()}
        if plan is not None
        else None,
    }
    return json.dumps(found, indent=2, ensure_ascii=False)


def decided(decision: Decision) -> dict[str, Any]:
    """What each `auto` of a block became, and of the next best what differs, and by how much: the next best less it."""
    other, chosen = decision.runner_up, decision.chosen
    return {
        "chosen": decision.values,
        "next": settings(other, chosen) if other is not None else None,
        "why": decision.why or None,
        "too_large": decision.short or None,
        "differences": [
            {
                "what": one.category,
                "amount": one.amount,
                "unit": "s" if one.dimension is Dimension.TIME else "bytes",
            }
            for one in decision.differences
        ],
    }


def built_json(built: Built) -> str:
    """The folder, whether anything was written, and what was done to each file."""
    found = {"folder": built.folder.as_posix(), "wrote": built.wrote, "changes": changes(built.drift)}
    return json.dumps(found, indent=2, ensure_ascii=False)


def changes(drift: Drift) -> list[dict[str, Any]]:
    """What happens to each path: `add`, `change`, `remove`, `nothing`, `yours` or `conflict`."""
    return [
        {"path": change.path, "action": str(change.action), "kept": list(change.kept), "why": change.why}
        for change in drift
    ]

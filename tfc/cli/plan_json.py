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


def plan_object(plan: Plan | None, report: Report, drift: Drift | None) -> str:
    """`plan` as in `plan.json`, the diagnostics, and what a compile would change; null for what there is not."""
    found = {
        "plan": json.loads(plan_json(plan)) if plan is not None else None,
        "diagnostics": [value(diagnostic) for diagnostic in report],
        "changes": changes(drift) if drift is not None else None,
    }
    return json.dumps(found, indent=2, ensure_ascii=False)


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

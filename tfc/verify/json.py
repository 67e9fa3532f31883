"""`runs/verify.json`, and what `tfc verify --format json` prints: one JSON object.

    {
      "schema": 1,
      "tfc": "0.1.0",                               the version that measured
      "spec": {"file": "model.tfs", "hash": "..."},
      "latency": false,                             whether nothing but latency was measured
      "ok": true,                                   nothing that is required is broken
      "blocks": [
        {
          "block": "deploy.api",                    its full name
          "rows": [
            {
              "metric": "latency.p99",
              "conditions": {"batch": 8},           of the budget; what it leaves out is as in the reference
              "predicted": {"value": 0.02, "low": 0.01, "high": 0.04, "unit": "s"},     or {"unknown": "why"}
              "measured": {"value": 0.03, "unit": "s", "note": "..."},                  or {"unknown": "why"}
              "within": true,                       measured within what was predicted; null if one is unknown
              "budget": {"strength": "require", "comparison": "<=", "limit": 0.04, "unit": "s",
                         "because": null, "at": "model.tfs:12", "verdict": "met"}       or null
            }
          ],
          "latency": [                              of a deployment: each batch that was timed, in seconds and tokens/s
            {"batch": 8, "input": 64, "output": 64, "runs": 50, "p50": 0.02, "p95": 0.02, "p99": 0.03,
             "first_token": 0.01, "token": 0.001, "throughput": 9000}
          ]
        }
      ]
    }

Amounts are in base units. `verdict` is `met`, `broken` or `unknown`; a value without end is null.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from tfc import __version__
from tfc.build.plan_json import BASE_UNITS, laid_out, place, plain, rounded
from tfc.cost.items import Figure, Unknown
from tfc.plan import Plan
from tfc.spec.budget import Budget
from tfc.verify.measured import Measured, Unmeasured
from tfc.verify.rows import Block, Row

SCHEMA = 1


def verify_json(plan: Plan, blocks: Iterable[Block], latency: bool = False) -> str:
    """The text of `verify.json`."""
    found = tuple(blocks)
    raw = {
        "schema": SCHEMA,
        "tfc": __version__,
        "spec": {"file": plan.name, "hash": plan.hash},
        "latency": latency,
        "ok": not any(row.broken for block in found for row in block.rows),
        "blocks": [_block(block) for block in found],
    }
    return laid_out(raw) + "\n"


def _block(block: Block) -> dict[str, Any]:
    return {
        "block": block.name,
        "rows": [_row(row) for row in block.rows],
        "latency": list(block.latency),
    }


def _row(row: Row) -> dict[str, Any]:
    conditions = row.budget.conditions if row.budget is not None else {}
    return {
        "metric": row.metric,
        "conditions": {name: plain(value) for name, value in sorted(conditions.items())},
        "predicted": _predicted(row.predicted),
        "measured": _measured(row.measured),
        "within": row.within,
        "budget": _budget(row.budget, row) if row.budget is not None else None,
    }


def _predicted(figure: Figure | Unknown) -> dict[str, Any]:
    if isinstance(figure, Unknown):
        return {"unknown": figure.reason}
    bounds = {"value": figure.value, "low": figure.low, "high": figure.high}
    return {name: rounded(bound) for name, bound in bounds.items()} | {"unit": BASE_UNITS[figure.dimension]}


def _measured(found: Measured | Unmeasured) -> dict[str, Any]:
    if isinstance(found, Unmeasured):
        return {"unknown": found.reason}
    value = rounded(found.value) if math.isfinite(found.value) else None
    return {"value": value, "unit": BASE_UNITS[found.dimension], "note": found.note}


def _budget(budget: Budget, row: Row) -> dict[str, Any]:
    return {
        "strength": budget.strength,
        "comparison": budget.comparison,
        "limit": rounded(budget.limit.value),
        "unit": BASE_UNITS[budget.limit.dimension],
        "because": budget.reason,
        "at": place(budget.span),
        "verdict": row.verdict.value,
    }

"""Plans of small texts, and what their rules say."""

from __future__ import annotations

import re

from tests.spec.reading import DATA, MODEL, PAIRS, SMALL, TRAIN, spec_of
from tfc.diagnostics.core import Diagnostic, Severity
from tfc.plan import Plan

__all__ = ["DATA", "DISTILL", "MODEL", "PAIRS", "SMALL", "TRAIN", "found", "only", "plan"]

GPUS = SMALL.replace("= cpu", "= 8 x h100_80gb")

ESTIMATED = re.compile(r"TFS(4|901|990)").match  # what is said of predicted figures is tested with them

DISTILL = f"""\
{MODEL.replace("small", "teacher")}
model student extends teacher {{ layers = 2 }}
{DATA}
distill student from teacher {{
  on        = h100_80gb
  steps     = 10
  batch     = 4 sequences
  optimizer = adamw(lr = 1e-3)
}}
"""


def plan(text: str, *sets: str) -> Plan:
    """The plan of a text that resolves."""
    return Plan(spec_of(text, *sets))


def found(text: str, *sets: str) -> list[Diagnostic]:
    """What the rules say, less what is said of blocks that are not generated yet and of budgets."""
    said = plan(text, *sets).report
    return [
        one for one in said if not (one.message.endswith("block is not generated yet") or ESTIMATED(one.code))
    ]


def only(text: str, *sets: str) -> Diagnostic:
    """The one thing that the rules say, hints aside."""
    said = [one for one in found(text, *sets) if one.severity is not Severity.HINT]
    assert len(said) == 1, [f"{one.code} {one.message}" for one in said]
    return said[0]

"""What a trained model scored, beside the budgets that speak of it (TFS407)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tfc.diagnostics.core import Diagnostic, Label, Severity
from tfc.spec.budget import METRICS, Budget
from tfc.spec.spec import Spec
from tfc.units import say

Scores = Mapping[str, Mapping[str, Any]]  # by direction or language: each metric


def judged(spec: Spec, block: Any, folder: Path, stage: str = "train") -> Iterator[Diagnostic]:
    """A TFS407 for each budget on quality that the scores of a stage do not meet, or do not speak of.

    `folder` is the model's, with the `scores.json` that the generated `evaluate.py` writes.
    """
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8")).get(stage, {})
    for budget in block.budgets:
        if METRICS[budget.metric].measured:
            split = _split(budget, spec.data_of(block))
            found = scores.get(split, {})
            yield from _one(budget, split, found.get("directions") or found.get("languages") or {})


def value(budget: Budget, scores: Scores) -> float | None:
    """The metric of a budget for the language that it asks about; None where nothing was scored."""
    found = {name: row[budget.metric] for name, row in scores.items() if budget.metric in row}
    language = budget.conditions.get("language", "mean")
    if language not in ("mean", "worst"):
        found = {name: one for name, one in found.items() if _about(name, language)}
    if not found:
        return None
    if language == "worst":
        return max(found.values()) if budget.upper else min(found.values())
    return sum(found.values()) / len(found)


def _one(budget: Budget, split: str, scores: Scores) -> Iterator[Diagnostic]:
    measured = value(budget, scores)
    if measured is not None and budget.met(measured):
        return
    labels = (Label(budget.span, "the budget"),) if budget.span is not None else ()
    severity = Severity.ERROR if budget.required else Severity.WARNING
    limit = str(budget.limit)
    if measured is None:
        message = f"`{budget.metric}` was not measured on `data.{split}`, and {_must(budget)} be {limit}"
        yield Diagnostic("TFS407", message, labels, severity, help="give `data` a source for it")
        return
    shown = say(measured, budget.limit.dimension)
    rows = sorted(scores.items(), key=lambda row: row[1].get(budget.metric, 0), reverse=budget.upper)
    notes = (
        f"measured on `data.{split}` by `evaluate.py`: "
        + ", ".join(
            f"{name} {say(row[budget.metric], budget.limit.dimension)}"
            for name, row in rows
            if budget.metric in row
        ),
    )
    message = f"{budget.metric}{_of(budget)} is {shown} and {_must(budget)} be {limit}"
    yield Diagnostic("TFS407", message, labels, severity, notes)


def _split(budget: Budget, data: Any) -> str:
    """Which source a budget speaks of: the one that it names, else `test`, else `dev`."""
    named = budget.conditions.get("on")
    if named:
        return str(named).rpartition(".")[2]
    return "test" if data.test is not None else "dev"


def _about(name: str, language: str) -> bool:
    """Whether a direction such as `en-zh-Hans`, or a language by itself, is about `language`."""
    return name == language or name.endswith(f"-{language}")


def _of(budget: Budget) -> str:
    language = budget.conditions.get("language", "mean")
    return {"mean": "", "worst": " of the worst language"}.get(language, f" of {language}")


def _must(budget: Budget) -> str:
    return "may" if budget.upper else "must"

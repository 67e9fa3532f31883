"""What a model or a deployment scored, beside the budgets that speak of it (TFS407)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tfc.diagnostics.core import Diagnostic, Label, Severity
from tfc.run.scoring import Scored, read, scored_alike, split_of
from tfc.run.steps import EXPORT, LEARNING, Step
from tfc.run.work import SCORES, Work
from tfc.spec.budget import METRICS, Budget
from tfc.units import say

Scores = Mapping[str, Mapping[str, Any]]  # by direction or language: each metric
DROP = ".drop"


class Quality:
    """One budget on quality: the split that it speaks of, what was scored there, and whether that keeps to it."""

    def __init__(self, work: Work, step: Step, budget: Budget) -> None:
        self.budget = budget
        learning = step if step.kind in LEARNING else work.learnt(step.model)
        self.split = split_of(work, learning, budget) if learning is not None else "test"
        self.why, self.than = "", ""  # why nothing can be said; what a drop is measured against
        stages = (EXPORT,) if step.kind not in LEARNING else LEARNING
        found = read(step.folder(work.runs) / SCORES, stages, self.split)
        if found is not None and budget.metric.endswith(DROP):
            self.scores = self._drops(work, step, found)
        else:
            self.scores = found.rows if found is not None else {}
            if self.scores and not any(budget.metric in row for row in self.scores.values()):
                what = "what is exported" if step.kind == EXPORT else f"`{step.model}`"
                self.why = f"`evaluate.py` does not measure it of {what}"

    @property
    def value(self) -> float | None:
        """What was measured; None where nothing was."""
        return value(self.budget, self.scores)

    def _drops(self, work: Work, step: Step, found: Scored) -> Scores:
        """What each direction has lost against the model that is compared with."""
        other = compared_with(step, self.budget)
        self.than = f"that of `{other}`" + (" before export" if other == step.model else "")
        before = scored_alike(work, other, self.split, found.decoding)
        if before is None:
            how = f", decoded as {found.decoding}" if found.decoding else ""
            self.why = f"there are no scores of `{other}` on `data.{self.split}`{how}"
            return {}
        metric = self.budget.metric.removesuffix(DROP)
        return {
            name: {self.budget.metric: before.rows[name][metric] - row[metric]}
            for name, row in found.rows.items()
            if metric in row and metric in before.rows.get(name, {})
        }


def compared_with(step: Step, budget: Budget) -> str:
    """The model that a drop is measured against: the teacher, or the same model before its export."""
    named = budget.conditions.get("against")
    return str(named) if named else step.block.teacher_name if step.kind == "distill" else step.model


def judged(work: Work, step: Step) -> Iterator[Diagnostic]:
    """A TFS407 for each budget on quality that the scores of a step do not meet, or do not speak of."""
    for budget in step.block.budgets:
        if METRICS[budget.metric].measured:
            yield from diagnose(Quality(work, step, budget))


def diagnose(found: Quality) -> Iterator[Diagnostic]:
    """What is to be said of one budget; nothing if it is met."""
    budget, measured = found.budget, found.value
    if measured is not None and budget.met(measured):
        return
    labels = (Label(budget.span, "the budget"),) if budget.span is not None else ()
    severity = Severity.ERROR if budget.required else Severity.WARNING
    limit = str(budget.limit)
    if measured is None:
        message = (
            f"`{budget.metric}` was not measured on `data.{found.split}`, and {_must(budget)} be {limit}"
        )
        help = found.why or "give `data` a source for it"
        yield Diagnostic("TFS407", message, labels, severity, help=help)
        return
    shown = say(measured, budget.limit.dimension)
    message = f"{budget.metric}{of_language(budget)} is {shown} and {_must(budget)} be {limit}"
    if found.than:
        metric = budget.metric.removesuffix(DROP)
        message = f"{metric}{of_language(budget)} is {shown} below {found.than} and may be {limit}"
    yield Diagnostic("TFS407", message, labels, severity, (_rows(found),))


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


def of_language(budget: Budget) -> str:
    """` of the worst language`, ` of de`; nothing for the mean."""
    language = budget.conditions.get("language", "mean")
    return {"mean": "", "worst": " of the worst language"}.get(language, f" of {language}")


def _rows(found: Quality) -> str:
    """The metric of each direction, the worst first."""
    budget = found.budget
    rows = {name: row[budget.metric] for name, row in found.scores.items() if budget.metric in row}
    ordered = sorted(rows.items(), key=lambda row: row[1], reverse=budget.upper)
    said = ", ".join(f"{name} {say(amount, budget.limit.dimension)}" for name, amount in ordered)
    return f"measured on `data.{found.split}` by `evaluate.py`: {said}"


def _about(name: str, language: str) -> bool:
    """Whether a direction such as `en-zh-Hans`, or a language by itself, is about `language`."""
    return name == language or name.endswith(f"-{language}")


def _must(budget: Budget) -> str:
    return "may" if budget.upper else "must"

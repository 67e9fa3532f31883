"""The block `distill STUDENT from TEACHER`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from tfc.fields import (
    AUTO,
    SHARE,
    Auto,
    Computed,
    Family,
    ListOf,
    Variant,
    choice,
    default,
    setting,
    settings_of,
)
from tfc.spec.train import Training


def _teachers(name: str) -> Computed:
    """The setting that the teacher's own `train` has; without one the default of `train`, if that has any."""

    def rule(given: Mapping[str, Any]) -> Any:
        if f"teacher.{name}" in given:
            return given[f"teacher.{name}"]
        default = settings_of(Training)[name].default
        return default.rule(given) if isinstance(default, Computed) else default

    return Computed("that of the teacher's `train`", rule)


class Distill(Training, kind="distill", also=("distillation",)):
    """How a student learns from its teacher; the label is the student."""

    optimizer: Variant = setting(
        Family("optimizer"), "how weights are changed", default=_teachers("optimizer"), also=("optim",)
    )
    schedule: Variant = setting(
        Family("schedule"),
        "how the learning rate goes over the run",
        default=_teachers("schedule"),
        also=("lr_scheduler",),
    )
    precision: Variant = setting(
        Family("precision"),
        "what numbers are computed in",
        default=_teachers("precision"),
        also=("dtype", "mixed_precision"),
    )
    loss: tuple[Variant, ...] = setting(
        ListOf(Family("distill_loss"), least=1, single=True),
        "what is learnt; weights add up to 100%, and are equal if none is given",
        default=default("distill_loss", "kl"),
        also=("criterion", "objective"),
    )
    teacher: Variant | Auto = setting(
        Family("teacher"), "where the teacher is meanwhile", default=AUTO, auto=True
    )
    init: Variant = setting(Family("init"), "what the student begins with", default=default("init", "random"))
    align: str = setting(
        choice("same", "trimmed", "mapped", "none"),
        "the student's vocabulary to the teacher's; `none` allows `sequence` only",
        default="same",
        built=lambda align: align == "same",
    )
    on_policy: float = setting(
        SHARE, "batches that the student wrote", default=0.0, built=lambda share: share == 0
    )
    floors: Variant = setting(
        Family("floor"), "least share of each language", default=default("floor", "none")
    )
    teacher_name: str = field(default="")

    @property
    def student(self) -> str:
        """The model that learns."""
        return self.label

    @property
    def model(self) -> str:
        """The model that is trained, as in a `train` block."""
        return self.label

    def loss_called(self, name: str) -> Any:
        """The loss of that name; None if it is not among them."""
        return next((loss for loss in self.loss if loss.name == name), None)

    @property
    def translated(self) -> float:
        """The share of micro-batches that are the teacher's translations."""
        sequence = self.loss_called("sequence")
        return sequence.weight if sequence is not None else 0.0

    @property
    def looks_up(self) -> bool:
        """Whether the teacher's distributions are read from the disk."""
        return self.loss_called("kl") is not None and getattr(self.teacher, "name", "") == "cached"

    @property
    def asks_beside(self) -> bool:
        """Whether the teacher computes beside its student, step by step."""
        return self.loss_called("kl") is not None and not self.looks_up

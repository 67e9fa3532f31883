"""What a student learns from its teacher."""

from __future__ import annotations

from typing import Any

from tfc.fields import (
    COUNT,
    INDEX,
    POSITIVE,
    SHARE,
    Computed,
    Either,
    ListOf,
    Number,
    Variant,
    choice,
    setting,
)
from tfc.spec.variants.loss import BELOW_ONE
from tfc.units import Dimension

PART = Number((Dimension.SHARE,), above=0, most=1)
LAYERS = Either((choice("uniform", "last"), ListOf(INDEX, least=1)))


def _weight() -> Any:
    """None until the list that the loss stands in is known, which the resolver then divides equally."""
    return setting(
        SHARE, "of the whole loss; equal if none is given", default=Computed("equal", lambda given: None)
    )


def _layers() -> Any:
    return setting(LAYERS, "which of the teacher's layers", default="uniform")


class DistillLoss(Variant, family="distill_loss"):
    """What a student learns from its teacher; weights add up to 100%."""

    @property
    def token_level(self) -> bool:
        """Whether it compares the two token by token, and so needs one vocabulary."""
        return False


class Kl(DistillLoss, name="kl"):
    """The teacher's distribution over the next token (Hinton et al. 2015, arXiv 1503.02531)."""

    temperature: float = setting(POSITIVE, "how far both distributions are flattened", default=1.0)
    top: str | int = setting(
        Either((choice("all"), COUNT)), "how many of the teacher's likeliest tokens", default="all"
    )
    weight: float | None = _weight()

    @property
    def token_level(self) -> bool:
        return True


class SequenceLoss(DistillLoss, name="sequence"):
    """The teacher's whole translations (Kim and Rush 2016, arXiv 1606.07947)."""

    beam: int = setting(COUNT, "how many the teacher keeps while it writes", default=4, also=("num_beams",))
    best: int = setting(COUNT, "how many of them are learnt from", default=1)
    pick: str = setting(
        choice("score", "reference"),
        "by the teacher's score, or by likeness to the reference",
        default="score",
    )
    sample: float = setting(PART, "of the training sources that it translates", default=1.0)
    weight: float | None = _weight()


class HiddenLoss(DistillLoss, name="hidden", built=False):
    """The teacher's hidden states, through a projection."""

    layers: str | tuple[int, ...] = _layers()
    weight: float | None = _weight()


class AttentionLoss(DistillLoss, name="attention", built=False):
    """The teacher's attention."""

    layers: str | tuple[int, ...] = _layers()
    weight: float | None = _weight()


class GroundTruth(DistillLoss, name="cross_entropy"):
    """The ground truth, beside the teacher."""

    smoothing: float = setting(
        BELOW_ONE, "of the weight goes to all other tokens", default=0.0, also=("label_smoothing",)
    )
    weight: float | None = _weight()

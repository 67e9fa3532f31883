"""How the learning rate goes over a run."""

from __future__ import annotations

from typing import Any

from tfc.fields import SHARE, STEPS, Variant, setting


def _warmup() -> Any:
    return setting(
        STEPS, "over which the rate rises from nothing", default=0, also=("warmup_steps", "num_warmup_steps")
    )


def _floor() -> Any:
    return setting(SHARE, "of the highest rate, at the end", default=0.0, also=("min_lr", "min_lr_ratio"))


class Schedule(Variant, family="schedule"):
    """How the learning rate goes over a run."""


class Constant(Schedule, name="constant"):
    """The same to the end."""

    warmup: int = _warmup()


class Linear(Schedule, name="linear"):
    """Down to `floor` in a straight line."""

    warmup: int = _warmup()
    floor: float = _floor()


class Cosine(Schedule, name="cosine"):
    """Down to `floor` in half a wave."""

    warmup: int = _warmup()
    floor: float = _floor()


class InverseSqrt(Schedule, name="inverse_sqrt"):
    """Down by the root of the step, as in the first transformer."""

    warmup: int = _warmup()

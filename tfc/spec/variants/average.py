"""Which weights a run ends with."""

from __future__ import annotations

from tfc.fields import COUNT, Variant, setting


class Average(Variant, family="average"):
    """Which weights a run ends with."""


class NoAverage(Average, name="none"):
    """The best on `data.dev`, else the last."""


class LastAverage(Average, name="last"):
    """The mean of the last checkpoints."""

    count: int = setting(COUNT, "how many checkpoints")

"""How the processes of a run are started."""

from __future__ import annotations

from tfc.fields import TEXT, TIME, Variant, setting


class Launch(Variant, family="launch"):
    """How the processes of a run are started."""


class Torchrun(Launch, name="torchrun"):
    """By `torchrun`, on each node."""


class Slurm(Launch, name="slurm", built=False):
    """As a job of Slurm."""

    partition: str | None = setting(TEXT, "where it runs", default=None)
    time: float | None = setting(TIME, "after which Slurm ends it", default=None)


class Kubernetes(Launch, name="kubernetes", built=False):
    """As a job of Kubernetes."""

    namespace: str | None = setting(TEXT, "where it runs", default=None)
    image: str | None = setting(TEXT, "the container", default=None)

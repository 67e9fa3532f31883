"""What happens when a node is taken away."""

from __future__ import annotations

from tfc.fields import COUNT, TIME, Family, RangeOf, Variant, default, setting


class Resume(Variant, family="resume"):
    """With how many nodes a run goes on."""


class Same(Resume, name="same"):
    """With as many as before."""


class Elastic(Resume, name="elastic"):
    """With what there is, within bounds."""

    data: tuple[int, int] = setting(RangeOf(COUNT, single=False), "the least and the most of `parallel.data`")


class Preemption(Variant, family="preemption", built=False):
    """What happens when a node is taken away."""


class NoPreemption(Preemption, name="none", built=True):
    """Nodes are ours until the end."""


class Spot(Preemption, name="spot"):
    """Nodes may be taken away after a notice."""

    notice: float = setting(TIME, "between the notice and the end", default=30.0)
    resume: Resume = setting(
        Family("resume"), "with how many nodes it goes on", default=default("resume", "same")
    )

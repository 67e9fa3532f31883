"""An option: one lever pulled, as settings that move, with what that does to the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from tfc.advise.quality import SAME, Quality
from tfc.repair.notch import Notch


class Lever(StrEnum):
    """What one can do, in the order in which an engineer asks."""

    CHOOSE = "let tfc choose"
    RECOMPUTE = "recompute"
    ACCUMULATE = "accumulate"
    SHARD = "shard"
    SPLIT = "split"
    FUSE = "fuse"
    ROUND = "fewer bits"
    DEVICES = "other GPUs"
    LOCAL = "local attention"
    SMALLER = "a smaller model"
    DISTIL = "distil"


# How far each departs from what was asked: other devices than there are, then another model.
DEPARTURE = {Lever.DEVICES: 1, Lever.LOCAL: 2, Lever.SMALLER: 3, Lever.DISTIL: 4}
KEEPS_THE_MODEL = {
    lever for lever in Lever if lever not in (Lever.LOCAL, Lever.SMALLER, Lever.DISTIL, Lever.ROUND)
}


@dataclass(frozen=True)
class Option:
    """One lever, or two where one is not enough: the settings that move, and blocks that are added to the spec."""

    lever: Lever
    notch: Notch
    quality: Quality = SAME
    blocks: str = ""  # what is written below the last line of the file
    learners: tuple[str, ...] = ()  # the full names of blocks that learn in those

    @property
    def title(self) -> str:
        return self.notch.title

    @property
    def departure(self) -> int:
        return DEPARTURE.get(self.lever, 0)

    def with_partner(self, other: Option) -> Option:
        """The same with another option of the layout beside it."""
        return replace(self, notch=self.notch + other.notch)

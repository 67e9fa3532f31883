"""Memory over one optimizer step: its moments in the order in which they come, each with what is resident then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tfc.cost.items import Figure, Item, by_category, total
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.cost.estimate import Estimate

FORWARD, BACKWARD, OPTIMIZER, BESIDE = "forward pass", "backward pass", "optimizer", "beside"
LAST, END = "in the backward pass of ", "at the end of the backward pass of "
FIRST = "in the forward pass of "


@dataclass(frozen=True)
class Moment:
    """What is resident at one moment, and the part of a step that it belongs to."""

    phase: str
    name: str
    items: tuple[Item, ...]

    @property
    def short(self) -> str:
        """The name within its part of the step: `the loss`, `the embedding, at the end`."""
        if self.name.startswith(END):
            return f"{self.name.removeprefix(END)}, at the end"
        known = (LAST, FIRST, "in the ", "in ")
        return next((self.name.removeprefix(one) for one in known if self.name.startswith(one)), self.name)

    @property
    def figure(self) -> Figure:
        """Bytes, with their bounds."""
        return Figure(*total(self.items), Dimension.BYTES, self.items)

    @property
    def by_category(self) -> dict[str, Any]:
        """Bytes by category, largest first."""
        return by_category(self.items)


def steps(estimate: Estimate) -> tuple[Moment, ...]:
    """The moments of the worst rank in their order: forward through the blocks, back, the optimizer, the rest."""
    worst = estimate.worst
    return tuple(Moment(phase(name), name, worst.at(name)) for name in in_order(worst.moments))


def phase(moment: str) -> str:
    """The part of the step that a moment belongs to."""
    if moment.startswith(FIRST) or "teacher" in moment:
        return FORWARD
    if "backward pass" in moment:
        return BACKWARD
    return OPTIMIZER if "optimizer" in moment else BESIDE


def in_order(names: Iterable[str]) -> list[str]:
    """The moments as they come: the estimate lists them block by block, a step passes the blocks twice."""
    found = list(names)
    forward = [name for name in found if phase(name) == FORWARD]
    back = [name for name in found if phase(name) == BACKWARD]
    blocks = list(dict.fromkeys(name.removeprefix(END).removeprefix(LAST) for name in back))
    backward = [name for block in reversed(blocks) for name in (LAST + block, END + block) if name in back]
    rest = [name for name in found if phase(name) not in (FORWARD, BACKWARD)]
    teacher = [name for name in forward if "teacher" in name]
    own = [name for name in forward if "teacher" not in name]
    return [*teacher, *own, *backward, *sorted(rest, key=lambda name: phase(name) != OPTIMIZER)]

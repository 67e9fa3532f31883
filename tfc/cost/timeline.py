"""Memory over one optimizer step: what is resident as each block is passed, forward and backward."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfc.cost.arithmetic import Amount
from tfc.cost.items import ALWAYS, Item, Memory, by_category, by_line
from tfc.cost.memory import OPTIMIZER, Rank

if TYPE_CHECKING:
    from tfc.diagnostics.core import Span

FORWARD, LOSS, BACKWARD, STEP, BESIDE = "forward", "loss", "backward", "optimizer", "beside"


@dataclass(frozen=True)
class Moment:
    """What is resident at a moment of a step, at its worst."""

    phase: str  # "forward", "loss", "backward", "optimizer"; "beside" a step: a teacher, validation
    moment: str  # what is at work then: "decoder layer 3", "the loss"
    bytes: Amount
    by_category: dict[str, Amount]  # largest first
    by_span: dict[Span | None, Amount]  # by line of the spec, largest first; None is what no line causes


def timeline(rank: Rank) -> tuple[Moment, ...]:
    """The moments of one step of a rank, in their order; the last of several micro-batches stands for all."""
    memory = rank.memory
    return tuple(
        _moment(phase, name, (*memory.of(ALWAYS), *items)) for phase, name, items in _passed(rank, memory)
    )


def _passed(rank: Rank, memory: Memory) -> Iterator[tuple[str, str, Iterable[Item]]]:
    """The moments with what is resident then and not always: no moment of a block stands for another's here."""
    order = rank.stage.order
    names = _names(order)
    in_step = {item.moment for item in (*rank.moments(), *rank.optimizer())}
    for moment in memory.moments:
        if moment not in in_step:
            yield BESIDE, moment.removeprefix("in ").removeprefix("while "), memory.of(moment)
    for place, name in enumerate(names):
        yield (LOSS if order[place] == "output" else FORWARD), name, tuple(rank.forward(place, name))
    for place in reversed(range(len(order))):
        phase = LOSS if order[place] == "output" else BACKWARD
        yield phase, names[place], tuple(rank.backward(place, names[place]))
    yield STEP, "the step of the optimizer", memory.of(OPTIMIZER)


def _names(order: tuple[str, ...]) -> tuple[str, ...]:
    """The blocks of a stage as a person calls them: layers by their number within their side."""
    seen: dict[str, int] = {}
    found = []
    for name in order:
        side = name.split(".")[0]
        if name == "output":
            found.append("the loss")
        elif side in ("encoder", "decoder") and not name.endswith(".norm"):
            seen[side] = seen.get(side, 0) + 1
            found.append(f"{side} layer {seen[side]}")
        else:
            found.append(f"the {name.replace('.', ' ')}")
    return tuple(found)


def _moment(phase: str, name: str, items: tuple[Item, ...]) -> Moment:
    return Moment(phase, name, sum(item.amount for item in items), by_category(items), by_line(items))

"""Memory over one optimizer step: what is resident as each block is passed, forward and backward."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfc.cost.arithmetic import Amount
from tfc.cost.items import ALWAYS, Item, by_category, by_line
from tfc.cost.lesson import IN_TEACHER
from tfc.cost.memory import OPTIMIZER, Rank
from tfc.cost.passing import passed_one_by_one, validating
from tfc.cost.taped import TEACHER, traced

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
    always = memory.of(ALWAYS)
    in_step = {item.moment for item in (*rank.moments(), *rank.optimizer())}
    on_tape = traced(rank)
    beside = [
        (BESIDE, moment.removeprefix("in ").removeprefix("while "), memory.of(moment))
        for moment in memory.moments
        if moment not in in_step and not (on_tape and moment == IN_TEACHER)
    ]
    if on_tape and rank.train.kind == "train":
        beside.append((BESIDE, "validation", validating(rank)))
    passed = _on_tape(rank) if on_tape else _in_blocks(rank)
    found = (*beside, *passed, (STEP, "the step of the optimizer", memory.of(OPTIMIZER)))
    return tuple(_moment(phase, name, (*always, *items)) for phase, name, items in found)


def _on_tape(rank: Rank) -> Iterator[tuple[str, str, Iterable[Item]]]:
    """Each place that the tape passes, in their order."""
    names = _numbered(rank.stage.order)
    for phase, place_, items in passed_one_by_one(rank):
        block, number = place_
        name = names.get((block, number), f"the {block}")
        yield (LOSS if block == "output" else BESIDE if block == TEACHER else phase), name, items


def _in_blocks(rank: Rank) -> Iterator[tuple[str, str, Iterable[Item]]]:
    order = rank.stage.order
    names = _names(order)
    for place, name in enumerate(names):
        yield (LOSS if order[place] == "output" else FORWARD), name, tuple(rank.forward(place, name))
    for place in reversed(range(len(order))):
        phase = LOSS if order[place] == "output" else BACKWARD
        yield phase, names[place], tuple(rank.backward(place, names[place]))


def _numbered(order: tuple[str, ...]) -> dict[tuple[str, int], str]:
    """What a block is called, by its name and how many of its kind come before it."""
    seen: dict[str, int] = {}
    found = {}
    for name, called in zip(order, _names(order), strict=True):
        seen[name] = seen.get(name, -1) + 1
        found[name, seen[name]] = called
    return found


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

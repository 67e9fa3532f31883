"""What a tape says: the most that is resident at each place of the model, of what it is made, and what it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tfc.cost.arithmetic import Amount, is_one, largest
from tfc.cost.tape import Label, Tape


@dataclass
class Passage:
    """A place of the model, passed once: the most bytes while it is, and what they were then."""

    place: Any
    backward: bool
    most: Amount = 0
    event: int = 0  # at which they were most; of one layout
    made_of: dict[Label, Amount] = field(default_factory=dict)


def passages(tape: Tape) -> list[Passage]:
    """The places in the order in which they are passed; of arrays of layouts without what the bytes are."""
    found = [Passage("", False)]
    marks = iter([*tape.marks, None])
    mark = next(marks)
    now: Amount = 0
    for place, (_, size, _label) in enumerate(tape.events):
        while mark is not None and mark.event <= place:
            found.append(Passage(mark.place, mark.backward, now, place - 1))
            mark = next(marks)
        now = now + size
        here = found[-1]
        if not is_one(now):
            here.most = largest(here.most, now)
        elif now > here.most:
            here.most, here.event = now, place
    while mark is not None:
        found.append(Passage(mark.place, mark.backward, now, len(tape.events) - 1))
        mark = next(marks)
    if is_one(now):
        _explain(tape, found)
    return found


def _explain(tape: Tape, found: list[Passage]) -> None:
    """Say of each passage what was resident at its worst."""
    wanted: dict[int, list[Passage]] = {}
    for passage in found:
        wanted.setdefault(passage.event, []).append(passage)
    there: dict[int, tuple[Label, Amount]] = {}
    by_label: dict[Label, Amount] = {}
    for place, (number, size, label) in enumerate(tape.events):
        if label is None:
            old, held = there.pop(number)
            by_label[old] -= held
        elif number in there:
            old, held = there[number]
            by_label[old] -= held
            there[number] = label, held
            by_label[label] = by_label.get(label, 0) + held
        else:
            there[number] = label, size
            by_label[label] = by_label.get(label, 0) + size
        for passage in wanted.get(place, ()):
            passage.made_of = {name: amount for name, amount in by_label.items() if amount}


def peak(tape: Tape) -> Amount:
    """The most bytes at once."""
    return largest(*(passage.most for passage in passages(tape)))


def requests(tape: Tape) -> Iterator[tuple[int, int]]:
    """What an allocator is asked for, in order: a size, or -1 for what is given back; of one layout."""
    seen: set[int] = set()
    for number, size, label in tape.events:
        if label is None:
            yield number, -1
        elif number not in seen:
            seen.add(number)
            yield number, int(size)

"""What PyTorch reserves of a device: the requests of whole steps, replayed through its allocator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfc.cost.allocator import Allocator, Full, replay
from tfc.cost.arithmetic import is_one
from tfc.cost.items import Figure, Item, total
from tfc.cost.outside import scratch
from tfc.cost.peaks import requests
from tfc.cost.taped import Run, traced
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.cost.memory import Rank

STEPS = 2  # the first makes the state of the optimizer among what it finds free
# Of the libraries of products: of the thread that goes forward, and of the one that goes backward.
WORKSPACES = 2
# Of seven models on an H100 the replay was 0.7 per cent too low to 1.9 too high (docs/accuracy.md has the test).
LOW, HIGH = 0.98, 1.015


def replays(rank: Rank) -> bool:
    """Whether the requests of a rank are known: one layout, all of whose operations have a trace."""
    layout = rank.layout
    return traced(rank) and is_one(layout.sequences(rank.bucket) * rank.kept.inner * layout.accumulation)


def asked(rank: Rank) -> Iterator[tuple[int, int]]:
    """What a rank asks of its allocator in its first steps."""
    for number in range(WORKSPACES):
        yield -1 - number, int(scratch(rank.layout)) // WORKSPACES
    tape = Run(rank, folds=False).steps(STEPS, min(2, int(rank.layout.accumulation)))
    yield from requests(tape)


def reserved(rank: Rank, allocated: Figure) -> Figure:
    """Bytes that torch reserves for what it allocates, without a limit."""
    return _figure(replay(asked(rank)), allocated)


def within(rank: Rank, allocated: Figure, limit: float) -> Figure | None:
    """The same on a device with so many bytes, where what is free is given back at need; None if that is too little."""
    try:
        return _figure(replay(asked(rank), limit=limit), allocated)
    except Full:
        return None


def _figure(allocator: Allocator, allocated: Figure) -> Figure:
    more = max(0, allocator.peak_reserved - allocated.value)
    least = max(allocated.low, allocator.peak_reserved * LOW) - allocated.low
    most = allocator.peak_reserved * HIGH - allocated.high
    text = "blocks and pages that the allocator cannot give back"
    item = Item(more, Dimension.BYTES, "allocator", text, low=max(0, least), high=max(more, most))
    items = (*allocated.items, item)
    return Figure(*total(items), Dimension.BYTES, items)

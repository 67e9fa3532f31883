"""What sending takes: rings, a latency for each of their steps and a bandwidth for their bytes (F3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.cost.arithmetic import Amount, choose, largest, smallest
from tfc.cost.roofline import attained

if TYPE_CHECKING:
    from tfc.hardware.device import Link
    from tfc.parallel.base import Message
    from tfc.parallel.layout import Layout

# (bytes that a rank sends, steps) of a ring of n, for a tensor of one byte.
_STEPS = {"all_reduce": 2, "all_gather": 1, "reduce_scatter": 1}


def bytes_sent(message: Message) -> Amount:
    """Bytes that one rank sends for one message: 2 (n - 1) / n of an all-reduce, (n - 1) / n of a gather or scatter."""
    if message.collective == "send":
        return message.size
    return _STEPS[message.collective] * (message.ranks - 1) / message.ranks * message.size


def seconds(message: Message, link: Link, ways: Amount = 1) -> Amount:
    """What one message takes on a link, or on so many side by side; nothing in a group of one."""
    steps = 1 if message.collective == "send" else _STEPS[message.collective] * (message.ranks - 1)
    moved = bytes_sent(message) / (link.bandwidth * link.attained * ways)
    return choose(message.ranks > 1, steps * link.latency + moved, 0)


def step_seconds(message: Message, layout: Layout) -> Amount:
    """What all of a message's repetitions in one step take, hidden or not."""
    near, far = measured(message, layout), seconds(message, layout.device.fabric, beyond(message, layout))
    return message.count * choose(message.span_of_ranks <= layout.per_node, near, far)


def beyond(message: Message, layout: Layout) -> Amount:
    """How many adapters a group sends through beyond a node: NCCL lays a ring through that of each member there.

    Neighbours in a group stand `span_of_ranks / ranks` ranks apart. The rings meet in the links inside a node, which
    they cannot outrun. An adapter that a node shares stays one.
    """
    fabric, near = layout.device.fabric, layout.device.node_link
    if fabric.shared or message.collective == "send":
        return 1
    apart = message.span_of_ranks / message.ranks
    members = largest(1, smallest(message.ranks, layout.per_node / apart))
    return smallest(members, near.bandwidth * near.attained / (fabric.bandwidth * fabric.attained))


def measured(message: Message, layout: Layout) -> Amount:
    """What one message takes inside a node: as it was measured among so many ranks, or else by the link's figures."""
    found, known = seconds(message, layout.device.node_link), attained(layout)
    numbers = set(message.ranks.ravel().tolist()) if hasattr(message.ranks, "ravel") else {message.ranks}
    for ranks in sorted(numbers):
        taken = known.collective(message.collective, int(ranks), message.size) if ranks > 1 else None
        if taken is not None:
            found = choose(message.ranks == ranks, taken, found)
    return found

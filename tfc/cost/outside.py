"""What is taken beside tensors: the context, communicators, and what the allocator cannot give back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfc.cost.arithmetic import Amount
from tfc.cost.items import Item, Memory
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout

MIB = 2**20
# A communicator of NCCL: "~0.5 GB in rough" (F2); 1 to 20 GB in all in the worst reports.
COMMUNICATOR = 512 * MIB
# What the caching allocator holds beside tensors: blocks are rounded to 2 MiB, and freed ones of other sizes stay. With
# expandable segments, which generated launchers ask for, a few per cent.
FRAGMENTS, MOST_FRAGMENTS = 0.02, 0.06


def outside(layout: Layout, items: tuple[Item, ...]) -> Iterator[Item]:
    """The items of one rank that no tensor is behind, given those that are."""
    device = layout.device
    if device.is_cpu:
        yield _bytes(device.overhead, "workspace", "interpreter and libraries", 0.9, 1.5)
        return
    peak = Memory("", items).peak
    yield _bytes(peak * FRAGMENTS, "allocator", "rounding and fragments", 0, MOST_FRAGMENTS / FRAGMENTS)
    yield _bytes(device.overhead, "workspace", "CUDA context and libraries", 0.6, 1.4)
    groups = sum((degree > 1) * 1 for degree in (layout.data, layout.tensor, layout.pipeline, layout.context))
    if not _is_zero(groups):
        yield _bytes(groups * COMMUNICATOR, "communicators", "NCCL, one for each group of ranks", 0.5, 2)


def _bytes(amount: Amount, category: str, what: str, low: float, high: float) -> Item:
    return Item(amount, Dimension.BYTES, category, what, low=amount * low, high=amount * high)


def _is_zero(amount: Amount) -> bool:
    return not hasattr(amount, "shape") and amount == 0

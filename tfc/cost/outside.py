"""What is taken beside tensors: the context, communicators, and what the allocator cannot give back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tfc.cost.arithmetic import Amount, largest
from tfc.cost.items import Item, Memory
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout

MIB = 2**20
# A communicator of NCCL: "~0.5 GB in rough" (F2); 1 to 20 GB in all in the worst reports.
COMMUNICATOR = 512 * MIB
# What the caching allocator holds beside tensors: blocks are rounded to 2 MiB, and freed ones of other sizes stay.
# Measured with expandable segments, which generated launchers ask for: 0.9 to 3.2 per cent (devices.toml tells where).
FRAGMENTS, MOST_FRAGMENTS = 0.015, 0.05
# Within what a context that was measured is met again: kernels are loaded as they are first used.
MEASURED = (0.95, 1.15)
# glibc keeps what is freed of blocks below 32 MiB: the resident set beyond tensors, measured on two threads with the
# quickstart's model at 61 to 800 MiB of tensors, was 0, 53, 171 and 272 MiB.
HEAP, FREE = 0.4, 96 * MIB


def outside(layout: Layout, items: tuple[Item, ...]) -> Iterator[Item]:
    """The items of one rank that no tensor is behind, given those that are."""
    device = layout.device
    peak = Memory("", items).peak
    if device.is_cpu:
        yield _bytes(largest(peak - FREE, 0) * HEAP, "allocator", "freed blocks that the heap keeps", 0, 1.35)
        yield _bytes(device.overhead, "workspace", "interpreter and libraries", 0.95, 1.2)
        return
    known = layout.profile.memory if layout.profile is not None else {}
    yield _bytes(scratch(layout), "scratch", "cuBLAS workspaces", 0.5, 1.1)
    yield _bytes(peak * FRAGMENTS, "allocator", "rounding and fragments", 0, MOST_FRAGMENTS / FRAGMENTS)
    context = (known["context"], *MEASURED) if "context" in known else (device.overhead, 0.7, 1.2)
    yield _bytes(context[0], "workspace", "CUDA context and kernels", *context[1:])
    groups = sum((degree > 1) * 1 for degree in (layout.data, layout.tensor, layout.pipeline, layout.context))
    if not _is_zero(groups):
        each, low, high = _communicator(known.get("communicator"))
        yield _bytes(groups * each, "communicators", "NCCL, one for each group of ranks", low, high)


def scratch(layout: Layout) -> float:
    """Bytes that torch allocates for the libraries of products: as measured, or as they are by default."""
    known = layout.profile.memory if layout.profile is not None else {}
    return known.get("scratch", layout.device.scratch)


def _communicator(measured: Mapping[int, float] | None) -> tuple[float, float, float]:
    """Bytes of one, and their bounds; of those that were measured the largest."""
    if not measured:
        return COMMUNICATOR, 0.5, 2
    return max(measured.values()), 0.8, 1.25


def _bytes(amount: Amount, category: str, what: str, low: float, high: float) -> Item:
    return Item(amount, Dimension.BYTES, category, what, low=amount * low, high=amount * high)


def _is_zero(amount: Amount) -> bool:
    return not hasattr(amount, "shape") and amount == 0

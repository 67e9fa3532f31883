"""The machines of the published rows: figures that `tfc` has of a device, and data sheets of those that it has not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from tfc.hardware.device import Link, link

if TYPE_CHECKING:
    from benchmarks.published.rows import Row


@dataclass(frozen=True)
class Machine:
    """What one device attains, in FLOP/s, bytes a second and seconds, and how it reaches others."""

    name: str
    peak: float  # dense, in 16 bits
    bandwidth: float
    products: float  # shares of the peak and of the bandwidth that kernels reach
    attention: float
    traffic: float
    dispatch: float  # seconds in which the CPU starts a kernel
    capacity: float  # bytes
    context: float  # bytes beside what torch has
    near: Link
    far: Link


# (10^12 FLOP/s in 16 bits, GB/s, GiB, GB/s to a neighbour in one direction): data sheets of the Tesla V100 SXM2, the
# T4, the A10 and the GB200 (one GPU of it, dense). Kernels are taken to reach what they do on an A100.
SHEETS = {
    "v100_32gb": (125.0, 900.0, 32, 150.0),
    "v100": (125.0, 900.0, 16, 150.0),
    "t4": (65.0, 320.0, 16, 15.75),
    "a10": (125.0, 600.0, 24, 31.5),
    "gb200": (2500.0, 8000.0, 186, 900.0),
}
# GB/s that one GPU can send to another node, where a source says how its nodes are joined. Mosaic: 1600 Gbit/s a node
# (the benchmark's own headings; 3200 of its H100s is InfiniBand's usual figure). Jean Zay: four Omni-Path links of
# 100 Gbit/s for eight GPUs (arXiv 2211.05100).
FABRICS = {
    ("MosaicML_llm-foundry_bench", "a100_40gb"): 25.0,
    ("MosaicML_llm-foundry_bench", "a100_80gb"): 25.0,
    ("BLOOM_prequel_2022", "a100_80gb"): 6.25,
}


@cache
def machine(name: str) -> Machine:
    """The machine of that name; raises `KeyError` if neither `tfc` nor this module knows it."""
    from tfc.fields import variants

    known = variants("device")
    sheet = SHEETS.get(name)
    if sheet is None:
        device: Any = known[name]()
        return Machine(
            name,
            device.peak("bf16"),
            device.bandwidth,
            device.attained("products"),
            device.attained("attention"),
            device.attained("traffic"),
            device.dispatch,
            device.capacity,
            device.overhead,
            device.node_link,
            device.fabric,
        )
    like = machine("a100_80gb")
    peak, bandwidth, memory, near = sheet
    neighbour = Link("data sheet", near * 1e9, like.near.latency, like.near.attained)
    return Machine(
        name,
        peak * 1e12,
        bandwidth * 1e9,
        like.products,
        like.attention,
        like.traffic,
        like.dispatch,
        memory * 2**30,
        like.context,
        neighbour,
        link("infiniband_hdr"),
    )


def fabric(row: Row) -> Link:
    """How the nodes of a row are joined."""
    own = machine(row.device).far
    found = FABRICS.get((row.source, row.device))
    return Link("as the source says", found * 1e9, own.latency, own.attained) if found else own

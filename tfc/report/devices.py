"""The layout drawn on its devices: nodes, the devices in them, what each computes, and how full its memory is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from tfc.report.groups import MEMORY, OUTSIDE, grouped
from tfc.units import Dimension, group, say

if TYPE_CHECKING:
    from tfc.cost.estimate import Estimate
    from tfc.cost.items import Memory
    from tfc.parallel.layout import Layout

WIDTH = 1000
MOST = 1024  # devices that are drawn; what comes after them is alike, and said
# The most devices, and then the width and height of one, the gap between two, and whether there is room for its name.
SIZES = (
    (1, 300, 150, 0, True),
    (8, 115, 84, 8, True),
    (64, 51, 36, 5, True),
    (256, 21, 18, 3, False),
    (10**9, 13, 13, 2, False),
)
LEGIBLE = 15  # the least width of a device in which its parts are told apart, and by which a node has room for a name
PAD, HEAD = 10, 24  # around the devices of a node, and the height of its name
NAME = 15  # the height of a device's own name, where there is room for it


@dataclass(frozen=True)
class Slice:
    """A part of a device's memory, from the bottom up."""

    style: str
    y: float
    height: float


@dataclass(frozen=True)
class Cell:
    """One device: where it is drawn, what it is called, and its place in each division of the work."""

    x: float
    y: float
    rank: int
    places: Mapping[str, int]
    label: str
    text: str  # all of it, in words
    slices: tuple[Slice, ...]
    over: bool  # whether more is needed than the device has


@dataclass(frozen=True)
class Node:
    """A machine with its devices."""

    x: float
    y: float
    width: float
    height: float
    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Devices:
    """The drawing, and what is written beside it."""

    height: float
    cell: tuple[float, float]
    named: bool
    nodes: tuple[Node, ...]
    left_out: int
    links: tuple[str, ...]
    key: str  # how a name is read
    stages: tuple[tuple[str, str, str], ...]  # of each stage its name, its layers and its peak
    divisions: tuple[tuple[str, int], ...]
    width: int = WIDTH


def devices(estimate: Estimate) -> Devices:
    """The drawing of the devices of a block that trains."""
    layout = estimate.layout
    _, wide, high, gap, named = next(row for row in SIZES if layout.count <= row[0])
    across = min(layout.per_node, 4 if layout.count > 8 else 8)
    pad, title = (PAD, HEAD + PAD / 2) if wide > LEGIBLE else (PAD / 2, PAD / 2)
    width = across * (wide + gap) - gap + 2 * pad
    line = high + gap + (NAME if named else 0)
    height = ceil(layout.per_node / across) * line - gap + title + pad
    size = (across, wide + gap, line, line - high - gap, pad, title)
    in_row = max(1, int((WIDTH + 12) // (width + 12)))
    shown = min(layout.nodes, max(1, MOST // layout.per_node))
    peaks = stage_peaks(estimate)
    slices = [_slices(rank, estimate.capacity, high, wide > LEGIBLE) for rank in peaks]
    nodes = tuple(
        Node(
            x := (index % in_row) * (width + 12),
            y := (index // in_row) * (height + 14),
            width,
            height,
            _node_name(layout, index),
            tuple(
                _cell(layout, index * layout.per_node + at, x, y, at, size, slices, peaks)
                for at in range(layout.per_node)
            ),
        )
        for index in range(shown)
    )
    return Devices(
        ceil(shown / in_row) * (height + 14) - 14,
        (wide, high),
        named,
        nodes,
        layout.count - shown * layout.per_node,
        tuple(_links(layout)),
        _key(layout) if named else "",
        tuple(_stages(layout, peaks)),
        tuple((name, degree) for name, degree in divisions(layout).items() if degree > 1),
    )


def _node_name(layout: Layout, index: int) -> str:
    """`node 3, stage 1`: where all of a node computes the same stage, that is said once."""
    if layout.nodes == 1:
        return "one machine"
    ranks = range(index * layout.per_node, (index + 1) * layout.per_node)
    stages = {places(layout, rank)["pipeline"] for rank in ranks}
    whole = layout.pipeline > 1 and len(stages) == 1
    return f"node {index}" + (f", stage {next(iter(stages)) + 1}" if whole else "")


def divisions(layout: Layout) -> dict[str, int]:
    """The ways in which the work is divided, from neighbouring devices to distant ones."""
    names = ("tensor", "context", "data", "pipeline")
    return {name: int(getattr(layout, name)) for name in names}


def places(layout: Layout, rank: int) -> dict[str, int]:
    """Where a rank stands in each division: neighbours share a layer, the stages of a pipeline are farthest apart."""
    found = {}
    for name, degree in divisions(layout).items():
        found[name], rank = rank % degree, rank // degree
    return found


def stage_peaks(estimate: Estimate) -> list[Memory]:
    """Of each stage of the pipeline, the memory of its worst rank."""
    found: dict[str, Memory] = {}
    for rank in estimate.ranks:
        if rank.rank not in found or rank.peak > found[rank.rank].peak:
            found[rank.rank] = rank
    return [
        found[name]
        for name in sorted(found, key=lambda name: [int(word) for word in name.split() if word.isdigit()])
    ]


def _cell(
    layout: Layout,
    rank: int,
    x: float,
    y: float,
    at: int,
    size: tuple[int, int, int, int, float, float],
    slices: list[tuple[Slice, ...]],
    peaks: list[Memory],
) -> Cell:
    across, wide, line, head, pad, title = size
    found = places(layout, rank)
    stage = min(found["pipeline"], len(peaks) - 1)
    several = {name: place for name, place in found.items() if divisions(layout)[name] > 1}
    told = [
        f"{_SAID[name]} {place + 1} of {divisions(layout)[name]}" for name, place in reversed(several.items())
    ]
    return Cell(
        x + pad + at % across * wide,
        y + title + at // across * line + head,
        rank,
        found,
        " ".join(f"{name[0]}{place}" for name, place in several.items() if name != "pipeline"),
        f"device {rank}: {', '.join([*told, say(peaks[stage].peak, Dimension.BYTES)])}",
        slices[stage],
        float(peaks[stage].peak) > layout.device.capacity,
    )


_SAID = {"tensor": "part", "context": "piece of the context", "data": "copy", "pipeline": "stage"}


def _slices(rank: Memory, capacity: float, high: float, legible: bool) -> tuple[Slice, ...]:
    """How full a device is at its peak, by group where they can be told apart; what is too much ends at the rim."""
    if not legible:
        height = min(1.0, float(rank.peak) / capacity) * high
        return (Slice("weights", high - height, height),)
    found, filled = [], 0.0
    amounts: dict[str, float] = {}
    for item in rank.at(rank.peak_moment):
        amounts[item.category] = amounts.get(item.category, 0.0) + float(item.amount)
    for band, amount in grouped(amounts, MEMORY, OUTSIDE).items():
        height = min(amount / capacity * high, high - filled)
        filled += height
        found.append(Slice(band.style, high - filled, height))
    return tuple(found)


def _key(layout: Layout) -> str:
    """How the name of a device is read: `t1 d0 is part 1 of copy 0`."""
    several = [name for name, degree in divisions(layout).items() if degree > 1 and name != "pipeline"]
    if not several:
        return ""
    return f"`{' '.join(f'{name[0]}0' for name in several)}`: {', '.join(f'{_SAID[name]} 0' for name in several)}"


def _links(layout: Layout) -> Iterator[str]:
    device = layout.device
    if layout.per_node > 1:
        yield f"within a node {device.node_link.name}, {say(device.node_link.bandwidth, Dimension.BANDWIDTH)} each way"
    if layout.nodes > 1:
        yield f"between nodes {device.fabric.name}, {say(device.fabric.bandwidth, Dimension.BANDWIDTH)} each way"


def _stages(layout: Layout, peaks: list[Memory]) -> Iterator[tuple[str, str, str]]:
    if layout.pipeline == 1:
        return
    for stage, peak in zip(layout.stages, peaks, strict=False):
        layers = sum(
            name.split(".")[0] in ("encoder", "decoder") and not name.endswith(".norm")
            for name in stage.order
        )
        ends = [name for name in ("embedding", "output") if name in stage.order]
        what = " and ".join(
            [
                *(f"the {name}" for name in ends[:1]),
                f"{group(layers)} layers",
                *(f"the {n}" for n in ends[1:]),
            ]
        )
        yield f"stage {stage.index + 1}", what, say(peak.peak, Dimension.BYTES)

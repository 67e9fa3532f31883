"""Tier 0: lower bounds on memory and time of many layouts of one block at once (D4 of the design's cost page).

The bounds are made of the same declarations as the exact estimate, evaluated on arrays. What depends only on the
micro-batch and on how a layer is cut, a *site*, is worked out once for each site; what a layout adds is looked up from
there. Seconds are those of the exact estimate. Bytes lack what only the tape sees: the temporaries of backward passes,
and gradients that come and go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from tfc.cost.arithmetic import Amount, choose, largest
from tfc.cost.items import ALWAYS, Item
from tfc.cost.kept import keeps
from tfc.cost.memory import Rank, at
from tfc.cost.outside import outside
from tfc.cost.sharded import gathered
from tfc.cost.stage import Pace, StageTime, seconds
from tfc.cost.time import paced
from tfc.graph.sized import SHARED
from tfc.spec.written import written
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.graph.sized import SizedBlock, SizedGraph
    from tfc.parallel.layout import Layout
    from tfc.parallel.pipeline import Stage

PEAK = "at the peak"


@dataclass(frozen=True, eq=False)
class Grid:
    """Layouts that differ in numbers only, as arrays of equal length; `micro` is in the unit of the batch."""

    micro: Any
    accumulation: Any
    tensor: Any
    context: Any
    data: Any
    shards: Any

    def __len__(self) -> int:
        return len(self.micro)

    def of(self, layout: Layout) -> Layout:
        """The layout with these numbers."""
        return layout.replace(**{field.name: getattr(self, field.name) for field in fields(self)})


@dataclass(frozen=True, eq=False)
class Bounds:
    """Lower bounds of each layout of a grid."""

    memory: Amount  # bytes on the worst device, as its driver shows them
    tensors: Amount  # those of them that torch counts
    step: Amount  # seconds of an optimizer step
    tokens: Amount  # tokens of a step, without padding: no bound, they are known


@dataclass(frozen=True, eq=False)
class Cells:
    """What one stage keeps of one micro-batch, in bytes at each site."""

    most: Amount  # in the worst moment of its own micro-batch
    whole: Amount  # when all its layers have kept theirs
    shared: Amount  # once for all layers


class Sweep:
    """The sites that the grids of one block have in common, and what was worked out for them.

    `grids` are all that bounds will be asked for; the layout of `bounds` says the rest: stages, ZeRO, recomputation.
    """

    def __init__(self, grids: Sequence[Grid]) -> None:
        import numpy

        columns = ("micro", "tensor", "context")
        micro, tensor, context = (
            numpy.concatenate([getattr(grid, name) for grid in grids]).astype("int64") for name in columns
        )
        coded = (micro * (tensor.max() + 1) + tensor) * (context.max() + 1) + context
        _, first, places = numpy.unique(coded, return_index=True, return_inverse=True)
        ends = numpy.cumsum([len(grid) for grid in grids])[:-1]
        self._places = dict(zip(map(id, grids), numpy.split(places, ends), strict=True))
        self._grids = grids  # an id is one grid's own while the grid lives
        one = numpy.ones(len(first))
        self.sites = Grid(micro[first] * one, one, tensor[first] * one, context[first] * one, one, one)
        self._sized: dict[Any, SizedGraph] = {}
        self._paces: dict[Any, Pace] = {}
        self._cells: dict[Any, Cells] = {}

    def bounds(self, layout: Layout, grid: Grid) -> Bounds:
        """Lower bounds of the layouts of a grid, all with the stages, ZeRO and recomputation of `layout`."""
        every, place = grid.of(layout), self._places[id(grid)]
        ranks = [self._rank(every, stage, place) for stage in _unlike(layout.stages)]
        tensors = largest(*(tensors for tensors, _ in ranks))
        memory = largest(*(taken for _, taken in ranks))
        return Bounds(memory, tensors, self._step(every, place), every.tokens_per_step)

    # ------------------------------------------------------------------------------------------------ sites

    def _at_sites(self, layout: Layout) -> Layout:
        return self.sites.of(layout)

    def _sized_at(self, layout: Layout, bucket: tuple[int, int]) -> SizedGraph:
        """The graph at each site."""
        key = (bucket, layout.zero >= 2)
        if key not in self._sized:
            self._sized[key] = at(self._at_sites(layout), bucket)
        return self._sized[key]

    def _cell(self, layout: Layout, stage: Stage) -> Cells:
        """What a stage keeps at each site."""
        key = (_counts(stage), _said(layout), layout.sequence)
        if key not in self._cells:
            sites, sized = self._at_sites(layout), self._sized_at(layout, layout.longest)
            self._cells[key] = _cells(sites, stage, sized)
        return self._cells[key]

    def _pace(self, layout: Layout, stage: Stage) -> Pace:
        """What a micro-batch takes of a stage at each site."""
        key = (_counts(stage), _said(layout), layout.sequence)
        if key not in self._paces:
            sites, sized = self._at_sites(layout), self._sized_at(layout, layout.typical)
            pace = StageTime(sites, stage, sized).pace
            none = 0 * sites.micro
            self._paces[key] = Pace(pace.host + none, pace.device + none, pace.alone + none)
        return self._paces[key]

    # ---------------------------------------------------------------------------------------------- layouts

    def _rank(self, layout: Layout, stage: Stage, place: Any) -> tuple[Amount, Amount]:
        """Bytes of tensors on a rank of a stage, and with what is outside them."""
        rank = Rank(layout, stage, layout.longest, self._sized_at(layout, layout.longest))
        cells = self._cell(layout, stage)
        states = _sum(item for item in rank.states() if item.moment == ALWAYS)
        first = rank.blocks[stage.order[0]]
        during = _sum(rank.gradients(len(stage.order), PEAK)) + _sum(gathered(rank, first, PEAK, False))
        in_flight = rank.in_flight
        during = during + cells.most[place] + in_flight * cells.shared[place]
        if layout.pipeline > 1:
            during = during + (in_flight - 1) * cells.whole[place]
        peak = states + largest(during, _sum(rank.optimizer()))
        beside = outside(layout, (Item(peak, Dimension.BYTES, "tensors", "", PEAK),))
        return peak, peak + _sum(beside)

    def _step(self, layout: Layout, place: Any) -> Amount:
        """Seconds of a step, by whichever stage is the slowest."""
        sized = self._sized_at(layout, layout.typical)
        stages = [
            Priced(layout, stage, sized, self._pace(layout, stage).at(place))
            for stage in layout.stages_at(layout.typical)
        ]
        found: Amount = 0
        slowest: Amount = 0
        for one in _unlike(stages):
            taken = sum(item.amount for item in paced(layout, stages, one))
            slower = one.micro_batch > slowest
            found = choose(slower, taken, found)
            slowest = largest(slowest, one.micro_batch)
        return found


class Priced(StageTime):
    """A stage of which it is known what it takes for a micro-batch."""

    def __init__(self, layout: Layout, stage: Stage, sized: SizedGraph, pace: Pace) -> None:
        super().__init__(layout, stage, sized)
        vars(self)["pace"] = pace  # instead of working it out

    @property
    def order(self) -> tuple[str, ...]:
        return self.stage.order

    def items(self) -> Iterator[Item]:
        yield seconds(self.pace.device * self.layout.accumulation, "compute", "all layers", None)

    def waiting(self) -> Iterator[tuple[str, Amount]]:
        yield "all layers", largest(self.pace.host - self.pace.device, 0) * self.layout.accumulation


def _cells(layout: Layout, stage: Stage, sized: SizedGraph) -> Cells:
    """What a stage keeps of one micro-batch: the most in its forward pass, or when a layer is made again."""
    kept = layout.kept
    part = {"stream": kept.edge, "inner": kept.inner, "copy": kept.copies}
    blocks = {block.name: block for block in sized.blocks if stage.count(block.name)}
    own, again = {}, {}
    for name, block in blocks.items():
        stays = {
            id(tensor): tensor.size * part[tensor.place]
            for _, tensors in keeps(block, layout.train.recompute)
            for tensor in tensors
        }
        own[name] = sum(stays.values())
        again[name] = sum(
            tensor.size * part[tensor.place]
            for node in block.nodes
            for tensor in node.tensors
            if id(tensor) not in stays and tensor.place != SHARED and name != "output"
        )
    whole = sum(stage.count(name) * size for name, size in own.items())
    shared = sum(tensor.size * kept.edge for tensor in sized.shared)
    most = [
        _upto(stage, name, own) + largest(_within(block, kept), again[name]) for name, block in blocks.items()
    ]
    return Cells(*(amount + 0 * layout.micro for amount in (largest(*most), whole, shared)))


def _upto(stage: Stage, name: str, own: dict[str, Amount]) -> Amount:
    """What is kept when the last block of a name has been passed."""
    last = len(stage.order) - stage.order[::-1].index(name)
    return sum(stage.order[:last].count(other) * size for other, size in own.items())


def _within(block: SizedBlock, kept: Any) -> Amount:
    """The widest moment of a block's forward pass."""
    return largest(*(node.temporaries[0] for node in block.nodes)) * kept.inner


def _unlike(stages: Sequence[Any]) -> list[Any]:
    """The first of those stages that are made of the same blocks: it has most micro-batches in flight."""
    found: dict[Any, Any] = {}
    for stage in stages:
        found.setdefault(_counts(stage), stage)
    return list(found.values())


def _counts(stage: Any) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(stage.order).items()))


def _said(layout: Layout) -> tuple[str, bool]:
    """What a site does not say of a layer: recomputation, and whether its weights are cast already."""
    return written(layout.train.recompute), layout.zero >= 2


def _sum(items: Any) -> Amount:
    return sum(item.amount for item in items)

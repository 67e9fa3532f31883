"""Graph + Spec -> Layout: who holds what, and how a batch is cut. Nothing is `auto` any more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any

from tfc.fields import AUTO
from tfc.parallel import buckets as padded
from tfc.parallel.base import Amount, Conflict, Kept, Message, Strategy, Work
from tfc.parallel.context import ContextParallel
from tfc.parallel.data import DataParallel
from tfc.parallel.pipeline import PipelineParallel, Stage, stages
from tfc.parallel.sequence import SequenceParallel
from tfc.parallel.tensor import TensorParallel
from tfc.parallel.zero import Zero
from tfc.units import Dimension, Quantity

if TYPE_CHECKING:
    from tfc.graph.graph import Graph
    from tfc.hardware.device import Device
    from tfc.hardware.profile import Profile

STRATEGIES: tuple[Strategy, ...] = (
    DataParallel(),
    Zero(),
    TensorParallel(),
    SequenceParallel(),
    ContextParallel(),
    PipelineParallel(),
)

Bucket = tuple[int, int]


@dataclass(frozen=True)
class Layout:
    """One `train` or `distill` block, divided. The degrees and batch sizes may be numpy arrays, for a sweep."""

    name: str  # the full name of the block: `train`, `distill.babel_small`
    spec: Any
    train: Any
    model: Any
    graph: Graph
    teacher: Graph | None  # where a resident teacher computes beside its student
    device: Device
    nodes: int
    per_node: int
    data: Amount
    tensor: Amount
    pipeline: int
    context: Amount
    sequence: bool
    zero: int
    shards: Amount
    schedule: str
    chunks: int
    buckets: tuple[Bucket, ...]  # (source, target), padded, the longest last
    lengths: Bucket  # typical, not padded
    counts_tokens: bool  # a micro-batch is so many tokens, and not so many sequences
    batch: Amount  # of one optimizer step: tokens if `counts_tokens`, else sequences
    micro: Amount  # of one forward pass of one rank, in the same unit
    accumulation: Amount
    size: Quantity | None  # how much data there is
    profile: Profile | None = None  # what was measured of the device, if it was

    @property
    def count(self) -> int:
        """Devices."""
        return self.nodes * self.per_node

    @property
    def degrees(self) -> Amount:
        return self.data * self.tensor * self.pipeline * self.context

    @property
    def fills(self) -> bool:
        """Whether the degrees multiply to the number of devices."""
        return bool(self.degrees == self.count)

    @property
    def divides(self) -> bool:
        """Whether micro-batches, accumulation and copies multiply to the batch."""
        return bool(self.micro * self.accumulation * self.data == self.batch)

    @property
    def longest(self) -> Bucket:
        return self.buckets[-1]

    @property
    def microbatch(self) -> Amount:
        """Sequences of one rank in one forward pass over the longest bucket."""
        return self.sequences(self.longest)

    def sequences(self, bucket: Bucket) -> Amount:
        """Sequences of one rank in one forward pass over a bucket; at least one."""
        if not self.counts_tokens:
            return self.micro
        found = self.micro // sum(bucket)
        return found + (found < 1)

    def bucket_of(self, lengths: Bucket) -> Bucket:
        """The bucket that a pair of lengths falls into."""
        fitting = (bucket for bucket in self.buckets if bucket[0] >= lengths[0] and bucket[1] >= lengths[1])
        return next(fitting, self.longest)

    @property
    def typical(self) -> Bucket:
        """The bucket of the typical lengths: time is predicted for it, memory for the longest."""
        return self.bucket_of(self.lengths)

    @property
    def filled(self) -> float:
        """The part of the positions of a typical bucket that is not padding."""
        return min(1.0, sum(self.lengths) / sum(self.typical))

    @property
    def tokens_per_step(self) -> Amount:
        """Tokens of one optimizer step over all ranks, without padding."""
        return self.sequences(self.typical) * sum(self.typical) * self.filled * self.data * self.accumulation

    @cached_property
    def steps(self) -> int | None:
        """Optimizer steps of the run; None where it is told in epochs and `data.size` is not known."""
        if self.train.steps is not None:
            return int(self.train.steps)
        positions = self.batch if self.counts_tokens else self.batch * sum(self.typical)
        if self.train.tokens is not None:
            return ceil(self.train.tokens / positions)
        if self.size is None:
            return None
        in_tokens = self.size.dimension is Dimension.TOKENS
        per_step = positions * self.filled if in_tokens else positions / sum(self.typical)
        return ceil(self.train.epochs * self.size.value / per_step)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of the pipeline, for the longest bucket."""
        return self.stages_at(self.longest)

    def stages_at(self, bucket: Bucket) -> tuple[Stage, ...]:
        return stages(self.graph_at(bucket), self.pipeline)

    def graph_at(self, bucket: Bucket) -> Graph:
        """The graph that a bucket takes: where a `match length` chooses, that of its branch."""
        return _routed(self, max(bucket)) if self._bounds else self.graph

    @cached_property
    def _bounds(self) -> tuple[int, ...]:
        return _bounds(self.model)

    @property
    def branches(self) -> tuple[Bucket, ...]:
        """The longest bucket of each branch of a `match length` but the last."""
        found = ([bucket for bucket in self.buckets if max(bucket) <= bound] for bound in self._bounds)
        return tuple(dict.fromkeys(fitting[-1] for fitting in found if fitting))

    @property
    def crosses_nodes(self) -> bool:
        """Whether neighbouring stages stand on different nodes: the pipeline is the outermost division."""
        return self.nodes > 1 and self.pipeline > 1

    @cached_property
    def kept(self) -> Kept:
        """The part of each kind of memory of a stage that one rank keeps."""
        found = Kept()
        for strategy in STRATEGIES:
            found = found * strategy.kept(self)
        return found

    def sends(self, work: Work) -> tuple[Message, ...]:
        """What one rank sends in one step."""
        return tuple(message for strategy in STRATEGIES for message in strategy.sends(self, work))

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Settings of `parallel { }` that exclude one another."""
        return tuple(conflict for strategy in STRATEGIES for conflict in strategy.forbids(self))

    def replace(self, **changes: Any) -> Layout:
        return replace(self, **changes)


def _routed(layout: Layout, length: int) -> Graph:
    """The graph for a length: one for each branch, told by the least bound that it keeps to."""
    from tfc.graph.build import build, written_languages

    branch = min((bound for bound in _bounds(layout.model) if length <= bound), default=length)
    return build(layout.model, max(1, len(written_languages(layout.spec, layout.model))), branch)


def divide(graph: Graph, train: Any, spec: Any) -> Layout:
    """The layout of a `train` or `distill` block whose settings are all given (`tfc.solve` sees to that)."""
    model, data, parallel = spec.model_of(train), spec.data_of(train), train.parallel
    shapes = _shapes(model, data)
    batch, micro = _batch(train, shapes)
    copies = parallel.data
    return Layout(
        name=full_name(train, spec),
        spec=spec,
        train=train,
        model=model,
        graph=graph,
        teacher=_teacher(train, spec),
        device=train.on.device,
        nodes=train.on.nodes,
        per_node=train.on.per_node,
        data=copies,
        tensor=parallel.tensor,
        pipeline=parallel.pipeline,
        context=parallel.context,
        sequence=parallel.sequence,
        zero=parallel.zero,
        shards=copies if parallel.shards in (None, AUTO) else parallel.shards,
        schedule=parallel.schedule.name,
        chunks=getattr(parallel.schedule, "chunks", 1),
        buckets=shapes,
        lengths=_lengths(model, data),
        counts_tokens=train.batch.dimension is Dimension.TOKENS,
        batch=batch,
        micro=micro,
        accumulation=train.accumulation,
        size=data.size,
        profile=spec.profile_of(train),
    )


def full_name(block: Any, spec: Any) -> str:
    """`train`, or `train.NAME` where the spec has several; `distill.STUDENT`; `deploy.NAME`."""
    return spec.full_name(block)


def _shapes(model: Any, data: Any) -> tuple[Bucket, ...]:
    """The buckets of a run; text, and what is packed, always has the whole context."""
    if data.train.name != "pairs" or data.packing:
        return padded.shapes(model.family, (model.context,))
    return padded.shapes(model.family, padded.lengths(data.buckets, model.context, _bounds(model)))


def _bounds(model: Any) -> tuple[int, ...]:
    """The lengths at which a `match length` of the model takes another branch."""
    routed = (value for side in model.sides for value in (side.attention, side.cross))
    return tuple(
        bound for value in routed for bound, _ in getattr(value, "branches", ()) if bound is not None
    )


def _batch(train: Any, shapes: tuple[Bucket, ...]) -> tuple[Amount, Amount]:
    """The batch and the micro-batch in the unit of the batch; sequences are of the longest bucket."""
    batch, micro = train.batch, train.microbatch
    longest = sum(shapes[-1])
    if micro.dimension is batch.dimension:
        return int(batch.value), int(micro.value)
    if batch.dimension is Dimension.TOKENS:
        return int(batch.value), int(micro.value) * longest
    return int(batch.value), max(1, int(micro.value) // longest)


def _lengths(model: Any, data: Any) -> Bucket:
    """Typical lengths of source and target; a side that the family lacks has none."""
    given = data.lengths
    pair = (model.context, model.context) if given is None else given
    source, target = pair if isinstance(pair, tuple) else (pair, pair)
    return (0 if model.family == "decoder" else int(source), 0 if model.family == "encoder" else int(target))


def _teacher(train: Any, spec: Any) -> Graph | None:
    """The graph of the teacher that stands beside its student, if one does."""
    if train.kind != "distill" or not train.asks_beside:
        return None
    from tfc.graph.build import build, written_languages

    model = spec.models[train.teacher_name]
    return build(model, max(1, len(written_languages(spec, model))))

"""Pipeline parallelism: each rank has some of the layers, and micro-batches flow through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfc.parallel.base import Amount, Message, Strategy, Work

if TYPE_CHECKING:
    from tfc.graph.graph import Graph, GraphBlock
    from tfc.parallel.layout import Layout


@dataclass(frozen=True)
class Stage:
    """The part of the model on one rank of the pipeline: the names of its blocks, as often as it has them, in order."""

    index: int
    order: tuple[str, ...]

    def count(self, block: str) -> int:
        return self.order.count(block)


def stages(graph: Graph, pipeline: int) -> tuple[Stage, ...]:
    """The layers in their order cut into `pipeline` stages of equally many.

    What is no layer goes with its neighbour: the embedding into the first stage, a norm after the layers before it, the
    output into the last. Where the layers do not fill the stages some have one more, or there are fewer stages: the
    rule on shapes refuses that (TFS303).
    """
    layers = [(index, block.name) for block in graph.blocks if block.side for index in _places(graph, block)]
    names = [name for _, name in sorted(layers)]
    found: list[list[str]] = [[] for _ in range(pipeline)]
    for place, name in enumerate(names):
        found[place * pipeline // len(names)].append(name)
    position = 0
    for block in graph.blocks:
        if block.side:
            position = max(position, max(_places(graph, block)) + 1)
        else:
            _beside(found, block.name, position)
    return tuple(Stage(index, tuple(order)) for index, order in enumerate(found) if order)


def _places(graph: Graph, block: GraphBlock) -> list[int]:
    """Where the layers of a block stand among all layers: the decoder's after the encoder's."""
    before = 0
    if block.side == "decoder":
        before = sum(other.count for other in graph.blocks if other.side == "encoder")
    return [before + layer for layer in block.layers]


def _beside(found: list[list[str]], name: str, position: int) -> None:
    """Put a block that is no layer after the first `position` layers."""
    if position == 0:
        found[0].insert(0, name)
        return
    passed = 0
    for order in found:
        for place, other in enumerate(order):
            passed += other.split(".")[0] in ("encoder", "decoder") and not other.endswith(".norm")
            if passed == position:
                order.insert(place + 1, name)
                return


def in_flight(schedule: str, chunks: int, stage: int, pipeline: int, micro_batches: Amount) -> Amount:
    """How many micro-batches a stage holds activations of at its worst, in units of its whole layers.

    GPipe holds all; 1F1B min(m, p - i) (arXiv 1806.03377); interleaved on rank i at most (v - 1) p + 2 (p - i - 1) + 1
    chunks of v (arXiv 2104.04473; Megatron-LM's warm-up).
    """
    if pipeline == 1:
        return 1
    if schedule == "gpipe":
        return micro_batches
    if schedule == "interleaved":
        held = (chunks - 1) * pipeline + 2 * (pipeline - stage - 1) + 1
        return _least(micro_batches, held / chunks)
    return _least(micro_batches, pipeline - stage)


def waiting(schedule: str, chunks: int, pipeline: int) -> float:
    """How many micro-batches' time a rank waits in one step: p - 1, and a v-th of it when interleaved (F4)."""
    return (pipeline - 1) / (chunks if schedule == "interleaved" else 1)


def _least(one: Amount, other: Amount) -> Amount:
    # `min` and `numpy.minimum` in one.
    return one * (one <= other) + other * (one > other)


class PipelineParallel(Strategy):
    """Neighbouring stages pass on the stream between layers, and its gradient."""

    setting = "pipeline"

    def sends(self, layout: Layout, work: Work) -> Iterable[Message]:
        if layout.pipeline == 1:
            return
        whole = layout.tensor if layout.sequence else 1
        yield Message(
            "send",
            2,
            work.stream_bytes / whole,
            2 * layout.chunks * work.micro_batches,
            layout.per_node + 1 if layout.crosses_nodes else 2,
            0.5,
            "the stream from stage to stage",
            self.setting,
        )

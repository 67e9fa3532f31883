"""Pipeline parallelism: each rank has some of the layers, and micro-batches flow through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfc.parallel.base import Amount, Message, Strategy, Work

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout


@dataclass(frozen=True)
class Stage:
    """The part of the model on one rank of the pipeline: how many of which layers, and which ends."""

    index: int
    layers: tuple[tuple[str, float], ...]  # (name of the block, how many of it)

    def count(self, block: str) -> float:
        return dict(self.layers).get(block, 0)


def stages(blocks: tuple[tuple[str, int], ...], pipeline: int) -> tuple[Stage, ...]:
    """The blocks in their order cut into `pipeline` stages of equally many layers.

    What is no layer (embedding, output) goes with its neighbour: the embedding into the first stage, the output into
    the last. Where the layers do not fill the stages the cut is by fractions: the rule on shapes refuses it (TFS303).
    """
    total = sum(count for name, count in blocks if is_layer(name))
    share = total / pipeline
    found: list[dict[str, float]] = [{} for _ in range(pipeline)]
    position = 0.0
    for name, count in blocks:
        if not is_layer(name):
            found[0 if name == "embedding" else -1][name] = count
            continue
        for index in range(pipeline):
            inside = min(position + count, (index + 1) * share) - max(position, index * share)
            if inside > 1e-9:
                found[index][name] = found[index].get(name, 0) + inside
        position += count
    return tuple(Stage(index, tuple(layers.items())) for index, layers in enumerate(found))


def is_layer(block: str) -> bool:
    """Whether a block of the graph is one of the repeated layers."""
    return block.startswith(("encoder", "decoder")) and not block.endswith(("norm", "embedding", "output"))


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

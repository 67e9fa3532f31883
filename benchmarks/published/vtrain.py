"""Profile `vtrain`: Megatron-DeepSpeed as vTrain, BLOOM's engineers and Megatron-LM's README of 2020 ran it.

vTrain measured Megatron-DeepSpeed with full recomputation and 1F1B (VIA-Research/vTrain, README.md and
config/validation); its layers are Megatron-LM's of 2022: attention unfused but for the softmax, fp16 gradients summed
once a step after the last backward pass (megatron/training.py, `allreduce_gradients`), nothing hidden behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from benchmarks.published import model
from benchmarks.published.foreign import UNFUSED, swap
from benchmarks.published.pieces import gathering

if TYPE_CHECKING:
    from benchmarks.published.machine import Machine
    from benchmarks.published.rows import Row
    from tfc.hardware.device import Link

WEIGHT, GRADIENT, MASTERS = 2, 2, 12  # bytes of a parameter; the masters and moments are sharded by ZeRO 1
GROUP = 512 * 2**20  # bytes of an NCCL communicator, roughly (tfc/cost/outside.py)
FRAGMENTS = 1.015  # of what torch allocates, that it has reserved (likewise)


@dataclass(frozen=True)
class Vtrain:
    """The profile, for one row."""

    row: Row
    name: str = "vtrain"
    kernel: str = UNFUSED
    hides: bool = False

    @property
    def sharded(self) -> bool:
        return "ZeRO-1" in self.row.note

    @cached_property
    def layout(self) -> Any:
        return model.layout(self.row)

    @cached_property
    def graph(self) -> Any:
        return swap(self.layout.graph, UNFUSED, rate=0.1, copied=False)

    def reducing(self, parameters: float, own: Machine, far: Link) -> float:
        """Seconds in which the gradients of a rank's parameters are summed over the copies."""
        row = self.row
        reach = row.data * row.tensor
        bytes_ = 4 if row.precision == "bf16" else GRADIENT
        summed = gathering("all_reduce", row.data, parameters * bytes_, reach, own, far)
        gathered = gathering("all_gather", row.data, parameters * WEIGHT, reach, own, far)
        return summed + gathered * self.sharded

    def states(self, stage: Any) -> float:
        """Bytes of weights, gradients and the optimizer's state on a rank of a stage."""
        row = self.row
        own = sum(block.parameters * stage.count(block.name) for block in self.graph.blocks) / row.tensor
        if row.pipeline > 1 and "output" in stage.order:
            own += model.padded_vocab(row) * row.width / row.tensor
        gradient = 4 if row.precision == "bf16" else GRADIENT
        return own * (WEIGHT + gradient + MASTERS / (row.data if self.sharded else 1))

    def beside(self) -> float:
        return 0.0

    def inputs(self) -> float:
        row = self.row
        return row.micro * (row.lengths[1] * 28 + row.lengths[1] ** 2)

    def taken(self, allocated: float, context: float) -> float:
        """Bytes as the driver shows them, roughly: what torch has reserved, the CUDA context, and communicators."""
        row = self.row
        groups = sum(degree > 1 for degree in (row.data, row.tensor, row.pipeline))
        return allocated * FRAGMENTS + context + groups * GROUP


def unsupported(row: Row) -> str:
    """Why the profile does not describe a row, or nothing."""
    if row.layers[0] % row.pipeline:
        return "layers that do not fill the stages"
    return ""

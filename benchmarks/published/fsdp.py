"""Profile `fsdp`: MPT models of MosaicML's llm-foundry under PyTorch's FullyShardedDataParallel.

Layers: llmfoundry/models/layers/{blocks,attention,ffn,norm}.py: layer norm in low precision, a fused projection of
queries, keys and values, flash attention in Triton, GELU; no dropout. Sharding: FULL_SHARD frees what it gathers, so
that parameters are gathered in each direction of each micro-batch, and gradients are scattered after each; with
`mixed_precision: DEFAULT` they are summed in fp32, with PURE in 16 bits (composer/trainer/mosaic_fsdp_utils.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from benchmarks.published import model
from benchmarks.published.foreign import TRITON, swap
from benchmarks.published.pieces import gathering

if TYPE_CHECKING:
    from benchmarks.published.machine import Machine
    from benchmarks.published.rows import Row
    from tfc.hardware.device import Link

WEIGHT = 2
# fp32 master and gradient, and the two moments of DecoupledAdamW (scripts/train/yamls/pretrain/mpt-*.yaml).
SHARDED = 4 + 4 + 8


@dataclass(frozen=True)
class Fsdp:
    """The profile, for one row."""

    row: Row
    name: str = "fsdp"
    kernel: str = TRITON
    hides: bool = True
    sharded: bool = True

    @cached_property
    def layout(self) -> Any:
        return model.layout(self.row)

    @cached_property
    def graph(self) -> Any:
        return swap(self.layout.graph, TRITON, rate=0.0, copied=False)

    def reducing(self, parameters: float, own: Machine, far: Link) -> float:
        """Seconds in which parameters are gathered and gradients scattered, for all micro-batches of a step."""
        row = self.row
        twice = 1 if "SHARD_GRAD_OP" in row.note else 2
        each = WEIGHT if "mp=PURE" in row.note else 4
        gathered = gathering("all_gather", row.data, parameters * WEIGHT, row.data, own, far)
        scattered = gathering("reduce_scatter", row.data, parameters * each, row.data, own, far)
        return (twice * gathered + scattered) * row.accumulation

    def states(self, stage: Any) -> float:
        """Bytes of the shards, and of the two layers and the tables that are gathered at a time."""
        counts = {block.name: block.parameters * stage.count(block.name) for block in self.graph.blocks}
        layer = max(block.parameters for block in self.graph.blocks if block.side)
        root = sum(block.parameters for block in self.graph.blocks if not block.side)
        return sum(counts.values()) * SHARDED / self.row.data + (2 * layer + root) * WEIGHT + layer * 4

    def beside(self) -> float:
        return 2.0 * 8 * 2**20

    def inputs(self) -> float:
        return self.row.micro * self.row.lengths[1] * 28


def unsupported(row: Row) -> str:
    """Why the profile does not describe a row, or nothing."""
    return "fp8" if row.precision == "fp8" else ""

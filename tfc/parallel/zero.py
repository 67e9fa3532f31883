"""ZeRO: what data parallelism would keep in each copy is kept once (Rajbhandari et al. 2019, arXiv 1910.02054)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tfc.parallel.base import Conflict, Kept, Message, Strategy, Work

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout


class Zero(Strategy):
    """1 shards the optimizer's state, 2 and 3 (FSDP2) gradients and master weights too; 3 frees what it gathers."""

    setting = "zero"

    def kept(self, layout: Layout) -> Kept:
        part = 1 / layout.shards
        if layout.zero == 0:
            return Kept()
        if layout.zero == 1:
            return Kept(optimizer=part)
        return Kept(weights=part, gradients=part, optimizer=part)

    def sends(self, layout: Layout, work: Work) -> Iterable[Message]:
        reach = layout.shards * layout.tensor * layout.context
        if layout.zero == 1:
            yield Message(
                "all_gather",
                layout.shards,
                work.parameter_bytes,
                1,
                reach,
                0.0,
                "updated weights",
                self.setting,
            )
        if layout.zero < 2:
            return
        # FSDP2 gathers a layer while the one before it computes; stage 3 gathers again for the backward pass.
        units = work.layers + 1
        gathers = work.micro_batches * (2 if layout.zero == 3 else 1)
        yield Message(
            "all_gather",
            layout.shards,
            work.parameter_bytes / units,
            gathers * units,
            reach,
            0.9,
            "weights gathered, layer by layer",
            self.setting,
        )
        yield Message(
            "reduce_scatter",
            layout.shards,
            work.gradient_bytes / units,
            work.micro_batches * units,
            reach,
            0.9,
            "gradients summed into shards",
            self.setting,
        )
        replicas = layout.data // layout.shards
        yield Message(
            "all_reduce",
            replicas,
            work.gradient_bytes / layout.shards / units,
            work.micro_batches * units,
            layout.data * layout.tensor * layout.context,
            0.9,
            "shards summed over the replicas",
            "shards",
        )

    def forbids(self, layout: Layout) -> Iterable[Conflict]:
        if layout.zero >= 2 and layout.pipeline > 1:
            yield Conflict(
                ("zero", "pipeline"),
                "a pipeline would gather and scatter each stage once a micro-batch; "
                "use `zero = 1`, or no pipeline",
            )
        if layout.zero and layout.data % layout.shards:
            yield Conflict(("shards", "data"), f"{layout.shards} shards do not divide {layout.data} ranks")

"""The notches of a `train` or `distill` block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.diagnostics.core import Safety
from tfc.fields import How
from tfc.repair.notch import Move, Notch
from tfc.spec.written import written
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.cost.estimate import Estimate
    from tfc.cost.verdict import Verdict
    from tfc.parallel.layout import Layout

# The next larger card of the same kind of machine, and the next faster.
LARGER = {
    "l4": "a100_40gb",
    "a100_40gb": "a100_80gb",
    "a100_80gb": "h100_80gb",
    "a100_pcie_40gb": "a100_pcie_80gb",
    "a100_pcie_80gb": "h100_pcie_80gb",
    "h100_80gb": "h200",
}
NODE = 8  # GPUs of a node, as they are commonly built
# Times that a person would write, in seconds.
NICE = (10, 15, 20, 30, 60, 120, 180, 240, 300, 360, 480, 600, 720, 900, 1200, 1800, 2700, 3600, 7200, 14400)
SHARDED = {
    1: "shard the optimizer's state",
    2: "shard gradients, weights and the optimizer's state",
    3: "shard all states, and gather each layer when it is needed",
}


class Training:
    """What may be moved in one block that trains, given what is predicted of it."""

    def __init__(self, estimate: Estimate) -> None:
        self.estimate = estimate
        self.layout: Layout = estimate.layout
        self.train: Any = self.layout.train

    def notches(self, verdict: Verdict) -> Iterator[Notch]:
        """Candidates against one broken budget, in no order."""
        metric = verdict.budget.metric.split(".")[0]
        if metric == "lost_work":
            yield from self.save_more_often()
            return
        if metric == "memory":
            yield from self.smaller_micro_batch()
            yield from self.recompute("full")
            yield from self.shard()
            yield from self.halve_context()
            yield from self.ask_before()
        else:
            yield from self.larger_micro_batch()
            yield from self.recompute("none")
            yield from self.compiled()
            yield from self.shorter(verdict)
        if metric in ("time", "step_time", "throughput"):
            yield from self.more_nodes()
        yield from self.split_layers()
        yield from self.half_precision()
        yield from self.larger_device()

    def move(self, name: str, text: str) -> Move:
        return Move((self.train,), name, text)

    def among(self, name: str, value: Any) -> Move:
        """A setting of `parallel { }`."""
        return Move((self.train, self.train.parallel), name, written(value))

    def written_in(self, name: str) -> bool:
        return self.train.origin_of(name).how in (How.WRITTEN, How.INHERITED)

    # ---------------------------------------------------------------------------------------- micro-batch

    def micro_batch(self, title: str, number: int, accumulation: int) -> Notch:
        """Another micro-batch, and another accumulation where that is written."""
        unit = self.train.microbatch.dimension
        moves = [self.move("microbatch", _tokens(number) if unit is Dimension.TOKENS else _sequences(number))]
        if self.written_in("accumulation"):
            moves.append(self.move("accumulation", str(accumulation)))
        return Notch(title, tuple(moves))

    def smaller_micro_batch(self) -> Iterator[Notch]:
        """One that is written, cut to the next sizes that divide it; what is `auto` is as small as can be already."""
        micro, accumulation = int(self.train.microbatch.value), self.layout.accumulation
        if not self.written_in("microbatch"):
            return
        for factor in (2, 4, 8, 16, 32, 64):
            if micro % factor == 0:
                title = "halve the micro-batch" if factor == 2 else f"a micro-batch of one {_ordinal(factor)}"
                yield self.micro_batch(title, micro // factor, accumulation * factor)

    def larger_micro_batch(self) -> Iterator[Notch]:
        micro, accumulation = int(self.train.microbatch.value), self.layout.accumulation
        if not self.written_in("microbatch"):
            return
        for factor in (2, 4):
            if accumulation % factor == 0:
                title = "double the micro-batch" if factor == 2 else "a micro-batch four times as large"
                yield self.micro_batch(title, micro * factor, accumulation // factor)

    # ----------------------------------------------------------------------------------- memory for time

    def recompute(self, wanted: str) -> Iterator[Notch]:
        if self.train.recompute.name == wanted or self.train.origin_of("recompute").how is How.AUTO:
            return
        title = (
            "keep only the input of each layer" if wanted == "full" else "keep what the backward pass needs"
        )
        yield Notch(title, (self.move("recompute", wanted),))
        if wanted == "full":
            yield Notch(
                "recompute the feed-forward part of each layer", (self.move("recompute", "selective(ffn)"),)
            )

    def ask_before(self) -> Iterator[Notch]:
        """A teacher that stands beside its student, asked before instead."""
        if getattr(self.train, "asks_beside", False):
            title = "ask the teacher before, and keep the 16 likeliest tokens"
            yield Notch(title, (self.move("teacher", "cached(top = 16)"),))

    def compiled(self) -> Iterator[Notch]:
        if self.train.compile == "none" and not self.layout.device.is_cpu:
            yield Notch("compile each layer", (self.move("compile", "blocks"),))

    def half_precision(self) -> Iterator[Notch]:
        if self.train.precision.name == "fp32" and not self.layout.device.is_cpu:
            yield Notch("compute in 16 bits", (self.move("precision", "bf16"),))

    # ------------------------------------------------------------------------------------------- division

    def shard(self) -> Iterator[Notch]:
        parallel = self.train.parallel
        if self.layout.data == 1 or parallel.origin_of("zero").how is How.AUTO:
            return
        for stage in range(self.layout.zero + 1, 4):
            yield Notch(SHARDED[stage], (self.among("zero", stage),))

    def split_layers(self) -> Iterator[Notch]:
        """Twice the tensor parallelism, within a node."""
        layout, parallel = self.layout, self.train.parallel
        heads = min(side.kv_heads for side in layout.model.sides)
        if layout.data % 2 or heads % (2 * layout.tensor) or 2 * layout.tensor > layout.per_node:
            return
        moves = [self.among("tensor", 2 * layout.tensor)]
        if parallel.origin_of("data").how in (How.WRITTEN, How.INHERITED):
            moves.append(self.among("data", layout.data // 2))
        yield Notch("halve each layer", tuple(moves))

    def larger_device(self) -> Iterator[Notch]:
        larger = LARGER.get(self.layout.device.name)
        if larger is not None:
            move = self.move("on", self.on(larger))
            yield Notch(f"train on `{larger}`", (move,), last_resort=True)

    def more_nodes(self) -> Iterator[Notch]:
        parallel = self.train.parallel
        if self.layout.device.is_cpu or parallel.origin_of("data").how in (How.WRITTEN, How.INHERITED):
            return
        layout = self.layout
        nodes, each = layout.nodes, layout.per_node
        wider = nodes == 1 and each < NODE
        placed = (
            f"{2 * each} x {layout.device.name}" if wider else f"{2 * nodes} x {each} x {layout.device.name}"
        )
        yield Notch("train on twice as many GPUs", (self.move("on", placed),), last_resort=True)

    def on(self, device: str) -> str:
        """The placement with another device, as it is written where it is: `nodes x 8 x h200`."""
        layout, origin = self.layout, self.train.origin_of("on")
        text = origin.span.text.partition("=")[2].strip() if origin.span is not None else ""
        if layout.device.name in text.split():
            return text.replace(layout.device.name, device)
        return (
            f"{layout.nodes} x {layout.per_node} x {device}"
            if layout.nodes > 1
            else f"{layout.per_node} x {device}"
        )

    # --------------------------------------------------------------------------------------- what is asked

    def halve_context(self) -> Iterator[Notch]:
        model = self.layout.model
        if model.context >= 32 and model.context % 2 == 0:
            move = Move((model,), "context", _tokens(model.context // 2))
            yield Notch("halve the context", (move,), Safety.CHANGES_MODEL)

    def shorter(self, verdict: Verdict) -> Iterator[Notch]:
        """As many steps as the budget pays for, to two digits; what that does to the loss is not predicted."""
        budget, steps = verdict.budget, self.layout.steps
        if budget.metric not in ("time", "cost", "energy") or steps is None or not verdict.value:
            return
        if self.train.steps is None:
            return
        fewer = _two_digits(steps * budget.limit.value / verdict.value * 0.98)
        if 0 < fewer < steps:
            text = f"{fewer:_}" if fewer >= 10_000 else str(fewer)
            yield Notch(
                "train for fewer steps, at an unknown cost in quality",
                (self.move("steps", text),),
                last_resort=True,
            )

    def save_more_often(self) -> Iterator[Notch]:
        checkpoint = self.train.checkpoint
        every = checkpoint.every
        if every.dimension is Dimension.TIME:
            sooner = [seconds for seconds in NICE if seconds < every.value][:-6:-1]
            texts = [_time(seconds) for seconds in sooner]
        else:
            texts = [f"{int(every.value) // factor} steps" for factor in (2, 4, 8) if every.value >= factor]
        for text in texts:
            yield Notch("save more often", (Move((self.train, checkpoint), "every", text),))


def _ordinal(factor: int) -> str:
    return {4: "quarter", 8: "eighth"}.get(factor, f"{factor}th")


def _tokens(number: int) -> str:
    return f"{number // 1024} Ki tokens" if number % 1024 == 0 else f"{number} tokens"


def _time(seconds: int) -> str:
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"


def _two_digits(number: float) -> int:
    """Down to two digits: 93 417 is 93 000."""
    digits = max(0, len(str(int(number))) - 2)
    return int(number) // 10**digits * 10**digits


def _sequences(number: int) -> str:
    return f"{number} sequence{'s' if number > 1 else ''}"

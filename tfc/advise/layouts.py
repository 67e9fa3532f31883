"""Options that keep the model: the work is done otherwise, on the same devices or on others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.advise.option import Lever, Option
from tfc.advise.quality import UNKNOWN
from tfc.diagnostics.core import Safety
from tfc.fields import AUTO, How, Word, settings_of
from tfc.repair.notch import Move, Notch
from tfc.repair.training import SHARDED, Training

if TYPE_CHECKING:
    from tfc.cost.estimate import Estimate

FACTORS = (2, 4, 8, 16)
PARTS = ("ffn", "attention")  # of a layer, that can be computed again by themselves
OPEN = ("microbatch", "recompute")
DEGREES = ("tensor", "pipeline", "zero")


class Layouts:
    """The options of one block that learns, which leave its model alone."""

    def __init__(self, estimate: Estimate) -> None:
        self.moved = Training(estimate)
        self.layout = estimate.layout
        self.train: Any = estimate.layout.train

    def options(self) -> Iterator[Option]:
        """Every option by itself, in no order."""
        yield from self.choose()
        yield from self.recompute()
        yield from self.accumulate()
        yield from self.shard()
        yield from self.split()
        yield from self.fuse()
        yield from self.fewer_bits()
        yield from self.devices()

    def choose(self) -> Iterator[Option]:
        """Everything `auto` that may be."""
        parallel = self.train.parallel
        moves = [self.moved.move(name, "auto") for name in OPEN if not self.is_open(self.train, name)]
        if self.train.origin_of("accumulation").how in (How.WRITTEN, How.INHERITED):
            moves.append(self.moved.move("accumulation", "auto"))
        if self.layout.count > 1:
            moves += [
                Move((self.train, parallel), name, "auto")
                for name in ("data", *DEGREES)
                if not self.is_open(parallel, name)
            ]
        if moves:
            yield Option(Lever.CHOOSE, Notch("let tfc choose the layout", tuple(moves)))

    def is_open(self, block: Any, name: str) -> bool:
        """Whether a setting is `auto` in the spec."""
        return getattr(block, name) is AUTO or block.origin_of(name).how is How.AUTO

    def recompute(self) -> Iterator[Option]:
        for wanted, title in (("none", "recompute nothing"), ("full", "recompute each layer from its input")):
            if self.train.recompute.name != wanted:
                yield Option(Lever.RECOMPUTE, Notch(title, (self.moved.move("recompute", wanted),)))
        for part in PARTS:
            now = getattr(self.train.recompute, "parts", ())
            if now != (part,):
                move = self.moved.move("recompute", f"selective({part})")
                yield Option(Lever.RECOMPUTE, Notch(f"recompute the {part} of each layer", (move,)))

    def accumulate(self) -> Iterator[Option]:
        """Smaller micro-batches and more of them, or larger and fewer."""
        micro, times = int(self.train.microbatch.value), self.layout.accumulation
        for factor in FACTORS:
            if micro % factor == 0 and self.layout.microbatch >= factor:
                title = f"accumulate {times * factor} micro-batches, each {_part(factor)} as large"
                yield Option(Lever.ACCUMULATE, self.moved.micro_batch(title, micro // factor, times * factor))
            if times % factor == 0:
                left = times // factor
                title = (
                    f"micro-batches {factor} times as large, {left} a step"
                    if left > 1
                    else f"one micro-batch a step, {factor} times as large"
                )
                yield Option(Lever.ACCUMULATE, self.moved.micro_batch(title, micro * factor, left))

    def shard(self) -> Iterator[Option]:
        if self.layout.data == 1:
            return
        titles = {0: "shard nothing", **SHARDED}
        for stage, title in titles.items():
            if stage != self.layout.zero:
                yield Option(Lever.SHARD, Notch(title, (self.moved.among("zero", stage),)))

    def split(self) -> Iterator[Option]:
        """Each layer among more GPUs of a node or fewer, and the layers among stages or not."""
        layout = self.layout
        heads = min(side.kv_heads for side in layout.model.sides)
        for tensor in (1, 2, 4, 8):
            if tensor == layout.tensor or heads % tensor or layout.per_node % tensor:
                continue
            title = (
                f"split each layer among {tensor} GPUs" if tensor > 1 else "keep each layer whole on a GPU"
            )
            yield from self.divided(title, tensor, layout.pipeline)
        if layout.pipeline > 1:
            yield from self.divided("one stage with all layers", layout.tensor, 1)
            yield from self.divided("keep the model whole on each GPU", 1, 1)

    def divided(self, title: str, tensor: int, pipeline: int) -> Iterator[Option]:
        """Other degrees, the copies being what is left; at most as many copies as the batch has micro-batches."""
        layout, parallel = self.layout, self.train.parallel
        copies = layout.count // (tensor * pipeline * layout.context)
        if copies < 1 or copies * tensor * pipeline * layout.context != layout.count:
            return
        wanted = {"tensor": (tensor, layout.tensor), "pipeline": (pipeline, layout.pipeline)}
        moves = [self.moved.among(name, new) for name, (new, old) in wanted.items() if new != old]
        if parallel.origin_of("data").how in (How.WRITTEN, How.INHERITED):
            moves.append(self.moved.among("data", copies))
        if (tensor > 1) != bool(layout.sequence):
            moves.append(self.moved.among("sequence", tensor > 1))
        if pipeline == 1 and layout.schedule == "interleaved":
            moves.append(Move((self.train, parallel), "schedule", "one_f_one_b"))
        if self.moved.written_in("accumulation"):
            moves.append(self.moved.move("accumulation", "auto"))
        yield Option(Lever.SPLIT, Notch(title, tuple(moves)))

    def fuse(self) -> Iterator[Option]:
        """`torch.compile`, as far as it goes."""
        kind = settings_of(self.train)["compile"].kind
        if self.layout.device.is_cpu or not isinstance(kind, Word):
            return
        for word in kind.words:
            if word != self.train.compile:
                title = "compile nothing" if word == "none" else f"compile {word}"
                yield Option(Lever.FUSE, Notch(title, (self.moved.move("compile", word),)))

    def fewer_bits(self) -> Iterator[Option]:
        if self.train.precision.name == "fp32" and not self.layout.device.is_cpu:
            move = self.moved.move("precision", "bf16")
            yield Option(Lever.ROUND, Notch("compute in bf16", (move,)), UNKNOWN)

    def devices(self) -> Iterator[Option]:
        for notch in (*self.moved.larger_device(), *self.moved.more_nodes()):
            yield Option(Lever.DEVICES, Notch(notch.title, notch.moves, Safety.CHANGES_RUN, True))


def _part(factor: int) -> str:
    return {2: "half", 4: "a quarter", 8: "an eighth"}.get(factor, f"a {factor}th")

"""A whole step on the tape: forward, loss, backward, gradient norm, optimizer, as the generated `train.py` goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tfc.cost.arithmetic import Amount
from tfc.cost.kept import is_layer, said
from tfc.cost.tape import Label, Leaf, Storage, Tape, Tensor
from tfc.cost.traces import SCALAR, Trace
from tfc.graph.graph import SOURCE, TARGET
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.cost.memory import Rank
    from tfc.graph.graph import GraphBlock, Node

FP32, INT64 = 4, 8


@dataclass
class Step:
    """The tape of some steps of one rank, and where on it each moment begins."""

    tape: Tape
    marks: list[tuple[int, str, str]] = field(default_factory=list)  # place on the tape, phase, moment

    def mark(self, phase: str, moment: str) -> None:
        self.marks.append((len(self.tape.events), phase, moment))


def traced(rank: Rank) -> bool:
    """Whether all that a rank does has a trace."""
    layout = rank.layout
    ops = [node.op for block in layout.graph_at(rank.bucket).blocks for node in block.nodes]
    plain = layout.pipeline == 1 and layout.zero < 2 and layout.train.kind == "train"
    return (
        plain
        and not layout.device.is_cpu
        and layout.train.compile != "blocks"
        and layout.train.recompute.name in ("none", "full")
        and all(getattr(op, "built", True) and getattr(op, "per", "none") == "none" for op in ops)
        and all(op.name in ("layer", "rms") for op in ops if op.family == "norm")
    )


class Run:
    """A model run on a tape."""

    def __init__(self, rank: Rank, rounds: bool = True) -> None:
        self.rank, self.layout = rank, rank.layout
        kept = rank.kept
        self.parts = {"stream": kept.edge, "inner": kept.inner, "copy": kept.copies, "shared": kept.edge}
        self.tape = Tape(rounds)
        self.step = Step(self.tape)
        train = self.layout.train
        self.trace = Trace(
            self.tape,
            self.parts,
            Label("gradients", "fp32", train.span_of("precision")),
            getattr(train, "trainable", "all") == "all",
        )
        self.graph = self.layout.graph_at(rank.bucket)
        self.lengths = {SOURCE: rank.bucket[0], TARGET: rank.bucket[1]}
        self.how: dict[str, Any] = {
            "element": rank.element,
            "master": FP32,
            "device": self.layout.device.kind,
            "fused": train.compile == "functions",
        }
        self.batch = self.layout.sequences(rank.bucket)
        self.leaves: dict[tuple[str, int], Any] = {}

    # ------------------------------------------------------------------------------------------ the step

    def steps(self, number: int = 2) -> Step:
        """Some steps: the first makes the state of the optimizer, the others have it."""
        tape, train = self.tape, self.layout.train
        sizes = [self.parts["copy"] * 0 + count * FP32 * self.rank.kept.weights for count in self._parameters()]
        tape.about("weights", train.span_of("precision"), "weights")
        weights = [tape.new(size) for size in sizes]
        state: list[Storage] = []
        micro = 1 if hasattr(self.layout.accumulation, "shape") else min(2, self.layout.accumulation)
        for _ in range(number):
            self.trace.tables = {}
            for _ in range(micro):
                self.micro_batch()
            self.step.mark("gradient norm", "the norm of the gradients")
            tape.about("norms of gradients", train.span_of("optimizer"))
            norms = [tape.new(SCALAR) for _ in sizes]
            del norms
            self.step.mark("optimizer", "the step of the optimizer")
            tape.about(f"{train.optimizer.name} keeps 8 bytes a parameter", train.span_of("optimizer"), "optimizer")
            if not state:
                for size in sizes:
                    state += [tape.new(SCALAR), tape.new(size), tape.new(size)]
            self.trace.leaves.clear()
        self.step.mark("end", "after the step")
        del weights
        return self.step

    def micro_batch(self) -> None:
        """A forward and a backward pass."""
        tape, train = self.tape, self.layout.train
        tape.about("ids of the tokens", train.span_of("microbatch"), "batch")
        source, target = self.rank.bucket
        lengths = [length for length in (source, target, target or source) if length]
        ids = [Tensor(tape.new(self.batch * length * INT64 * self.parts["stream"])) for length in lengths]
        loss = self.forward(ids)
        tape.about("the loss")
        gradient = tape.new(SCALAR)
        self.step.mark("backward", "the loss")
        made = loss.made
        tape.backward(Tensor(None, made), gradient)

    def _parameters(self) -> list[int]:
        return [
            item.count
            for block in self.graph.blocks
            for _ in range(block.count)
            for node in block.nodes
            for item in node.parameters
            if self.trace.learns or node.op.family == "adapter" or True
        ]

    # -------------------------------------------------------------------------------------- forward pass

    def sizes(self, node: Node) -> Any:
        return node.sizes(self.batch, self.lengths, **self.how)

    def forward(self, ids: list[Tensor]) -> Tensor:
        """The loss of a micro-batch, block by block."""
        blocks = {block.name: block for block in self.graph.blocks}
        self.shared: dict[str, Tensor] = {}
        self.memory: Tensor | None = None
        embedded = self._embeddings(blocks["embedding"])
        x: Tensor | None = None
        side = ""
        for name in self.rank.stage.order:
            if name == "embedding":
                continue
            block = blocks[name]
            if block.side and block.side != side:
                side = block.side
                stream, position = embedded[SOURCE if side == "encoder" else TARGET]
                given = ids[0] if side == "encoder" or len(ids) == 2 else ids[1]
                self.step.mark("forward", f"the embedding of the {'source' if side == 'encoder' else 'target'}")
                self._about(stream)
                x = self.trace.embedding(stream, position, given, self.sizes(stream), self._table(stream))
            assert x is not None
            self.step.mark("loss" if name == "output" else "forward", name)
            if block.side:
                x = self._layer(block, x)
            elif name == "output":
                x = self._output(block, x)
            else:
                self._about(block.nodes[0])
                self.memory = x = self.trace.norm(block.nodes[0], x, self.sizes(block.nodes[0]))
            if block.side == "encoder" and "encoder.norm" not in blocks:
                self.memory = x
        self.shared = {}
        self.memory = None
        assert x is not None
        return x

    def _embeddings(self, block: GraphBlock) -> dict[str, tuple[Node, Node | None]]:
        found: dict[str, tuple[Node, Node | None]] = {}
        for node in block.nodes:
            if node.op.family == "position":
                found[node.stream] = (found[node.stream][0], node)
            else:
                found[node.stream] = (node, None)
        return found

    def _table(self, node: Node) -> Leaf | None:
        """The leaf of a table; a shared one is the same for all who use it."""
        name = node.op.table  # type: ignore[attr-defined]
        if name not in self.trace.tables:
            self.trace.tables[name] = self.trace.leaf(node)
        return self.trace.tables[name]

    def _about(self, node: Node) -> None:
        self.tape.about(said(node), node.origin.span)

    def _layer(self, block: GraphBlock, x: Tensor) -> Tensor:
        """A layer, kept or made again."""
        for node in block.nodes:  # what all layers share is made before the first
            self._mask(node, self.sizes(node))
        angles, shared, memory = self._angles(block), self.shared, self.memory
        if self.layout.train.recompute.name != "full":
            return self._halves(block, x, angles, shared, memory)
        return self.tape.again(lambda: self._halves(block, x, angles, shared, memory))

    def _halves(
        self,
        block: GraphBlock,
        x: Tensor,
        angles: tuple[Tensor, ...],
        shared: dict[str, Tensor],
        memory: Tensor | None,
    ) -> Tensor:
        """The halves of a layer, each with its norm and the sum."""
        trace = self.trace
        y: Any = None
        source: Any = None
        for node in block.nodes:
            self._about(node)
            sizes = self.sizes(node)
            family = node.op.family or node.op.name
            if node.name == "adapter":
                x = trace.adapter(node, x, sizes)
            elif node.name == "adapter_norm":
                continue
            elif family == "norm" and node.op.place == "before":  # type: ignore[attr-defined]
                y = trace.norm(node, x, sizes)
            elif family == "norm":
                x = trace.norm(node, x, sizes)
            elif node.name == "attention":
                y = trace.self_attention(node, y or x, sizes, angles, shared.get(node.inputs.get("mask", "")))
            elif node.name == "cross":
                y = trace.cross_attention(node, y or x, source, sizes, shared.get(node.inputs.get("mask", "")))
            elif family == "ffn":
                y = trace.ffn(node, y or x, sizes)
            elif family == "residual":
                x, y = trace.residual(node, x, y, sizes), None
                follows = next((one for one in block.nodes if one.name == "cross"), None)
                if node.name == "attention_residual" and follows is not None and memory is not None:
                    source = trace.read(follows, memory, self.sizes(follows))
        return x

    def _angles(self, block: GraphBlock) -> tuple[Tensor, ...]:
        """Cosines and sines of a side, made once."""
        node = next((one for one in block.nodes if one.name == "rotation"), None)
        if node is None:
            return ()
        return tuple(self._once(node.inputs[item.name], item.size) for item in node.op.saves(self.sizes(node)))

    def _mask(self, node: Node, sizes: Any) -> Tensor | None:
        name = node.inputs.get("mask") if node.op.family == "attention" else None
        if name is None or not node.op.masked(sizes):  # type: ignore[attr-defined]
            return None
        return self._once(name, node.op.mask(sizes) * sizes.element)  # type: ignore[attr-defined]

    def _once(self, name: str, size: Amount) -> Tensor:
        if name not in self.shared:
            self.shared[name] = Tensor(self.tape.new(size * self.parts["shared"]))
        return self.shared[name]

    def _output(self, block: GraphBlock, x: Tensor) -> Tensor:
        for node in block.nodes:
            self._about(node)
            if node.op.family == "norm":
                x = self.trace.norm(node, x, self.sizes(node))
            else:
                x = self.trace.loss(node, x, self.sizes(node), self._table(node))
        return x


def requests(step: Step) -> Iterator[tuple[int, int]]:
    """What the allocator is asked for, in order."""
    for event in step.tape.events:
        if event.label is None or event.size:
            yield event.storage, int(event.size) if event.size > 0 else -1


def peak(step: Step) -> tuple[Amount, int]:
    """The most bytes at once, and the place on the tape; of one layout."""
    now = most = where = 0
    for place, event in enumerate(step.tape.events):
        now += event.size
        if now > most:
            most, where = now, place
    return most, where


_ = Dimension

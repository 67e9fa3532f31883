"""A whole step on the tape: forward, loss, backward, gradient norm, optimizer, as the generated `train.py` goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfc.cost.arithmetic import Amount
from tfc.cost.kept import said
from tfc.cost.lesson import teachers_element
from tfc.cost.tape import KEPT, Label, Leaf, Storage, Tape, Tensor
from tfc.cost.taught import compared, compares_all
from tfc.cost.traces import SCALAR, TRACED, Trace
from tfc.graph.graph import SOURCE, TARGET
from tfc.parallel.pipeline import stages

if TYPE_CHECKING:
    from tfc.cost.memory import Rank
    from tfc.graph.graph import GraphBlock, Node

FP32, INT64 = 4, 8
TEACHER, VALIDATION = "teacher", "validation"
LIKE = "layers like the first"  # the place of those that are not passed one by one
NORM, OPTIMIZER = "the norm of the gradients", "the step of the optimizer"


def traced(rank: Rank) -> bool:
    """Whether all that a rank does has a trace: one stage of traced variants on GPUs, kept or recomputed."""
    layout = rank.layout
    if layout.pipeline > 1 or layout.zero > 1 or layout.device.is_cpu:
        return False
    if layout.train.kind == "distill" and not compares_all(layout):
        return False
    if layout.spec.compiled == "blocks" or layout.train.recompute.name not in ("none", "full"):
        return False
    ops = [node.op for block in layout.graph_at(rank.bucket).blocks for node in block.nodes]
    return all(op.name in TRACED.get(op.family, (op.name,)) for op in ops)


class Run:
    """A model run on a tape. `folds`: of many equal layers only those at the ends are passed one by one."""

    def __init__(self, rank: Rank, folds: bool = True, rounds: bool = True) -> None:
        self.rank, self.layout, self.folds = rank, rank.layout, folds
        train, kept = self.layout.train, rank.kept
        self.parts = {"stream": kept.edge, "inner": kept.inner, "copy": kept.copies, "shared": kept.edge}
        self.tape = Tape(rounds)
        self.learns = getattr(train, "trainable", "all") == "all"
        fp32 = Label("gradients", "fp32", train.span_of("precision"))
        self.trace = Trace(self.tape, self.parts, fp32, self.learns, train.precision.name == "fp16")
        self.graph = self.layout.graph_at(rank.bucket)
        self.order = rank.stage.order
        self.recomputes = train.recompute.name == "full"
        self.blocks = {block.name: block for block in self.graph.blocks}
        self.lengths = {SOURCE: rank.bucket[0], TARGET: rank.bucket[1]}
        self.batch = self.layout.sequences(rank.bucket)
        self.how: dict[str, Any] = {
            "element": rank.element,
            "master": FP32,
            "device": self.layout.device.kind,
            "fused": self.layout.spec.compiled == "functions",
        }
        self.kept: dict[str, dict[Label, Amount]] = {}  # by one layer of each kind
        self.shared: dict[str, Tensor] = {}
        self.memory: Tensor | None = None
        self.wanted: Tensor | None = None  # what a teacher makes of a micro-batch

    # ------------------------------------------------------------------------------------------ the step

    def steps(self, number: int = 2, micro_batches: int = 2) -> Tape:
        """Weights and some whole steps, of which the first makes the state of the optimizer."""
        tape = self.tape
        tape.about("fp32", category="weights")
        weights = [tape.new(size) for _, size in self.parameters()]
        state: list[Storage] = []
        for _ in range(number):
            held = []
            for micro in range(micro_batches):
                self.micro_batch(accumulates=micro > 0)
                held += [leaf.gradient for leaf in self.trace.leaves]
            self.finish(state)
            del held
        del weights, state
        return tape

    def finish(self, state: list[Storage]) -> None:
        """The norm of the gradients, and the step of the optimizer: the fused kernel needs nothing beside its state."""
        tape, train = self.tape, self.layout.train
        learnt = [size for one, size in self.parameters() if self.learns or one.op.family == "adapter"]
        tape.enter(NORM)
        tape.about("norms of gradients", train.span_of("optimizer"))
        norms = [tape.new(SCALAR) for _ in learnt]
        del norms
        tape.enter(OPTIMIZER)
        tape.about(
            f"{train.optimizer.name} keeps 8 bytes a parameter", train.span_of("optimizer"), "optimizer"
        )
        for size in [] if state else learnt:
            state += [tape.new(SCALAR), tape.new(size), tape.new(size)]
        self.trace.leaves.clear()

    def micro_batch(self, accumulates: bool = False) -> None:
        """A forward and a backward pass. `accumulates`: gradients are there already."""
        tape, train = self.tape, self.layout.train
        self.trace.accumulates = accumulates
        self.trace.tables.clear()
        tape.about("ids of the tokens", train.span_of("microbatch"), "batch")
        source, target = self.rank.bucket
        lengths = [length for length in (source, target, target or source) if length]
        ids = [Tensor(tape.new(self.batch * n * INT64 * self.parts["stream"])) for n in lengths]
        self.wanted = Teacher(self).forward(ids) if train.kind == "distill" else None
        loss = self.forward(ids)
        del ids
        self.wanted = None
        tape.about("the loss")
        tape.backward(loss, tape.new(SCALAR))

    def parameters(self) -> Iterator[tuple[Node, Amount]]:
        """Each parameter's node, and its bytes in fp32."""
        for block in self.graph.blocks:
            for _ in range(block.count):
                for node in block.nodes:
                    for item in node.parameters:
                        yield node, item.count * FP32 * self.rank.kept.weights

    # -------------------------------------------------------------------------------------- forward pass

    def sizes(self, node: Node) -> Any:
        return node.sizes(self.batch, self.lengths, **self.how)

    def forward(self, ids: list[Tensor]) -> Tensor:
        """The loss of a micro-batch, block by block; of a teacher what its last layer makes."""
        x: Tensor | None = None
        side = ""
        for name, number, layers in self._order():
            block = self.blocks[name]
            if name == "embedding":
                continue
            if block.side != side and block.side:
                side = block.side
                x = self._embedded(SOURCE if side == "encoder" else TARGET, ids)
            assert x is not None
            self.enter(LIKE if layers else (name, number))
            if layers:
                x = self._like_the_first(block, x, layers)
            elif block.side:
                x = self._layer(block, x)
            else:
                x = self._beside(block, x)
            if side == "encoder":
                self.memory = x
        self.shared, self.memory = {}, None
        assert x is not None
        return x

    def enter(self, place: Any) -> None:
        self.tape.enter(place)

    def end(self, node: Node, x: Tensor) -> Tensor:
        """The loss, of labels or of what a teacher makes."""
        if self.wanted is not None:
            return compared(self.trace, x, self.sizes(node), self._table(node), self.layout)
        return self.trace.loss(node, x, self.sizes(node), self._table(node))

    def _order(self) -> Iterator[tuple[str, int, int]]:
        """The blocks in their order, each with how many of its kind come before it, and how many it stands for.

        Of many equal layers the first and the last two are passed one by one (0). What is resident changes by the same
        amount from layer to layer, so that the most is at an end; the last but one is there for what the last begins,
        such as the gradient of the encoder's output.
        """
        order = self.order
        seen: dict[str, int] = {}
        left: dict[str, int] = {}
        for name in order:
            number = seen[name] = seen.get(name, -1) + 1
            if self.folds and 0 < number < order.count(name) - 2:
                left[name] = left.get(name, 0) + 1
                continue
            yield from ((other, 0, layers) for other, layers in left.items())
            left = {}
            yield name, number, 0

    def _embedded(self, stream: str, ids: list[Tensor]) -> Tensor:
        """The embedding of the source or the target, with its positions."""
        self.enter(("embedding", stream))
        nodes = [node for node in self.blocks["embedding"].nodes if node.stream == stream]
        place = nodes[1] if len(nodes) > 1 else None
        given = ids[1] if stream == TARGET and len(ids) > 2 else ids[0]
        self._about(nodes[0])
        return self.trace.embedding(nodes[0], place, given, self.sizes(nodes[0]), self._table(nodes[0]))

    def _table(self, node: Node) -> Leaf | None:
        """The leaf of a table; a shared one is the same for all who use it."""
        name, tables = node.op.table, self.trace.tables  # type: ignore[attr-defined]
        if name not in tables:
            tables[name] = self.trace.leaf(node)
        return tables[name]

    def _about(self, node: Node) -> None:
        self.tape.about(said(node), node.origin.span)

    def _beside(self, block: GraphBlock, x: Tensor) -> Tensor:
        """A block that is no layer: the norm after the encoder's, or the norm, the projection and the loss."""
        for node in block.nodes:
            self._about(node)
            if node.op.family == "norm":
                x = self.trace.norm(node, x, self.sizes(node))
            else:
                x = self.end(node, x)
        return x

    # -------------------------------------------------------------------------------------------- layers

    def _layer(self, block: GraphBlock, x: Tensor) -> Tensor:
        """A layer, kept or made again."""
        for node in block.nodes:  # what all layers share is made before the first
            self._mask(node)
            if node.op.family == "adapter":
                self._once("language", self.batch * INT64)
        angles, shared, memory = self._angles(block), self.shared, self.memory
        began = len(self.tape.events)
        if self.recomputes:
            span = self.layout.train.span_of("recompute")
            if x.storage is not None:
                self.tape.call([x.storage], Label(KEPT, "what goes into a layer, kept", span))
            x = self.tape.again(lambda x=x: self._halves(block, x, angles, shared, memory), span)
        else:
            x = self._halves(block, x, angles, shared, memory)
        if block.name not in self.kept:
            self.kept[block.name] = _kept(self.tape.made_since(began))
        return x

    def _like_the_first(self, block: GraphBlock, x: Tensor, layers: int) -> Tensor:
        """As many layers as the first of the kind: what they keep is there, and then their gradients."""
        tape, before = self.tape, self.tape.label
        if self.trace.frozen:
            return x
        leaf = Leaf(self.trace.gradient, self.trace.accumulates)
        self.trace.leaves.append(leaf)
        learnt = sum(
            tape.rounded(item.count * FP32 * self.parts["copy"])
            for node in block.nodes
            for item in node.parameters
            if self.learns or node.op.family == "adapter"
        )

        def gradients(given: Any, kept: Any) -> list[Storage | None]:
            return [given[0], None if self.trace.accumulates else tape.new(learnt * layers)]

        assert x.storage is not None
        (x,) = tape.apply([x, Tensor(None, leaf)], [x.storage], gradients)
        kept = []
        for label, size in self.kept[block.name].items():
            tape.label = label._replace(category=KEPT)  # the last result too, by the layer behind it
            kept.append(Tensor(tape.new(size * layers)))
        tape.label = before
        assert x.storage is not None
        (x,) = tape.apply([x], [x.storage], lambda given, kept: [given[0]], kept)
        for label, tensor in zip(self.kept[block.name], kept, strict=True):
            assert tensor.storage is not None
            tape.call([tensor.storage], label)  # what is kept has the name of the last function otherwise
        return x

    def _halves(
        self, block: GraphBlock, x: Tensor, angles: tuple[Tensor, ...], shared: dict[str, Tensor], memory: Any
    ) -> Tensor:
        """The halves of a layer, each with its norm and the sum."""
        trace = self.trace
        crosses = next((node for node in block.nodes if node.name == "cross"), None)
        y: Any = None
        source: Any = None
        for node in block.nodes:
            self._about(node)
            sizes, mask = self.sizes(node), shared.get(node.inputs.get("mask", ""))
            if node.op.family == "norm":
                if node.name == "adapter_norm" or node.op.place == "before":  # type: ignore[attr-defined]
                    y = trace.norm(node, x, sizes)
                else:
                    x = trace.norm(node, x, sizes)
            elif node.name == "attention":
                y = trace.self_attention(node, y or x, sizes, angles, mask)
            elif node.name == "cross":
                y = trace.cross_attention(node, y or x, source, sizes, mask)
            elif node.op.family == "ffn":
                y = trace.ffn(node, y or x, sizes)
            elif node.op.family == "adapter":
                x, y = trace.adapter(node, x, y, sizes, shared["language"]), None
            elif node.op.name == "residual":
                x, y = trace.residual(node, x, y, sizes), None
                if crosses is not None and source is None:
                    self._about(crosses)
                    source = trace.read(crosses, memory, self.sizes(crosses))
        return x

    def _angles(self, block: GraphBlock) -> tuple[Tensor, ...]:
        """Cosines and sines of a side, made once."""
        node = next((one for one in block.nodes if one.name == "rotation"), None)
        if node is None:
            return ()
        self._about(node)
        return tuple(
            self._once(node.inputs[item.name], item.size) for item in node.op.saves(self.sizes(node))
        )

    def _mask(self, node: Node) -> None:
        """The mask that an attention reads, made once."""
        if node.op.family != "attention" or "mask" not in node.inputs:
            return
        sizes, op = self.sizes(node), node.op
        self._about(node)
        self._once(node.inputs["mask"], op.mask(sizes) * sizes.element)  # type: ignore[attr-defined]

    def _once(self, name: str, size: Amount) -> Tensor:
        if name not in self.shared:
            self.shared[name] = Tensor(self.tape.new(size * self.parts["shared"]))
        return self.shared[name]


def _kept(made: dict[Label, Amount]) -> dict[Label, Amount]:
    """What a layer leaves, its result too: the next layer keeps that."""
    found: dict[Label, Amount] = {}
    for label, size in made.items():
        if label.category != KEPT:
            label = label._replace(category=KEPT, what=f"{label.what}, kept")
        found[label] = found.get(label, 0) + size
    return found


class Teacher(Run):
    """A teacher that computes beside its student: a forward pass that keeps nothing, in numbers of its own."""

    def __init__(self, student: Run) -> None:
        super().__init__(student.rank, student.folds)
        layout = self.layout
        assert layout.teacher is not None
        self.tape, self.graph, self.recomputes = student.tape, layout.teacher, False
        self.order = stages(layout.teacher, 1)[0].order
        self.blocks = {block.name: block for block in layout.teacher.blocks}
        size = teachers_element(layout)
        self.how |= {"element": size, "master": size}
        self.trace = replace(student.trace, frozen=True, tables={}, leaves=[])
        student.tape.enter((TEACHER, 0))

    def enter(self, place: Any) -> None:
        """All of its pass is one place."""

    def end(self, node: Node, x: Tensor) -> Tensor:
        return x

    def _about(self, node: Node) -> None:
        self.tape.about("its forward pass", self.layout.train.span_of("teacher"), "teacher")


class Validation(Run):
    """A forward pass over held-out text: nothing is kept, and there are no gradients."""

    def __init__(self, rank: Rank) -> None:
        super().__init__(rank)
        self.recomputes = False
        self.trace = replace(self.trace, frozen=True)
        self.tape.enter((VALIDATION, 0))

    def validate(self) -> Tape:
        """The tape of one batch of it, as large as a micro-batch."""
        source, target = self.rank.bucket
        lengths = [length for length in (source, target, target or source) if length]
        self.tape.about("ids of the tokens", category="batch")
        self.forward([Tensor(self.tape.new(self.batch * n * INT64 * self.parts["stream"])) for n in lengths])
        return self.tape

    def enter(self, place: Any) -> None:
        """All of it is one place."""

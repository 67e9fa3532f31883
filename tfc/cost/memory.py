"""Memory of one rank: what is resident at each moment at which the peak may be (D2 of the design's cost page).

A moment is a place in one optimizer step: the forward pass through the last block of a kind, the backward pass through
its last and its first, the optimizer. What is resident there is a sum of items; none is fitted, and what is not known
exactly has bounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tfc.cost.arithmetic import Amount, any_of, choose, largest, widest
from tfc.cost.items import ALWAYS, Item, Memory
from tfc.cost.kept import GPU_KERNELS, called_as, is_layer, keeps, said
from tfc.cost.lesson import comparison, teachers_memory, teachers_weights, translating
from tfc.cost.outside import outside
from tfc.cost.passing import passing
from tfc.cost.sharded import gathered
from tfc.cost.taped import traced
from tfc.graph.sized import SHARED
from tfc.parallel.pipeline import in_flight
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.graph.sized import SizedBlock, SizedGraph
    from tfc.parallel.layout import Bucket, Layout
    from tfc.parallel.pipeline import Stage

MASTER = 4  # bytes of a master weight, of a gradient and of each moment of the optimizer: fp32
IDS = 3 * 8  # bytes of a token of a batch: source or target, label, and the copy on its way; int64
# What torch counts itself, and what it has reserved for it.
ALLOCATED = frozenset(
    (
        "weights",
        "gradients",
        "optimizer",
        "activations",
        "logits",
        "temporaries",
        "gathered",
        "teacher",
        "batch",
        "scratch",
    )
)
RESERVED = ALLOCATED | {"allocator"}
OPTIMIZER = "in the optimizer's step"


def element(precision: Any) -> int:
    """Bytes of a number in the forward pass, of a precision or its name; fp8 keeps activations in 16 bits."""
    bits = getattr(precision, "bits", None) or (32 if precision == "fp32" else 16)
    return max(2, bits // 8)


def memory(layout: Layout) -> tuple[Memory, ...]:
    """The memory of every rank that may be the worst: each stage, with each bucket that may be."""
    return tuple(rank.memory for rank in ranks(layout))


def ranks(layout: Layout) -> tuple[Rank, ...]:
    """The ranks of `memory`, in the same order."""
    found = []
    for bucket in buckets(layout):
        sized = at(layout, bucket)
        found += [Rank(layout, stage, bucket, sized) for stage in layout.stages_at(bucket)]
    return tuple(found)


def at(layout: Layout, bucket: Bucket) -> SizedGraph:
    """The graph for one micro-batch of a rank.

    FSDP2 hands the forward pass of each layer weights that are cast already; tables and last norms stay in fp32.
    """
    size, graph = element(layout.train.precision), layout.graph_at(bucket)
    shape = (layout.sequences(bucket), *bucket)
    how = {"element": size, "device": layout.device.kind, "fused": layout.spec.compiled == "functions"}
    found = graph.at(*shape, master=MASTER, **how)
    if layout.zero < 2 or size == MASTER:
        return found
    cast = graph.at(*shape, master=size, **how)
    blocks = (within if is_layer(own) else own for own, within in zip(found.blocks, cast.blocks, strict=True))
    return replace(found, blocks=tuple(blocks))


def buckets(layout: Layout) -> tuple[Bucket, ...]:
    """The longest bucket, that of each branch, and where batches are counted in tokens those that hold more of them."""
    longest = layout.longest
    if not layout.counts_tokens:
        return (*layout.branches, longest)
    most = layout.sequences(longest) * sum(longest)
    fuller = [
        bucket for bucket in layout.buckets[:-1] if any_of(layout.sequences(bucket) * sum(bucket) > most)
    ]
    return tuple(dict.fromkeys((*layout.branches, *fuller[-2:], longest)))


class Rank:
    """One rank of a layout: its stage of the pipeline, and a micro-batch of one bucket."""

    def __init__(self, layout: Layout, stage: Stage, bucket: Bucket, sized: SizedGraph) -> None:
        self.layout, self.stage, self.bucket, self.sized = layout, stage, bucket, sized
        self.train, self.kept = layout.train, layout.kept
        self.blocks = {block.name: block for block in sized.blocks if stage.count(block.name)}
        self.element = sized.element
        self.within = GPU_KERNELS if not layout.device.is_cpu else 0.0

    @property
    def memory(self) -> Memory:
        items = (
            *self.states(),
            *(passing(self) if traced(self) else self.passing()),
        )
        items += tuple(
            translating(self.layout, self.bucket, sum(item.amount for item in items if item.moment == ALWAYS))
        )
        beside = outside(self.layout, items)
        name = f"stage {self.stage.index + 1} of {self.layout.pipeline}" if self.layout.pipeline > 1 else ""
        return Memory(name, (*items, *beside))

    # ----------------------------------------------------------------------------------------- all the time

    def states(self) -> Iterator[Item]:
        """Weights, the state of the optimizer, a resident teacher, and the batch."""
        layout, train = self.layout, self.train
        over = f", over {layout.shards} devices" if layout.zero else ""
        on_host = "optimizer" in train.offload
        for name, block in self.blocks.items():
            count = self.stage.count(name)
            for node in block.nodes:
                if not node.parameters:
                    continue
                bytes_ = MASTER * node.parameters * count
                text = f"{said(node)}, fp32{over if layout.zero >= 2 else ''}"
                yield _bytes(bytes_ * self.kept.weights, "weights", text, span=node.origin.span)
                if on_host:
                    continue
                learnt = bytes_ * self.kept.optimizer * self.trained(node)
                text = f"{train.optimizer.name} keeps 8 bytes a parameter{over}"
                yield _bytes(2 * learnt, "optimizer", text, span=train.span_of("optimizer"))
        yield from self.table_again()
        yield from teachers_weights(layout)

    def table_again(self) -> Iterator[Item]:
        """A tied table where a stage uses it and another has it: its weights, gradients and moments once more.

        The last stage has the output, and the first of a decoder behind an encoder looks its tokens up: Megatron-LM
        keeps a copy of the table on both, and adds up their gradients.
        """
        table = next((block for block in self.sized.blocks if block.name == "embedding"), None)
        used = "output" in self.blocks or self._begins_decoder
        if table is None or not self.layout.model.tied or "embedding" in self.blocks or not used:
            return
        for category, size, part in (
            ("weights", MASTER, self.kept.weights),
            ("gradients", MASTER, self.kept.gradients),
            ("optimizer", 2 * MASTER, self.kept.optimizer),
        ):
            text, span = "the tied table, again on this stage", self.layout.model.span_of("tied")
            yield _bytes(size * table.parameters * part, category, text, span=span)

    @property
    def _begins_decoder(self) -> bool:
        """Whether the first layer of a decoder that has an encoder is on this stage."""
        layers = [name for stage in self.layout.stages_at(self.bucket) for name in stage.order]
        if not any(name.startswith("encoder") for name in layers):
            return False
        before = [
            name for stage in self.layout.stages_at(self.bucket)[: self.stage.index] for name in stage.order
        ]
        here = any(name.startswith("decoder") for name in self.stage.order)
        return here and not any(name.startswith("decoder") for name in before)

    def passing(self) -> Iterator[Item]:
        """The items of each moment, in closed form: of what has no tape."""
        yield from self.batch()
        yield from teachers_memory(self.layout, self.bucket)
        yield from self.moments()
        yield from self.optimizer()

    def batch(self) -> Iterator[Item]:
        """The tokens of a micro-batch."""
        tokens = self.layout.sequences(self.bucket) * sum(self.bucket)
        yield _bytes(IDS * tokens, "batch", "ids of the tokens", span=self.train.span_of("microbatch"))

    def trained(self, node: Any) -> bool:
        """Whether a node's parameters change."""
        return self.trained_op(node.op)

    def trained_op(self, op: Any) -> bool:
        return getattr(self.train, "trainable", "all") == "all" or op.family == "adapter"

    # --------------------------------------------------------------------------------- forward and backward

    def moments(self) -> Iterator[Item]:
        """What is resident in the forward and backward pass through the last and the first block of each kind."""
        order = self.stage.order
        for name in self.blocks:
            last = len(order) - 1 - order[::-1].index(name)
            called = called_as(name)
            yield from self.forward(last, f"in the forward pass of {called}")
            yield from self.backward(last, f"in the backward pass of {called}")
            if order.index(name) != last:
                yield from self.backward(order.index(name), f"at the end of the backward pass of {called}")

    def forward(self, place: int, moment: str) -> Iterator[Item]:
        block = self.blocks[self.stage.order[place]]
        yield from self.activations(place, moment)
        yield from self.gradients(len(self.stage.order), moment)
        amount, node = widest(block.nodes, lambda node: node.temporaries[0])
        if block.name == "output":
            amount = largest(amount, comparison(self.layout, self.sized, self.bucket))
        category = "logits" if block.name == "output" else "temporaries"
        yield self.temporary(amount, category, f"{said(node)}, one at a time", moment, node)
        yield from gathered(self, block, moment, backward=False)

    def backward(self, place: int, moment: str) -> Iterator[Item]:
        block = self.blocks[self.stage.order[place]]
        yield from self.activations(place, moment)
        yield from self.gradients(place, moment)
        yield from self.recomputed(block, moment)
        yield from self.tied(block, moment)
        amount, node = widest(range(len(block.nodes)), lambda index: self.within_backward(block, index))
        node = block.nodes[node]
        yield self.temporary(amount, "temporaries", f"{said(node)}, one at a time", moment, node)
        stream = self.stream(block)
        # An encoder's output gathers gradients from every layer of the decoder, beside the decoder's own stream.
        streams = (
            2 if block.name.startswith("decoder") and "encoder" in self.layout.graph.blocks[1].name else 1
        )
        yield _bytes(
            streams * stream * self.kept.edge,
            "temporaries",
            "gradient of the stream between layers",
            moment,
            self.layout.model.span_of("width"),
        )
        yield from gathered(self, block, moment, backward=True)

    def temporary(self, amount: Amount, category: str, text: str, moment: str, node: Any) -> Item:
        return _bytes(amount * self.kept.inner, category, text, moment, node.origin.span, self.within)

    def within_backward(self, block: SizedBlock, index: int) -> Amount:
        """The most bytes inside an operation's backward pass, less what the operations behind it have freed by then.

        They are the operation's own, or those of one of its products, which holds the gradients of its result, of its
        input and of its weight: in the type computed in, and in fp32 before it is added to what is there.
        """
        node = block.nodes[index]
        each = choose(self.accumulates, self.element * (self.element < MASTER) + MASTER, self.element)
        products = (
            product.m * (product.n + product.k) * self.element
            + product.n * product.k * each * bool(node.parameters)
            for product in node.products
            if node.op.name != "output"
        )
        freed = sum(
            tensor.size
            for later in block.nodes[index + 1 :]
            for tensor in later.tensors
            if tensor.place != SHARED
        )
        return largest(largest(node.temporaries[1], *products) - freed, 0)

    def stream(self, block: SizedBlock) -> Amount:
        """Bytes of the tensor that goes from one layer to the next, whole."""
        source, target = self.bucket
        length = source if block.name.startswith("encoder") or not target else target
        return self.layout.sequences(self.bucket) * length * self.layout.model.width * self.element

    @cached_property
    def accumulates(self) -> Amount:
        """Whether memory of gradients is there in the forward pass: of earlier micro-batches, or DDP's buckets."""
        layout = self.layout
        return (layout.accumulation > 1) | ((layout.data > 1) & (layout.zero < 2))

    @cached_property
    def in_flight(self) -> Amount:
        layout = self.layout
        return in_flight(
            layout.schedule, layout.chunks, self.stage.index, layout.pipeline, layout.accumulation
        )

    @cached_property
    def keeping(self) -> dict[str, tuple[Item, ...]]:
        """What each kind of block keeps, once, as items of no moment yet."""
        part = {"stream": self.kept.edge, "inner": self.kept.inner, "copy": self.kept.copies}
        found = {}
        for name, block in self.blocks.items():
            times = self.stage.count(name)
            layers = f", kept for {times} layers" if times > 1 else ", kept"
            category = "logits" if name == "output" else "activations"
            found[name] = tuple(
                _bytes(
                    sum(tensor.size * part[tensor.place] for tensor in tensors),
                    category,
                    said(node) + layers,
                    span=node.origin.span,
                    within=self.within,
                )
                for node, tensors in keeps(block, self.train.recompute)
            )
        return found

    def activations(self, place: int, moment: str) -> Iterator[Item]:
        """What the blocks up to a place have kept, and all of them for other micro-batches in flight."""
        order = self.stage.order
        for name, items in self.keeping.items():
            times = order[: place + 1].count(name) + (self.in_flight - 1) * order.count(name)
            for one in items:
                amount = one.amount * times
                yield _bytes(amount, one.category, one.what, moment, one.span, self.within)
        for tensor in self.sized.shared:
            amount = tensor.size * self.kept.edge * self.in_flight
            yield _bytes(amount, "activations", f"{tensor.name}, kept once", moment, tensor.origin.span)

    def recomputed(self, block: SizedBlock, moment: str) -> Iterator[Item]:
        """What the backward pass of one block makes again, while it lasts."""
        again = {
            (node.name, tensor.name)
            for node, tensors in keeps(block, self.train.recompute)
            for tensor in tensors
        }
        for node in block.nodes:
            for tensor in node.tensors:
                if (node.name, tensor.name) in again or tensor.place == "shared" or block.name == "output":
                    continue
                part = {"stream": self.kept.edge, "inner": self.kept.inner, "copy": self.kept.copies}
                yield _bytes(
                    tensor.size * part[tensor.place],
                    "activations",
                    f"{said(node)}, made again for one layer",
                    moment,
                    self.train.span_of("recompute"),
                    self.within,
                )

    def tied(self, block: SizedBlock, moment: str) -> Iterator[Item]:
        """The output's gradient of a shared table: autograd holds it until that of the embedding has come."""
        table = self.blocks.get("embedding")
        if (
            not self.layout.model.tied
            or table is None
            or block.name == "output"
            or "output" not in self.blocks
        ):
            return
        amount = MASTER * table.parameters * self.kept.copies
        yield _bytes(amount, "gradients", "of the shared table", moment, self.layout.model.span_of("tied"))

    def gradients(self, place: int, moment: str) -> Iterator[Item]:
        """Gradients of the blocks behind a place, or of all where micro-batches add up."""
        order, layout = self.stage.order, self.layout
        over = f", over {layout.shards} devices" if layout.zero >= 2 else ""
        for name, block in self.blocks.items():
            # The gradient of an embedding is a temporary of its backward pass until it is whole.
            done = order[place + (name == "embedding") :].count(name)
            count = choose(self.accumulates, order.count(name), done)
            learnt = sum(node.parameters * self.trained(node) for node in block.nodes)
            yield _bytes(
                MASTER * learnt * count * self.kept.gradients,
                "gradients",
                f"fp32{over}",
                moment,
                self.train.span_of("precision"),
            )

    def optimizer(self) -> Iterator[Item]:
        """The step of the optimizer: all gradients; the fused kernel needs nothing beside them."""
        yield from self.gradients(0, OPTIMIZER)
        embedding = self.blocks.get("embedding")
        if embedding is not None:
            amount = choose(self.accumulates, 0, MASTER * embedding.parameters * self.kept.gradients)
            yield _bytes(amount, "gradients", "fp32", OPTIMIZER, self.train.span_of("precision"))


def _bytes(
    amount: Amount, category: str, what: str, moment: str = ALWAYS, span: Any = None, within: float = 0.0
) -> Item:
    """Bytes, known to within a share of themselves."""
    low, high = (amount * (1 - within), amount * (1 + within)) if within else (None, None)
    return Item(amount, Dimension.BYTES, category, what, moment, span, low, high)

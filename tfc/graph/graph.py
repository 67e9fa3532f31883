"""The model as operations: equal layers are one block with a count, and sizes are given when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tfc.fields import UNKNOWN, Origin
from tfc.graph.sized import SizedBlock, SizedGraph, SizedNode, kept
from tfc.ops.base import Amount, Op, Parameter, Sizes

if TYPE_CHECKING:
    from tfc.spec.model import Model

SOURCE, TARGET = "source", "target"
REMEMBERED = 64  # micro-batches that a graph was sized for


@dataclass(frozen=True)
class Node:
    """One operation of a block: what it is applied to, and the line that it comes from.

    `inputs` names the tensor that stands at each edge of the operation; `shape` lacks only what a micro-batch gives.
    """

    name: str
    op: Op
    shape: Sizes
    output: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    origin: Origin = UNKNOWN
    prefix: str = ""  # of its parameters, in the generated module of its block
    stream: str = TARGET  # whether it is applied to the source or to the target
    reads: str = TARGET

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """What it learns, by the names of the generated module of its block."""
        own = self.op.parameters(self.shape)
        return tuple(replace(item, name=self.prefix + item.name) for item in own)

    def sizes(self, batch: Amount, lengths: Mapping[str, Amount], **how: Any) -> Sizes:
        """Its shape for a micro-batch."""
        return replace(self.shape, batch=batch, length=lengths[self.stream], reads=lengths[self.reads], **how)


@dataclass(frozen=True)
class GraphBlock:
    """Operations in their order, `count` times over. `layers` are those of the side that it stands for."""

    name: str
    nodes: tuple[Node, ...]
    count: int = 1
    side: str = ""  # "encoder" or "decoder" if it is a layer of one
    layers: tuple[int, ...] = ()

    @cached_property
    def parameters(self) -> int:
        """Parameters of one of them."""
        return sum(item.count for node in self.nodes for item in node.parameters)


@dataclass(frozen=True)
class Graph:
    """A model, in the order in which it is computed."""

    model: Model
    blocks: tuple[GraphBlock, ...]

    @property
    def parameters(self) -> int:
        """Parameters of the whole, each counted once, rows of padding included."""
        return sum(block.count * block.parameters for block in self.blocks)

    @property
    def named_parameters(self) -> tuple[Parameter, ...]:
        """Each parameter by its name in the generated model."""
        return tuple(
            replace(item, name=name + item.name)
            for block in self.blocks
            for name in ([f"{block.side}.{layer}." for layer in block.layers] or [""])
            for node in block.nodes
            for item in node.parameters
        )

    def at(
        self,
        batch: Amount,
        source: Amount,
        target: Amount,
        element: int = 2,
        master: int = 4,
        device: str = "cuda",
        fused: bool = False,
    ) -> SizedGraph:
        """The graph for a micro-batch: sequences, their padded lengths, bytes of a number, kind of device.

        `element` is of the forward pass, `master` of a parameter as the forward pass finds it; `fused` says whether
        the steps between products are compiled. The sizes may be numpy
        arrays, and so are the results then.
        """
        how = {"element": element, "master": master, "device": device, "fused": fused}
        if not all(isinstance(size, int) for size in (batch, source, target)):
            return self._sized(batch, source, target, how)
        # A search comes back to the same few micro-batches again and again.
        known = vars(self).setdefault("_known", {})
        key = (batch, source, target, *how.values())
        if key not in known:
            if len(known) >= REMEMBERED:
                known.clear()
            known[key] = self._sized(batch, source, target, how)
        return known[key]

    def _sized(self, batch: Amount, source: Amount, target: Amount, how: Any) -> SizedGraph:
        lengths = {SOURCE: source, TARGET: target}
        blocks = tuple(_sized_block(block, batch, lengths, how) for block in self.blocks)
        return SizedGraph(self, blocks, how["element"])


def _sized_block(block: GraphBlock, batch: Amount, lengths: Mapping[str, Amount], how: Any) -> SizedBlock:
    """The block for a micro-batch; a tensor that several nodes keep stands with the first of them."""
    seen: set[str] = set()
    nodes = []
    for node in block.nodes:
        sizes = node.sizes(batch, lengths, **how)
        tensors = {item.name: item for item in kept(node, sizes) if item.name not in seen}
        seen |= tensors.keys()
        nodes.append(
            SizedNode(
                name=node.name,
                op=node.op,
                origin=node.origin,
                parameters=sum(item.count for item in node.parameters),
                products=node.op.products(sizes),
                executed=node.op.executed(sizes),
                useful=node.op.useful(sizes),
                tensors=tuple(tensors.values()),
                temporaries=node.op.temporaries(sizes),
                sizes=sizes,
            )
        )
    return SizedBlock(block.name, block.count, tuple(nodes))

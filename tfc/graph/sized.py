"""A graph for given sizes: what it computes, and what it keeps for the backward pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tfc.fields import Origin
from tfc.ops.base import Amount, Op, Product, Sizes
from tfc.ops.launched import Call, Kernel

if TYPE_CHECKING:
    from tfc.graph.graph import Graph, Node

SHARED = "shared"  # the place of a tensor that is made once for all layers


@dataclass(frozen=True)
class Tensor:
    """A tensor that is kept for the backward pass, in bytes. `place` is as in `tfc.ops.base.Saved`."""

    name: str
    size: Amount
    place: str
    origin: Origin


@dataclass(frozen=True)
class SizedNode:
    """One operation, once."""

    name: str
    op: Op
    origin: Origin
    parameters: int
    products: tuple[Product, ...]
    executed: Amount  # FLOPs besides the products
    useful: Amount  # those of them that the result depends on
    tensors: tuple[Tensor, ...]  # that no operation of the block before it keeps
    temporaries: tuple[Amount, Amount]  # bytes, in the forward and in the backward pass
    sizes: Sizes  # that it is applied to

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """What the host calls in both passes."""
        return self.op.calls(self.sizes)

    @cached_property
    def kernels(self) -> tuple[Kernel, ...]:
        """What the device runs in both passes besides products and attention."""
        return self.op.kernels(self.sizes)

    @property
    def traffic(self) -> Amount:
        """Bytes read and written outside products and attention, in the forward pass."""
        return self.op.traffic(self.sizes)

    @property
    def forward_flops(self) -> Amount:
        return sum(product.flops for product in self.products) + self.executed

    @property
    def useful_flops(self) -> Amount:
        return sum(product.flops for product in self.products) + self.useful

    @property
    def saved(self) -> dict[str, Amount]:
        """Bytes by tensor, without what is shared among the layers."""
        return {item.name: item.size for item in self.tensors if item.place != SHARED}


@dataclass(frozen=True)
class SizedBlock:
    """One block, once: `count` says how many there are."""

    name: str
    count: int
    nodes: tuple[SizedNode, ...]

    @property
    def parameters(self) -> int:
        return sum(node.parameters for node in self.nodes)

    @property
    def products(self) -> tuple[Product, ...]:
        return tuple(product for node in self.nodes for product in node.products)

    @property
    def forward_flops(self) -> Amount:
        return sum(node.forward_flops for node in self.nodes)

    @property
    def useful_flops(self) -> Amount:
        return sum(node.useful_flops for node in self.nodes)

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """What one block keeps, each tensor once, without what is shared among the layers."""
        return tuple(item for node in self.nodes for item in node.tensors if item.place != SHARED)

    @property
    def saved(self) -> dict[str, Amount]:
        """Bytes by tensor."""
        return {item.name: item.size for item in self.tensors}

    @property
    def traffic(self) -> Amount:
        return sum(node.traffic for node in self.nodes)


@dataclass(frozen=True)
class SizedGraph:
    """The whole, for one micro-batch of one device."""

    graph: Graph
    blocks: tuple[SizedBlock, ...]
    element: int

    @cached_property
    def shared(self) -> tuple[Tensor, ...]:
        """What is made once and kept for all layers: masks, rotations, the encoder's output."""
        found: dict[str, Tensor] = {}
        for block in self.blocks:
            for node in block.nodes:
                for item in node.tensors:
                    if item.place == SHARED:
                        found.setdefault(item.name, item)
        return tuple(found.values())

    @property
    def parameters(self) -> int:
        return sum(block.count * block.parameters for block in self.blocks)

    @property
    def forward_flops(self) -> Amount:
        """FLOPs that the forward pass does on the reference path; the backward pass does twice as many."""
        return sum(block.count * block.forward_flops for block in self.blocks)

    @property
    def useful_flops(self) -> Amount:
        """Those of the forward pass that the result depends on: what is masked and padded rows left out."""
        return sum(block.count * block.useful_flops for block in self.blocks)

    @property
    def saved(self) -> dict[str, Amount]:
        """Bytes that the whole forward pass keeps, by block, and of what is shared by tensor."""
        by_block = {block.name: block.count * sum(block.saved.values()) for block in self.blocks}
        return by_block | {item.name: item.size for item in self.shared}


def kept(node: Node, sizes: Sizes) -> Iterable[Tensor]:
    """What an operation keeps, each tensor by the name that it has in its block."""
    for item in node.op.saves(sizes):
        if item.name in node.inputs:
            name = node.inputs[item.name]
        elif item.place == SHARED:
            continue  # an edge that this block does without
        else:
            name = f"{node.name}.{item.name}"
        yield Tensor(name, item.size, item.place, node.origin)

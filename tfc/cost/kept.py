"""What a block keeps for the backward pass under each policy of recomputation, and how its nodes are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfc.graph.sized import SHARED

if TYPE_CHECKING:
    from tfc.graph.graph import Node
    from tfc.graph.sized import SizedBlock, SizedNode, Tensor

# Declared activations agree with those of the CPU to the byte; a GPU's kernels may pad and keep their own.
GPU_KERNELS = 0.03
NAMES = {
    "ffn": "feed-forward",
    "attention": "self-attention",
    "cross": "cross-attention",
    "output": "projection and loss",
}


def keeps(block: SizedBlock, recompute: Any) -> tuple[tuple[SizedNode, tuple[Tensor, ...]], ...]:
    """The tensors that one block keeps, by the node that keeps them, without what layers share."""
    found = (
        (node, tuple(tensor for tensor in node.tensors if _stays(block, node, tensor, recompute)))
        for node in block.nodes
    )
    return tuple((node, tensors) for node, tensors in found if tensors)


def _stays(block: SizedBlock, node: SizedNode, tensor: Tensor, recompute: Any) -> bool:
    return tensor.place != SHARED and not _again(block, node, tensor, recompute)


def _again(block: SizedBlock, node: SizedNode, tensor: Tensor, recompute: Any) -> bool:
    """Whether a tensor is made again in the backward pass instead."""
    if not is_layer(block):
        return False
    if recompute.name == "full":
        return tensor.name != "in"
    if recompute.name != "selective":
        return False
    return (part_of(node) in recompute.parts and tensor.place != "stream") or (
        "norm" in recompute.parts and tensor.place == "stream" and tensor.name.endswith(".in")
    )


def is_layer(block: SizedBlock) -> bool:
    """Whether a block is one of the repeated layers."""
    return block.name.split(".")[0] in ("encoder", "decoder") and not block.name.endswith(".norm")


def part_of(node: SizedNode) -> str:
    """The part of a layer that a node is, as `recompute` and `keep` name parts."""
    return node.op.family or node.op.name


def said(node: SizedNode | Node) -> str:
    """A node by its name, and its variant where it is one of several: `feed-forward (swiglu)`."""
    name = NAMES.get(node.name, node.name.replace("_", " "))
    return f"{name} ({node.op.name})" if node.op.family in ("attention", "ffn") else name


def called_as(block: str) -> str:
    """A block as a person calls it, within a sentence."""
    if block == "output":
        return "the loss"
    if block == "embedding":
        return "the embedding"
    side, _, rest = block.partition(".")
    if rest == "norm":
        return f"the norm after the {side}"
    return f"the {side}'s last layer" + (f" of kind {rest}" if rest else "")

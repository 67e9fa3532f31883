"""What FSDP2 gathers: the weights of the layers at work, and their gradients before they are scattered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfc.cost.arithmetic import Amount, largest
from tfc.cost.items import Item
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.cost.memory import Rank
    from tfc.graph.sized import SizedBlock

REDUCED = 4  # bytes of a gradient on its way: `reduce = fp32`


def gathered(rank: Rank, block: SizedBlock, moment: str, backward: bool) -> Iterator[Item]:
    """The gathered weights at a moment, under `zero = 2` and `3`.

    Each layer is a unit; the embedding, the last norm and the output make up the root, in fp32, whose weights stay
    gathered from the forward pass on, since the backward pass begins with them, and whose gradients are scattered last.
    """
    layout = rank.layout
    if layout.zero < 2:
        return
    span = layout.train.parallel.span_of("zero")
    layers, root = _units(rank)
    at_once = 2 * largest(*layers.values()) if layout.zero == 3 else _all_layers(rank, layers)
    part = rank.kept.copies
    text = "the layer at work and the next" if layout.zero == 3 else "all layers, until the step"
    yield _bytes(at_once * rank.element * part, f"weights gathered: {text}", moment, span)
    yield _bytes(root * REDUCED * part, "weights gathered: tables and last norms", moment, span)
    if backward:
        # A layer's gradients as they are made, and in fp32 while they are scattered: its own and the one before.
        unit = layers.get(block.name, 0)
        own = unit * (rank.element + 2 * REDUCED) + _unscattered(rank, root) * REDUCED
        yield _bytes(own * part, "gradients before they are scattered", moment, span)


def _unscattered(rank: Rank, root: Amount) -> Amount:
    """Parameters of the root whose gradients wait; that of a shared table is counted where it is made."""
    table = rank.blocks.get("embedding")
    return root - table.parameters if table is not None and rank.layout.model.tied else root


def _units(rank: Rank) -> tuple[dict[str, Amount], Amount]:
    """Parameters of each kind of layer, and of all that is no layer."""
    named = {block.name for block in rank.layout.graph.blocks if block.side}
    layers = {name: block.parameters for name, block in rank.blocks.items() if name in named}
    root = sum(block.parameters for name, block in rank.blocks.items() if name not in named)
    return layers or {"": 0}, root


def _all_layers(rank: Rank, layers: dict[str, Amount]) -> Amount:
    return sum(size * rank.stage.count(name) for name, size in layers.items())


def _bytes(amount: Amount, what: str, moment: str, span: object) -> Item:
    return Item(amount, Dimension.BYTES, "gathered", what, moment, span)  # type: ignore[arg-type]

"""The most bytes that torch has allocated on a rank of a row, by a profile."""

from __future__ import annotations

from typing import Any

from tfc.cost.kept import keeps
from tfc.graph.sized import SHARED
from tfc.parallel.pipeline import in_flight

ELEMENT = 2


def allocated(profile: Any) -> float:
    """Bytes at the peak of the last rank."""
    return at_stage(profile, profile.layout.stages[-1])


def largest(profile: Any) -> float:
    """Bytes at the peak of the rank that takes most: the last, with the loss, or the first, with most in flight."""
    stages = profile.layout.stages
    return max(at_stage(profile, stage) for stage in (stages[0], stages[-1]))


def at_stage(profile: Any, stage: Any) -> float:
    """Bytes at the peak of a stage: of the loss, or of the backward pass through its last layer."""
    row, layout = profile.row, profile.layout
    source, target = row.lengths
    context = row.context
    sized = profile.graph.at(row.micro, source // context, target // context, element=ELEMENT, master=ELEMENT)
    held = in_flight(layout.schedule, layout.chunks, stage.index, row.pipeline, row.accumulation)
    blocks = {block.name: block for block in sized.blocks if stage.count(block.name)}
    kept = sum(_kept(block, profile) * stage.count(name) * held for name, block in blocks.items())
    kept += sum(tensor.size * _part(profile, "stream") for tensor in sized.shared)
    at_loss, in_last = 0.0, _last_layer(blocks, profile)
    if (output := blocks.get("output")) is not None:
        # Only one micro-batch at a time is at the loss.
        kept -= _kept(output, profile) * (held - 1)
        loss = sum(node.temporaries[0] for node in output.nodes if node.op.name == "output")
        at_loss = loss * _part(profile, "inner")
        in_last -= _probabilities(output, profile)
    return profile.states(stage) + profile.beside() + profile.inputs() + kept + max(at_loss, in_last)


def _part(profile: Any, place: str) -> float:
    """The part of a tensor that a rank has; `tfc` divides by context as well, which the lengths have done here."""
    row = profile.row
    edge = 1 / row.tensor if row.sequence else 1
    return {"stream": edge, "inner": 1 / row.tensor, "copy": 1 / row.tensor}[place]


def _kept(block: Any, profile: Any) -> float:
    """Bytes that one block keeps under the row's recomputation."""
    found = keeps(block, Recompute(profile.row.recompute))
    return sum(tensor.size * _part(profile, tensor.place) for _, tensors in found for tensor in tensors)


def _probabilities(block: Any, profile: Any) -> float:
    sizes = (tensor.size for node in block.nodes for tensor in node.tensors if "probabilities" in tensor.name)
    return sum(sizes) * _part(profile, "inner")


def _last_layer(blocks: dict[str, Any], profile: Any) -> float:
    """Bytes inside the last layer's backward pass: what is made again, and the widest gradient with its weight's."""
    layers = [block for name, block in blocks.items() if name.split(".")[0] in ("encoder", "decoder")]
    if not layers:
        return 0.0
    block = layers[-1]
    whole = sum(
        tensor.size * _part(profile, tensor.place)
        for node in block.nodes
        for tensor in node.tensors
        if tensor.place != SHARED
    )
    widest = max(
        (product.m * (product.n + product.k) + product.n * product.k) * ELEMENT / profile.row.tensor
        for product in block.products
    )
    return whole - _kept(block, profile) + widest


class Recompute:
    """A policy of recomputation as `tfc.cost.kept` asks for it: `full`, or `none`."""

    def __init__(self, name: str) -> None:
        self.name = name if name == "full" else "none"
        self.parts: tuple[str, ...] = ()

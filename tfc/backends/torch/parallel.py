"""`parallel.py`: how a run is divided among devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.backends.constants import Constant, with_origin
from tfc.backends.layouts import device_words, sharded, trained
from tfc.backends.render import render

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout
    from tfc.plan import Plan

MIXED = {"bf16": "bfloat16", "fp16": "float16"}


def file(plan: Plan) -> str | None:
    """The text of `parallel.py`, or None for a block that runs on one device."""
    layout = trained(plan)
    if layout is None or layout.count == 1:
        return None
    return render(
        "torch/parallel.py.j2",
        summary=f"Divides training among {device_words(layout)}.",
        points=_points(layout),
        constants=_constants(layout),
        cuda=layout.device.kind == "cuda",
        per_node=layout.per_node,
        sharded=sharded(layout),
        mixed=MIXED.get(layout.train.precision.name),
        zero=layout.zero,
    )


def _constants(layout: Layout) -> list[Constant]:
    return [Constant("RANKS", layout.count, with_origin("processes, one a device", layout.train, "on"))]


def _points(layout: Layout) -> list[str]:
    """What is notable about the division."""
    if not sharded(layout):
        return ["every rank has the whole model, and its part of every batch (DDP)"]
    weights = "weights, gradients and the optimizer's state are divided among ranks (FSDP2), layer by layer"
    if layout.zero == 3:
        return [weights, "a layer is gathered for its forward pass, and again for its backward pass"]
    return [weights, "a layer is gathered for its forward pass, and kept until its backward pass"]

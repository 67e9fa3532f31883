"""What the files of a training folder ask of the blocks that they are made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout
    from tfc.plan import Plan


def trained(plan: Plan) -> Layout | None:
    """The layout of the `train` block, or None where nothing is trained."""
    return next((layout for layout in plan.layouts.values() if layout.train.kind == "train"), None)


def distilled(plan: Plan) -> Layout | None:
    """The layout of the `distill` block, or None where no model learns from another."""
    return next((layout for layout in plan.layouts.values() if layout.train.kind == "distill"), None)


def learning(plan: Plan) -> tuple[Layout, ...]:
    """The layouts of both, as far as they are there: what the files that they share have to serve."""
    return tuple(layout for layout in (trained(plan), distilled(plan)) if layout is not None)


def sharded(layout: Layout) -> bool:
    """Whether weights are divided among ranks (FSDP2), and not copied to each (DDP)."""
    return layout.count > 1 and layout.zero >= 2


def device_words(layout: Layout) -> str:
    """`one CPU`, `8 GPUs (h100_80gb)`, `4 machines of 8 GPUs (h100_80gb)`."""
    what = "CPU" if layout.device.is_cpu else "GPU"
    if layout.count == 1:
        return f"one {what}" if layout.device.is_cpu else f"one {what} ({layout.device.name})"
    plural = "processes on CPUs" if layout.device.is_cpu else f"GPUs ({layout.device.name})"
    return (
        f"{layout.nodes} machines of {layout.per_node} {plural}"
        if layout.nodes > 1
        else f"{layout.count} {plural}"
    )

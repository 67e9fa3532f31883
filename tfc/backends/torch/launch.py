"""`launch.sh`: how the processes of a run are started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.backends.layouts import device_words, trained
from tfc.backends.render import render

if TYPE_CHECKING:
    from tfc.plan import Plan

THREADS = 8  # of a process that drives a GPU: its data are made by few


def file(plan: Plan) -> str | None:
    """The text of `launch.sh`, or None for a block that runs on one device."""
    layout = trained(plan)
    if layout is None or layout.count == 1:
        return None
    return render(
        "torch/launch.sh.j2",
        summary=f"Trains {layout.model.label.upper()} on {device_words(layout)}: one process each, under torchrun.",
        cuda=layout.device.kind == "cuda",
        nodes=layout.nodes,
        per_node=layout.per_node,
        threads=layout.device.units if layout.device.is_cpu else THREADS,
        name=layout.model.label,
    )

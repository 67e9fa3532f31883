"""`checkpoint.py`: what a run needs to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.backends.constants import Constant, with_origin
from tfc.backends.render import render
from tfc.backends.torch.run import sharded, trained

if TYPE_CHECKING:
    from tfc.plan import Plan


def file(plan: Plan) -> str | None:
    """The text of `checkpoint.py`, or None where nothing is trained."""
    layout = trained(plan)
    if layout is None:
        return None
    train, count = layout.train, getattr(layout.train.average, "count", 0)
    keep = Constant("KEEP", train.checkpoint.keep, with_origin("checkpoints", train.checkpoint, "keep"))
    if count > train.checkpoint.keep:
        keep = Constant(
            "KEEP", count, with_origin("checkpoints: those that are averaged", train.average, "count")
        )
    return render(
        "torch/checkpoint.py.j2",
        constants=[keep],
        average=count > 0,
        distributed=layout.count > 1,
        sharded=sharded(layout),
    )

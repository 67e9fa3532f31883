"""`checkpoint.py`: what a run needs to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfc.backends.constants import Constant, with_origin
from tfc.backends.layouts import learning, sharded
from tfc.backends.render import render

if TYPE_CHECKING:
    from tfc.plan import Plan


def file(plan: Plan) -> str | None:
    """The text of `checkpoint.py`, or None where nothing is trained."""
    layouts = learning(plan)
    if not layouts:
        return None
    return render(
        "torch/checkpoint.py.j2",
        constants=[] if keeps(plan) else [kept(layouts[0].train)],
        keeps=keeps(plan),
        average=any(layout.train.average.name == "last" for layout in layouts),
        distributed=layouts[0].count > 1,
        sharded=sharded(layouts[0]),
    )


def kept(train: Any) -> Constant:
    """How many checkpoints a block keeps: at least those that it averages."""
    count = getattr(train.average, "count", 0)
    if count > train.checkpoint.keep:
        meaning = with_origin("checkpoints: those that are averaged", train.average, "count")
        return Constant("KEEP", count, meaning)
    return Constant("KEEP", train.checkpoint.keep, with_origin("checkpoints", train.checkpoint, "keep"))


def keeps(plan: Plan) -> bool:
    """Whether the blocks keep different numbers of checkpoints, so that each has to say its own."""
    return len({kept(layout.train).value for layout in learning(plan)}) > 1

"""What one more of something costs, by a finite difference of the estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.cost.estimate import Estimate
from tfc.fields import How
from tfc.units import Dimension, say

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout


def marginal(estimate: Estimate) -> str:
    """What one more sequence of the micro-batch takes at the peak; nothing where it is `auto` and one is too much."""
    layout: Layout = estimate.layout
    one = sum(layout.longest) if layout.counts_tokens else 1
    if layout.train.origin_of("microbatch").how is How.AUTO and layout.microbatch <= 1:
        return ""
    more = Estimate(layout.replace(micro=layout.micro + one))
    taken = float(more.memory - estimate.memory)
    if taken <= 0:
        return ""
    return f"one more sequence in the micro-batch takes {say(taken, Dimension.BYTES)}; it has {layout.microbatch}"

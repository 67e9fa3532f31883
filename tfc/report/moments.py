"""The moments of a step as they are shown: what each part is called, and which may be left out of a long list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfc.cost.timeline import Moment

PHASES = {
    "beside": "beside the step",
    "forward": "forward pass",
    "loss": "loss",
    "backward": "backward pass",
    "optimizer": "optimizer",
}
LONG = 30  # moments of which a list is read to its end
_LAYER = re.compile(r"(.+ layer) \d+$")


def peak(moments: Sequence[Moment]) -> int:
    """The place of the moment at which most is resident."""
    return max(range(len(moments)), key=lambda at: float(moments[at].bytes))


def called(moment: Moment) -> str:
    """The whole name of a moment: `decoder layer 4, backward pass`."""
    phase = PHASES.get(moment.phase, moment.phase)
    return moment.moment if phase in moment.moment else f"{moment.moment}, {phase}"


def shown(moments: Sequence[Moment]) -> Iterator[int | None]:
    """The places to list, None for what is left out: of a run of layers stay the first, the last, and the peak."""
    if len(moments) <= LONG:
        yield from range(len(moments))
        return
    highest = peak(moments)
    for _, places in groupby(range(len(moments)), key=lambda at: kind(moments[at], at)):
        run = list(places)
        kept = [at for at in run if at in (run[0], run[-1], highest)]
        for before, at in zip([run[0] - 1, *kept], kept, strict=False):
            if at - before > 1:
                yield None
            yield at


def kind(moment: Moment, at: int) -> tuple[str, str]:
    """What the layers of a run have in common; no other moment is of a run."""
    layer = _LAYER.match(moment.moment)
    return moment.phase, layer[1] if layer else str(at)

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


def names(moments: Sequence[Moment]) -> list[str]:
    """What is at work at each moment; where it is so twice in a row, forward and then backward, that is said."""
    found = [moment.moment for moment in moments]
    return [f"{name}, backward" if found[at - 1 : at] == [name] else name for at, name in enumerate(found)]


def whole_names(moments: Sequence[Moment]) -> list[str]:
    """The whole name of each moment: `decoder layer 4, backward pass`."""
    named = zip(names(moments), (PHASES.get(moment.phase, moment.phase) for moment in moments), strict=True)
    return [name if phase in name else f"{name}, {phase}" for name, phase in named]


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

"""Within which bounds estimates have been compared with measurements; outside of them TFS990 says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfc.units import Dimension, say

if TYPE_CHECKING:
    from tfc.cost.estimate import Estimate


@dataclass(frozen=True)
class Range:
    """What was measured on one device: the most parameters, devices and tokens of a sequence."""

    parameters: float
    devices: int
    length: int


# On an H100 the rows of docs/accuracy.md, of 10 M to 3.6 B parameters; on a CPU the tensors of small models
# (`tests/cost/test_tracker.py`), and the resident set of the quickstart's.
VALIDATED: dict[str, Range] = {
    "cpu": Range(5e6, 1, 128),
    "h100_80gb": Range(3.6e9, 1, 8192),
}


def outside(estimate: Estimate) -> Iterator[str]:
    """In what an estimate is beyond what was measured: `8.03 B parameters, measured up to 1.3 B`."""
    layout = estimate.layout
    known = VALIDATED.get(layout.device.name)
    if known is None:
        yield f"no run on `{layout.device.name}` was measured"
        return
    length = max(layout.longest)
    for value, most, dimension, what in (
        (estimate.parameters, known.parameters, Dimension.COUNT, "parameters"),
        (layout.count, known.devices, Dimension.COUNT, "devices"),
        (length, known.length, Dimension.TOKENS, ""),
    ):
        if value > most:
            said = " ".join(filter(None, (say(value, dimension), what)))
            yield f"{said}, measured up to {say(most, dimension)}"

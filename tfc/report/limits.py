"""What memory may not exceed: the device, and each budget on memory as its driver shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tfc.units import Dimension, say


@dataclass(frozen=True)
class Bound:
    """A limit on the memory of a device."""

    bytes: float
    text: str
    kind: str  # `device` or `budget`


def limits(subject: Any) -> tuple[Bound, ...]:
    """The limits of a block that trains or serves, the device first."""
    found = [
        Bound(float(subject.capacity), f"{say(subject.capacity, Dimension.BYTES)}, the device", "device")
    ]
    for budget in subject.budgets:
        if budget.metric == "memory":
            text = f"{budget.limit}, {'required' if budget.required else 'preferred'}"
            found.append(Bound(float(budget.limit.value), text, "budget"))
    return tuple(found)

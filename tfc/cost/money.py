"""Money and energy: time on devices at a list price, and at the limit of their power."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.cost.items import Figure, Item, Unknown
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.diagnostics.core import Span
    from tfc.hardware.device import Device

HOUR = 3600.0
# A board draws less than its limit: training runs report 0.6 to 0.95 of it.
LEAST_POWER, USUAL_POWER = 0.6, 0.85


def cost(time: Figure | Unknown, device: Device, count: int, span: Span | None) -> Figure | Unknown:
    """USD of `count` devices for a time, at the list price; the interval is that of time and of prices."""
    if isinstance(time, Unknown):
        return time
    price = device.price
    if price is None:
        return Unknown(f"no list price of `{device.name}` is known")
    hours = count / HOUR
    value = time.value * hours * price.usd
    what = f"{count} x {device.name} at {price.usd:.3g} USD/h, {price.source}"
    item = Item(value, Dimension.USD, "devices", what, span=span)
    return Figure(value, time.low * hours * price.low, time.high * hours * price.high, Dimension.USD, (item,))


def energy(time: Figure | Unknown, device: Device, count: int, span: Span | None) -> Figure | Unknown:
    """Joules of `count` devices for a time; hosts, network and cooling are not in it."""
    if isinstance(time, Unknown):
        return time
    watts = device.power * count
    value = time.value * watts * USUAL_POWER
    what = f"{count} x {device.name} at {USUAL_POWER:.0%} of {device.power:.0f} W"
    item = Item(value, Dimension.ENERGY, "devices", what, span=span)
    return Figure(value, time.low * watts * LEAST_POWER, time.high * watts, Dimension.ENERGY, (item,))

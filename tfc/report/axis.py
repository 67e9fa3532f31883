"""Ticks of an axis: few, round, and in the unit that a person would choose."""

from __future__ import annotations

from math import ceil, floor, log10

from tfc.units import Dimension

BYTES = (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))
TIMES = (("days", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3), ("us", 1e-6))


def ticks(most: float, dimension: Dimension, wanted: int = 5, least: float = 0.0) -> list[tuple[float, str]]:
    """Values from `least` to `most` in base units, each with its text: `40 GiB`."""
    unit, factor = scale(most, dimension)
    step = round_step((most - least) / factor / wanted)
    first, last = ceil(least / factor / step - 1e-9), floor(most / factor / step + 1e-9)
    digits = max(0, -floor(log10(step) + 1e-9))
    texts = (
        (place * step, f"{place * step:,.{digits}f}".replace(",", " ")) for place in range(first, last + 1)
    )
    return [(value * factor, f"{text} {unit}".strip()) for value, text in texts]


def scale(most: float, dimension: Dimension) -> tuple[str, float]:
    """The unit of an axis that goes up to `most`, and what one of it is in base units."""
    known = {Dimension.BYTES: BYTES, Dimension.TIME: TIMES}.get(dimension)
    if known is not None:
        return next(((unit, factor) for unit, factor in known if most >= factor), known[-1])
    units = (("M", 1e6), ("K", 1e3))
    prefix, factor = next(((unit, factor) for unit, factor in units if most >= 5 * factor), ("", 1.0))
    return f"{prefix} {'USD' if dimension is Dimension.USD else ''}".strip(), factor


def round_step(rough: float) -> float:
    """The next of 1, 2 and 5 times a power of ten."""
    if rough <= 0:
        return 1.0
    power = 10.0 ** floor(log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if rough <= factor * power * 1.0001)

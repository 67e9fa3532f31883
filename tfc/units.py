"""Numbers with a dimension: how they are written, compared and printed.

`K M B T` are powers of 1000 and `Ki Mi Gi Ti` of 1024; `B` alone is a billion, so bytes are spelt out or prefixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Dimension(StrEnum):
    """What a number counts; the base unit of each is in `BASE`."""

    COUNT = "count"
    SHARE = "share"
    BYTES = "bytes"
    TIME = "time"
    TOKENS = "tokens"
    SEQUENCES = "sequences"
    STEPS = "steps"
    EPOCHS = "epochs"
    SAMPLES = "samples"
    BLOCKS = "blocks"
    REQUESTS = "requests"
    USD = "USD"
    EUR = "EUR"
    POWER = "power"
    ENERGY = "energy"
    BANDWIDTH = "bandwidth"
    TOKEN_RATE = "tokens per second"
    REQUEST_RATE = "requests per second"
    PRICE = "price"
    POINTS = "points"


SCALES: dict[str, int] = {
    "K": 10**3,
    "M": 10**6,
    "B": 10**9,
    "T": 10**12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
}

_DECIMAL = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


@dataclass(frozen=True)
class Unit:
    name: str
    dimension: Dimension
    factor: float  # how many base units one is


def _units() -> dict[str, Unit]:
    found = [
        Unit("%", Dimension.SHARE, 0.01),
        Unit("bytes", Dimension.BYTES, 1),
        *(Unit(f"{scale}B", Dimension.BYTES, factor) for scale, factor in _DECIMAL.items() if scale),
        *(Unit(f"{scale}B", Dimension.BYTES, factor) for scale, factor in _BINARY.items()),
        Unit("ns", Dimension.TIME, 1e-9),
        Unit("us", Dimension.TIME, 1e-6),
        Unit("ms", Dimension.TIME, 1e-3),
        Unit("s", Dimension.TIME, 1),
        Unit("min", Dimension.TIME, 60),
        Unit("h", Dimension.TIME, 3600),
        Unit("day", Dimension.TIME, 86400),
        Unit("days", Dimension.TIME, 86400),
        *(
            Unit(word, dimension, 1)
            for dimension in (
                Dimension.TOKENS,
                Dimension.SEQUENCES,
                Dimension.STEPS,
                Dimension.EPOCHS,
                Dimension.SAMPLES,
                Dimension.BLOCKS,
                Dimension.REQUESTS,
            )
            for word in (dimension.value, dimension.value.removesuffix("s"))
        ),
        Unit("USD", Dimension.USD, 1),
        Unit("EUR", Dimension.EUR, 1),
        Unit("W", Dimension.POWER, 1),
        Unit("kWh", Dimension.ENERGY, 3.6e6),
        *(Unit(f"{scale}B/s", Dimension.BANDWIDTH, factor) for scale, factor in _DECIMAL.items() if scale),
        *(Unit(f"{scale}B/s", Dimension.BANDWIDTH, factor) for scale, factor in _BINARY.items()),
        Unit("tokens/s", Dimension.TOKEN_RATE, 1),
        Unit("requests/s", Dimension.REQUEST_RATE, 1),
        Unit("USD/h", Dimension.PRICE, 1),
    ]
    return {unit.name: unit for unit in found}


UNITS: dict[str, Unit] = _units()


@dataclass(frozen=True)
class Quantity:
    """A number of base units: bytes, seconds, tokens, joules, ..."""

    value: float
    dimension: Dimension

    def __str__(self) -> str:
        return say(self.value, self.dimension)


def say(value: float, dimension: Dimension) -> str:
    """`value` base units as a person writes them: `47.0 GiB`, `24.6 days`, `40.1%`, `238 419 steps`."""
    match dimension:
        case Dimension.BYTES:
            return _scaled(value, (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)), "bytes")
        case Dimension.TIME:
            return say_time(value)
        case Dimension.SHARE:
            return f"{100 * value:.3g}%"
        case Dimension.COUNT:
            return say_count(value)
        case Dimension.POINTS:
            return f"{value:.3g}"
        case Dimension.ENERGY:
            return f"{say_count(value / 3.6e6)} kWh"
        case Dimension.POWER:
            return f"{value:.4g} W"
        case Dimension.BANDWIDTH:
            return _scaled(value, (("TB/s", 1e12), ("GB/s", 1e9), ("MB/s", 1e6), ("KB/s", 1e3)), "bytes/s")
        case Dimension.TOKEN_RATE | Dimension.REQUEST_RATE:
            return f"{say_count(value)} {'tokens/s' if dimension is Dimension.TOKEN_RATE else 'requests/s'}"
        case Dimension.USD | Dimension.EUR:
            return f"{say_count(value)} {dimension.value}"
        case Dimension.PRICE:
            return f"{value:.3g} USD/h"
        case Dimension.TOKENS if value and value % 1024 == 0:
            # A length that is a power of two, as a spec writes it: `4 Mi tokens`, `32 Ki tokens`.
            scale = "Mi" if value % SCALES["Mi"] == 0 else "Ki"
            return f"{group(value / SCALES[scale])} {scale} tokens"
        case _:
            word = dimension.value if value != 1 else dimension.value.removesuffix("s")
            return f"{group(value)} {word}"


_TIMES = (("days", 86400, 172_800), ("h", 3600, 7200), ("min", 60, 120), ("s", 1, 1), ("ms", 1e-3, 1e-3))


def say_time(seconds: float) -> str:
    """`8.9 s`, `147 ms`, `18 min`, `24.6 days`: a unit is used from the third column of `_TIMES` on."""
    for unit, factor, least in _TIMES:
        if seconds >= least:
            return f"{_digits(seconds / factor)} {unit}"
    return f"{_digits(seconds / 1e-6)} us" if seconds else "0 s"


def say_count(value: float) -> str:
    """`8.03 B`, `75.6 K`, `512`."""
    for scale, factor in (("T", 1e12), ("B", 1e9), ("M", 1e6), ("K", 1e3)):
        if abs(value) >= factor and not (scale == "K" and value < 10_000):
            return f"{value / factor:.3g} {scale}"
    return group(round(value)) if value == int(value) or abs(value) >= 1000 else f"{value:.3g}"


def group(value: float) -> str:
    """Thousands apart by a space: `238 419`."""
    return f"{round(value):,}".replace(",", " ") if value == int(value) else f"{value:,.2f}".replace(",", " ")


def _digits(value: float) -> str:
    return f"{value:.1f}" if value < 100 and value != int(value) else f"{value:.0f}"


def _scaled(value: float, scales: tuple[tuple[str, float], ...], base: str) -> str:
    for name, factor in scales:
        if abs(value) >= factor:
            return f"{value / factor:.1f} {name}"
    return f"{value:.0f} {base}"

"""What an hour of a device costs: the list prices of `prices.toml`, or those that a user gives in their place."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from tfc.hardware.tables import published

Row = Mapping[str, Any]
NUMBERS = ("usd", "low", "high")

_given: ContextVar[Mapping[str, Row] | None] = ContextVar("prices", default=None)


@dataclass(frozen=True)
class Price:
    """USD for one device and hour: what predictions use, and the range that becomes their interval."""

    usd: float
    low: float
    high: float
    source: str


def price_of(name: str, units: int = 1) -> Price | None:
    """The price of so many units of a device for an hour; none where none is known."""
    given = _given.get()
    row = (published("prices.toml") if given is None else given).get(name)
    if row is None:
        return None
    usd, low, high = (row[key] * units for key in NUMBERS)
    source = f"a list price ({row['source']})" if given is None else row["source"]
    return Price(usd, low, high, source)


def given_prices() -> Mapping[str, Row] | None:
    """The rows that stand in place of the list prices, if there are any."""
    return _given.get()


@contextmanager
def priced_by(rows: Mapping[str, Row]) -> Iterator[None]:
    """Within, devices cost what these rows say, and those that they leave out have no price."""
    token = _given.set(rows)
    try:
        yield
    finally:
        _given.reset(token)


def read_prices(path: Path) -> dict[str, Row]:
    """The rows of a file as `prices.toml` is; `low` and `high` are `usd` unless they are given.

    Raises `ValueError`, which says the row, where a device is not known or a price is none.
    """
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} is not TOML: {error}") from None
    return {name: _row(name, row, path.name) for name, row in rows.items()}


def _row(name: str, row: Any, file: str) -> Row:
    known = published("devices.toml")
    if name not in known:
        raise ValueError(f"`{name}` in {file} is no device; there are {', '.join(known)}")
    if not isinstance(row, dict) or "usd" not in row:
        raise ValueError(f"`[{name}]` in {file} lacks `usd`, the price of an hour")
    found = {"low": row["usd"], "high": row["usd"], "source": file} | row
    if not all(_is_price(found[key]) for key in NUMBERS):
        raise ValueError(f"`[{name}]` in {file}: `usd`, `low` and `high` are numbers from 0 on")
    if not found["low"] <= found["usd"] <= found["high"]:
        raise ValueError(
            f"`[{name}]` in {file}: {found['usd']} USD lies outside {found['low']} to {found['high']}"
        )
    return found


def _is_price(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < inf

"""The tables of published figures that lie beside this file."""

from __future__ import annotations

import pkgutil
import tomllib
from functools import cache
from typing import Any


@cache
def published(name: str) -> dict[str, dict[str, Any]]:
    """The rows of `devices.toml`, `links.toml` or `prices.toml`."""
    text = pkgutil.get_data("tfc.hardware", name)
    assert text is not None, f"this installation lacks tfc/hardware/{name}"
    return tomllib.loads(text.decode())

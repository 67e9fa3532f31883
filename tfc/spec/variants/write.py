"""How a checkpoint is written."""

from __future__ import annotations

from typing import Any

from tfc.fields import TRUTH, Variant, setting


def _sharded() -> Any:
    return setting(TRUTH, "each rank writes its own part", default=False, built=lambda sharded: not sharded)


class Write(Variant, family="write"):
    """How a checkpoint is written."""


class Blocking(Write, name="blocking"):
    """Training waits until it is on the disk."""

    sharded: bool = _sharded()


class AsyncWrite(Write, name="async", built=False):
    """Training goes on while it is written."""

    sharded: bool = _sharded()

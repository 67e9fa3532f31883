"""What is cut out of a model while it trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfc.fields import SHARE, STEPS, Computed, Variant, setting


def _tenth(given: Mapping[str, Any]) -> int | None:
    steps = given.get("steps")
    return None if steps is None else max(1, steps // 10)


def _over() -> Any:
    return setting(
        STEPS, "steps in which the rest learns to do without", default=Computed("a tenth of the run", _tenth)
    )


class Pruning(Variant, family="pruning", built=False):
    """What is cut out of a model while it trains."""


class NoPruning(Pruning, name="none", built=True):
    """Nothing."""


class PruneLayers(Pruning, name="layers"):
    """Whole layers."""

    share: float = setting(SHARE, "of the layers")
    over: int | None = _over()


class PruneHeads(Pruning, name="heads"):
    """Whole heads of attention."""

    share: float = setting(SHARE, "of the heads of each layer")
    over: int | None = _over()


class PruneFfn(Pruning, name="ffn"):
    """Columns of the feed-forward layers."""

    share: float = setting(SHARE, "of the hidden width")
    over: int | None = _over()


class TwoFour(Pruning, name="two_four"):
    """Two of every four weights in a row, as sparse tensor cores want it."""

    over: int | None = _over()

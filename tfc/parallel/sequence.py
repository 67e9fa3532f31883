"""Sequence parallelism: the stream between layers is cut along the length (Korthikanti et al. 2022, 2205.05198)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.parallel.base import Kept, Strategy

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout


class SequenceParallel(Strategy):
    """Goes with tensor parallelism: what that leaves whole, norms and residuals, is divided too."""

    setting = "sequence"

    def kept(self, layout: Layout) -> Kept:
        return Kept(edge=1 / layout.tensor) if layout.sequence else Kept()

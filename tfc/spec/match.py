"""`match length { ... }`: which branch a length takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tfc.diagnostics.core import Span


@dataclass(frozen=True)
class Match:
    """Branches by their bound in tokens, the shortest first; the bound of the last may be None: all else."""

    branches: tuple[tuple[int | None, Any], ...]
    spans: tuple[Span, ...] = field(default=(), compare=False, repr=False)

    def at(self, length: int | None = None) -> Any:
        """The branch that a length takes; without a length the one for the longest."""
        for bound, branch in self.branches:
            if bound is None or (length is not None and length <= bound):
                return branch
        return self.branches[-1][1]

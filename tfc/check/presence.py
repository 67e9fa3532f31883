"""That there is something to check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfc.diagnostics.core import Diagnostic, Label

if TYPE_CHECKING:
    from tfc.plan import Plan


def says_something(plan: Plan) -> Iterator[Diagnostic]:
    """TFS106: a spec without a single block."""
    if not plan.spec.blocks:
        label = Label(plan.spec.source.span(0, 0), "no block in this file, nor in what it extends")
        yield Diagnostic("TFS106", "this spec is empty", (label,), help="`tfc new` prints one to begin with")

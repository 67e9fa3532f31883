"""The paths of sources: which placeholders they have."""

from __future__ import annotations

import re

from tfc.fields import Variant

PLACEHOLDERS = ("source", "target", "language")


def placeholders(source: Variant | None) -> frozenset[str]:
    """The `{name}` that the path of a source has; none where there is no path."""
    return frozenset(re.findall(r"\{(\w*)\}", getattr(source, "path", None) or ""))

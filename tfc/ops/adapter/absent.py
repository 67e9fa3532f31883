"""No adapters."""

from __future__ import annotations

from tfc.ops.adapter.base import Adapter


class NoAdapter(Adapter, name="none"):
    """All languages and tasks share all parameters."""

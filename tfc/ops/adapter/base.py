"""What all adapters share."""

from __future__ import annotations

from tfc.ops.base import Op


class Adapter(Op, family="adapter"):
    """Small parts that may differ from language to language, or be trained while the rest stands still."""

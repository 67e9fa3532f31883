"""Bottleneck adapters (Houlsby et al. 2019, arXiv 1902.00751; for translation Bapna and Firat 2019, 1909.08478)."""

from __future__ import annotations

from tfc.fields import COUNT, choice, setting
from tfc.ops.adapter.base import Adapter


class Bottleneck(Adapter, name="bottleneck"):
    """After each layer: norm, down to `rank`, ReLU, up again, and added."""

    rank: int = setting(COUNT, "the width in between", also=("bottleneck_size", "adapter_size", "bottleneck"))
    per: str = setting(
        choice("language", "task", "none"),
        "what has an adapter of its own",
        default="language",
        built=lambda per: per != "task",
    )

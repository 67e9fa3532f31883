"""Low-rank adapters (Hu et al. 2021, arXiv 2106.09685)."""

from __future__ import annotations

from tfc.fields import COUNT, POSITIVE, Computed, ListOf, choice, setting
from tfc.ops.adapter.base import Adapter


class Lora(Adapter, name="lora", built=False):
    """Beside each projection a product of two thin matrices, times `alpha / rank`."""

    rank: int = setting(COUNT, "the width in between", also=("r", "lora_r", "lora_rank"))
    alpha: float = setting(
        POSITIVE,
        "strength, over `rank`",
        default=Computed("rank", lambda given: given["rank"]),
        also=("lora_alpha",),
    )
    on: tuple[str, ...] = setting(
        ListOf(choice("attention", "ffn"), least=1),
        "which projections have one",
        default=("attention",),
        also=("target_modules",),
    )
    per: str = setting(choice("language", "task", "none"), "what has an adapter of its own", default="none")

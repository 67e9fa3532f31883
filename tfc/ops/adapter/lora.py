"""Low-rank adapters (Hu et al. 2021, arXiv 2106.09685)."""

from __future__ import annotations

from tfc.fields import COUNT, POSITIVE, Computed, ListOf, choice, setting
from tfc.ops.adapter.base import Adapter
from tfc.ops.base import Projection, Saved, Sizes


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

    def projections(self, sizes: Sizes) -> tuple[Projection, ...]:
        """Section 4 of the paper: two thin matrices beside each projection, here those of self-attention and FFN."""
        width, heads = sizes.width, sizes.heads * sizes.head_width
        beside = {
            "attention": (
                ("qkv", width, heads + 2 * sizes.kv_heads * sizes.head_width),
                ("out", heads, width),
            ),
            "ffn": (("up", width, 4 * width), ("down", 4 * width, width)),
        }
        return tuple(
            one
            for part in self.on
            for name, inputs, outputs in beside[part]
            for one in (
                Projection(f"{name}.a", inputs, self.rank),
                Projection(f"{name}.b", self.rank, outputs),
            )
        )

    def saves(self, sizes: Sizes) -> tuple[Saved, ...]:
        thin = sum(one.outputs == self.rank for one in self.projections(sizes)) * self.rank
        return Saved("narrow", sizes.tokens * thin, sizes.element), *self.copies(sizes)

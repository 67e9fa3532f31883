"""Random layouts of a spec: grids of them for the bounds, and one by one for the exact estimate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from random import Random
from typing import Any

from tests.distill.specs import BESIDE
from tests.specs import DECODER, LLAMA, TRANSLATOR, planned
from tfc.cost.sweep import Bounds, Grid, Sweep
from tfc.fields import variants
from tfc.parallel.layout import Layout

WIDER = ("model.small.layers = 8", "model.small.width = 512", "model.small.heads = 8")
SPECS: dict[str, tuple[str, tuple[str, ...]]] = {
    "decoder": (LLAMA, ("train.microbatch = 1",)),
    "encoder and decoder": (TRANSLATOR, ("train.microbatch = 64", *WIDER)),
    "alternating attention": (
        DECODER,
        ("train.microbatch = 1", "model.small.attention = [full, sliding(window = 16 tokens)]"),
    ),
    "adapters": (
        TRANSLATOR,
        ("train.microbatch = 64", *WIDER, "model.small.adapters = bottleneck(rank = 16)"),
    ),
    "sequences cut too": (LLAMA, ("train.microbatch = 1", "train.parallel.sequence = true")),
    "a large vocabulary": (TRANSLATOR, ("train.microbatch = 64", *WIDER, "model.small.vocab = 256_206")),
    "other variants": (
        DECODER,
        (
            "train.microbatch = 1",
            "model.small.ffn = gelu(hidden = 1024)",
            "model.small.norm = layer",
            "model.small.position = learned",
        ),
    ),
    "in fp32": (TRANSLATOR, ("train.microbatch = 64", *WIDER, "train.precision = fp32")),
    "on a CPU": (DECODER, ("train.microbatch = 1", "train.on = cpu")),
    "beside a teacher": (BESIDE, ("distill.small.microbatch = 8 sequences",)),
    "routed by length": (
        TRANSLATOR,
        (
            "train.microbatch = 64",
            "model.small.attention = match length { <= 16 tokens => full, else => sliding(window = 8 tokens) }",
        ),
    ),
    "interleaved": (LLAMA, ("train.microbatch = 1", "train.parallel.schedule = interleaved(chunks = 2)")),
}
POLICIES: tuple[Any, ...] = (
    variants("recompute")["none"](),
    variants("recompute")["full"](),
    variants("recompute")["selective"](parts=("ffn",)),  # type: ignore[call-arg]
    variants("recompute")["selective"](parts=("norm", "attention")),  # type: ignore[call-arg]
)


@dataclass(frozen=True)
class Swept:
    """The layouts of a grid, with their bounds."""

    layout: Layout
    grid: Grid
    bounds: Bounds

    def alone(self, index: int) -> Layout:
        """One of them, in numbers."""
        numbers = {field.name: int(getattr(self.grid, field.name)[index]) for field in fields(self.grid)}
        return self.layout.replace(**numbers)


def base(name: str) -> Layout:
    """The layout of one of the specs above, as written."""
    text, settings = SPECS[name]
    return list(planned(text, *settings).layouts.values())[-1]


def drawn(layout: Layout, random: Random, groups: int, each: int) -> list[tuple[Layout, Grid]]:
    """`groups` grids of `each` random layouts, with what those of a grid have in common."""
    import numpy

    draw = numpy.random.default_rng(random.getrandbits(32))
    unit = sum(layout.longest) if layout.counts_tokens else 1

    def powers(most: int) -> Any:
        return 2.0 ** draw.integers(0, most + 1, each)

    found = []
    for _ in range(groups):
        data = powers(5)
        micro = unit * powers(6) + (draw.integers(0, 4, each) * unit // 4 if unit > 8 else 0)
        shards = numpy.where(draw.random(each) < 0.8, data, 1)
        train = layout.train.replace(recompute=random.choice(POLICIES))
        one = layout.replace(pipeline=random.choice((1, 1, 2, 4)), zero=random.randint(0, 3), train=train)
        found.append((one, Grid(micro, powers(4), powers(2), powers(1), data, shards)))
    return found


def swept(layout: Layout, random: Random, groups: int, each: int) -> Iterator[Swept]:
    """The same, with their bounds."""
    found = drawn(layout, random, groups, each)
    sweep = Sweep([grid for _, grid in found])
    for one, grid in found:
        yield Swept(one, grid, sweep.bounds(one, grid))

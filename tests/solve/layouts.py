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


def swept(layout: Layout, random: Random, groups: int, each: int) -> Iterator[Swept]:
    """`groups` grids of `each` random layouts."""
    import numpy

    unit = sum(layout.longest) if layout.counts_tokens else 1

    def powers(most: int) -> Any:
        return numpy.array([2.0 ** random.randint(0, most) for _ in range(each)])

    grids = []
    for _ in range(groups):
        data = powers(5)
        micro = unit * powers(6) + (unit > 8) * numpy.array([random.randint(0, 3) * unit // 4 for _ in data])
        shards = numpy.where(numpy.array([random.random() < 0.8 for _ in data]), data, 1)
        grids.append(Grid(micro // 1, powers(4), powers(2), powers(1), data, shards))
    sweep = Sweep(grids)
    for grid in grids:
        train = layout.train.replace(recompute=random.choice(POLICIES))
        one = layout.replace(pipeline=random.choice((1, 1, 2, 4)), zero=random.randint(0, 3), train=train)
        yield Swept(one, grid, sweep.bounds(one, grid))

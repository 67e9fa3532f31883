"""The values that what is `auto` in a block may have, and the layouts that they make together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import product
from math import isqrt
from typing import TYPE_CHECKING, Any

from tfc.fields import AUTO, settings_of, variants
from tfc.parallel.layout import Layout, divide
from tfc.solve.choice import Choice, given
from tfc.spec.written import written
from tfc.units import Dimension, Quantity

if TYPE_CHECKING:
    from tfc.graph.graph import Graph
    from tfc.spec.spec import Spec

DEGREES = ("tensor", "pipeline", "context")
OWN = ("microbatch", "accumulation", "recompute")
# What is computed again where no code for it is generated yet: what is cheap for the bytes that it frees.
SELECTIVE = (("ffn",), ("norm", "ffn"))


@dataclass(frozen=True)
class Division:
    """How the devices are used: everything but the batch."""

    tensor: int
    pipeline: int
    context: int
    zero: int
    recompute: Any
    data: int
    shards: int

    @property
    def degrees(self) -> int:
        return self.data * self.tensor * self.pipeline * self.context


@dataclass(frozen=True)
class Domain:
    """The values of one block: those that code is generated for, or where it is `wide` all that are priced."""

    block: Any
    spec: Spec
    graph: Graph
    wide: bool = False
    wanted: Mapping[str, str] = field(default_factory=dict)  # names and values that it is narrowed to

    def remembering(self, wanted: Mapping[str, str]) -> Domain | None:
        """The part of it where some settings have these values, as a spec writes them; None where that is empty."""
        part = replace(self, wanted=wanted)
        whole = all(part.micro_batches(one.data) for one in part.divisions)
        return part if part.divisions and whole else None

    def widened(self) -> Domain:
        return replace(self, wide=True)

    # ------------------------------------------------------------------------------------------- divisions

    @cached_property
    def divisions(self) -> tuple[Division, ...]:
        """Every division that uses all devices, excludes nothing and shares the batch evenly.

        Where none does, those that miss less stand for them; the rules on layouts say what is wrong (TFS302, TFS305,
        TFS503).
        """
        found = list(self._divisions())
        for holds in (self._fills, self._agrees, self._shares):
            found = [one for one in found if holds(one)] or found[:1]
        return tuple(one for one in found if self._wants(one))

    def _divisions(self) -> Iterator[Division]:
        parallel, count = self.block.parallel, self.block.on.count
        names = (*DEGREES, "zero", "recompute")
        for values in product(*(self.values(name) for name in names)):
            tensor, pipeline, context, zero, recompute = values
            inner = tensor * pipeline * context
            data = max(1, count // inner) if parallel.data is AUTO else parallel.data
            shards = data if parallel.shards in (None, AUTO) else parallel.shards
            yield Division(tensor, pipeline, context, zero, recompute, data, shards)

    def values(self, name: str) -> tuple[Any, ...]:
        """What a setting may be: itself if it is given."""
        holder = self.block if name == "recompute" else self.block.parallel
        written = getattr(holder, name)
        if written is not AUTO:
            return (written,)
        if name == "recompute":
            return self._policies()
        every = self._possible(name)
        built = settings_of(holder)[name].built
        return tuple(value for value in every if self.wide or built is None or built(value))

    def _policies(self) -> tuple[Any, ...]:
        known = variants("recompute")
        kept = tuple(known[name]() for name in ("none", "full"))
        more = (known["selective"](parts=parts) for parts in SELECTIVE)  # type: ignore[call-arg]
        return (*kept, *more) if self.wide else kept

    def _possible(self, name: str) -> list[int]:
        """The values at which the model comes out even."""
        per_node, model = self.block.on.per_node, self.graph.model
        if name == "zero":
            return list(range(4))
        if name == "pipeline":
            layers = sum(side.layers for side in model.sides)
            chunks = getattr(self.block.parallel.schedule, "chunks", 1)
            return [n for n in divisors(self.block.on.count) if layers % (n * (chunks if n > 1 else 1)) == 0]
        if name == "context":
            return [n for n in divisors(per_node) if model.context % n == 0]
        heads = [size for side in model.sides for size in (side.heads, side.kv_heads)]
        every = [getattr(ffn, "hidden", None) for side in model.sides for ffn in side.ffn]
        hidden = [size for size in every if size]
        return [n for n in divisors(per_node) if all(size % n == 0 for size in (*heads, *hidden))]

    def _fills(self, one: Division) -> bool:
        """Whether it uses every device, shards only where there is something to, and sends most within a node."""
        parallel = self.block.parallel
        if one.zero and one.data == 1 and parallel.zero is AUTO:
            return False
        if AUTO in (parallel.tensor, parallel.context) and one.tensor * one.context > self.block.on.per_node:
            return False
        written = all(getattr(parallel, name) is not AUTO for name in (*DEGREES, "data"))
        return written or one.degrees == self.block.on.count

    def _agrees(self, one: Division) -> bool:
        return not self._divided(one).conflicts

    def _shares(self, one: Division) -> bool:
        return int(self.block.batch.value) % one.data == 0

    def _wants(self, one: Division) -> bool:
        return all(
            self.wanted.get(f.name, said) == said
            for f in fields(one)
            if (said := written(getattr(one, f.name)))
        )

    # --------------------------------------------------------------------------------------- micro-batches

    def micro_batches(self, data: int) -> list[tuple[Quantity, int]]:
        """The micro-batches that divide a rank's part of the batch, with their accumulation, the smallest first."""
        micro, times = (self.wanted.get(name) for name in ("microbatch", "accumulation"))
        return [
            pair
            for pair in self._micro_batches(data)
            if micro in (None, written(pair[0])) and times in (None, written(pair[1]))
        ]

    def _micro_batches(self, data: int) -> list[tuple[Quantity, int]]:
        block = self.block
        part = max(1, int(block.batch.value) // data)
        if block.microbatch is not AUTO:
            return [(block.microbatch, self._accumulation(block.microbatch, part))]
        if block.accumulation is not AUTO:
            return [(Quantity(max(1, part // block.accumulation), block.batch.dimension), block.accumulation)]
        in_tokens = block.batch.dimension is Dimension.TOKENS
        longest = sum(self.plain.longest)
        least = longest if in_tokens else 1
        found = [micro for micro in divisors(part) if micro >= least] or [part]
        if in_tokens and len(self.plain.buckets) == 1:
            # Every sequence is as long as the longest: a micro-batch is so many of them.
            exact = [micro // longest for micro in found if micro % longest == 0]
            if exact:
                return [(Quantity(micro, Dimension.SEQUENCES), part // (micro * longest)) for micro in exact]
        return [(Quantity(micro, block.batch.dimension), part // micro) for micro in found]

    def _accumulation(self, micro: Quantity, part: int) -> int:
        """How many micro-batches make up a rank's part of the batch; rounded up where it does not come out."""
        if self.block.accumulation is not AUTO:
            return self.block.accumulation
        return max(1, -(-part // self.size(micro)))

    def size(self, micro: Quantity) -> int:
        """A micro-batch in the unit of the batch; sequences are of the longest bucket."""
        value, longest = int(micro.value), sum(self.plain.longest)
        if micro.dimension is self.block.batch.dimension:
            return value
        return value * longest if self.block.batch.dimension is Dimension.TOKENS else max(1, value // longest)

    # --------------------------------------------------------------------------------------------- layouts

    @cached_property
    def plain(self) -> Layout:
        """The layout of one device and the smallest micro-batch, from which the others differ."""
        one = dict.fromkeys((*DEGREES, "data", "shards"), 1) | {"zero": 0}
        values = {
            "microbatch": Quantity(1, self.block.batch.dimension),
            "accumulation": 1,
            "recompute": variants("recompute")["none"](),
        }
        block = self.block.replace(parallel=given(self.block.parallel, one))
        return divide(self.graph, given(block, values), self.spec)

    def _divided(self, one: Division) -> Layout:
        names = (*DEGREES, "zero", "data", "shards")
        return self.plain.replace(**{name: getattr(one, name) for name in names})

    def layout(self, one: Division, micro: Quantity, accumulation: int) -> Layout:
        """The layout of a division and a micro-batch."""
        parallel = {name: getattr(one, name) for name in (*DEGREES, "zero", "data", "shards")}
        values = {"microbatch": micro, "accumulation": accumulation, "recompute": one.recompute}
        block = given(self.block.replace(parallel=given(self.block.parallel, parallel)), values)
        return self._divided(one).replace(train=block, micro=self.size(micro), accumulation=accumulation)

    def choice(self, one: Division, pair: tuple[Quantity, int]) -> Choice:
        return Choice(self.layout(one, *pair))


def open_settings(block: Any) -> Mapping[str, Any]:
    """The settings of a block that are `auto`, with what holds them."""
    places = ((OWN, block), (("data", "zero", "shards", *DEGREES), block.parallel))
    return {name: holder for names, holder in places for name in names if getattr(holder, name) is AUTO}


def divisors(number: int) -> list[int]:
    """The divisors of a number, ascending."""
    small = [n for n in range(1, isqrt(number) + 1) if number % n == 0]
    return sorted({*small, *(number // n for n in small)})

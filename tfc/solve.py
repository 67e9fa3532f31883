"""What each `auto` becomes: a value that fits the device and meets the budgets, the fastest of those that do.

The search is over what code is generated for. Where nothing fits, the choice is the one that needs least memory, and
the rule on budgets says by how much it misses (TFS410).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

from tfc.cost.estimate import Estimate
from tfc.cost.items import Unknown
from tfc.fields import AUTO, How, Origin, settings_of, variants
from tfc.parallel.layout import Layout, divide
from tfc.spec.written import written
from tfc.units import Dimension, Quantity

if TYPE_CHECKING:
    from tfc.graph.graph import Graph
    from tfc.spec.spec import Spec

DEGREES = ("tensor", "pipeline", "context")
ALIKE = (
    0.03  # choices that differ by less in what is preferred are alike: the estimate is not surer than that
)


def solve(spec: Spec, graphs: Mapping[str, Graph], locked: Mapping[str, str] | None = None) -> Spec:
    """The spec with a value for each `auto` of what trains; the same spec where there is none.

    `locked` holds what a setting was the last time, by its full name and as a spec writes it: it stays that while it is
    a value that could be chosen and meets the budgets.
    """
    kept = locked or {}
    solved = {
        group: {
            label: _solved(block, spec, graphs[spec.model_of(block).label], kept)
            for label, block in getattr(spec, group).items()
        }
        for group in ("trains", "distills")
    }
    return _with_buckets(_with_servers(spec.replace(**solved)), graphs)


def _solved(block: Any, spec: Spec, graph: Graph, locked: Mapping[str, str]) -> Any:
    block = _teacher_beside(block)
    if not _open(block):
        return block
    return Search(block, spec, graph, locked).best


def _open(block: Any) -> list[str]:
    """The settings of a block that are `auto`."""
    found = [name for name in ("microbatch", "accumulation", "recompute") if getattr(block, name) is AUTO]
    return found + [
        name for name in ("data", "zero", "shards", *DEGREES) if getattr(block.parallel, name) is AUTO
    ]


@dataclass(frozen=True)
class Choice:
    """One value for each `auto`, and what comes of it."""

    block: Any
    layout: Layout
    estimate: Estimate

    @cached_property
    def over(self) -> float:
        """Bytes by which the upper bound of its memory is beyond what is allowed."""
        return max(
            self.estimate.metric(name).high - limit  # type: ignore[union-attr]
            for name, limit in _memory_limits(self.block)
        )

    @cached_property
    def broken(self) -> int:
        """How many other budgets that are required it breaks."""
        return sum(
            not budget.met(figure.value)
            for budget in self.block.budgets
            if budget.required and not budget.metric.startswith("memory")
            if not isinstance(figure := self.estimate.metric(budget.metric), Unknown)
        )

    @property
    def effort(self) -> tuple[int, ...]:
        """How much it does that a plain run does not: of choices that are alike the plainest is taken."""
        layout = self.layout
        divided = layout.tensor * layout.pipeline * layout.context
        return (divided, layout.zero, int(self.block.recompute.name != "none"), layout.accumulation)

    @cached_property
    def preference(self) -> tuple[float, ...]:
        """The less, the better: what `prefer` names in its order, then the time of a step."""
        wished = []
        for budget in self.block.budgets:
            figure = self.estimate.metric(budget.metric)
            if budget.required or isinstance(figure, Unknown):
                continue
            wished.append(float(figure.value if budget.upper else -figure.value))
        return (*wished, float(self.estimate.step_time))


def _memory_limits(block: Any) -> Iterator[tuple[str, float]]:
    """What memory may be: the device's, and what budgets say."""
    yield "memory", block.on.device.capacity
    for budget in block.budgets:
        if (
            budget.metric.startswith("memory")
            and budget.metric != "memory.host"
            and budget.upper
            and budget.required
        ):
            yield budget.metric, budget.limit.value


class Search:
    """The values that one block may have for what is `auto` in it."""

    def __init__(self, block: Any, spec: Spec, graph: Graph, locked: Mapping[str, str]) -> None:
        self.block, self.spec, self.graph, self.locked = block, spec, graph, locked
        self.name = spec.full_name(block)

    @property
    def best(self) -> Any:
        """The block with the values that were chosen."""
        found = [choice for settings in self.settings() if (choice := self.largest(settings)) is not None]
        fitting = [choice for choice in found if choice.over <= 0]
        if not fitting:
            return min(found, key=lambda choice: choice.over).block
        remembered = [choice for choice in fitting if self.is_locked(choice) and not choice.broken]
        best = min(remembered or fitting, key=lambda choice: (choice.broken, choice.preference))
        alike = (
            choice
            for choice in remembered or fitting
            if choice.broken == best.broken
            and choice.preference[0] <= best.preference[0] + abs(best.preference[0]) * ALIKE
        )
        return min(alike, key=lambda choice: choice.effort).block

    def settings(self) -> list[dict[str, Any]]:
        """Every combination of degrees, ZeRO stage and recomputation that fills the devices.

        Where none does, the plainest stands for them all: the rule on layouts says so (TFS302).
        """
        every = list(self.combinations())
        return [found for found in every if self.fills(found)] or every[:1]

    def combinations(self) -> Iterator[dict[str, Any]]:
        parallel = self.block.parallel
        names = (*DEGREES, "zero", "recompute")
        for values in product(*(self.values(name) for name in names)):
            found: dict[str, Any] = dict(zip(names, values, strict=True))
            inner = found["tensor"] * found["pipeline"] * found["context"]
            data = max(1, self.block.on.count // inner) if parallel.data is AUTO else parallel.data
            shards = data if parallel.shards is AUTO else parallel.shards
            yield {**found, "data": data, "shards": shards}

    def fills(self, found: Mapping[str, Any]) -> bool:
        """Whether a combination uses every device, and shards only where there is something to shard among."""
        parallel = self.block.parallel
        if found["zero"] and found["data"] == 1 and parallel.zero is AUTO:
            return False
        given_ = all(getattr(parallel, name) is not AUTO for name in (*DEGREES, "data"))
        degrees = found["data"] * found["tensor"] * found["pipeline"] * found["context"]
        return given_ or degrees == self.block.on.count

    def values(self, name: str) -> tuple[Any, ...]:
        """What a setting may be: itself if it is given, else what code is generated for."""
        holder = self.block if name == "recompute" else self.block.parallel
        given = getattr(holder, name)
        if given is not AUTO:
            return (given,)
        declared = settings_of(holder)[name]
        if name == "recompute":
            names = ("none", "full")
            return tuple(variants("recompute")[one]() for one in names)
        every = range(4) if name == "zero" else _divisors(self.block.on.per_node)
        return tuple(value for value in every if declared.built is None or declared.built(value))

    # --------------------------------------------------------------------------------------- micro-batches

    def largest(self, settings: Mapping[str, Any]) -> Choice | None:
        """The choice with the largest micro-batch that fits; with the smallest, if none does."""
        choices = self.micro_batches(settings["data"])
        kept = self.locked.get(f"{self.name}.microbatch")
        wanted = [pair for pair in choices if kept is not None and written(pair[0]) == kept]
        for pair in wanted:
            choice = self.choice(settings, pair)
            if choice.over <= 0:
                return choice
        low, high, best = 0, len(choices) - 1, None
        while low <= high:
            middle = (low + high + 1) // 2
            choice = self.choice(settings, choices[middle])
            if choice.over <= 0:
                best, low = choice, middle + 1
            else:
                high = middle - 1
        return best or self.choice(settings, choices[0])

    def micro_batches(self, data: int) -> list[tuple[Quantity, int]]:
        """The micro-batches that divide a rank's part of the batch, with their accumulation, the smallest first."""
        block = self.block
        part = max(1, int(block.batch.value) // data)
        if block.microbatch is not AUTO:
            return [(block.microbatch, self.accumulation(block.microbatch, part))]
        if block.accumulation is not AUTO:
            return [(Quantity(max(1, part // block.accumulation), block.batch.dimension), block.accumulation)]
        least = sum(self.longest) if block.batch.dimension is Dimension.TOKENS else 1
        found = [micro for micro in _divisors(part) if micro >= least] or [part]
        if block.batch.dimension is Dimension.TOKENS and self.whole:
            # Every sequence is as long as the longest: a micro-batch is so many of them.
            exact = [micro // least for micro in found if micro % least == 0]
            if exact:
                return [(Quantity(micro, Dimension.SEQUENCES), part // (micro * least)) for micro in exact]
        return [(Quantity(micro, block.batch.dimension), part // micro) for micro in found]

    def accumulation(self, micro: Quantity, part: int) -> int:
        """How many micro-batches make up a rank's part of the batch; rounded up where it does not come out."""
        if self.block.accumulation is not AUTO:
            return self.block.accumulation
        longest = sum(self.longest)
        size = micro.value
        if micro.dimension is not self.block.batch.dimension:
            size = (
                size * longest if self.block.batch.dimension is Dimension.TOKENS else max(1, size // longest)
            )
        return max(1, -(-part // int(size)))

    @cached_property
    def _shape(self) -> Layout:
        return self.layout(
            dict.fromkeys((*DEGREES, "data", "shards"), 1) | {"zero": 0},
            Quantity(1, self.block.batch.dimension),
            1,
        )

    @property
    def longest(self) -> tuple[int, int]:
        return self._shape.longest

    @property
    def whole(self) -> bool:
        """Whether all batches have the longest shape."""
        return len(self._shape.buckets) == 1

    # --------------------------------------------------------------------------------------------- choices

    def choice(self, settings: Mapping[str, Any], pair: tuple[Quantity, int]) -> Choice:
        micro, accumulation = pair
        layout = self.layout(settings, micro, accumulation)
        return Choice(layout.train, layout, Estimate(layout))

    def layout(self, settings: Mapping[str, Any], micro: Quantity, accumulation: int) -> Layout:
        parallel = {name: value for name, value in settings.items() if name != "recompute"}
        recompute = settings.get("recompute", variants("recompute")["none"]())
        values = {"microbatch": micro, "accumulation": accumulation, "recompute": recompute}
        block = given(self.block.replace(parallel=given(self.block.parallel, parallel)), values)
        return divide(self.graph, block, self.spec)

    def is_locked(self, choice: Choice) -> bool:
        """Whether it is what the lock remembers."""
        block = choice.block
        names = [
            (f"{self.name}.{name}", getattr(block, name))
            for name in ("microbatch", "accumulation", "recompute")
        ]
        names += [
            (f"{self.name}.parallel.{name}", getattr(block.parallel, name))
            for name in ("data", "zero", *DEGREES)
        ]
        return all(self.locked.get(name, written(value)) == written(value) for name, value in names)


def given(block: Any, values: Mapping[str, Any]) -> Any:
    """A block with values for those of its settings that are `auto`, marked as chosen."""
    chosen = {name: value for name, value in values.items() if getattr(block, name) is AUTO}
    origins = {name: Origin(How.AUTO, block.span_of(name)) for name in chosen}
    return block.replace(**chosen, origins={**block.origins, **origins}) if chosen else block


def _divisors(number: int) -> list[int]:
    """The divisors of a number, ascending."""
    small = [n for n in range(1, int(number**0.5) + 1) if number % n == 0]
    return sorted({*small, *(number // n for n in small)})


def _teacher_beside(block: Any) -> Any:
    """A teacher that is `auto` computes beside its student, on a CPU in its full precision."""
    if block.kind != "distill" or block.teacher is not AUTO:
        return block
    precision = "fp32" if block.on.device.is_cpu else "bf16"
    return given(block, {"teacher": variants("teacher")["resident"](precision=precision)})  # type: ignore[call-arg]


def _with_buckets(spec: Spec, graphs: Mapping[str, Graph]) -> Spec:
    """The padded lengths of each `data` block, for the first block that learns from it."""
    datas = dict(spec.datas)
    for block in (*spec.distills.values(), *spec.trains.values()):
        layout = divide(graphs[spec.model_of(block).label], block, spec)
        edges = tuple(max(bucket) for bucket in layout.buckets)
        datas[block.data] = given(spec.datas[block.data], {"buckets": edges})
    return spec.replace(datas=datas)


def _with_servers(spec: Spec) -> Spec:
    """Threads of a server: every core of a CPU; a GPU's server needs one."""
    deploys = {}
    for label, deploy in spec.deploys.items():
        device = deploy.target.on  # type: ignore[attr-defined]
        server = given(deploy.server, {"threads": device.units})
        deploys[label] = deploy.replace(server=server)
    return spec.replace(deploys=deploys)


def chosen(blocks: Iterable[Any]) -> tuple[str, ...]:
    """The settings that the compiler chose, as a block calls them."""
    return tuple(
        dict.fromkeys(
            name for block in blocks for name, origin in block.origins.items() if origin.how is How.AUTO
        )
    )

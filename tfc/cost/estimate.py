"""Layout -> Estimate: all that is predicted of one block, each amount with the line of the spec that it comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tfc.cost.arithmetic import Amount, is_one
from tfc.cost.asking import disk
from tfc.cost.items import Figure, Item, Memory, Unknown, by_category, by_line, total
from tfc.cost.memory import ALLOCATED, RESERVED, Rank, memory, ranks
from tfc.cost.money import cost, energy
from tfc.cost.recovery import lost_work
from tfc.cost.reserved import replays, reserved, within
from tfc.cost.roofline import attained, peak_flops
from tfc.cost.run import run_time
from tfc.cost.time import step_items
from tfc.cost.timeline import Moment, timeline
from tfc.cost.unvalidated import unvalidated
from tfc.units import Dimension, say

if TYPE_CHECKING:
    from tfc.diagnostics.core import Span
    from tfc.parallel.layout import Layout

__all__ = ["Estimate", "Figure", "Item", "Line", "Memory", "Part", "Unknown", "estimate"]

NEAR = 1.02  # how near the limit of a device an estimate is gone into
MEASURED = ("loss", "bleu", "chrf", "exact")
DROPS = ("bleu.drop", "chrf.drop")


@dataclass(frozen=True)
class Part:
    """One amount of a summary: `32.6 GiB activations`."""

    amount: float
    dimension: Dimension
    what: str

    def __str__(self) -> str:
        return f"{say(self.amount, self.dimension)} {self.what}"


@dataclass(frozen=True)
class Line:
    """One line of a summary: `memory`, how much, and what it is made of."""

    name: str
    value: Figure | Unknown
    parts: tuple[Part, ...] = ()
    text: str = ""


def estimate(layout: Layout) -> Estimate:
    """What a layout costs; worked out when it is asked for."""
    return Estimate(layout)


class Estimate:
    """What is predicted of one `train` or `distill` block."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.name = layout.name
        self._found: dict[str, Figure | Unknown] = {}

    def __repr__(self) -> str:
        return f"Estimate({self.name}: {self.metric('memory')}, {self.metric('step_time')} a step)"

    def _repr_html_(self) -> str:
        from tfc.cost.html import estimate_html

        return estimate_html(self)

    # ---------------------------------------------------------------------------------------------- memory

    @cached_property
    def ranks(self) -> tuple[Memory, ...]:
        """The memory of every rank that may be the worst."""
        return memory(self.layout)

    @cached_property
    def worst(self) -> Memory:
        """The rank with the highest peak."""
        return max(self.ranks, key=lambda rank: rank.peak)

    def timeline(self) -> tuple[Moment, ...]:
        """Memory over one step of the worst rank, moment by moment, in bytes; of one layout."""
        return timeline(self._worst_rank)

    @property
    def memory(self) -> Amount:
        """Bytes at the peak, on the worst device, as its driver shows them."""
        return self.worst.peak

    @property
    def peak_moment(self) -> str:
        """When, and on which rank: `in the backward pass of the loss`."""
        rank = f", on {self.worst.rank}" if self.worst.rank else ""
        return self.worst.peak_moment + rank

    @cached_property
    def resident(self) -> tuple[Item, ...]:
        """What is resident at the peak."""
        return self.worst.at(self.worst.peak_moment)

    @property
    def by_category(self) -> dict[str, Amount]:
        """Bytes at the peak by category, largest first."""
        return by_category(self.resident)

    @property
    def by_line(self) -> dict[Span | None, Amount]:
        """Bytes at the peak by line of the spec, largest first."""
        return by_line(self.resident)

    # ------------------------------------------------------------------------------------------------ time

    @cached_property
    def step(self) -> tuple[Item, ...]:
        """What the time of one optimizer step is made of."""
        return step_items(self.layout)

    @property
    def step_time(self) -> Amount:
        """Seconds of one optimizer step."""
        return sum(item.amount for item in self.step)

    @property
    def time(self) -> float | None:
        """Seconds of the whole run; None where it is not known how many steps it has."""
        return _value(self.metric("time"))

    @property
    def cost(self) -> float | None:
        """USD of the whole run at list prices, if they are known."""
        return _value(self.metric("cost"))

    @property
    def mfu(self) -> Amount:
        """FLOPs of the model, recomputation not counted, over the dense peak of the devices at the precision."""
        return self.metric("mfu").value  # type: ignore[union-attr]

    @property
    def throughput(self) -> Amount:
        """Tokens per second, without padding."""
        return self.layout.tokens_per_step / self.step_time

    @property
    def parameters(self) -> int:
        """Parameters of the model, each counted once, rows of padding included."""
        return self.layout.graph.parameters

    @cached_property
    def flops(self) -> Amount:
        """FLOPs of the model in one optimizer step over all devices: three times the forward pass, padding left out."""
        layout = self.layout
        sized = layout.graph_at(layout.typical).at(layout.sequences(layout.typical), *layout.typical)
        return 3 * sized.useful_flops * layout.filled * layout.data * layout.accumulation

    # --------------------------------------------------------------------------------------------- metrics

    @cached_property
    def figures(self) -> Mapping[str, Figure | Unknown]:
        """Every metric of the reference that a training block has, or why it cannot be worked out."""
        return {name: self.metric(name) for name in (*self._made, *MEASURED, *DROPS)}

    @property
    def _made(self) -> dict[str, Callable[[], Figure | Unknown]]:
        """How each metric is worked out."""
        layout, device = self.layout, self.layout.device
        peak = layout.count * peak_flops(device, layout.train.precision.name)
        span = layout.train.span_of("on")
        return {
            "memory": self._taken,
            "memory.allocated": lambda: self.worst.figure(ALLOCATED),
            "memory.reserved": self._reserved,
            "memory.host": self._host,
            "step_time": lambda: Figure(*total(self.step), Dimension.TIME, self.step, self.how),
            "time": lambda: run_time(layout, self._step),
            "throughput": lambda: _rate(layout.tokens_per_step, self._step, Dimension.TOKEN_RATE),
            "mfu": lambda: _rate(self.flops / peak, self._step, Dimension.SHARE),
            "cost": lambda: cost(self.metric("time"), device, layout.count, span),
            "energy": lambda: energy(self.metric("time"), device, layout.count, span),
            "lost_work": lambda: lost_work(layout, self.parameters, self._step),
        }

    @property
    def _worst_rank(self) -> Rank:
        return ranks(self.layout)[self.ranks.index(self.worst)]

    def _reserved(self) -> Figure:
        """What torch reserves: from a replay of its allocator where all requests are known."""
        rank, allocated = self._worst_rank, self.worst.figure(ALLOCATED)
        return reserved(rank, allocated) if replays(rank) else self.worst.figure(RESERVED)

    def _taken(self) -> Figure:
        """What the driver shows. Near the limit of the device a replay says whether there is enough."""
        found, rank = self.worst.figure(), self._worst_rank
        near = found.low <= self.capacity * NEAR and found.high >= self.capacity / NEAR
        if not is_one(found.value) or not near or not replays(rank):
            return found
        beside = tuple(item for item in self.resident if item.category not in RESERVED)
        allocated = self.worst.figure(ALLOCATED)
        taken, least, most = total(beside)
        held = within(rank, allocated, self.capacity - taken) or reserved(rank, allocated)
        items = (*held.items, *beside)
        high = min(held.high + most, max(found.high, held.value + most))
        return Figure(held.value + taken, allocated.low + least, high, Dimension.BYTES, items)

    @property
    def _step(self) -> Figure:
        found = self.metric("step_time")
        assert isinstance(found, Figure)
        return found

    def _host(self) -> Figure | Unknown:
        if self.layout.device.is_cpu:
            return self.worst.figure()
        return Unknown("what a process takes of its host depends on the data and was not measured yet")

    def metric(self, name: str, conditions: Mapping[str, Any] | None = None) -> Figure | Unknown:
        """A metric of the reference by its name; raises KeyError for one that the block does not have."""
        if name in (*MEASURED, *DROPS):
            return Unknown("it is measured by `evaluate.py`, after training")
        if name not in self._found:
            self._found[name] = self._made[name]()
        return self._found[name]

    def interval(self, name: str) -> tuple[Amount, Amount]:
        """The bounds of a metric; raises KeyError for one that cannot be worked out."""
        found = self.metric(name)
        if isinstance(found, Unknown):
            raise KeyError(f"{name}: {found.reason}")
        return found.low, found.high

    # ------------------------------------------------------------------------------------------ what is said

    @property
    def budgets(self) -> tuple[Any, ...]:
        return self.layout.train.budgets

    @property
    def capacity(self) -> float:
        """Bytes that the device has: the limit where no budget is tighter."""
        return self.layout.device.capacity

    @property
    def capacity_span(self) -> Span | None:
        return self.layout.train.span_of("on")

    @property
    def doing(self) -> str:
        return "training" if self.layout.train.kind == "train" else f"distilling {self.layout.train.label}"

    @property
    def costing(self) -> str:
        return self.doing

    @property
    def who(self) -> str:
        """Whose memory it is, as the end of a sentence."""
        if self.layout.device.is_cpu:
            return ""
        return " on each GPU" if self.layout.count > 1 else " on the GPU"

    @property
    def how(self) -> str:
        """How sure the times are."""
        low, high = attained(self.layout).trust
        profile = self.layout.profile
        origin = "from published figures of the device" if profile is None else profile.origin
        return f"{origin}, trusted to {low:.3g} to {high:.3g} times"

    @cached_property
    def unvalidated(self) -> tuple[str, ...]:
        """What is priced though no code that does it has been measured."""
        return unvalidated(self.layout)

    def summary(self) -> tuple[Line, ...]:
        """What `tfc plan` prints of the block: memory, step and time, with what each is made of."""
        memory_, step, time = self.metric("memory"), self.metric("step_time"), self.metric("time")
        lines = (
            Line("memory", memory_, parts(self.by_category, Dimension.BYTES)),
            Line("step", step, parts(by_category(self.step), Dimension.TIME, NAMES)),
            Line("time", time, text=self._run),
        )
        if self.disk is None:
            return lines
        found = () if isinstance(self.disk, Unknown) else parts(by_category(self.disk.items), Dimension.BYTES)
        return (*lines, Line("disk", self.disk, found))

    @property
    def _run(self) -> str:
        """What the time of a run is made of: `800 steps of 64 sequences, after 2 min of translating`."""
        steps, found = self.layout.steps, self.metric("time")
        if not steps or isinstance(found, Unknown):
            return ""
        first = by_category(item for item in found.items if item.category in FIRST)
        after = " and ".join(f"{say(amount, Dimension.TIME)} of {name}" for name, amount in first.items())
        return f"{say(steps, Dimension.STEPS)} of {self.layout.train.batch}" + (
            f", after {after}" if after else ""
        )

    @cached_property
    def disk(self) -> Figure | Unknown | None:
        """Bytes that a teacher's answers take on the disk; None where it leaves none there."""
        return disk(self.layout)


FIRST = ("asking", "translating")  # what a teacher does before the first step
NAMES = {"communication": "communication not hidden", "dispatch": "waiting for small kernels"}


def parts(
    found: dict[str, Amount], dimension: Dimension, names: Mapping[str, str] | None = None
) -> tuple[Part, ...]:
    """Categories as parts, without those that are less than half a per cent."""
    whole = sum(found.values()) or 1
    return tuple(
        Part(amount, dimension, (names or {}).get(category, category))
        for category, amount in found.items()
        if amount >= 0.005 * whole
    )


def _rate(amount: Amount, per: Figure, dimension: Dimension) -> Figure:
    """An amount per time; the slowest time gives the lower bound."""
    return Figure(amount / per.value, amount / per.high, amount / per.low, dimension, per.items, per.note)


def _value(found: Figure | Unknown) -> Any:
    return None if isinstance(found, Unknown) else found.value

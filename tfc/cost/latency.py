"""Metrics of a deployed model: memory, size, latency, throughput and cost at the conditions of a budget."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tfc.cost.answering import HIGH, LOW, Answering
from tfc.cost.estimate import MEASURED, Line, parts
from tfc.cost.items import Figure, Item, Memory, Unknown, by_category, by_line, total
from tfc.cost.money import HOUR
from tfc.cost.queue import wait
from tfc.cost.serving import Engine
from tfc.units import Dimension

if TYPE_CHECKING:
    from tfc.diagnostics.core import Span
    from tfc.parallel.serving import Serving

LOAD = 0.7  # of capacity, where a budget says nothing
NOTE = "from published figures; `tfc verify` measures the built engine"


class ServingEstimate:
    """What is predicted of one `deploy` block."""

    peak_moment = ""

    def __init__(self, serving: Serving) -> None:
        self.layout = serving
        self.serving, self.name = serving, serving.name
        self.engine = Engine(serving)
        self.answering = Answering(self.engine)

    def __repr__(self) -> str:
        return f"ServingEstimate({self.name}: {self.metric('memory')}, {self.metric('size')})"

    # ------------------------------------------------------------------------------------------- metrics

    def metric(self, name: str, conditions: Mapping[str, Any] | None = None) -> Figure | Unknown:
        """A metric of the reference at the conditions of a budget; raises KeyError for one that no deployment has."""
        at = conditions or {}
        first = name.split(".")[0]
        if first in MEASURED:
            return Unknown("it is measured by `evaluate.py`, after export")
        match first:
            case "memory":
                return self._memory(*self.shape("memory", at))
            case "size":
                return self._sum(tuple(self.engine.weights()))
            case "latency":
                return self._latency(name, at)
            case "throughput":
                return self._throughput(at)
            case "cost":
                return self._cost(at)
        raise KeyError(name)

    def interval(self, name: str) -> tuple[float, float]:
        """The bounds of a metric; raises KeyError for one that cannot be worked out."""
        found = self.metric(name)
        if isinstance(found, Unknown):
            raise KeyError(f"{name}: {found.reason}")
        return found.low, found.high

    def shape(self, name: str, at: Mapping[str, Any]) -> tuple[int, int, int]:
        """Batch and lengths that a metric is asked at: of latency one request, else a full batch, of the longest."""
        most = 1 if name.startswith("latency") else self.serving.batch[1]
        source, target = (int(at[one]) if one in at else None for one in ("input", "output"))
        return int(at.get("batch", most)), *self.serving.lengths(source, target)

    def _sum(self, items: tuple[Item, ...], note: str = "") -> Figure:
        return Figure(*total(items), items[0].dimension, items, note)

    def _memory(self, batch: int, source: int, target: int) -> Figure:
        return self._sum(tuple(self.engine.memory(batch, source, target)))

    def _times(self, batch: int, source: int, target: int) -> tuple[tuple[Item, ...], tuple[Item, ...], int]:
        """Until the first token can be chosen; of one further token; and how many of those there are."""
        first = tuple(self.answering.encoding(batch, source))
        if not self.serving.generates:
            return first, (), 0
        each = tuple(self.answering.token(batch, source, max(1, target // 2)))
        # What reads the prompt has given the first token.
        return first, each, target if self.serving.has_encoder else target - 1

    def _latency(self, name: str, at: Mapping[str, Any]) -> Figure | Unknown:
        """Of a request, its first token or a further one: computing, and waiting for a place."""
        kind, quantile = _quantile(name)
        batch, source, target = self.shape(name, at)
        first, each, tokens = self._times(batch, source, target)
        if kind == "latency.token":
            if not each:
                return Unknown("an encoder writes no tokens")
            return self._sum(each, NOTE)
        service = sum(item.amount for item in (*first, *_repeated(each, tokens)))
        servers = self.serving.servers
        load = at["rate"] * service / (batch * servers) if "rate" in at else at.get("load", LOAD)
        if load >= 1:
            return Unknown(f"at {load:.0%} of its capacity the queue grows without end")
        if kind == "latency.first_token":
            computing = (*first, *each) if self.serving.has_encoder else first
        else:
            computing = (*first, *_repeated(each, tokens))
        queued = wait(batch, load, quantile, servers) * service
        text = f"at a load of {load:.0%}" + (
            "" if "load" in at or "rate" in at else ", unless `at load = ...` says otherwise"
        )
        queueing = Item(queued, Dimension.TIME, "queueing", text, low=queued * LOW, high=queued * HIGH)
        window = self.serving.deploy.server.wait
        gathering = Item(
            window,
            Dimension.TIME,
            "gathering",
            "waiting for others to fill the batch",
            span=self._wait_span,
            low=0,
        )
        return self._sum((*computing, queueing, gathering), NOTE)

    @property
    def _wait_span(self) -> Span | None:
        return self.serving.deploy.server.span_of("wait")

    def _throughput(self, at: Mapping[str, Any]) -> Figure:
        """Output tokens per second of one replica, never idle; of an encoder the tokens that it reads."""
        batch, source, target = self.shape("throughput", at)
        first, each, tokens = self._times(batch, source, target)
        items = (*first, *_repeated(each, tokens))
        time = self._sum(items, NOTE)
        amount = batch * (target or source) * self.serving.servers
        return Figure(
            amount / time.value, amount / time.high, amount / time.low, Dimension.TOKEN_RATE, items, NOTE
        )

    def _cost(self, at: Mapping[str, Any]) -> Figure | Unknown:
        """USD of a million output tokens, at a load."""
        price = self.serving.device.price
        if price is None:
            return Unknown(f"no list price of `{self.serving.device.name}` is known")
        rate = self._throughput({})
        load = at.get("load", LOAD)
        per = 1e6 / HOUR / load
        name = self.serving.device.name
        what = f"{name} at {price.usd:.3g} USD/h, {price.source}, at a load of {load:.0%}"
        value = price.usd * per / rate.value
        item = Item(value, Dimension.USD, "device", what, span=self.serving.deploy.span_of("target"))
        return Figure(
            value, price.low * per / rate.high, price.high * per / rate.low, Dimension.USD, (item,), NOTE
        )

    # ------------------------------------------------------------------------------------- what is said

    @cached_property
    def worst(self) -> Memory:
        return Memory("", tuple(self.resident))

    @property
    def resident(self) -> tuple[Item, ...]:
        """What is resident at the largest batch and lengths."""
        found = self.metric("memory")
        assert isinstance(found, Figure)
        return found.items

    @property
    def memory(self) -> float:
        return self.worst.peak

    @property
    def by_category(self) -> dict[str, float]:
        return by_category(self.resident)

    @property
    def by_line(self) -> dict[Span | None, float]:
        return by_line(self.resident)

    @property
    def parameters(self) -> int:
        return self.serving.graph.parameters

    @property
    def budgets(self) -> tuple[Any, ...]:
        return self.serving.deploy.budgets

    @property
    def capacity(self) -> float:
        return self.serving.device.capacity

    @property
    def capacity_span(self) -> Span | None:
        return self.serving.deploy.span_of("target")

    @property
    def doing(self) -> str:
        return f"serving {self.serving.model.label}"

    @property
    def costing(self) -> str:
        return f"a million tokens of {self.serving.model.label}"

    @property
    def who(self) -> str:
        return ""

    @property
    def unvalidated(self) -> tuple[str, ...]:
        """What nobody has measured: anything but ONNX Runtime on a CPU (docs/cost-model.md)."""
        target = self.serving.deploy.target.name
        if target == "onnxruntime" and self.serving.device.is_cpu:
            return ()
        return (f"serving with {target}",)

    @property
    def _batches(self) -> str:
        servers = self.serving.servers
        at_once = f", {servers} at a time" if servers > 1 else ""
        return f"in batches of {self.serving.batch[1]}{at_once}"

    def summary(self) -> tuple[Line, ...]:
        """What `tfc plan` prints of the block: memory, size, and the latency of one request and of a full batch."""
        one = self.metric("latency", {"load": 0})
        rate = self.metric("throughput")
        times = by_category(one.items) if isinstance(one, Figure) else {}
        return (
            Line("memory", self.metric("memory"), parts(self.by_category, Dimension.BYTES)),
            Line("size", self.metric("size")),
            Line("latency", one, parts(times, Dimension.TIME), "one request of the longest lengths, alone"),
            Line("throughput", rate, text=self._batches),
        )


def _quantile(name: str) -> tuple[str, str]:
    """`latency.token.p50` as its two halves; without a quantile it is the 99th."""
    first, _, last = name.rpartition(".")
    return (first, last) if last in ("mean", "p50", "p95", "p99") else (name, "p99")


def _repeated(items: tuple[Item, ...], times: int) -> tuple[Item, ...]:
    """The items of one token for all tokens."""
    return tuple(
        Item(
            item.amount * times,
            item.dimension,
            item.category,
            f"{times} x {item.what}",
            item.moment,
            item.span,
            item.least * times,
            item.most * times,
        )
        for item in items
    )

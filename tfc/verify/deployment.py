"""The metrics of a deployment from what `measure.py` has measured of it, by the conditions of a budget.

`measure.py` times one batch after another, each alone. What a request waits for beside that, others that fill its batch
and a place in the queue, is worked out from the measured time by the model of the prediction, `tfc/cost/queue.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tfc.cost.latency import LOAD, ServingEstimate
from tfc.cost.money import HOUR
from tfc.cost.queue import wait
from tfc.units import Dimension, say
from tfc.verify.measured import Measured, Unmeasured

if TYPE_CHECKING:
    from tfc.parallel.serving import Serving
    from tfc.spec.budget import Budget

QUANTILES = ("mean", "p50", "p95", "p99")
Shape = tuple[int, int, int]  # batch, tokens of a source, tokens of an output


class Built:
    """What `measured.json` says of one deployment."""

    def __init__(self, serving: Serving, measured: Mapping[str, Any]) -> None:
        self.serving, self.measured = serving, measured
        self.latency: Sequence[Mapping[str, Any]] = measured.get("latency", ())

    def metric(self, name: str, conditions: Mapping[str, Any]) -> Measured | Unmeasured:
        """A metric of the reference at the conditions of a budget; raises KeyError for one that is no deployment's."""
        match name.split(".")[0]:
            case "size":
                return self._total("sizes")
            case "memory":
                return self._memory(conditions)
            case "latency":
                return self._latency(name, conditions)
            case "throughput":
                return self._throughput(conditions)
            case "cost":
                return self._cost(conditions)
        raise KeyError(name)

    def _total(self, name: str) -> Measured | Unmeasured:
        sizes = self.measured.get(name)
        return (
            Measured(sizes["total"], Dimension.BYTES)
            if sizes
            else Unmeasured("`measure.py` says nothing of it")
        )

    def _memory(self, conditions: Mapping[str, Any]) -> Measured | Unmeasured:
        if not self.measured.get("memory"):
            return Unmeasured("`measure.py` says nothing of it")
        smaller = shape(self.serving, "memory", conditions) != shape(self.serving, "memory", {})
        notes = ["at the largest batch and lengths: it bounds what is less"] if smaller else []
        if (servers := self.serving.servers) > 1:
            notes.append(f"one batch at a time, where the server computes {servers}")
        return Measured(self.measured["memory"], Dimension.BYTES, "; ".join(notes))

    def _at(self, found: Shape) -> Mapping[str, Any] | Unmeasured:
        """What was timed at a shape."""
        for row in self.latency:
            if (row["batch"], row["input"], row["output"]) == found:
                return row
        batch, source, target = found
        return Unmeasured(f"nothing was timed at batch = {batch}, input = {source} and output = {target}")

    def _latency(self, name: str, conditions: Mapping[str, Any]) -> Measured | Unmeasured:
        found = shape(self.serving, name, conditions)
        row = self._at(found)
        if isinstance(row, Unmeasured):
            return row
        kind, quantile = split_quantile(name)
        if kind != "latency" and row.get(kind.removeprefix("latency.")) is None:
            one = "an output of one token has no further one"
            return Unmeasured(one if self.serving.generates else "an encoder writes no tokens")
        if kind == "latency.token":
            return Measured(row["token"], Dimension.TIME)
        service, batch = row["p50"], found[0]
        servers = self.serving.servers
        load = conditions.get("load", LOAD)
        if "rate" in conditions:
            load = conditions["rate"] * service / (batch * servers)
        if load >= 1:
            return Measured(
                math.inf, Dimension.TIME, f"at {load:.0%} of its capacity the queue grows without end"
            )
        computing = row["first_token"] if kind == "latency.first_token" else _quantile(row, quantile)
        queued = wait(batch, load, quantile, servers) * service
        gathering = self.serving.deploy.server.wait
        parts = (
            (computing, "computing"),
            (queued, f"queueing at a load of {load:.0%}"),
            (gathering, "gathering"),
        )
        note = " + ".join(f"{say(amount, Dimension.TIME)} {what}" for amount, what in parts if amount)
        return Measured(computing + queued + gathering, Dimension.TIME, note)

    def _throughput(self, conditions: Mapping[str, Any]) -> Measured | Unmeasured:
        row, servers = self._at(shape(self.serving, "throughput", conditions)), self.serving.servers
        if isinstance(row, Unmeasured):
            return row
        note = f"{servers} times that of one thread" if servers > 1 else ""
        return Measured(servers * row["throughput"], Dimension.TOKEN_RATE, note)

    def _cost(self, conditions: Mapping[str, Any]) -> Measured | Unmeasured:
        """USD of a million output tokens at the measured rate and the list price."""
        price, rate = self.serving.device.price, self._throughput({})
        if price is None:
            return Unmeasured(f"no list price of `{self.serving.device.name}` is known")
        if isinstance(rate, Unmeasured):
            return rate
        load = conditions.get("load", LOAD)
        note = f"at the list price of {price.usd:.3g} USD/h and a load of {load:.0%}"
        return Measured(price.usd / HOUR * 1e6 / load / rate.value, Dimension.USD, note)


def shape(serving: Serving, name: str, conditions: Mapping[str, Any]) -> Shape:
    """Batch and lengths that a metric is asked at: as they are predicted."""
    return ServingEstimate(serving).shape(name, conditions)


def at_shape(serving: Serving, name: str, conditions: Mapping[str, Any]) -> dict[str, Any]:
    """The conditions with batch and lengths filled in, so that what is predicted is of what was timed."""
    if name.split(".")[0] not in ("latency", "throughput"):
        return dict(conditions)
    return {
        **conditions,
        **dict(zip(("batch", "input", "output"), shape(serving, name, conditions), strict=True)),
    }


def shapes(serving: Serving, budgets: Iterable[Budget]) -> list[Shape]:
    """What is to be timed: one request and a full batch, each of the longest lengths, and what budgets ask about."""
    timed = ("latency", "throughput", "cost")
    asked = [shape(serving, name, {}) for name in ("latency", "throughput")]
    for budget in budgets:
        if budget.metric.split(".")[0] in timed:
            asked.append(shape(serving, budget.metric, budget.conditions))
    return list(dict.fromkeys(asked))


def split_quantile(name: str) -> tuple[str, str]:
    """`latency.token.p50` as its two halves; without a quantile it is the 99th."""
    first, _, last = name.rpartition(".")
    return (first, last) if last in QUANTILES else (name, "p99")


def _quantile(row: Mapping[str, Any], name: str) -> float:
    """Of the time of a batch; the mean is near the median where nothing is in a queue."""
    return row.get(name, row["p50"])

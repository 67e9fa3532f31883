"""What `require` and `prefer` may speak of, and a budget that speaks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tfc.diagnostics.core import Span
from tfc.fields import SHARE, TOKENS, Kind, Number, Reference, Word
from tfc.units import Dimension, Quantity, say

RUN = ("train", "distill")
ALL = (*RUN, "deploy")
SHAPE = ("batch", "input", "output")
QUANTILES = ("mean", "p50", "p95", "p99")


@dataclass(frozen=True)
class Metric:
    """A quantity that a plan or a run has."""

    name: str
    blocks: tuple[str, ...]
    dimensions: tuple[Dimension, ...]
    doc: str
    conditions: tuple[str, ...] = ()
    measured: bool = False  # by `evaluate.py`, and so judged only after a run


@dataclass(frozen=True)
class Condition:
    """What a metric may be asked at: `at batch = 8`."""

    name: str
    kind: Kind
    doc: str


@dataclass(frozen=True)
class Budget:
    """One `require` or `prefer`: its metric as written, its limit in base units."""

    strength: str  # "require" or "prefer"
    metric: str
    comparison: str
    limit: Quantity
    conditions: Mapping[str, Any] = field(default_factory=dict, hash=False)
    reason: str | None = None
    span: Span | None = field(default=None, compare=False, repr=False)
    block_name: str = ""  # of the block that it stands in, such as `deploy.api`

    @property
    def required(self) -> bool:
        return self.strength == "require"

    @property
    def upper(self) -> bool:
        """Whether the metric may not be more than the limit."""
        return self.comparison in ("<", "<=")

    @property
    def at(self) -> str:
        """Its conditions as one reads them: `batch = 8 and load = 50%`."""
        shares = {"load": Dimension.SHARE}
        return " and ".join(
            f"{name} = {say(value, shares[name]) if name in shares else value}"
            for name, value in self.conditions.items()
        )

    def met(self, value: float) -> bool:
        """Whether a value in base units keeps to it."""
        limit = self.limit.value
        return {
            "<": value < limit,
            "<=": value <= limit,
            ">": value > limit,
            ">=": value >= limit,
        }[self.comparison]


COMPARISONS = ("<=", ">=", "<", ">")

_LATENCY = (
    ("latency", "of a whole request"),
    ("latency.first_token", "from a request to its first token"),
    ("latency.token", "of each further token"),
)
_QUALITY = (
    ("loss", Dimension.POINTS, "mean cross-entropy of a token"),
    ("bleu", Dimension.POINTS, "sacreBLEU, 0 to 100"),
    ("chrf", Dimension.POINTS, "chrF, 0 to 100"),
    ("exact", Dimension.SHARE, "outputs that are the reference, letter by letter"),
)


def _metrics() -> dict[str, Metric]:
    found = [
        Metric(
            "memory",
            ALL,
            (Dimension.BYTES,),
            "the peak on the worst device as its driver shows it; on a `cpu` the peak resident set",
            SHAPE,
        ),
        Metric("memory.allocated", RUN, (Dimension.BYTES,), "what tensors take, by torch's count"),
        Metric("memory.reserved", RUN, (Dimension.BYTES,), "what torch has of the device"),
        Metric("memory.host", RUN, (Dimension.BYTES,), "the RAM of a host"),
        Metric("parameters", ("model",), (Dimension.COUNT,), "how many parameters there are"),
        Metric("time", RUN, (Dimension.TIME,), "the whole run, checkpoints and validation included"),
        Metric("step_time", RUN, (Dimension.TIME,), "of one optimizer step"),
        Metric(
            "throughput",
            ALL,
            (Dimension.TOKEN_RATE,),
            "without padding; of a deployment the output tokens of one replica",
            SHAPE,
        ),
        Metric(
            "mfu",
            RUN,
            (Dimension.SHARE,),
            "FLOPs of the model, recomputation not counted, over the device's dense peak at the precision",
        ),
        Metric(
            "cost",
            ALL,
            (Dimension.USD, Dimension.EUR),
            "of the run; of a deployment that of a million output tokens",
            ("load",),
        ),
        Metric("energy", RUN, (Dimension.ENERGY,), "of the run"),
        Metric("lost_work", RUN, (Dimension.TIME,), "the worst that one lost node costs"),
        Metric("size", ("deploy",), (Dimension.BYTES,), "the engine's files"),
    ]
    for name, doc in _LATENCY:
        found += [
            Metric(f"{name}{end}", ("deploy",), (Dimension.TIME,), doc, (*SHAPE, "load", "rate"))
            for end in ("", *(f".{quantile}" for quantile in QUANTILES))
        ]
    found += [
        Metric(name, ALL, (dimension,), doc, ("language", "on"), measured=True)
        for name, dimension, doc in _QUALITY
    ]
    found += [
        Metric(
            f"{name}.drop",
            ("distill", "deploy"),
            (Dimension.POINTS,),
            "lost against the teacher, or against the same weights before export",
            ("against", "language", "on"),
            measured=True,
        )
        for name in ("bleu", "chrf")
    ]
    return {metric.name: metric for metric in found}


METRICS: dict[str, Metric] = _metrics()

CONDITIONS: dict[str, Condition] = {
    condition.name: condition
    for condition in (
        Condition("batch", Number((Dimension.SEQUENCES,), whole=True, least=1), "sequences; 1 unless given"),
        Condition("input", TOKENS, "tokens; the most that the deployment allows unless given"),
        Condition("output", TOKENS, "tokens; the most that the deployment allows unless given"),
        Condition("load", SHARE, "of capacity; 70% unless given"),
        Condition(
            "rate", Number((Dimension.REQUEST_RATE,), above=0), "requests a second, in place of a load"
        ),
        Condition("language", Word(), "a language, `mean` or `worst`; `mean` unless given"),
        Condition("on", Reference("source"), "`data.test` unless given, else `data.dev`"),
        Condition("against", Reference("model"), "the model that is compared with"),
    )
}

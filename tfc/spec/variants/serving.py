"""What stands around a deployed model: metrics, fallback, breaker, split, autoscale and host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfc.fields import (
    COUNT,
    SHARE,
    TIME,
    Computed,
    Either,
    Family,
    Number,
    RangeOf,
    Reference,
    Rest,
    Variant,
    setting,
)
from tfc.units import Dimension

PORT = Number((Dimension.COUNT,), whole=True, least=1, most=65_535)


class Metrics(Variant, family="metrics"):
    """Where the server says how it is."""


class NoMetrics(Metrics, name="none"):
    """Nowhere."""


def _port(given: Mapping[str, Any]) -> int | None:
    return given["server"].port if "server" in given else None


class Prometheus(Metrics, name="prometheus"):
    """At `/metrics`, as Prometheus reads it."""

    port: int | None = setting(PORT, "a port of its own", default=Computed("the server's", _port))


class Fallback(Variant, family="fallback"):
    """What a server does when more comes than it can answer."""


class NoFallback(Fallback, name="none"):
    """It sheds what does not fit in the queue."""


class Ladder(Fallback, name="ladder", built=False):
    """One rung after another, each cheaper; the last is always to shed."""

    rungs: tuple[Any, ...] = setting(
        Rest(Either((Family("decoding"), Reference("model")))), "a decoding, or another model"
    )
    above: float = setting(TIME, "the p95 of the delay in the queue at which it goes down", default=0.2)


class Breaker(Variant, family="breaker"):
    """When a server stops answering, to come to itself."""


class NoBreaker(Breaker, name="none"):
    """Never."""


class Opens(Breaker, name="opens", built=False):
    """When too many requests fail."""

    errors: float = setting(SHARE, "of the requests", default=0.5)
    over: float = setting(TIME, "the window that is looked at", default=10.0)
    again: float = setting(TIME, "until one is tried again", default=30.0)


class Split(Variant, family="split"):
    """Whether another deployment has a part of the requests."""


class NoSplit(Split, name="none"):
    """All requests are answered here."""


class Canary(Split, name="canary", built=False):
    """Another deployment answers a share of them."""

    deploy: str = setting(Reference("deploy"), "the other block")
    share: float = setting(SHARE, "of the requests")


class Shadow(Split, name="shadow", built=False):
    """Another deployment sees them too; its answers are only compared."""

    deploy: str = setting(Reference("deploy"), "the other block")


class Autoscale(Variant, family="autoscale"):
    """How many replicas there are."""


class NoAutoscale(Autoscale, name="none"):
    """One."""


class Replicas(Autoscale, name="replicas", built=False):
    """As many as the load asks for, within bounds."""

    bounds: tuple[int, int] = setting(RangeOf(COUNT), "the least and the most")
    load: float = setting(SHARE, "of its capacity that a replica is kept at", default=0.7)


class Host(Variant, family="host"):
    """What the server runs in."""


class Process(Host, name="process"):
    """A process."""


class Container(Host, name="container", built=False):
    """A container."""


class RayServe(Host, name="ray_serve", built=False):
    """Ray Serve."""


class KServe(Host, name="kserve", built=False):
    """KServe, on Kubernetes."""

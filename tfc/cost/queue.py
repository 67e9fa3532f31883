"""How long a request waits at a server that answers several at once: a small simulation, and nothing more than that.

Requests come at random (Poisson) at a share of what the server can answer. Where tokens are generated a request takes
one of `batch` slots as soon as one is free, and holds it for the time of a request; else up to `batch` that have come
are taken together when the batch before them is done. All take equally long; real arrivals and lengths are less even.
"""

from __future__ import annotations

from functools import cache
from heapq import heapify, heapreplace
from itertools import accumulate
from random import Random

REQUESTS = 4000  # enough that the 99th percentile stands on 40 of them


@cache
def waits(batch: int, load: float, slots: bool) -> tuple[float, ...]:
    """Sorted waiting times of a run of requests, in units of the time of one; `load` is above 0 and below 1."""
    random = Random(0)
    arrivals = list(accumulate(random.expovariate(load * batch) for _ in range(REQUESTS)))
    return tuple(sorted(_slots(arrivals, batch) if slots else _batches(arrivals, batch)))


def _slots(arrivals: list[float], batch: int) -> list[float]:
    free = [0.0] * batch
    heapify(free)
    found = []
    for arrival in arrivals:
        start = max(arrival, free[0])
        heapreplace(free, start + 1.0)
        found.append(start - arrival)
    return found


def _batches(arrivals: list[float], batch: int) -> list[float]:
    found: list[float] = []
    free, first = 0.0, 0
    while first < len(arrivals):
        start = max(free, arrivals[first])
        last = first
        while last < len(arrivals) and last - first < batch and arrivals[last] <= start:
            found.append(start - arrivals[last])
            last += 1
        free, first = start + 1.0, last
    return found


def wait(batch: int, load: float, quantile: str, slots: bool) -> float:
    """A quantile (`p50`, `p95`, `p99`) or the `mean` of the waiting time, in units of the time of one request."""
    if load <= 0:
        return 0.0
    found = waits(batch, round(load, 3), slots)
    if quantile == "mean":
        return sum(found) / len(found)
    return found[int(quantile[1:]) * len(found) // 100]

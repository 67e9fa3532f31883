"""How long a request waits at a server that answers several at once: a small simulation, and nothing more than that.

Requests come at random (Poisson) at a share of what the server can answer. Each of its threads that is free takes up to
`batch` of those that wait, and answers them together, as the generated `batching.py` does. All take equally long; real
arrivals and lengths are less even.
"""

from __future__ import annotations

from functools import cache
from heapq import heapreplace
from itertools import accumulate
from random import Random

REQUESTS = 4000  # enough that the 99th percentile stands on 40 of them


@cache
def waits(batch: int, load: float, servers: int = 1) -> tuple[float, ...]:
    """Sorted waiting times of a run of requests, in units of the time of one; `load` is above 0 and below 1."""
    random, rate = Random(0), load * batch * servers
    arrivals = list(accumulate(random.expovariate(rate) for _ in range(REQUESTS)))
    free = [0.0] * servers  # when each thread is, the first at the front
    found: list[float] = []
    first = 0
    while first < len(arrivals):
        start = max(free[0], arrivals[first])
        last = first
        while last < len(arrivals) and last - first < batch and arrivals[last] <= start:
            found.append(start - arrivals[last])
            last += 1
        heapreplace(free, start + 1.0)
        first = last
    return tuple(sorted(found))


def wait(batch: int, load: float, quantile: str, servers: int = 1) -> float:
    """A quantile (`p50`, `p95`, `p99`) or the `mean` of the waiting time, in units of the time of one request."""
    if load <= 0:
        return 0.0
    found = waits(batch, round(load, 3), servers)
    if quantile == "mean":
        return sum(found) / len(found)
    return found[int(quantile[1:]) * len(found) // 100]

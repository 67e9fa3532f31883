"""How long a request waits at a server that answers several at once: a small simulation, and nothing more than that.

Requests come at random (Poisson) at a share of what the server can answer; while a batch is computed the others wait,
then up to `batch` of them are taken together, and each batch takes as long as a full one. Real arrivals are burstier.
"""

from __future__ import annotations

from functools import cache
from random import Random

REQUESTS = 4000  # enough that the 99th percentile stands on 40 of them


@cache
def waits(batch: int, load: float) -> tuple[float, ...]:
    """Sorted waiting times of a run of requests, in units of the time of one batch; `load` must be below 1."""
    random = Random(0)
    rate = load * batch
    arrivals, now = [], 0.0
    for _ in range(REQUESTS):
        now += random.expovariate(rate)
        arrivals.append(now)
    found: list[float] = []
    free, first = 0.0, 0
    while first < REQUESTS:
        start = max(free, arrivals[first])
        last = first
        while last < REQUESTS and last - first < batch and arrivals[last] <= start:
            found.append(start - arrivals[last])
            last += 1
        free, first = start + 1.0, last
    return tuple(sorted(found))


def wait(batch: int, load: float, quantile: str) -> float:
    """A quantile (`p50`, `p95`, `p99`) or the `mean` of the waiting time, in units of the time of one batch."""
    found = waits(batch, round(load, 3))
    if quantile == "mean":
        return sum(found) / len(found)
    return found[min(len(found) - 1, int(int(quantile[1:]) / 100 * len(found)))]

"""Errors of predictions against measurements, and what is fitted to some groups of rows and tested on the others."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp, log
from statistics import mean, median
from typing import Any, TypeVar

from benchmarks.published.pieces import PUBLISHED, Factors

T = TypeVar("T")
SAMPLE = 120  # rows that factors are fitted to, taken evenly from those that are given
SPREAD = (0.5, 0.7, 0.85, 1.0, 1.2, 1.45, 2.0)  # by which each factor is tried in turn, then ever nearer
ROUNDS = 4
RELUCTANCE = 0.02  # error that a factor of e must save: what the rows say nothing of stays at one


@dataclass(frozen=True)
class Score:
    """Relative errors: the signed mean; of their sizes the mean, the median, the 95th percentile and the largest."""

    n: int
    bias: float
    mean: float
    median: float
    p95: float
    largest: float

    def __str__(self) -> str:
        parts = (self.bias, self.mean, self.median, self.p95, self.largest)
        signed, *others = parts
        return " | ".join((str(self.n), f"{signed:+.1%}", *(f"{part:.1%}" for part in others)))


def score(pairs: Iterable[tuple[float, float]]) -> Score:
    """The errors of (predicted, measured) pairs; raises `ValueError` if there are none."""
    errors = [predicted / measured - 1 for predicted, measured in pairs]
    if not errors:
        raise ValueError("nothing to score")
    sizes = sorted(abs(error) for error in errors)
    place = min(len(sizes) - 1, int(0.95 * len(sizes)))
    return Score(len(errors), mean(errors), mean(sizes), median(sizes), sizes[place], sizes[-1])


def left_out(
    cases: Sequence[T],
    group: Callable[[T], Hashable],
    fit: Callable[[Sequence[T]], Callable[[T], float]],
    measured: Callable[[T], float],
) -> Score | None:
    """The score of each group under what was fitted to all the others; None if there is but one group."""
    groups: dict[Hashable, list[T]] = {}
    for case in cases:
        groups.setdefault(group(case), []).append(case)
    if len(groups) < 2:
        return None
    pairs: list[tuple[float, float]] = []
    for key, own in groups.items():
        predict = fit([case for other, found in groups.items() if other != key for case in found])
        pairs += [(predict(case), measured(case)) for case in own]
    return score(pairs)


def constant_efficiency(flops_seconds: Callable[[Any], float], measured: Callable[[Any], float]) -> Any:
    """A fit of one share of the peak: FLOPs over the peak of all devices, over the median share of the rows."""

    def fit(cases: Sequence[Any]) -> Callable[[Any], float]:
        share = median(flops_seconds(case) / measured(case) for case in cases)
        return lambda case: flops_seconds(case) / share

    return fit


def calibrated(
    seconds: Callable[[Any, Factors], float], measured: Callable[[Any], float], names: Sequence[str]
) -> Any:
    """A fit of the named factors by trying them in turn, for the least mean of the logarithms' sizes."""

    def fit(cases: Sequence[Any]) -> Callable[[Any], float]:
        sample = cases[:: max(1, len(cases) // SAMPLE)]
        truth = [log(measured(case)) for case in sample]

        def loss(factors: Factors) -> float:
            missed = sum(
                abs(log(seconds(case, factors)) - own) for case, own in zip(sample, truth, strict=True)
            )
            return missed / len(sample) + RELUCTANCE * sum(abs(log(getattr(factors, one))) for one in names)

        best, least = PUBLISHED, loss(PUBLISHED)
        for turn in range(ROUNDS):
            for name in names:
                for step in SPREAD:
                    factor = getattr(best, name) * exp(log(step) / (turn + 1))
                    tried = replace(best, **{name: factor})
                    if (found := loss(tried)) < least:
                        best, least = tried, found
        return lambda case: seconds(case, best)

    return fit

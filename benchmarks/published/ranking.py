"""Whether layouts come out in their order: a planner needs the best one, and not its seconds.

A group is one model with one batch on one number of GPUs; its layouts differ in degrees and micro-batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from statistics import mean
from typing import Any

from benchmarks.published.rows import MEGATRON_CI
from benchmarks.published.training import Case

FEW = 3  # layouts from which on an order means something


def groups(cases: Sequence[Case]) -> list[list[Case]]:
    """The layouts of each model, batch and number of GPUs; each layout once, by the first time that it was measured."""
    found: dict[Any, dict[Any, Case]] = {}
    for case in cases:
        row = case.row
        same = (row.source, row.width, row.layers, row.heads, row.batch, row.gpus, row.device, row.precision)
        found.setdefault(same, {}).setdefault((row.data, row.tensor, row.pipeline, row.micro), case)
    return [list(layouts.values()) for layouts in found.values() if len(layouts) >= FEW]


def regret(layouts: Sequence[Case], predicted: Callable[[Case], float]) -> float:
    """By how much the layout predicted to be best takes longer than the best."""
    chosen = min(layouts, key=predicted)
    return chosen.step / min(case.step for case in layouts) - 1


def kendall(layouts: Sequence[Case], predicted: Callable[[Case], float]) -> float:
    """Kendall's tau: pairs in their order less pairs out of it, over all pairs that differ."""
    signs = [
        (predicted(one) - predicted(other)) * (one.step - other.step)
        for one, other in combinations(layouts, 2)
    ]
    return (sum(sign > 0 for sign in signs) - sum(sign < 0 for sign in signs)) / len(signs)


def lines(cases: Sequence[Case]) -> Iterator[str]:
    """The table: the best of a group as predicted, beside a layout taken at random."""
    yield "| runs | groups | layouts | best found | among five | mean regret | largest | at random | Kendall's tau |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    # The CI's rows of one shape differ in kernels and flags too, which are no layout.
    timed = [case for case in cases if case.row.step and case.row.source != MEGATRON_CI]
    for source in dict.fromkeys(case.row.source for case in timed):
        own = groups([case for case in timed if case.row.source == source])
        if not own:
            continue
        predicted = [sorted(layouts, key=_seconds) for layouts in own]
        best = [min(layouts, key=lambda case: case.step) for layouts in own]
        regrets = [regret(layouts, _seconds) for layouts in own]
        random = mean(mean(case.step for case in one) / min(case.step for case in one) - 1 for one in own)
        first = mean(order[0] is found for order, found in zip(predicted, best, strict=True))
        five = mean(found in order[:5] for order, found in zip(predicted, best, strict=True))
        cells = (first, five, mean(regrets), max(regrets), random)
        shown = (
            " | ".join(f"{cell:.0%}" for cell in cells[:2])
            + " | "
            + " | ".join(f"{cell:.1%}" for cell in cells[2:])
        )
        tau = mean(kendall(layouts, _seconds) for layouts in own)
        yield f"| {source} | {len(own)} | {sum(map(len, own))} | {shown} | {tau:.2f} |"


def _seconds(case: Case) -> float:
    return case.pieces.seconds()

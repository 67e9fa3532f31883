"""How quickly layouts are bounded, how tight the bounds are, and how long 1,024 GPUs take to plan.

    python benchmarks/planner.py [--layouts N] [--checked N] [--runs N]

On one core (`taskset -c 0`), with start-up left out. Of each family a sweep of N random layouts is priced by tier 0,
memory and time of the complete model; some of them are then priced exactly, one by one, and the two are compared: how
many bounds were too high (none may be), how tight they are, and how alike the order is that they give (Kendall's tau).
Last, every `auto` of a model is decided for 1,024 GPUs, over all that is priced and not only over what is generated.
"""

from __future__ import annotations

import argparse
import datetime
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median

import numpy

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.startup import processor
from tests.solve.layouts import base, drawn, swept
from tests.specs import LLAMA, TRANSLATOR, planned
from tfc.cost.estimate import Estimate
from tfc.cost.sweep import Sweep
from tfc.solve.bounded import Bounded
from tfc.solve.decision import Decision
from tfc.solve.domain import Domain

FAMILIES = ("decoder", "encoder and decoder", "alternating attention", "beside a teacher")
GROUPS = 24  # of layouts with the same stages, ZeRO stage and recomputation
OPEN = ("microbatch", "recompute", *(f"parallel.{n}" for n in ("zero", "tensor", "pipeline", "context")))
AUTO = tuple(f"train.{name} = auto" for name in OPEN)
ON = "train.on = 128 x 8 x h100_80gb"
WIDE = ("model.llama.layers = 80", "model.llama.width = 8192", "model.llama.heads = 64")
LARGE = {
    "llama3 8B": (LLAMA, ()),
    "llama3 70B": (LLAMA, (*WIDE, "model.llama.ffn = swiglu(hidden = 28_672)")),
    "an encoder-decoder of 24 + 24 layers": (
        TRANSLATOR,
        (
            "model.small.layers = 24",
            "model.small.width = 1024",
            "model.small.heads = 16",
            "model.small.vocab = 256_206",
            "train.batch = 4 Mi tokens",
        ),
    ),
}


def speed(family: str, layouts: int) -> tuple[int, float]:
    """How many layouts, and the seconds in which memory and time of all were bounded."""
    found = drawn(base(family), Random(0), GROUPS, layouts // GROUPS)
    began = time.perf_counter()
    sweep = Sweep([grid for _, grid in found])
    for layout, grid in found:
        sweep.bounds(layout, grid)
    return sum(len(grid) for _, grid in found), time.perf_counter() - began


def tightness(family: str, checked: int) -> Iterator[tuple[float, float, float, float]]:
    """Bounds of memory and time over the exact ones, and both times in seconds, of random layouts."""
    random = Random(1)
    for one in swept(base(family), random, GROUPS, -(-checked // GROUPS)):
        for index in range(len(one.grid)):
            exact = Estimate(one.alone(index))
            bounds = one.bounds
            yield (
                bounds.memory[index] / exact.memory,
                bounds.step[index] / exact.step_time,
                bounds.step[index],
                exact.step_time,
            )


def concordance(one: numpy.ndarray, other: numpy.ndarray) -> float:
    """Kendall's tau of two orders."""
    signs = numpy.sign(one[:, None] - one) * numpy.sign(other[:, None] - other)
    return float(signs.sum() / (len(one) * (len(one) - 1)))


def planning(text: str, settings: tuple[str, ...]) -> tuple[float, Bounded]:
    """Seconds of deciding every `auto`, and the search that did."""
    plan = planned(text, ON, *settings, *AUTO)
    (train,) = plan.spec.trains.values()
    graph = plan.graphs[plan.spec.model_of(train).label]
    began = time.perf_counter()
    search = Bounded(Domain(train, plan.spec, graph, wide=True))
    assert Decision(search).chosen.layout.count == 1024
    return time.perf_counter() - began, search


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layouts", type=int, default=480_000, help="of a sweep (default: 480,000)")
    parser.add_argument("--checked", type=int, default=2500, help="of each family, exactly (default: 2,500)")
    parser.add_argument("--runs", type=int, default=3, help="of each plan (default: 3)")
    args = parser.parse_args()
    print(f"{datetime.date.today()}, {processor()}, one core, Python {sys.version.split()[0]}")
    print(f"`{' '.join(['python', *sys.argv])}`\n")
    print("| sweep | layouts | seconds | layouts a second |\n|---|---:|---:|---:|")
    for family in FAMILIES:
        count, seconds = speed(family, args.layouts)
        print(f"| {family} | {count:,} | {seconds:.2f} | {count / seconds:,.0f} |", flush=True)
    head = "| bound over exact | layouts | too high | memory, median | least | time, median | least | tau of time |"
    print(f"\n{head}\n|---|---:|---:|---:|---:|---:|---:|---:|")
    for family in FAMILIES:
        memory, step, bound, exact = numpy.array(list(tightness(family, args.checked))).T
        high = int(((memory > 1 + 1e-9) | (step > 1 + 1e-9)).sum())
        row = (median(memory), min(memory), median(step), min(step), concordance(bound, exact))
        print(f"| {family} | {len(memory):,} | {high} | {' | '.join(f'{x:.3f}' for x in row)} |", flush=True)
    print("\n| 1,024 GPUs | layouts | priced exactly | seconds |\n|---|---:|---:|---:|")
    for name, (text, settings) in LARGE.items():
        found = [planning(text, settings) for _ in range(args.runs)]
        search = found[0][1]
        seconds = median(seconds for seconds, _ in found)
        print(f"| {name} | {search.count:,} | {len(search.priced)} | {seconds:.2f} |", flush=True)


if __name__ == "__main__":
    main()

"""What Python takes around kernels: of nested engines and checkpoints, and of a generated script's log and batches.

    python benchmarks/host.py calls            # needs torch: microseconds of calls, forward and backward
    python benchmarks/host.py script FOLDER    # of a row that `benchmarks/cost/grid.py compile --tiny` has written

The figures stand beside the constants that they became: tfc/ops/launched.py, tfc/cost/stage.py and tfc/cost/time.py.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean, median
from typing import Any

CALLS, ROUNDS, STEPS = 100, 12, 120


def calls() -> None:
    """Print what a call takes in a row of its kind, the least of some rounds."""
    import torch
    import torch.nn.functional as F
    from torch.utils.checkpoint import checkpoint

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * 1

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            (_,) = ctx.saved_tensors
            return grad * 1

    class Lean(torch.autograd.Function):
        """As generated code has it where nothing is fused."""

        @staticmethod
        def forward(ctx: Any, function: Callable[..., Any], x: Any) -> Any:
            ctx.function = function
            ctx.save_for_backward(x)
            return function(x)

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            (x,) = (x.detach().requires_grad_() for x in ctx.saved_tensors)
            with torch.enable_grad():
                output = ctx.function(x)
            return None, *torch.autograd.grad(output, x, grad)

    def norm(x: Any) -> Any:
        return F.layer_norm(x, x.shape[-1:])

    def four(x: Any) -> Any:
        return (x * x) * x * x * x

    torch.set_num_threads(1)
    kinds = {
        "pointwise": lambda y: y + 1,
        "norm": norm,
        "function": Double.apply,
        "norm in Lean": lambda y: Lean.apply(norm, y),
        "four products": four,
        "the same, checkpointed": lambda y: checkpoint(four, y, use_reentrant=False),
    }
    for kind, call in kinds.items():
        forward, backward = least(torch, call)
        print(f"{kind:24}{forward:8.1f}{backward:8.1f}")


def least(torch: Any, call: Callable[[Any], Any]) -> tuple[float, float]:
    """Microseconds of a call, forward and backward."""
    best = [float("inf")] * 2
    for _ in range(ROUNDS):
        first = y = torch.randn(2, 4, 64, requires_grad=True)
        begin = time.perf_counter()
        for _ in range(CALLS):
            y = call(y)
        middle = time.perf_counter()
        torch.autograd.grad(y, first, torch.ones_like(y))
        taken = middle - begin, time.perf_counter() - middle
        best = [min(one, seconds / CALLS * 1e6) for one, seconds in zip(best, taken, strict=True)]
    return best[0], best[1]


def script(place: Path) -> None:
    """Print what the log and the next batch take in the script of a row, on a CPU."""
    sys.path[:0] = [str(Path(__file__).parent / "cost"), str(place)]
    import torch

    synthetic = importlib.import_module("synthetic")

    torch.set_num_threads(1)
    row = json.loads((place / "row.json").read_text())
    done, taken = [0], {"log": [], "batch": []}

    def tick() -> None:
        done[0] += 1
        if done[0] > STEPS:
            raise SystemExit

    with tempfile.TemporaryDirectory() as folder:
        found = synthetic.script(row, Path(folder), torch.device("cpu"), tick, None)
        found.Log.step = timed(found.Log.step, taken["log"])
        found.Batches.__iter__ = each_timed(found.Batches.__iter__, taken["batch"])
        sys.argv = [row["script"], "--device", "cpu", "--runs", f"{folder}/runs", "--data", folder]
        try:
            found.main()
        except SystemExit:
            for name, seconds in taken.items():
                print(
                    f"{name}: median {median(seconds) * 1e6:.0f}, mean {mean(seconds) * 1e6:.0f} microseconds"
                )


def timed(function: Callable[..., Any], taken: list[float]) -> Callable[..., Any]:
    def call(*given: Any, **named: Any) -> Any:
        begin = time.perf_counter()
        found = function(*given, **named)
        taken.append(time.perf_counter() - begin)
        return found

    return call


def each_timed(function: Callable[..., Iterator[Any]], taken: list[float]) -> Callable[..., Iterator[Any]]:
    def iterate(batches: Any) -> Iterator[Any]:
        following = timed(function(batches).__next__, taken)
        while True:
            yield following()

    return iterate


def main() -> None:
    parser = argparse.ArgumentParser(description="What Python takes around kernels.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("calls")
    verbs.add_parser("script").add_argument("folder", type=Path)
    options = parser.parse_args()
    if options.verb == "calls":
        return calls()
    return script(options.folder)


if __name__ == "__main__":
    main()

"""Where a difference of memory is from: what is predicted at the peak, beside the tensors that were there.

    python benchmarks/cost/explain.py ROWS.jsonl [--profile FILE] [--rows test.decoder_60m]

For rows that measure.py took a snapshot of. What was there before the step (weights, moments) is one figure; each
tensor that the step made has its size, how many there were, and the line of the generated code that asked.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from grid import Row, estimate_of, profiled, rows
from score import told

MIB = 2**20
LEAST = 0.002  # of the peak: what is smaller is summed up


def explained(row: Row, said: dict[str, Any], profile: str | None) -> str:
    """Both lists of one row, largest first."""
    estimate = estimate_of(row.draft(*profiled(row, profile), microbatch=said["microbatch"]), row)
    predicted, peak = estimate.metric("memory.allocated"), said["peak"]
    if "error" in peak:
        return f"{row.name}: no snapshot: {peak['error']}"
    whole = float(predicted.value)
    lines = [
        f"{row.name}: allocated {whole / MIB:.2f} MiB predicted, {said['allocated'] / MIB:.2f} MiB measured "
        f"({(whole - said['allocated']) / MIB:+.2f} MiB, {whole / said['allocated'] - 1:+.3%})",
        f"  predicted, {estimate.peak_moment}:",
    ]
    items = sorted(predicted.items, key=lambda item: -item.amount)
    lines += [
        f"    {item.amount / MIB:10.2f}  {item.category:12} {item.what}"
        for item in items
        if item.amount >= LEAST * whole
    ]
    lines.append(
        f"    {sum(item.amount for item in items if item.amount < LEAST * whole) / MIB:10.2f}  smaller"
    )
    lines.append(f"  measured in one more step, {peak['bytes'] / MIB:.2f} MiB at its peak:")
    lines.append(f"    {peak['before'] / MIB:10.2f}  there before the step, and then still")
    large = [kind for kind in peak["tensors"] if kind[0] * kind[1] >= LEAST * whole]
    lines += [
        f"    {size * count / MIB:10.2f}  {count} x {size / MIB:.3f}  {where}" for size, count, where in large
    ]
    small = sum(size * count for size, count, _ in peak["tensors"]) - sum(kind[0] * kind[1] for kind in large)
    lines.append(f"    {(small + peak['left_out']) / MIB:10.2f}  smaller")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description="What is predicted at the peak, beside the tensors that were there."
    )
    parser.add_argument("file", nargs="+", type=Path, help="what measure.py wrote")
    parser.add_argument("--profile", help="what calibrate measured on that machine")
    parser.add_argument("--rows", nargs="*", default=[], help="these alone")
    options = parser.parse_args()
    known = {row.name: row for row in rows()}
    for said in told(options.file):
        if "peak" in said and said.get("row") in known and (not options.rows or said["row"] in options.rows):
            print(explained(known[said["row"]], said, options.profile), end="\n\n")


if __name__ == "__main__":
    main()

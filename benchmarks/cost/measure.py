"""Measure what generated training takes of a GPU, row by row, through its own train.py: needs torch and numpy alone.

    python measure.py FOLDER --out rows.jsonl [--limit-seconds 300] [--snapshot ROW] [--device cpu]

FOLDER is what `grid.py compile` wrote. Each row runs in a process of its own: `main()` of the generated train.py or
distill.py, with its own model, batches, loss, optimizer and log, over shards of random tokens that fill the longest
bucket (synthetic.py). It is stopped before the step after the last that is measured. A line of JSON is added for each;
a row that has a line of the same code is skipped, so that a run which was cut short goes on.

    allocated, reserved  torch's own peaks since the process began, bytes
    taken                total less free of the device, and what torch has given back since its peak
    step                 seconds: the median of several windows of steps, which nothing synchronises inside
    steps                that of each window; host: until Python has issued a step on an idle device
    before               what the device had taken when the process had its context, and no tensor yet
    clock, power         MHz and W while it was busy
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import trial
from children import Children
from sampler import Sampler


def places(folder: Path, split: str, wanted: list[str]) -> list[Path]:
    """The folders of a split's rows, in the order of the grid."""
    known = {place.parent.name: place.parent for place in folder.glob("*/row.json")}
    order = json.loads((folder / "order.json").read_text())
    found = [known[name] for name in order if name in known and name.startswith(f"{split}.")]
    return [place for place in found if not wanted or place.name in wanted]


def told(out: Path) -> list[dict[str, Any]]:
    """The lines that there are already; one that was cut off does not count."""
    lines = out.read_text().splitlines() if out.exists() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


def add(out: Path, said: dict[str, Any]) -> None:
    with out.open("a") as file:
        file.write(json.dumps(said) + "\n")
        file.flush()
        os.fsync(file.fileno())


def shown(said: dict[str, Any]) -> str:
    if "error" in said:
        return said["error"].partition("\n")[0][:120]
    memory_ = "".join(
        f"{said[name] / 2**30:8.3f}" for name in ("allocated", "reserved", "taken") if name in said
    )
    return f"{memory_} GiB" + (
        f"{1e3 * said['step']:9.2f} ms (host {1e3 * said['host']:.2f})" if "step" in said else ""
    )


def options_of(text: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument("folder", type=Path, help="what `grid.py compile` wrote")
    parser.add_argument("--out", type=Path, required=True, help="lines of JSON, to which others are added")
    parser.add_argument("--limit-seconds", type=float, default=300, help="no row is begun that may end later")
    parser.add_argument("--row-seconds", type=float, default=90, help="after which a row is given up")
    parser.add_argument("--rows", nargs="*", default=[], help="these alone")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--spawn", action="store_true", help="a fresh interpreter for each row")
    return parser


def main() -> None:
    parser = options_of((__doc__ or "").partition("\n")[0])
    parser.add_argument("--split", default="test", help="test, or calibration")
    parser.add_argument("--snapshot", nargs="*", default=[], help="rows whose tensors at the peak are told")
    options = parser.parse_args()
    began = time.monotonic()
    pool = Children(options.device, options.row_seconds, options.spawn)
    done = {
        (line["row"], line["code"]) for line in told(options.out) if "row" in line and "error" not in line
    }
    on, longest = pool.run(trial.machine, options.device), 12.0
    add(options.out, {"machine": on, "date": time.strftime("%Y-%m-%d %H:%M", time.gmtime())})
    sampler = Sampler(options.device)
    for place in places(options.folder, options.split, options.rows):
        row = json.loads((place / "row.json").read_text())
        if (row["row"], row["code"]) in done:
            continue
        if time.monotonic() - began + longest > options.limit_seconds:
            print(f"{place.name}: left for another run", file=sys.stderr, flush=True)
            continue
        start, order = time.monotonic(), trial.Order(options.device, snapshot=place.name in options.snapshot)
        said = pool.run(trial.one, str(place), asdict(order), log=place / "log")
        said |= {"row": row["row"], "code": row["code"], "commit": row["commit"]}
        said |= {"seconds": round(time.monotonic() - start, 2), **sampler.last()}
        add(options.out, said)
        print(f"{place.name:28} {shown(said)}  in {said['seconds']:.1f} s", file=sys.stderr, flush=True)
    sampler.close()
    print(f"{time.monotonic() - began:.0f} s in all", file=sys.stderr)


if __name__ == "__main__":
    main()

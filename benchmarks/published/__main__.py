"""Score the profiles of others' code on what others measured, and write the tables.

    python -m benchmarks.published TRAINING.csv INFERENCE.csv    # writes benchmarks/published/results.md
    python -m benchmarks.published TRAINING.csv INFERENCE.csv --out -    # to standard output

The two tables are transcriptions of published figures and no part of this project; `rows.py` and `engines.py` say
which columns they need. It refuses a tree with changes, so that the commit it prints is what was scored.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.published import engines, inference, ranking, rows, training

HERE = Path(__file__).parent
HEAD = """## Others' code, published

What others measured of their own code, beside what is predicted of that code through a *profile* of it: which
tensors it keeps, which kernels it starts and what it sends, from its source. The profiles are `megatron`,
`vtrain`, `fsdp` and `fastertransformer`, in `benchmarks/published/`, each with its references; graph, sizes,
recomputation, stages and rings are `tfc`'s own. **These are not claims about the code that `tfc` generates**,
which saves other tensors and has tables of its own. The figures of devices are data sheets and the shares that
`tfc` takes kernels to attain (`tfc/hardware/devices.toml`); none of these devices was calibrated for this.

Scored on {date} at commit `{commit}`. Errors are (predicted - measured) / measured; *bias* keeps its sign. The
rows are transcriptions that are no part of the project; with them, `python -m benchmarks.published TRAINING.csv
INFERENCE.csv` makes this page again.

**These rows were in sight while the profiles were written**, so that they are no test of what was never seen.
No factor was fitted to make them come out, but some facts were looked for because of them: the workspaces of
Transformer Engine and cuBLAS and the kernel of attention on each device (found in their sources), flash
attention on Blackwell, and that a group of ranks sends through all adapters that its members have in a node
(both assumptions). What was fitted says so, and is tested on rows that it was not fitted on: *other model
sizes* means that each size was predicted with what was fitted on all the others. One share of the peak, fitted
in the same way, is the honest zero.
"""


def page(training_table: Path, inference_table: Path, commit: str) -> Iterator[str]:
    """The whole page, line by line."""
    yield HEAD.format(date=f"{datetime.now(UTC):%Y-%m-%d}", commit=commit)
    found, others = training.cases(rows.read(training_table))
    yield "### Memory\n"
    yield from training.memory_lines(found)
    yield MEMORY
    yield from training.fits_lines(found)
    yield "\n### Seconds of a step\n"
    yield from training.time_lines(found)
    yield TIME
    yield "### The order of layouts\n"
    yield from ranking.lines(found)
    yield ORDER
    runs, left = engines.read(inference_table)
    yield "### Latency of an engine\n"
    yield from inference.lines(runs)
    yield ENGINE
    yield "### What is not scored\n"
    yield "| rows | of | why |"
    yield "|--:|---|---|"
    for (source, why), count in others.most_common():
        yield f"| {count} | {source} | {why} |"
    for why, count in sorted(left.items(), key=lambda pair: -pair[1]):
        yield f"| {count} | FasterTransformer's guides | {why} |"


MEMORY = """
Kinds of memory are not mixed: the CI's figures are torch's own peak on the last rank, to the byte; BLOOM's are
whole GB as the driver shows them. *Megatron's own formula* is that of its `theoretical_memory_usage.py`; *18
bytes a parameter* is where estimators without activations stop. What is left, by name: where there are several
micro-batches 5 to 16 MiB more are allocated than the sum says, 1% of these small models (what is still held of
the micro-batch before was not found); on GB200s some rows have cuBLAS's small workspaces and some its large
ones, 48 MiB apart, as torch's default changed; BERT's and T5's padding masks and heads are there only roughly;
four rows without Transformer Engine installed have 10% more, unexplained. Of the 9 to 25 GB missing in BLOOM's,
DeepSpeed's flat buffers, fragments of an allocator without expandable segments, and communicators beyond those
counted are likely parts, and none of them was measured.

Whether a run fits, of runs whose memory was mostly not printed (the four said not to fit come out at 40.3 to
40.6 GiB on a card of 40):
"""

TIME = """
vTrain's own simulator reports 8.4% on its single-node rows and 14.7% on several nodes (Bang et al., MICRO
2024). The CI's rows are tiny models in deterministic mode, bound by the Python of Transformer Engine, of which
the profile has no count: -55% is what that omission costs, and it is left in. Its *other numbers of GPUs* are
four, on GB200s, where the table has a step take four to thirty times as long as on eight, and does not say why. A
factor is fitted only where it saves error (`RELUCTANCE` in `score.py`): what is fitted on runs whose GPUs are
busy says nothing of those that wait for their host.

"""

ORDER = """
A group is one model with one batch on one number of GPUs, its layouts differing in degrees and micro-batch;
nothing is fitted. *Regret* is by how much the layout predicted to be best takes longer than the best measured;
*at random*, what a layout drawn from the group would. One share of the peak offers no order: it gives all
layouts of a group the same time. BLOOM's are single iterations of layouts that had been chosen to be near the
best already.

"""

ENGINE = """
The time of a token of a translation rests on two assumptions (how the lengths of sentences spread, and that a
batch waits for its longest), since the guides print neither; and the smallest products of a decoding step take
longer than the shortest kernel, which no data sheet says: hence -50%. Where precision and device are known,
three constants (of an operation, a byte and a kernel) do as well as the engine's profile with three factors or
better; on a device that they were not fitted on they do worse.

"""


def committed() -> str:
    """The commit of a tree without changes; raises `SystemExit` if it has some."""
    changed = subprocess.run(
        ["git", "status", "--porcelain", "-uno"], capture_output=True, text=True, check=True
    )
    if changed.stdout:
        raise SystemExit(
            "the tree has changes: commit them, so that what is scored has a name\n" + changed.stdout
        )
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description="Others' code, published: scores of its profiles.")
    parser.add_argument("training", type=Path, help="the table of training runs")
    parser.add_argument("inference", type=Path, help="the table of latencies")
    parser.add_argument(
        "--out", default=str(HERE / "results.md"), help="the page that is written; - for standard output"
    )
    parser.add_argument(
        "--commit", default="", help="the name of what is scored, of a tree that is not git's"
    )
    options = parser.parse_args()
    text = "\n".join(page(options.training, options.inference, options.commit or committed())) + "\n"
    if options.out == "-":
        sys.stdout.write(text)
    else:
        Path(options.out).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

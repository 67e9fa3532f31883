"""How long tfc takes to start, as whole processes: what a user waits for, and what Python and the libraries need alone.

    python benchmarks/startup.py [--runs N] [--cores 0,1]

Each command runs once to warm the caches of the system (and tfc's own parsing tables), then N times; the least and the
median of the wall clock are printed as a row of Markdown, under a line with the date, the processor and the command.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

EXAMPLES = Path(__file__).parents[1] / "examples"
SPECS = ("translate.tfs", "quickstart.tfs")
# What `tfc check` cannot do without: Python itself, the parser's library, and that of the command line.
IMPORTS = {
    "python, importing nothing": "",
    "python, importing lark and click": "import lark, click",
    "python, importing lark, click and jinja2": "import lark, click, jinja2",
}
FIFTY = (
    *("--vary", "train.microbatch = [4, 8, 16, 32, 64]"),
    *("--vary", "train.recompute = [none, full]"),
    *("--vary", "train.accumulation = [1, 2, 4, 8, 16]"),
)


def commands(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """What is timed: a name, and the words of the command."""
    for name, code in IMPORTS.items():
        yield name, [sys.executable, "-c", code]
    tfc = [sys.executable, "-m", "tfc"]
    for name in SPECS:
        shutil.copy(EXAMPLES / name, folder / name)
    large, small = (str(folder / name) for name in SPECS)
    lines = Path(large).read_text(encoding="utf-8").count("\n")
    yield "tfc --version", [*tfc, "--version"]
    yield f"tfc check translate.tfs, {lines} lines", [*tfc, "check", large]
    yield "tfc check quickstart.tfs", [*tfc, "check", small]
    yield "tfc fmt --check translate.tfs", [*tfc, "fmt", "--check", large]
    yield "tfc plan quickstart.tfs", [*tfc, "plan", small]
    for name, file in (("quickstart.tfs", small), ("translate.tfs", large)):
        yield f"tfc what-if {name}, 50 variants", [*tfc, "what-if", file, "--format", "csv", *FIFTY]
    yield (
        "tfc compile quickstart.tfs, unchanged",
        [*tfc, "compile", small, "--out", str(folder / "built")],
    )
    yield "tfc compile quickstart.tfs, anew", [*tfc, "compile", small, "--out", str(folder / "{run}")]


def timed(words: list[str], runs: int, folder: Path) -> list[float]:
    """Seconds of each run but the first; `{run}` in a word is another name each time."""
    found = []
    # As installed: bytecode is kept, whatever the environment says of it.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    for run in range(runs + 1):
        begin = time.perf_counter()
        done = subprocess.run(
            [word.format(run=f"anew{run}") for word in words], capture_output=True, text=True, env=env
        )
        found.append(time.perf_counter() - begin)
        if done.returncode:
            sys.exit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return found[1:]


def processor() -> str:
    """The processor's name as Linux tells it, or as Python does."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def main() -> None:
    parser = argparse.ArgumentParser(description="How long tfc takes to start.")
    parser.add_argument("--runs", type=int, default=10, help="how often each command is timed")
    parser.add_argument("--cores", default="0,1", help="on which cores; Linux only")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(core) for core in options.cores.split(",")})
    cores = len(options.cores.split(","))
    python = platform.python_version()
    print(f"{datetime.date.today()}, {processor()}, {cores} cores, Python {python}:", end=" ")
    print(f"`python benchmarks/startup.py --runs {options.runs} --cores {options.cores}`\n")
    print("| command | least | median |\n|---|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        for name, words in commands(Path(folder)):
            seconds = timed(words, options.runs, Path(folder))
            print(f"| {name} | {min(seconds):.3f} s | {median(seconds):.3f} s |", flush=True)


if __name__ == "__main__":
    main()

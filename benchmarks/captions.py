"""Variants of examples/captions.tfs, trained side by side on one GPU and compared on the development set.

    python benchmarks/captions.py compile FOLDER                    # here, with tfc: a folder a variant
    python benchmarks/captions.py tune FOLDER --data DIR            # on the GPU: needs no tfc
    python benchmarks/captions.py final FOLDER/NAME --data DIR      # the chosen one: trains, then scores the test set
    python benchmarks/captions.py student FOLDER/NAME --data DIR    # after that: distils, exports, scores all three

DIR holds `multi30k/` (examples/captions.md says where it is from). `tune` looks at `val` only, as does the choice of
the length penalty in `final`; the test set is scored once, after everything is chosen.
"""

from __future__ import annotations

import argparse
import json
import platform
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

TEACHER, STUDENT, DEPLOY = "captions", "captions_small", "pictures"
SPEC = Path(__file__).parents[1] / "examples" / "captions.tfs"
BEAM = "5"
LIMIT = 480  # seconds that the example may train
PENALTIES = ("0.6", "0.8", "1.0", "1.2", "1.4")

# The transformer of 2017, which papers on this set use, and what else may be better: beside the spec as it is.
OLD = ("norm=layer", "position=sinusoidal", "scaled=true")
TINY = (*OLD, "width=128", "ffn=relu(hidden = 256)")
VARIANTS: dict[str, tuple[str, ...]] = {
    "as_written": (),
    "tiny": (*(f"model.captions.{setting}" for setting in TINY), "train.optimizer.lr=5e-3"),
    "relu": (*(f"model.captions.{setting}" for setting in OLD), "model.captions.ffn=relu(hidden = 1024)"),
    "dropout40": ("model.captions.dropout=40%",),
    "pieces4k": ("model.captions.vocab=4000",),
    "nine_directions": ("data.sources=[en, de, fr, cs]",),
    "batch8k": ("train.batch=8 Ki tokens", "train.optimizer.lr=2e-3"),
}


def compile_all(folder: Path) -> None:
    """Compile each variant into a folder of its own; tfc must be installed."""
    for name, settings in VARIANTS.items():
        words = [word for setting in settings for word in ("--set", setting)]
        command = [sys.executable, "-m", "tfc", "compile", str(SPEC), "--out", str(folder / name), *words]
        print("$", " ".join(command), flush=True)
        subprocess.run(command, check=True)


@dataclass(frozen=True)
class Bench:
    """What all variants share."""

    data: Path
    steps: int | None  # to stop at, if before the spec's
    device: str

    def tune(self, folder: Path, jobs: int) -> None:
        """Train all variants of a folder, `jobs` at a time, and print their scores on the development set."""
        variants = sorted(path.parent for path in folder.glob("*/train.py"))
        print(f"{hardware()}, {jobs} at a time", flush=True)
        with ThreadPoolExecutor(jobs) as pool:
            rows = [row for row in pool.map(self.tried, variants) if row]
        print_table(sorted(rows, key=lambda row: -row["mean"]))

    def final(self, variant: Path) -> None:
        """Train one variant, choose the length penalty on the development set, score the test set once."""
        python = platform.python_version()
        print(f"{date.today()}, {hardware()}, torch {version('torch')}, Python {python}")
        seconds = self.train(variant, "--fresh")
        print(f"trained in {seconds:.0f} s, preparing the data included", flush=True)
        if seconds > LIMIT:
            print("that is more than the eight minutes that the example may take")
        means = {}
        for penalty in PENALTIES:
            means[penalty] = english_mean(self.evaluate(variant, "dev", penalty, "--lowercase"))
            print(f"val, BLEU -lc, beam {BEAM}, length penalty {penalty}: {means[penalty]:.2f}", flush=True)
        best = max(means, key=lambda penalty: means[penalty])
        for case in ((), ("--lowercase",)):
            self.evaluate(variant, "test", best, *case, shown=True)

    def student(self, variant: Path) -> None:
        """Distil the student of a teacher that is trained, export it, and score them as the deployment decodes."""
        python = platform.python_version()
        print(f"{date.today()}, {hardware()}, torch {version('torch')}, Python {python}")
        begin = time.perf_counter()
        printed = self.run(variant, "distill.py", "--device", self.device)
        print(*(line for line in printed.splitlines() if "predicted" in line), sep="\n")
        print(f"distilled in {time.perf_counter() - begin:.0f} s", flush=True)
        print(self.run(variant, "export.py", DEPLOY), end="", flush=True)
        for split in ("dev", "test"):
            for case in ((), ("--lowercase",)):
                for model in (TEACHER, STUDENT):
                    options = (model, "--split", split, "--device", self.device, *case)
                    print(self.run(variant, "evaluate.py", *options), end="", flush=True)
                options = ("--deploy", DEPLOY, "--split", split, *case)
                print(self.run(variant, "evaluate.py", *options), end="", flush=True)

    def tried(self, variant: Path) -> dict[str, Any] | None:
        """What one variant scores on the development set; None, and its last words, where it fails."""
        try:
            seconds = self.train(variant)
            bleu = self.evaluate(variant, "dev", "1.0", "--lowercase")
        except subprocess.CalledProcessError as failed:
            print(f"{variant.name} failed:\n{failed.output[-2000:]}", flush=True)
            return None
        return {"name": variant.name, "bleu": bleu, "mean": english_mean(bleu), "seconds": seconds}

    def train(self, variant: Path, *options: str) -> float:
        """Seconds that `train.py` of a folder took; what it prints goes to train.log there."""
        begin = time.perf_counter()
        steps = ("--steps", str(self.steps)) if self.steps else ()
        printed = self.run(variant, "train.py", "--device", self.device, *steps, *options)
        (variant / "train.log").write_text(printed)
        print(f"{variant.name}: {' '.join(printed.splitlines()[-2:])}", flush=True)
        return time.perf_counter() - begin

    def evaluate(
        self, variant: Path, split: str, penalty: str, *case: str, shown: bool = False
    ) -> dict[str, float]:
        """BLEU of each direction, by `evaluate.py` of a folder."""
        decoding = ("--beam", BEAM, "--length-penalty", penalty)
        options = (TEACHER, "--split", split, "--device", self.device, *decoding, *case)
        printed = self.run(variant, "evaluate.py", *options)
        if shown:
            print(printed, end="", flush=True)
        scores = variant / "runs" / "models" / TEACHER / "scores.json"
        meant = f"beam {BEAM}, length penalty {float(penalty):g}"
        found = next(
            entry
            for name, entry in json.loads(scores.read_text())["train"].items()
            if name.partition(", ")[0] == split + ("_lowercase" if case else "")
            and entry["decoding"] == meant
        )
        return {direction: row["bleu"] for direction, row in found["directions"].items()}

    def run(self, variant: Path, script: str, *options: str) -> str:
        """What a script of a folder prints; raises `CalledProcessError`."""
        words = [script, "--data", str(self.data.resolve()), *options]
        print(f"{variant.name}$ python {shlex.join(words)}", flush=True)
        streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.run([sys.executable, *words], cwd=variant, check=True, **streams).stdout


def english_mean(bleu: dict[str, float]) -> float:
    """The mean over the directions from English: those that every variant has."""
    found = [score for direction, score in bleu.items() if direction.startswith("en-")]
    return sum(found) / len(found)


def print_table(rows: list[dict[str, Any]]) -> None:
    """A row a variant, the best first."""
    directions = [name for name in rows[0]["bleu"] if name.startswith("en-")] if rows else []
    heads = "".join(f"{name:>8}" for name in (*directions, "mean", "s"))
    print(f"\n{f'val, BLEU -lc, beam {BEAM}':24}{heads}")
    for row in rows:
        values = "".join(f"{row['bleu'][direction]:8.2f}" for direction in directions)
        print(f"{row['name']:24}{values}{row['mean']:8.2f}{row['seconds']:8.0f}")


def hardware() -> str:
    """The name of the GPU, as torch knows it."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"


def main() -> None:
    parser = argparse.ArgumentParser(description="Variants of captions.tfs, compared on the development set.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("compile", "tune", "final", "student"):
        one = verbs.add_parser(verb)
        one.add_argument("folder", type=Path)
        if verb != "compile":
            one.add_argument("--data", type=Path, required=True, help="the folder that holds multi30k/")
            one.add_argument("--steps", type=int, help="stop earlier than the spec says")
            one.add_argument("--device", default="cuda")
        if verb == "tune":
            one.add_argument("--jobs", type=int, default=3, help="variants at a time on the GPU")
    options = parser.parse_args()
    if options.verb == "compile":
        return compile_all(options.folder)
    bench = Bench(options.data, options.steps, options.device)
    if options.verb == "tune":
        return bench.tune(options.folder, options.jobs)
    return (bench.final if options.verb == "final" else bench.student)(options.folder)


if __name__ == "__main__":
    main()

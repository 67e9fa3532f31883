"""What a generated model takes of a GPU, beside what was predicted: the rows of tests/cost/h100.csv.

    python benchmarks/cost.py compile FOLDER    # here, with tfc: a folder a row
    python benchmarks/cost.py measure FOLDER    # on the GPU: needs torch and no tfc; prints the rows anew

A row is a spec of tests/cost/measured/ and the settings that it changes. The model is trained on random ids in the
shape of its longest bucket: no data, no checkpoints, nothing but the step itself.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

TESTS = Path(__file__).parents[1] / "tests" / "cost"
WARM = 4  # steps before the first that is measured
COLUMNS = ("allocated", "reserved", "taken", "step")


def compile_rows(folder: Path) -> None:
    """Compile each row into a folder of its own, with its shape and what is predicted for it."""
    import tfc

    with (TESTS / "h100.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    for number, row in enumerate(rows):
        name = f"{row['spec']}.tfs"
        draft = tfc.load((TESTS / "measured" / name).read_text(), name=name)  # a text has no lock beside it
        for setting in filter(None, row["settings"].split("; ")):
            draft = draft.override(setting)
        draft.compile(folder / str(number))
        layout, estimate = draft.plan().layouts["train"], draft.estimate
        shape = {
            "config": layout.model.label.upper(),
            "pairs": layout.model.family == "encoder_decoder",
            "batch": layout.sequences(layout.longest),
            "source": layout.longest[0],
            "target": layout.longest[1],
            "compile": layout.train.compile == "blocks",
        }
        said = {"spec": row["spec"], "settings": row["settings"], **shape}
        said |= {"predicted": {"taken": estimate.memory, "step": estimate.step_time}}
        (folder / str(number) / "row.json").write_text(json.dumps(said, indent=2))


def measure(folder: Path, steps: int) -> None:
    """Measure each row in a process of its own, and print it as a line of CSV; what was predicted goes aside."""
    environment = os.environ | {"PYTORCH_ALLOC_CONF": "expandable_segments:True"}
    table = csv.writer(sys.stdout)
    table.writerow(("spec", "settings", *COLUMNS))
    for place in sorted(path.parent for path in folder.glob("*/row.json")):
        command = [sys.executable, __file__, "one", str(place), "--steps", str(steps)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            print(f"{place}: {done.stderr[-2000:]}", file=sys.stderr)
            continue
        row, found = json.loads((place / "row.json").read_text()), json.loads(done.stdout)
        table.writerow((row["spec"], row["settings"], *(found[name] for name in COLUMNS)))
        sys.stdout.flush()
        for name, value in row["predicted"].items():
            print(f"  {name}: predicted {value / found[name] - 1:+.1%}", file=sys.stderr)


def one(place: Path, steps: int) -> None:
    """Train one row's model for a few steps, and print what it took as JSON."""
    import torch

    row = json.loads((place / "row.json").read_text())
    code = load(place / "model.py")
    config = getattr(code, row["config"])
    model = code.Transformer(config, torch.bfloat16)
    model.initialise(0)
    model.cuda()
    for block in model.blocks() if row["compile"] else ():
        block.compile()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)

    def ids(length: int) -> Any:
        return torch.randint(4, config.vocab, (row["batch"], length), device="cuda")

    seconds = []
    for _ in range(WARM + steps):
        torch.cuda.synchronize()
        began = time.perf_counter()
        read = [ids(row["source"])] if row["pairs"] else []
        loss = model(*read, ids(row["target"]), ids(row["target"]))
        (loss / (row["batch"] * row["target"])).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    free, total = torch.cuda.mem_get_info()
    memory = (torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved(), total - free)
    print(json.dumps(dict(zip(COLUMNS, (*memory, round(median(seconds[WARM:]), 4)), strict=True))))


def load(path: Path) -> ModuleType:
    """A generated file as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    parser = argparse.ArgumentParser(description="Memory and time of generated models on a GPU.")
    parser.add_argument("verb", choices=("compile", "measure", "one"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=20, help="steps that are measured")
    options = parser.parse_args()
    if options.verb == "compile":
        return compile_rows(options.folder)
    return (measure if options.verb == "measure" else one)(options.folder, options.steps)


if __name__ == "__main__":
    main()

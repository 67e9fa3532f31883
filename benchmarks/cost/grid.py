"""The grid on which the estimate is tested: specs, and a folder of generated code for each.

    python benchmarks/cost/grid.py compile FOLDER [--profile FILE] [--tiny]
    python benchmarks/cost/grid.py list

measure.py and boundary.py run them on a GPU. The rows that are tests stand in rows.toml, those of calibration are
tests/cost/h100.csv. A folder has the generated code of a row, as a user would have it, and `row.json`: what is run, and
with what micro-batch.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfc.api import Draft
    from tfc.cost.estimate import Estimate

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CALIBRATION = ROOT / "tests" / "cost" / "h100.csv"
UNIT = "sequences"
# What makes a row small enough for a test on a CPU; what it is made of stays.
TINY = ("width = 64", "heads = 4", "vocab = 512", "context = 32 tokens")


@dataclass(frozen=True)
class Row:
    """One spec of the grid."""

    name: str
    split: str  # `calibration`, `test`, or `boundary`, where the micro-batch is looked for
    model: str = ""  # what stands in its block; of a distillation the student's, which extends its teacher
    train: str = ""
    teacher: str = ""
    file: str = ""  # a spec of tests/cost/measured/ instead
    settings: tuple[str, ...] = ()  # and what is changed of it

    @property
    def family(self) -> str:
        if self.file:
            return self.draft().plan().layouts[self.block].model.family
        return (self.teacher or self.model).partition("family = ")[2].partition(",")[0]

    @property
    def kind(self) -> str:
        """The group of models that it is scored with."""
        return "distillation" if self.teacher else self.family.replace("_", "-")

    @property
    def block(self) -> str:
        """The full name of the block that is run."""
        return "distill.student" if self.teacher else "train"

    def text(self, microbatch: int = 1) -> str:
        """The spec; where the row names no micro-batch, with this one."""
        if self.file:
            return (CALIBRATION.parent / "measured" / self.file).read_text(encoding="utf-8")
        size = "" if "microbatch" in self.train else f"microbatch = {microbatch} {UNIT}, "
        own = size + self.train
        whole = own if "batch = " in own.replace("microbatch = ", "") else f"batch = {_value(own)}, {own}"
        fixed = "on = 1 x h100_80gb, steps = 1_000_000"
        adamw = "optimizer = adamw(lr = 1e-4)"
        given = "tokenizer = tokenizers, " + (
            'train = pairs("pairs.tsv"), languages = [en, de]'
            if self.family == "encoder_decoder"
            else 'train = text("text.txt")'
        )
        if not self.teacher:
            blocks = [f"model m {{ {self.model} }}", f"train {{ {fixed}, {adamw}, {whole} }}"]
        else:
            blocks = [
                f"model m {{ {self.teacher} }}",
                f"model student extends m {{ {self.model} }}",
                f"train {{ model = m, {fixed}, {adamw}, batch = 1 {UNIT} }}",
                f"distill student from m {{ {fixed}, {whole} }}",
            ]
        return "\n".join((blocks[0], f"data {{ {given} }}", *blocks[1:], ""))

    def draft(self, *settings: str, microbatch: int = 1, tiny: bool = False) -> Draft:
        """The spec, loaded; padded lengths are its context alone, so that all batches have one shape."""
        import tfc

        draft = tfc.load(self.text(microbatch), name=f"{self.name}.tfs")
        if not self.file and self.family == "encoder_decoder":
            context = "32" if tiny else f"{int(draft.spec.models['m'].context)}"
            draft = draft.override(f"data.buckets = [{context} tokens]")
        for setting in (*(self._shrunk(draft) if tiny else ()), *self.settings, *settings):
            draft = draft.override(setting)
        return draft

    def _shrunk(self, draft: Draft) -> list[str]:
        found = [f"model.m.{setting}" for setting in TINY]
        models = ("m", "student") if self.teacher else ("m",)
        for name in models:
            grouped = any(side.kv_heads != side.heads for side in draft.spec.models[name].sides)
            found += [f"model.{name}.kv_heads = 2"] if grouped else []
            found += ["model.student.width = 64", "model.student.heads = 4"] if name == "student" else []
            written = self.model if name == models[-1] else self.teacher
            sides = [side for side in ("encoder", "decoder") if f"{side} {{" in written]
            found += [f"model.{name}.{side}.layers = 2" for side in sides] or [f"model.{name}.layers = 2"]
        micro = 2
        found += [f"{self.block}.microbatch = {micro} {UNIT}"]
        repeated = draft.plan().layouts[self.block].accumulation
        return [*found, f"{self.block}.batch = {int(micro * repeated)} {UNIT}"]


def _value(train: str) -> str:
    """The micro-batch that settings name: `48 sequences`."""
    return train.partition("microbatch = ")[2].partition(",")[0]


def rows(*splits: str) -> list[Row]:
    """The rows of some splits, of all if none is named."""
    table = tomllib.loads((HERE / "rows.toml").read_text(encoding="utf-8"))
    found = [Row(f"{split}.{name}", split, **row) for split in table for name, row in table[split].items()]
    return [row for row in (*found, *_calibration()) if not splits or row.split in splits]


def _calibration() -> Iterator[Row]:
    with CALIBRATION.open(encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(line for line in file if not line.startswith("#"))):
            settings = tuple(filter(None, row["settings"].split("; ")))
            name = f"calibration.{row['spec']}_{number}"
            yield Row(name, "calibration", file=f"{row['spec']}.tfs", settings=settings)


def largest(row: Row, settings: tuple[str, ...] = (), zone: str = "value", most: int = 512) -> int:
    """The largest micro-batch that is predicted to fit the device; 0 where none does.

    `zone` is what must fit: `value`, the estimate itself; `high`, its upper bound, up to which a check says that a spec
    fits; `low`, its lower bound, beyond which a check refuses it.
    """

    def fits(size: int) -> bool:
        found = estimate_of(row.draft(*settings, microbatch=size), row)
        return getattr(found.metric("memory"), zone) <= found.capacity

    low, high = 0, 1
    while high < most and fits(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def estimate_of(draft: Draft, row: Row) -> Estimate:
    return draft.estimates[row.block]


def profiled(row: Row, profile: str | None) -> tuple[str, ...]:
    """The setting that names a profile, of the block that is run."""
    return () if profile is None else (f'{row.block}.profile = "{Path(profile).resolve()}"',)


def code_of(folder: Path) -> str:
    """The hash of the generated code of a row: what was measured must be what is scored."""
    found = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        # The first lines name the version and the spec's hash, which say nothing of what runs.
        text = path.read_text(encoding="utf-8")
        found.update(path.name.encode() + text.partition("\n")[2].encode())
    return found.hexdigest()[:16]


def commit() -> str:
    """The commit of this checkout, with a + where files differ from it."""
    said = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True
    )
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True)
    return said.stdout.strip() + ("+" if changed.stdout.strip() else "")


def compile_row(
    row: Row, folder: Path, settings: tuple[str, ...] = (), tiny: bool = False, size: int | None = None
) -> dict[str, Any]:
    """Write a row's folder; what is said of it. A boundary row has `size`, or the largest that is predicted to fit."""
    if size is None:
        size = max(1, largest(row, settings)) if row.split == "boundary" and not tiny else 1
    draft = row.draft(*settings, microbatch=size, tiny=tiny)
    if (folder / "row.json").exists():  # an earlier one of ours
        shutil.rmtree(folder)
    draft.compile(folder)
    for path in folder.iterdir():  # what nothing runs: a device's link is slow
        if path.suffix != ".py":
            path.unlink()
    layout, found = draft.plan().layouts[row.block], estimate_of(draft, row)
    said = {
        "row": row.name,
        "split": row.split,
        "script": "distill.py" if row.teacher else "train.py",
        "family": row.family,
        "microbatch": int(layout.microbatch),
        "accumulation": int(layout.accumulation),
        "lengths": list(layout.longest),
        "parameters": int(found.parameters),
        "compile": layout.train.compile,
        "precision": layout.train.precision.name,
        "code": code_of(folder),
        "commit": commit(),
    }
    (folder / "row.json").write_text(json.dumps(said, indent=2) + "\n")
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description="The grid on which the estimate is tested.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    compile_ = verbs.add_parser("compile", help="a folder of generated code a row")
    compile_.add_argument("folder", type=Path)
    compile_.add_argument("--profile", help="what `tfc calibrate` measured")
    compile_.add_argument("--tiny", action="store_true", help="shrunk, for a test on a CPU")
    compile_.add_argument(
        "--splits", nargs="+", default=["test", "boundary"], help="calibration, test, boundary"
    )
    verbs.add_parser("list", help="the rows, with parameters and what is predicted").add_argument(
        "--profile", help="what `tfc calibrate` measured"
    )
    options = parser.parse_args()
    if options.verb == "compile":
        for row in rows(*options.splits):
            said = compile_row(row, options.folder / row.name, profiled(row, options.profile), options.tiny)
            print(f"{row.name}: micro-batch {said['microbatch']}", file=sys.stderr)
        (options.folder / "order.json").write_text(json.dumps([row.name for row in rows(*options.splits)]))
        return
    for row in rows("test", "boundary"):
        settings = profiled(row, options.profile)
        size = largest(row, settings) if row.split == "boundary" else 1
        found = estimate_of(row.draft(*settings, microbatch=max(1, size)), row)
        print(
            f"{row.name:32} {found.parameters / 1e6:7.1f} M  micro {floor(found.layout.microbatch):4}"
            f"  {found.memory / 2**30:5.1f} GiB  {1e3 * found.step_time:7.1f} ms"
        )


if __name__ == "__main__":
    main()

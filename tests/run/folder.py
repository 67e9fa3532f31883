"""A generated folder: compiled from the text of a spec, its scripts run in this process or as children."""

from __future__ import annotations

import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import tfc

SCRIPTS = (
    "checkpoint",
    "data",
    "distill",
    "engine",
    "evaluate",
    "export",
    "graphs",
    "lowering",
    "model",
    "parallel",
    "program",
    "teacher",
    "tokenizer",
    "train",
)
RANKS = Path(__file__).with_name("ranks.py")
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", "PYTHON": sys.executable}


class Folder:
    """What `tfc compile` makes of a spec, with the corpora beside it."""

    def __init__(self, place: Path, spec: str, name: str) -> None:
        self.data, self.path, self.runs = place, place / name, place / f"{name}_runs"
        tfc.load(spec, name="tiny.tfs").compile(self.path)

    def options(self, script: str, *more: str) -> list[str]:
        """Where things are, as far as a script asks: an export reads no sources where it compares no pairs."""
        reads = script == "launch.sh" or '"--data"' in (self.path / script).read_text(encoding="utf-8")
        data = ["--data", str(self.data)] if reads else []
        return [*data, "--runs", str(self.runs), *more]

    def train(self, *more: str) -> None:
        """Run `train.py` here; raises `SystemExit` as it does."""
        self.run("train.py", *more)

    def run(self, script: str, *more: str) -> None:
        """Run a script here; raises `SystemExit` as it does."""
        import torch

        torch.set_num_threads(1)
        with self.imported(), mock.patch.object(sys, "argv", [script, *self.options(script, *more)]):
            runpy.run_path(str(self.path / script), run_name="__main__")

    @contextmanager
    def imported(self) -> Iterator[Callable[[str], Any]]:
        """With the scripts of the folder importable, and none of another; what is given imports one."""
        before = {name: sys.modules.pop(name) for name in SCRIPTS if name in sys.modules}
        with mock.patch.object(sys, "path", [str(self.path), *sys.path]):
            try:
                yield importlib.import_module
            finally:
                for name in SCRIPTS:
                    sys.modules.pop(name, None)
                sys.modules.update(before)

    def child(
        self, *more: str, script: str = "train.py", ranks: int = 0, **how: Any
    ) -> subprocess.Popen[str]:
        """Start a script, or `launch.sh`, as a user does; or a script as some ranks, which is quicker."""
        first = ["bash", "launch.sh"] if script == "launch.sh" else [sys.executable, script]
        if ranks:
            first = [sys.executable, str(RANKS), str(ranks), script]
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, **how}
        return subprocess.Popen([*first, *self.options(script, *more)], cwd=self.path, env=ONE_THREAD, **how)

    def finish(self, *more: str, script: str = "train.py", ranks: int = 0) -> str:
        """Run a script to its end, which must be a good one; what it printed."""
        child = self.child(*more, script=script, ranks=ranks, start_new_session=True)
        try:
            said, _ = child.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)  # its ranks too
            raise
        assert child.returncode == 0, said
        return said

    def model(self, name: str = "tiny") -> Path:
        return self.runs / "models" / name

    def log(self, name: str = "tiny") -> list[dict[str, Any]]:
        """The records of `log.jsonl`."""
        return [json.loads(line) for line in (self.model(name) / "log.jsonl").read_text().splitlines()]

    def losses(self, name: str = "tiny") -> dict[int, float]:
        """The training loss by step."""
        return {record["step"]: record["loss"] for record in self.log(name) if "loss" in record}

    def index(self) -> dict[str, Any]:
        """The index of the only prepared data."""
        (path,) = self.runs.glob("data/*/index.json")
        return json.loads(path.read_text())

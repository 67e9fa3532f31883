"""Generated folders of small models that are deployed in many ways, imported into this process."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime

import tfc
from tests.evaluate.generated import PAIRS, Generated

CPU, ENGINE = "onnxruntime(on = cpu)", "tensorrt(on = l4)"
WAYS = {
    "plain": (CPU, "fp32"),
    "per_row": (CPU, "int8"),
    "static": (CPU, "int8(activations = static, calibrate = data.train)"),
    "smooth": (CPU, "int8(activations = smoothquant, calibrate = data.train)"),
    "weights": (CPU, "int8(activations = none)"),
    "symmetric": (ENGINE, "int8(calibrate = data.train)"),
    "dequantized": (ENGINE, "int8(activations = none)"),
    "half": (ENGINE, "fp16"),
    "kept": (CPU, "int8(keep = [attention, output])"),
}
NAMES = (
    *("checkpoint", "data", "engine", "evaluate", "export", "graphs", "lowering", "model", "program"),
    *("tensorrt_program", "tokenizer"),
)


def deploy(name: str, target: str, precision: str, more: str = "") -> str:
    """A `deploy` block."""
    return f"deploy {name} {{\n  target = {target}\n  precision = {precision}\n  {more}\n}}\n"


def every_way(*names: str, more: str = "") -> str:
    """A `deploy` block for each of some ways, or for all."""
    return "".join(deploy(name, *WAYS[name], more) for name in names or WAYS)


class Deployed(Generated):
    """A folder with deployments; its modules are found while they are asked for each other."""

    def __init__(self, folder: Path, spec: str) -> None:
        super().__init__(folder, spec)
        with self.importable():
            self.modules = SimpleNamespace(
                **{
                    name: importlib.import_module(name)
                    for name in NAMES
                    if (self.folder / f"{name}.py").exists()
                }
            )

    @contextmanager
    def importable(self) -> Iterator[None]:
        """While this lasts, `import export` finds the folder's own."""
        sys.path.insert(0, str(self.folder))
        importlib.invalidate_caches()
        try:
            yield
        finally:
            sys.path.remove(str(self.folder))
            for name in NAMES:
                sys.modules.pop(name, None)

    def run(self, script: str, *words: str) -> None:
        """Run a script of the folder in this process."""
        before = sys.argv
        # Graphs of pairs alone are compared on texts of the sources.
        reads = '"--data"' in (self.folder / f"{script}.py").read_text()
        data = ["--data", str(self.data)] if reads else []
        sys.argv = [f"{script}.py", *words, *data, "--runs", str(self.runs)]
        try:
            getattr(self.modules, script).main()
        finally:
            sys.argv = before


def modules(folder: Path, spec: str, *names: str) -> SimpleNamespace:
    """Some modules of the folder that a spec compiles to."""
    tfc.load(spec, name="toy.tfs").compile(folder)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        found: dict[str, ModuleType] = {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(str(folder))
        for name in NAMES:
            sys.modules.pop(name, None)
    return SimpleNamespace(**found)


def session(graph: Any, threads: int = 1) -> onnxruntime.InferenceSession:
    """A graph that is small, on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = threads, 3
    return onnxruntime.InferenceSession(
        graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def run(found: onnxruntime.InferenceSession, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What a graph gives, by name."""
    names = [output.name for output in found.get_outputs()]
    return dict(zip(names, found.run(None, inputs), strict=True))


def translator(more: str = "", deploys: str = "") -> str:
    """The spec of a small translator."""
    return PAIRS.format(more=more) + (deploys or every_way())

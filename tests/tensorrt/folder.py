"""A generated folder with deployments for engines, and the modules that build them and run them."""

from __future__ import annotations

import importlib
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from unittest import mock

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tfc.api import load
from tfc.backends.assembly import assemble
from tfc.backends.tensorrt.backend import PARTS

SPEC = """\
edition = 1

model tiny {{
  family  = {family}
  layers  = 2
  width   = 32
  heads   = 2
  context = 24 tokens
  vocab   = 300
}}

deploy api {{
  target = tensorrt(on = {device})
  {more}
}}
"""

PLACES = 4  # of the cache of the graph below


def spec(family: str = "encoder_decoder", device: str = "l4", more: str = "precision = fp16") -> str:
    return SPEC.format(family=family, device=device, more=more)


def files(text: str) -> dict[str, str]:
    """The scripts for engines that a spec gives."""
    return {name: file.text for name, file in assemble(load(text, name="tiny.tfs").plan(), PARTS).items()}


@contextmanager
def imported(folder: Path, *names: str) -> Iterator[SimpleNamespace]:
    """The modules of a folder, and none of another."""
    before = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    with mock.patch.object(sys, "path", [str(folder), *sys.path]):
        try:
            importlib.invalidate_caches()
            yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})
        finally:
            for name in names:
                sys.modules.pop(name, None)
            sys.modules.update(before)


def on(program: ModuleType, **libraries: object) -> None:
    """Let a generated `tensorrt_program.py` find these libraries and no others: `cuda`, `tensorrt`, `tensorrt_rtx`."""
    known = {"cuda.bindings.driver": SimpleNamespace(cuuint64_t=int)}
    known |= {"cuda.bindings.runtime" if name == "cuda" else name: one for name, one in libraries.items()}

    def find(name: str) -> object:
        if name not in known:
            raise ImportError(name)
        return known[name]

    program.importlib = SimpleNamespace(import_module=find)  # type: ignore[attr-defined]
    program.LOCAL = threading.local()  # type: ignore[attr-defined]
    program.cuda.cache_clear()
    program.keep_freed_memory.cache_clear()


def deployed(folder: Path, graphs: dict[str, onnx.ModelProto], **facts: object) -> Path:
    """A deployment with these graphs, as `export.py` leaves it."""
    place = folder / "runs/deploys/api"
    place.mkdir(parents=True)
    for name, graph in graphs.items():
        onnx.save(graph, place / f"{name}.onnx")
    known = {"batch": [1, 4], "input": [1, 24], "decoding": {"name": "greedy"}, "sizes": {}} | facts
    (place / "engine.json").write_text(json.dumps(known))
    return place


def cache_graph() -> onnx.ModelProto:
    """Puts each token into a cache at its place, and gives the sums of the cache."""
    whole = {"shape": [-1, 1, 1, 1], "axes": [1, 2, 3]}
    nodes = [
        helper.make_node("Cast", ["tokens"], ["number"], to=TensorProto.FLOAT16),
        helper.make_node("Reshape", ["number", "shape"], ["new"]),
        helper.make_node("TensorScatter", ["key_0", "new", "place"], ["new_key_0"], axis=2),
        helper.make_node("ReduceSum", ["new_key_0", "axes"], ["sum"], keepdims=0),
    ]
    cache = ["N", 1, PLACES, 1]
    inputs = [
        helper.make_tensor_value_info("tokens", TensorProto.INT64, ["N", 1]),
        helper.make_tensor_value_info("place", TensorProto.INT64, ["N"]),
        helper.make_tensor_value_info("key_0", TensorProto.FLOAT16, cache),
    ]
    outputs = [
        helper.make_tensor_value_info("new_key_0", TensorProto.FLOAT16, cache),
        helper.make_tensor_value_info("sum", TensorProto.FLOAT16, ["N"]),
    ]
    constants = [numpy_helper.from_array(np.array(values), name) for name, values in whole.items()]
    graph = helper.make_graph(nodes, "decoder", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 24)], ir_version=11)

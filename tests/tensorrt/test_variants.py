"""Engines of what models may be made of: all at once, windows on every side, grouped heads, in each kind of numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx
import pytest

from tests.onnx_graphs.generated import Deployed
from tests.ops.matrix import MODELS
from tests.tensorrt.folder import files, imported, spec
from tfc.spec.model import Model

rtx = pytest.importorskip("tensorrt_rtx_bindings", reason="its wheels are for Linux and Windows")

SIZES = {"B": [1, 2, 4], "S": [1, 8, 16], "N": [2, 4, 8], "T": [1, 1, 8]}
PLACES = 16


def graphs(model: Model, numbers: str) -> dict[str, onnx.ModelProto]:
    """Those of a model, as `export.py` asks for them."""
    deployed = Deployed(model, numbers)
    made: dict[str, Any] = {}
    if model.family == "encoder":
        made["encoder"] = deployed.made.encoder(*deployed.given, "states")
    elif model.family == "decoder":
        made["decoder"] = deployed.made.decoder(*deployed.given, PLACES)
    else:
        made["encoder"] = deployed.made.encoder(*deployed.given)
        made["decoder"] = deployed.made.decoder(*deployed.given, "beam", 2, PLACES)
    return made


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("everything on, encoder_decoder", "float16"),
        ("everything on, decoder", "bfloat16"),
        ("everything on, encoder", "float32"),
        ("sliding cross, encoder_decoder", "float32"),
        ("grouped windows, decoder", "float16"),
    ],
)
def test_an_engine_of_it(name: str, numbers: str, tmp_path: Path):
    for file, text in files(spec()).items():
        (tmp_path / file).write_text(text)
    with imported(tmp_path, "tensorrt_program", "build_engine") as modules:
        found = modules.tensorrt_program.library("tensorrt_rtx")
        for kind, graph in graphs(MODELS[name], numbers).items():
            onnx.save(graph, tmp_path / f"{kind}.onnx")
            plan = tmp_path / f"{kind}.engine"
            modules.build_engine.build(found, tmp_path / f"{kind}.onnx", plan, "sm89", SIZES)
            assert plan.stat().st_size > 2**19

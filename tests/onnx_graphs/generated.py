"""Generated graphs, made and run without files."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import onnxruntime

from tests.ops.generated import LANGUAGES, module, shaken
from tfc.backends.onnx.graphs import Asked, text
from tfc.backends.render import render
from tfc.backends.traits import Traits, constant
from tfc.spec.model import Model

ASKED = Asked(heads=("beam", "greedy", "logits"), gives=("scores", "states"))


def graphs(*models: Model, deployed: tuple[Model, ...], half: bool = False) -> ModuleType:
    """The generated `graphs.py` of the models that are deployed, beside the `model.py` of all of them."""
    named = Traits(models, (), (LANGUAGES,) * len(models))
    code = text(Traits(deployed), named, replace(ASKED, half=half))
    return _imported(code, module(*models))


@cache
def _imported(code: str, model: ModuleType) -> ModuleType:
    """The code as a module, which finds `model` and `lowering` where a generated folder has them."""
    made = ModuleType(f"graphs_{abs(hash(code))}")
    sys.modules[made.__name__] = made
    before = {name: sys.modules.get(name) for name in ("model", "lowering")}
    sys.modules |= {"model": model, "lowering": lowering()}
    exec(compile(code, made.__name__, "exec"), made.__dict__)
    for name, other in before.items():
        if other is None:
            del sys.modules[name]
        else:
            sys.modules[name] = other
    return made


@cache
def lowering() -> ModuleType:
    """The generated `lowering.py` that leaves all numbers as they are."""
    made = ModuleType("lowering")
    floats = {"templates": ["onnx/lowering/float.py.j2"], "notes": [], "chooses": True}
    floats |= {"rounds": False, "keeps": False, "smooths": ""}
    exec(compile(render("onnx/lowering.py.j2", **floats), "lowering", "exec"), made.__dict__)
    return made


class Deployed:
    """A model with its first values, moved a little, in torch and as graphs."""

    def __init__(
        self,
        model: Model,
        numbers: str = "float32",
        beside: tuple[Model, ...] = (),
        deployed: tuple[Model, ...] = (),
    ) -> None:
        models = beside or (model,)
        named = module(*models)
        self.model, self.config = model, getattr(named, constant(model.label))
        self.made = graphs(*models, deployed=deployed or models, half=numbers != "float32")
        self.net = named.Transformer(self.config)
        self.net.initialise(0)
        shaken(self.net).eval()
        weights = {name: values.numpy() for name, values in self.net.state_dict().items()}
        self.given = (self.config, weights, lowering().Float(numbers))

    def encoder(self, *how: Any) -> Session:
        return Session(self.made.encoder(*self.given, *how))

    def decoder(self, *how: Any, **named: Any) -> Session:
        return Session(self.made.decoder(*self.given, *how, **named))

    def speaks(self, kind: str) -> bool:
        """Whether a side has adapters of each language."""
        side = getattr(self.model, kind)
        return side is not None and getattr(side.adapters, "per", "") == "language"


class Session:
    """A graph that has been checked, under onnxruntime on one thread."""

    def __init__(self, graph: onnx.ModelProto) -> None:
        onnx.checker.check_model(graph, full_check=True)
        self.graph = graph
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = 1, 3
        serialised = graph.SerializeToString()
        self.session = onnxruntime.InferenceSession(serialised, options, providers=["CPUExecutionProvider"])
        self.outputs = [output.name for output in self.session.get_outputs()]

    def __call__(self, **inputs: Any) -> dict[str, np.ndarray]:
        given = {name: np.asarray(values) for name, values in inputs.items()}
        return dict(zip(self.outputs, self.session.run(None, given), strict=True))


def cache_of(model: Model, rows: int, places: int) -> dict[str, np.ndarray]:
    """An empty cache, full of what must not be read."""
    side = model.decoder
    shape = (rows, side.kv_heads, places, side.head_width)
    names = (f"{name}_{layer}" for layer in range(side.layers) for name in ("key", "value"))
    return {name: np.full(shape, 1e3, np.float32) for name in names}


def kept(outputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The cache for the next step."""
    return {name.removeprefix("new_"): values for name, values in outputs.items() if name.startswith("new_")}

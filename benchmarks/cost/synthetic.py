"""A generated script with shards of random tokens in place of a corpus; all else is what was generated.

Three things are not the script's own: the corpus; the first weights, which are drawn on the device, since that takes
seconds less; and packages that only show or store something, where the machine has none of them.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

# Bars, boards, files and tokenizers: no step asks any of them for anything.
OPTIONAL = ("rich", "safetensors", "sentencepiece", "tokenizers", "sacrebleu", "tensorboard")


class Absent(ModuleType):
    """Stands in for a module that is not there."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return MagicMock(name=f"{self.__name__}.{name}")


class Finder(MetaPathFinder, Loader):
    """Finds a stand-in for each optional package that the machine lacks."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.split(".")[0] in OPTIONAL else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Absent(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


def script(
    row: dict[str, Any], folder: Path, device: Any, tick: Callable[[], None], microbatch: int | None
) -> Any:
    """The script of a row, ready for `main()`; `tick` is called before each of its steps."""
    sys.meta_path.append(Finder())  # the last that is asked
    try:
        importlib.import_module("torch.utils.tensorboard")
    except ImportError:
        sys.modules["torch.utils.tensorboard"] = Absent("torch.utils.tensorboard")
    model, data = module("model"), module("data")
    size = microbatch or row["microbatch"]
    prepared = shards(data, row, folder, size * row["accumulation"])
    data.prepare = lambda *given, **named: prepared
    quickly = _Weights(model, device)
    if row["script"] == "distill.py":
        _teach(quickly)
    found = module(Path(row["script"]).stem)
    if hasattr(found, "digest"):
        found.digest = lambda path: "synthetic"
    if microbatch is not None:
        found.MICROBATCH = microbatch
    found.Batches = _watched(data.Batches, tick, row["accumulation"])
    return found


def module(name: str) -> Any:
    """A generated module, whose names nobody knows here."""
    return importlib.import_module(name)


def _watched(batches: type, tick: Callable[[], None], accumulation: int) -> type:
    class Watched(batches):
        def __iter__(self) -> Iterator[Any]:
            for number, batch in enumerate(super().__iter__()):
                if number % accumulation == 0:
                    tick()
                yield batch

    return Watched


class _Weights:
    """Models are built and filled on the device, unless `on_host` says otherwise."""

    def __init__(self, model: Any, device: Any) -> None:
        self.device, self.on_host = device, False
        for kind in list(vars(model).values()):
            if isinstance(kind, type) and hasattr(kind, "initialise"):
                self._take_over(kind)

    def _take_over(self, kind: type) -> None:
        import torch

        first = kind.__init__

        def built(model: Any, *given: Any, **named: Any) -> None:
            with torch.device("cpu" if self.on_host else self.device):
                first(model, *given, **named)

        kind.__init__ = built
        kind.initialise = lambda model, *given, **named: fill(model)


def fill(model: Any) -> None:
    """First weights of the generated model's sizes: Xavier's for a matrix, ones for a norm."""
    import torch

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1:
                parameter.fill_(0.0 if name.endswith("bias") else 1.0)
            elif name.endswith("table"):
                parameter.uniform_(-1, 1).mul_((3 / parameter.shape[-1]) ** 0.5)
            else:
                parameter.uniform_(-1, 1).mul_((6 / sum(parameter.shape[-2:])) ** 0.5)


def _teach(weights: _Weights) -> None:
    """A teacher without a file of weights: built on the host and carried over, as it would be."""
    teacher, checkpoint = module("teacher"), module("checkpoint")
    checkpoint.fill = lambda model, path: fill(model)
    teacher.weights = lambda *given: Path("weights.safetensors")
    load = teacher.load

    def carried(*given: Any, **named: Any) -> Any:
        weights.on_host = True
        try:
            return load(*given, **named)
        finally:
            weights.on_host = False

    teacher.load = carried


def shards(data: Any, row: dict[str, Any], folder: Path, sequences: int) -> SimpleNamespace:
    """What `prepare` would have made of a corpus whose texts all fill the longest bucket."""
    import numpy as np

    random, vocab = np.random.default_rng(0), int(module("tokenizer").VOCAB)
    source, target = row["lengths"]
    number = max(64, 4 * sequences)
    if row["family"] == "encoder_decoder":
        lengths = np.array([source, target]) - data.SPECIAL
        ends = np.cumsum(np.concatenate([[0], np.tile(lengths, number)]))
        np.save(folder / "train.ends.npy", ends)
        pair = list(data.DIRECTIONS[0])
        # One file for each language, or one for each direction: data.py keeps them differently.
        groups: list[Any] = [
            (pair, number, [pair]) if "{language}" in data.SOURCES["train"] else (pair, number)
        ]
        size = int(ends[-1])
    else:
        size = number * (source + target) + 1
        groups = [(data.LANGUAGES[0], size)]
    random.integers(5, vocab, size).astype(data.ID).tofile(folder / "train.ids")
    index = {"tokenizer": "synthetic", "splits": {"train": {"groups": groups, "pieces": size}}}
    (folder / "index.json").write_text(json.dumps(index))
    named = SimpleNamespace(languages=dict.fromkeys(data.LANGUAGES, 4), mask=4)
    return SimpleNamespace(folder=folder, index=json.loads(json.dumps(index)), tokenizer=named)


def resident() -> int:
    """Bytes of this process at its peak, of Linux."""
    return 1024 * int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])

"""Generated folders whose models are deployed: small models, a little trained, their graphs made in this process."""

from __future__ import annotations

import importlib
import json
import random
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

import tfc

NAMES = (
    *("checkpoint", "data", "engine", "evaluate", "export", "graphs", "lowering", "measure", "model"),
    *("program", "tokenizer"),
)

PAIRS = """\
edition = 1

model toy {{
  family   = encoder_decoder
  layers   = 2
  width    = 32
  heads    = 2
  context  = 48 tokens
  tied     = true
  {more}
}}

data {{
  tokenizer = bytes
  train     = pairs("words.{{source}}-{{target}}.tsv")
  dev       = pairs("words.{{source}}-{{target}}.tsv")
  languages = [en, up, re]
  sources   = [en]
  targets   = [up, re]
}}

train {{
  on        = cpu
  steps     = 100
  batch     = 16 sequences
  optimizer = adamw(lr = 5e-3)
}}
"""

TEXT = """\
edition = 1

model toy {{
  family   = {family}
  layers   = 2
  width    = 32
  heads    = 2
  context  = 48 tokens
  position = {position}
  tied     = true
  {more}
}}

data {{
  tokenizer = {tokenizer}
  train     = text("words.txt")
  dev       = text("words.txt")
}}

train {{
  on        = cpu
  steps     = 100
  batch     = 16 sequences
  optimizer = adamw(lr = 5e-3)
}}
"""

HEADS = {"greedy": "greedy", "beam": "beam", "sample": "logits"}
LOWERINGS = {"float": "Float", "per_row": "PerRow"}
PARTS = ("ka", "to", "mi", "ra", "nolu", "ketti", "s")


def deploy(name: str, target: str = "onnxruntime(on = cpu)", **settings: str) -> str:
    """A block of a spec."""
    more = "".join(f", {setting} = {value}" for setting, value in settings.items())
    return f"\ndeploy {name} {{ target = {target}{more} }}\n"


def words(number: int, seed: int = 0) -> list[str]:
    """Made-up words of one to seven parts, as often short as long."""
    draw = random.Random(seed)
    return ["".join(draw.choices(PARTS, k=draw.randint(1, 7))) for _ in range(number)]


class Deployed:
    """A generated folder: its modules, a model that has learnt a little, and its deployments."""

    def __init__(self, folder: Path, spec: str, steps: int) -> None:
        self.folder, self.runs = folder / "build", folder / "build" / "runs"
        for name, change in (("up", str.upper), ("re", lambda word: word[::-1])):
            lines = [f"{word}\t{change(word)}\n" for word in words(200)]
            (folder / f"words.en-{name}.tsv").write_text("".join(lines), encoding="utf-8")
        (folder / "words.txt").write_text("\n".join(words(400)), encoding="utf-8")
        tfc.load(spec, name="toy.tfs").compile(self.folder)
        self.modules = self.imported()
        self.prepared = self.modules.data.prepare(folder, self.runs, quiet=True)
        self.model = self.trained(steps)

    def imported(self) -> SimpleNamespace:
        """The modules of the folder, under names that other folders may take after it."""
        with self.importable():
            found = [name for name in NAMES if (self.folder / f"{name}.py").exists()]
            return SimpleNamespace(**{name: importlib.import_module(name) for name in found})

    @contextmanager
    def importable(self) -> Iterator[None]:
        before = {name: sys.modules.pop(name) for name in NAMES if name in sys.modules}
        sys.path.insert(0, str(self.folder))
        importlib.invalidate_caches()
        try:
            yield
        finally:
            sys.path.remove(str(self.folder))
            for name in NAMES:
                sys.modules.pop(name, None)
            sys.modules.update(before)

    def trained(self, steps: int) -> Any:
        """The model after some steps."""
        torch.manual_seed(0)
        model = self.modules.model.Transformer(self.modules.model.TOY)
        model.initialise(0)
        optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
        for batch in islice(self.modules.data.Batches(self.prepared, 16, 0), steps):
            (model(*batch.inputs) / batch.target_tokens).backward()
            optimizer.step()
            optimizer.zero_grad()
        return model.eval()

    def engine(self, name: str, threads: int = 1, **facts: Any) -> Any:
        """A deployment, its graphs made and loaded; `facts` are other ones than the spec's."""
        return self.modules.engine.load(self.export(name, **facts), threads)

    def export(self, name: str, **changed: Any) -> Path:
        """The folder of a deployment, as far as the runtime needs it."""
        export, config = self.modules.export, self.modules.model.TOY
        facts = {"schema": 1, **export.DEPLOYMENTS[name], **export.shape(config), **changed}
        folder = self.runs / "deploys" / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, graph in self.graphs(facts, config).items():
            (folder / file).write_bytes(graph.SerializeToString())
        if hasattr(self.modules.tokenizer.Tokenizer, "file"):
            shutil.copy(self.prepared.folder / self.modules.tokenizer.Tokenizer.file, folder)
        (folder / "engine.json").write_text(json.dumps(facts))
        return folder

    def graphs(self, facts: dict[str, Any], config: Any) -> dict[str, Any]:
        graphs = self.modules.graphs
        weights = {name: value.numpy() for name, value in self.model.state_dict().items()}
        lowering = getattr(self.modules.lowering, LOWERINGS[facts["lowering"]])(facts["numbers"])
        match facts["family"]:
            case "encoder":
                return {"encoder.onnx": graphs.encoder(config, weights, lowering, facts["gives"])}
            case "decoder":
                return {"decoder.onnx": graphs.decoder(config, weights, lowering, "logits")}
        decoding = facts["decoding"]
        head, width = HEADS[decoding["name"]], decoding.get("width", 1)
        return {
            "encoder.onnx": graphs.encoder(config, weights, lowering),
            "decoder.onnx": graphs.decoder(config, weights, lowering, head, width),
        }

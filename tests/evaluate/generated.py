"""Generated folders of small models, imported into this process, trained a little."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from safetensors.torch import save_file

import tfc

NAMES = ("checkpoint", "data", "evaluate", "model", "tokenizer")

PAIRS = """\
edition = 1

model toy {{
  family   = encoder_decoder
  layers   = 2
  width    = 32
  heads    = 2
  context  = 24 tokens
  tied     = true
  {more}
}}

data {{
  tokenizer = bytes
  train     = pairs("words.{{source}}-{{target}}.tsv")
  test      = pairs("words.{{source}}-{{target}}.tsv")
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
  context  = 16 tokens
  position = learned
  tied     = true
}}

data {{
  tokenizer = {tokenizer}
  train     = text("words.txt")
}}

train {{
  on        = cpu
  steps     = 100
  batch     = 16 sequences
  optimizer = adamw(lr = 5e-3)
}}
"""

WORDS = [f"{a}{b}{c}" for a in ("ka", "to", "mi") for b in ("", "ra", "nolu") for c in ("s", "n", "ketti")]


class Generated:
    """A generated folder: its modules, its data, a model."""

    def __init__(self, folder: Path, spec: str) -> None:
        self.folder, self.data = folder / "build", folder
        for name, change in (("up", str.upper), ("re", lambda word: word[::-1])):
            lines = [f"{word}\t{change(word)}\n" for word in WORDS]
            (folder / f"words.en-{name}.tsv").write_text("".join(lines), encoding="utf-8")
        (folder / "words.txt").write_text("\n".join(WORDS * 8), encoding="utf-8")
        tfc.load(spec, name="toy.tfs").compile(self.folder)
        self.modules = imported(self.folder)
        self.prepared = self.modules.data.prepare(self.data, self.runs, quiet=True)

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    @property
    def models(self) -> Path:
        return self.runs / "models" / "toy"

    def model(self, steps: int = 0, double: bool = False) -> Any:
        """The model after some steps of training, evaluating."""
        torch.manual_seed(0)
        model = self.modules.model.Transformer(self.modules.model.TOY)
        model.initialise(0)
        optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
        for batch in islice(self.modules.data.Batches(self.prepared, 16, 0), steps):
            (model(*batch.inputs) / batch.target_tokens).backward()
            optimizer.step()
            optimizer.zero_grad()
        if double:
            model.compute = torch.float64
        return (model.double() if double else model).eval()

    def save(self, model: Any) -> None:
        """Leave the model where training leaves it."""
        self.models.mkdir(parents=True, exist_ok=True)
        save_file(model.state_dict(), self.models / "weights.safetensors")
        facts = {"config": asdict(model.config), "tokenizer": self.prepared.index["tokenizer"], "step": 100}
        (self.models / "model.json").write_text(json.dumps(facts))

    def evaluate(self, *words: str) -> None:
        """Run `evaluate.py WORDS` in this process."""
        before = sys.argv
        sys.argv = ["evaluate.py", "--data", str(self.data), "--runs", str(self.runs), *words]
        try:
            self.modules.evaluate.main()
        finally:
            sys.argv = before


def imported(folder: Path) -> SimpleNamespace:
    """The modules of a folder, under names that other folders may take after it."""
    sys.path.insert(0, str(folder))
    try:
        return SimpleNamespace(**{name: fresh(name) for name in NAMES})
    finally:
        sys.path.remove(str(folder))
        for name in NAMES:
            sys.modules.pop(name, None)


def fresh(name: str) -> ModuleType:
    importlib.invalidate_caches()
    return importlib.import_module(name)


def hidden_after(model: Any, *inputs: torch.Tensor) -> torch.Tensor:
    """What the last layer of a full forward pass gives for each position: (B, T, D)."""
    kept: list[torch.Tensor] = []
    model.loss = lambda x, labels: kept.append(x)
    try:
        model(*inputs)
    finally:
        del model.loss
    return kept[0]


def logits_after(model: Any, *inputs: torch.Tensor) -> torch.Tensor:
    """The logits (B, T, vocab) of a full forward pass, without a cache."""
    labels = torch.zeros_like(inputs[-1])
    return (hidden_after(model, *inputs, labels) @ model.table.T)[..., : model.config.vocab]

"""What a sentence gets does not depend, to the bit, on who shares its batch: whole graphs, alone and among 32."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.export.folders import every_way, modules, run, session

WAYS = ("PerRow", "Static", "WeightsOnly")
SPEC = """\
edition = 1

model {name} {{
  family   = encoder_decoder
  layers   = 1
  width    = {width}
  heads    = 4
  context  = 32 tokens
  vocab    = {vocab}
  tied     = true
  {more}
}}

data {{
  tokenizer = sentencepiece
  train     = pairs("words.en-up.tsv")
}}

train {{
  on        = cpu
  steps     = 100
  batch     = 16 sequences
  optimizer = adamw(lr = 5e-3)
}}
"""
SHAPES = {
    "toy": {"width": 32, "vocab": 261, "more": "bias = true"},
    "captions": {"width": 256, "vocab": 8000, "more": "norm = rms\n  ffn = swiglu(hidden = 1024)"},
}


@pytest.fixture(scope="module", params=SHAPES)
def shaped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Graphs, weights that nobody has trained, and steps for the scales of activations."""
    name = request.param
    spec = SPEC.format(name=name, **SHAPES[name]) + every_way("per_row", "static", "weights")
    folder: Path = tmp_path_factory.mktemp(name)
    found = modules(folder, spec, "lowering", "graphs", "model")
    model = found.model.Transformer(getattr(found.model, name.upper()))
    model.initialise(0)
    found.weights = {key: values.numpy() for key, values in model.state_dict().items()}
    found.steps = {key.removesuffix(".weight"): 4 / 127 for key in found.weights}
    found.config = model.config
    return found


def made(shaped: SimpleNamespace, kind: str) -> Any:
    how = {"scales": shaped.steps} if kind == "Static" else {}
    return getattr(shaped.lowering, kind)(**how)


def same(found: dict[str, np.ndarray], alone: dict[str, np.ndarray], rows: int) -> None:
    for name, values in found.items():
        assert np.array_equal(values[:rows], alone[name]), name
        assert np.isfinite(values).all()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", WAYS)
def test_alone_or_among_32(shaped: SimpleNamespace, kind: str, threads: int) -> None:
    random, how, config = np.random.default_rng(0), made(shaped, kind), shaped.config
    encoder = session(shaped.graphs.encoder(config, shaped.weights, how), threads)
    decoder = session(shaped.graphs.decoder(config, shaped.weights, how, "logits"), threads)
    lengths = random.integers(2, 25, 32)
    lengths[1] = 24
    source = random.integers(4, config.vocab, (32, 24)) * (np.arange(24) < lengths[:, None])
    memory = run(encoder, {"source": source, "lengths": lengths})
    for rows in (1, 3):
        same(memory, run(encoder, {"source": source[:rows], "lengths": lengths[:rows]}), rows)
    shape = (32, config.kv_heads, 16, config.head_width)
    kept = memory | {f"{name}_0": np.zeros(shape, np.float32) for name in ("key", "value")}
    for place in range(4):
        kept |= {"tokens": random.integers(4, config.vocab, (32, 1)), "lengths": lengths}
        kept |= {"place": np.full(32, place)}
        found = run(decoder, kept)
        for rows in (1, 3):
            same(found, run(decoder, {name: values[:rows] for name, values in kept.items()}), rows)
        kept |= {name.removeprefix("new_"): found[name] for name in found if name != "logits"}

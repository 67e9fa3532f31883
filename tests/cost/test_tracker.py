"""The peak of a generated model's tensors, as torch counts them step by step on a CPU, is the one predicted."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.specs import planned
from tfc.cost.memory import ALLOCATED
from tfc.plan import Plan

DECODER = """
model dec {
  family   = decoder
  layers   = 4
  width    = 256
  heads    = 8
  kv_heads = 4
  context  = 256 tokens
  vocab    = 256
  tied     = true
  ffn      = swiglu(hidden = 1024)
  norm     = rms
}
data {
  tokenizer = bytes
  train     = text("text.txt")
}
train {
  on         = cpu
  steps      = 1
  batch      = 8 sequences
  microbatch = 8
  optimizer  = adamw(lr = 1e-3)
}
"""

TRANSLATOR = """
model both {
  family   = encoder_decoder
  layers   = 3
  width    = 256
  heads    = 8
  context  = 128 tokens
  vocab    = 512
  position = learned
  bias     = true
  dropout  = 10%
}
data {
  tokenizer = sentencepiece
  train     = pairs("{source}-{target}.tsv")
  languages = [en, de]
  buckets   = [128 tokens]
}
train {
  on         = cpu
  steps      = 1
  batch      = 8 sequences
  microbatch = 8
  optimizer  = adamw(lr = 1e-3)
}
"""

CASES = {
    "decoder": (DECODER, ()),
    "decoder, recomputed": (DECODER, ("train.recompute = full",)),
    "decoder in 16 bits": (DECODER, ("train.precision = bf16",)),
    "decoder, accumulating": (DECODER, ("train.batch = 16 sequences",)),
    "translator": (TRANSLATOR, ()),
    "translator in 16 bits": (TRANSLATOR, ("train.precision = bf16",)),
}


def generated(plan: Plan, folder: Path) -> ModuleType:
    """The generated `model.py`, imported."""
    from tfc.backends.torch import model

    text = model.file(plan)
    assert text is not None
    path = folder / "generated_model.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def measured(plan: Plan, folder: Path) -> float:
    """Bytes of tensors at the peak of two steps."""
    torch = pytest.importorskip("torch")
    from torch.distributed._tools.mem_tracker import MemTracker

    layout = plan.layouts["train"]
    module = generated(plan, folder)
    config = getattr(module, layout.model.label.upper())
    bits = torch.bfloat16 if layout.train.precision.name == "bf16" else torch.float32
    net = module.Transformer(config, compute=bits)
    net.initialise(0)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, fused=True)
    source, target = layout.longest
    shapes = [length for length in (source, target, target) if length]
    batch = [torch.randint(4, config.vocab, (layout.microbatch, length)) for length in shapes]
    tracker = MemTracker()
    tracker.track_external(net, optimizer)
    with tracker:
        for _ in range(2):
            for _ in range(layout.accumulation):
                net(*batch).backward()
                tracker.reset_mod_stats()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
    return sum(
        amount
        for counted in tracker.get_tracker_snapshot("peak").values()
        for kind, amount in counted.items()
        if str(kind).endswith("Total")
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_peak_is_the_one_that_torch_counts(name: str, tmp_path: Path):
    text, settings = CASES[name]
    plan = planned(text, *settings)
    predicted = plan.estimates["train"].worst.figure(ALLOCATED).value
    assert predicted == pytest.approx(measured(plan, tmp_path), rel=0.025)

"""A resolved value, written as a spec would have it, is read back as the same value."""

from __future__ import annotations

import pytest

import tfc
from tests.api.specs import BARD, PHRASES
from tfc.fields import AUTO
from tfc.spec.written import written

EVERYTHING = (
    PHRASES.replace("train {", "train {\n  model = phrases", 1)
    + """
deploy api {
  model     = phrases
  target    = tensorrt(on = l4)
  precision = int8(calibrate = data.dev, samples = 64, keep = [norm, softmax])
  decoding  = beam(4)
  batch     = 1..16
  input     = 1..32 tokens
  metrics   = prometheus(port = 9090)
  fallback  = ladder(greedy, beam(2), above = 200 ms)
  autoscale = replicas(1..4, load = 70%)
  server { wait = 2 ms, body = 2 MiB }
}
model routed extends phrases {
  encoder { attention = match length { <= 32 tokens => full, else => [full, sliding(window = 16 tokens)] } }
  ffn = [2 x gelu(hidden = 64), relu]
}
"""
)


@pytest.mark.parametrize("text", [BARD, PHRASES, EVERYTHING], ids=["bard", "phrases", "everything"])
def test_what_is_written_is_read_back(text: str):
    draft = tfc.load(text)
    for name, setting, holder in draft.spec.settings():
        value = getattr(holder, setting.attribute)
        if value in (None, "", ()) or (value is AUTO and not setting.auto):
            continue  # what a spec says by not saying it
        changed = draft.override(f"{name} = {written(value, setting.kind)}").spec
        assert {full: getattr(block, one.attribute) for full, one, block in changed.settings()}[
            name
        ] == value, name

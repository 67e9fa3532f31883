"""Specs that tests of costs, layouts and repairs are about."""

from __future__ import annotations

from tfc.api import load
from tfc.plan import Plan

DECODER = """
model small {
  family  = decoder
  layers  = 4
  width   = 256
  heads   = 8
  context = 256 tokens
  vocab   = 256
  tied    = true
}
data {
  tokenizer = bytes
  train     = text("text.txt")
}
train {
  on        = 1 x h100_80gb
  steps     = 100
  batch     = 64 sequences
  optimizer = adamw(lr = 1e-3)
}
"""

TRANSLATOR = """
model small {
  family  = encoder_decoder
  layers  = 3
  width   = 192
  heads   = 6
  context = 64 tokens
  vocab   = 600
  tied    = true
}
data {
  tokenizer = sentencepiece
  train     = pairs("{source}-{target}.tsv")
  languages = [en, de]
}
train {
  on        = 8 x a100_80gb
  steps     = 1000
  batch     = 64 Ki tokens
  optimizer = adamw(lr = 1e-3)
}
"""

LLAMA = """
model llama extends llama3_8b { context = 8 Ki tokens }
data {
  tokenizer = tokenizers
  train     = text("text.txt")
}
train {
  on         = 8 x h100_80gb
  tokens     = 15 T
  batch      = 4 Mi tokens
  microbatch = 1 sequence
  optimizer  = adamw(lr = 3e-4)
}
"""


def planned(text: str, *settings: str) -> Plan:
    """The plan of a spec under further settings, as `--set` takes them."""
    draft = load(text)
    for setting in settings:
        draft = draft.override(setting)
    return draft.plan()

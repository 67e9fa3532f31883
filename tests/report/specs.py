"""Specs that tests of the report are about."""

from __future__ import annotations

OVERFULL = """\
# A decoder that is too large for its cards.

model big {
  family  = decoder
  layers  = 24
  width   = 2048
  heads   = 16
  context = 4 Ki tokens
  vocab   = 64_000
}

data {
  tokenizer = sentencepiece
  train     = text("text.txt")
}

train {
  on         = 8 x a100_40gb
  steps      = 20_000
  batch      = 256 sequences
  microbatch = 8 sequences
  recompute  = none
  precision  = bf16
  optimizer  = adamw(lr = 3e-4)

  require memory <= 36 GiB because "a tenth of the card is <b>kept</b> free"
  require time   <= 10 days
  prefer  cost   <= 1 K USD
}
"""

"""Specs that the tests of this folder and of `build` begin with."""

from __future__ import annotations

BARD = """\
edition = 1

model bard {
  family   = decoder
  layers   = 2
  width    = 64
  heads    = 4
  context  = 32 tokens
  vocab    = 256
  position = learned
  tied     = true
}

data {
  tokenizer = bytes
  train     = text("bard.txt")
}

train {
  on        = cpu
  steps     = 20
  batch     = 8 sequences
  optimizer = adamw(lr = 1e-3)

  require memory <= 2 GiB
}

scenario long { train.steps = 40 }
"""

PHRASES = """\
edition = 1

model phrases {
  family   = encoder_decoder
  width    = 64
  heads    = 4
  context  = 64 tokens
  vocab    = 300
  tied     = true
  ffn      = swiglu(hidden = 128)
  norm     = rms(place = before)
  position = rope
  dropout  = 10%
  encoder { layers = 2 }
  decoder { layers = 1 }
}

data {
  tokenizer = sentencepiece(kind = bpe)
  train     = pairs("train/{source}-{target}.tsv")
  dev       = pairs("dev/{source}-{target}.tsv")
  sources   = [en]
  targets   = [de, fr, "zh-Hans"]
  languages = [en, de, fr, "zh-Hans"]
  sampling  = shares(de = 50%, fr = 25%)
}

train {
  on        = cpu
  steps     = 100
  batch     = 1 Ki tokens
  optimizer = adamw(lr = 2e-3, betas = [0.9, 0.98])
  schedule  = inverse_sqrt(warmup = 20 steps)
  loss      = cross_entropy(smoothing = 10%)
  stop      = patience(checks = 3, on = worst)
  average   = last(3)
  checkpoint { every = 25 steps, keep = 2 }

  prefer time <= 1 h
}
"""

"""The specs of these tests: one small translator and one small decoder, changed setting by setting."""

from __future__ import annotations

TRANSLATOR = """
edition = 1
model tiny {
  family = encoder_decoder
  layers = 1
  width = 32
  heads = 2
  context = 40 tokens
  vocab = 72
  tied = true
  norm = rms
}
data {
  tokenizer = sentencepiece
  train = pairs("train.{source}-{target}.tsv")
  dev = pairs("dev.{source}-{target}.tsv")
  languages = [en, de, fr]
  sources = [en]
  targets = [de, fr]
  buckets = [16 tokens, 40 tokens]
}
train {
  on = cpu
  steps = 40
  batch = 32 sequences
  optimizer = adamw(lr = 1e-2)
  checkpoint { every = 20 steps }
}
"""

READER = """
edition = 1
model tiny {
  family = decoder
  layers = 1
  width = 32
  heads = 2
  context = 32 tokens
}
data {
  tokenizer = bytes
  train = text("train.txt")
}
train {
  on = cpu
  steps = 40
  batch = 16 sequences
  optimizer = adamw(lr = 1e-2)
}
"""


def changed(spec: str, **settings: str) -> str:
    """The spec with other values, by `block__setting`; an empty one takes the setting away, `{ ... }` is a block."""
    lines, block = [], ""
    for line in spec.splitlines():
        words = line.split()
        if line.endswith("{"):
            block = words[0]
        elif line == "}":
            added = [name for name in settings if name.startswith(f"{block}__")]
            lines += [_line(name.partition("__")[2], settings.pop(name)) for name in added]
            block = ""
        elif block and (name := f"{block}__{words[0]}") in settings:
            line = _line(words[0], settings.pop(name))
        lines.append(line)
    assert not settings, f"no block for {settings}"
    return "\n".join(lines) + "\n"


def _line(name: str, value: str) -> str:
    if not value:
        return ""
    return f"  {name} {value}" if value.startswith("{") else f"  {name} = {value}"

"""The texts that `tfc new` puts together: a spec with a comment wherever a newcomer would ask."""

from __future__ import annotations

from tfc.spec.presets import about, tree
from tfc.syntax.tree import BlockNode, Path, Setting

HEAD = """\
# {about}
#
#   tfc check {name}       what is wrong
#   tfc plan {name}        what it costs
#   tfc run {name}         compile it, and train

edition = 1

"""

SMALL = """\
model {label} {{
  family  = encoder_decoder # or decoder, or encoder
  layers  = 3 # of each side
  width   = 192
  heads   = 6
  context = 64 tokens # the longest source, and the longest target
  vocab   = 1024 # pieces, special tokens and language tokens
  tied    = true # one table for source, target and output
  ffn     = swiglu # others: gelu, relu, geglu
  norm    = rms # or layer
  dropout = 10%
}}

"""

EXTENDING = """\
# `tfc presets {preset}` prints what it begins with; what stands here takes its place.
model {label} extends {preset} {{
  context = {context}
}}

"""

PAIRS = """\
data {
  tokenizer = sentencepiece # trained on `train`, to fill `vocab`
  train     = pairs("train/{source}-{target}.tsv") # source, a tab, target; one pair a line
  dev       = pairs("dev/{source}-{target}.tsv") # for validation
  languages = [en, de, fr]
}

"""

TEXT = """\
data {
  tokenizer = tokenizers # trained on `train`, to fill `vocab`
  train     = text("train.txt")
  dev       = text("dev.txt") # for validation
}

"""

ONE_DEVICE = """\
train {
  on        = cpu # or 1 x l4, 8 x h100_80gb, ...
  steps     = 2000
  batch     = 64 sequences # of one step, over all devices
  optimizer = adamw(lr = 1e-3)
  schedule  = inverse_sqrt(warmup = 200 steps)
  loss      = cross_entropy(smoothing = 10%)

  # Budgets: `check` says which lines break them, and which edits would help.
  require memory <= 4 GiB
  prefer  time   <= 1 h
}
"""

ONE_NODE = """\
train {{
  on         = 8 x h100_80gb # the devices of one node
  steps      = 10_000
  batch      = 512 Ki tokens # of one step, over all devices, padding included
  microbatch = auto # the compiler chooses; `tfc.lock` remembers
  precision  = bf16
  optimizer  = adamw(lr = 3e-4)
  schedule   = cosine(warmup = 500 steps, floor = 10%)
  parallel {{ zero = {zero} }} # {why}

  # Budgets: `check` says which lines break them, and which edits would help.
  require memory <= 72 GiB because "an 80 GB card, with a tenth kept free"
}}
"""


def new_spec(preset: str | None, name: str) -> str:
    """A spec that checks clean: a small translator, or one around a preset."""
    if preset is None:
        about_it = "A small translator, to begin with."
        return HEAD.format(about=about_it, name=name) + SMALL.format(label="small") + PAIRS + ONE_DEVICE
    given = settings(preset)
    data = PAIRS if given["family"] == "encoder_decoder" else TEXT
    model = EXTENDING.format(label=f"my_{preset}", preset=preset, context=context(given["context"]))
    large = preset.endswith("8b")
    why = (
        "3 shards weights, gradients and the optimizer's state"
        if large
        else "0 keeps all of it on each device"
    )
    return (
        HEAD.format(about=about(preset), name=name)
        + model
        + data
        + ONE_NODE.format(zero=3 if large else 0, why=why)
    )


def settings(preset: str) -> dict[str, str]:
    """The settings of a preset as its text has them."""
    block = next(node for node in tree(preset).statements if isinstance(node, BlockNode))
    given = (node for node in block.statements if isinstance(node, Setting) and isinstance(node.path, Path))
    return {".".join(setting.path.names): setting.value.span.text for setting in given}


def context(given: str) -> str:
    """A context that one node trains with: the preset's own, if it is not beyond 4 Ki."""
    return "4 Ki tokens" if given.startswith(("8 Ki", "128 Ki")) else given

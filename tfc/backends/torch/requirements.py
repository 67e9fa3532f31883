"""`requirements.txt`: what a generated folder imports, and nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.backends.layouts import trained

if TYPE_CHECKING:
    from tfc.plan import Plan

TORCH = "torch>=2.11,<2.14"
TRAINING = ("numpy>=1.26", "rich>=13", "safetensors>=0.4", "tensorboard>=2.14")
SCORING = "sacrebleu>=2.4"
TOKENIZERS = {"sentencepiece": "sentencepiece>=0.2", "tokenizers": "tokenizers>=0.20"}


def file(plan: Plan) -> str:
    """The text of `requirements.txt`: one package a line, in the order of the alphabet."""
    layout, needed = trained(plan), [TORCH]
    if layout is not None:
        needed += TRAINING
        tokenizer = plan.solved.data_of(layout.train).tokenizer.name
        needed += [TOKENIZERS[tokenizer]] if tokenizer in TOKENIZERS else []
        needed += [SCORING] if layout.model.family == "encoder_decoder" else []
    return "".join(f"{line}\n" for line in sorted(needed))

"""The graph and the layout that `tfc` has for a published row, before a profile says what the other code saves."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.published.rows import Row

PADDED = 128  # rows of the vocabulary are a multiple of so many, for each rank of a tensor-parallel group

SPEC = """
model foreign {{
  family     = {family}
  width      = {width}
  heads      = {heads}
  kv_heads   = {kv_heads}
  head_width = {head_width}
  context    = {context} tokens
  vocab      = {vocab}
  ffn        = {ffn}(hidden = {hidden})
  norm       = {norm}
  position   = {position}
  bias       = {bias}
  dropout    = {dropout}
  tied       = {tied}
{layers}
}}
data {{
  tokenizer = tokenizers
  train     = {data}
}}
train {{
  on         = 1 x a100_80gb
  steps      = 1
  batch      = {batch} sequences
  microbatch = {batch}
  precision  = bf16
  optimizer  = adamw(lr = 1e-4)
}}
"""


def padded_vocab(row: Row) -> int:
    """Rows of the table: Megatron pads to 128 for each tensor-parallel rank (`--make-vocab-size-divisible-by`)."""
    each = PADDED * row.tensor
    return -(-row.vocab // each) * each


def layout(row: Row) -> Any:
    """The row's layout, as `tfc` divides it."""
    one = _layout(_spec(row))
    return one.replace(
        nodes=max(1, row.gpus // 8),
        per_node=min(8, row.gpus),
        data=row.data,
        tensor=row.tensor,
        pipeline=row.pipeline,
        context=row.context,
        sequence=row.sequence,
        zero=0,
        shards=row.data,
        schedule="interleaved" if row.chunks > 1 else "1f1b",
        chunks=row.chunks,
        batch=row.batch,
        micro=row.micro,
        accumulation=row.accumulation,
    )


def _spec(row: Row) -> str:
    said = row.flags.get
    source, target = row.lengths
    layers = f"  layers = {row.layers[0]}"
    if len(row.layers) == 2:
        layers = "".join(
            f"  {side} {{ layers = {count} }}\n"
            for side, count in zip(("encoder", "decoder"), row.layers, strict=True)
        )
    pairs = row.family == "encoder_decoder"
    rope = said("position-embedding-type") == "rope"
    return SPEC.format(
        family=row.family,
        width=row.width,
        heads=row.heads,
        kv_heads=row.kv_heads,
        head_width=row.head_width,
        context=max(source, target),
        vocab=padded_vocab(row),
        ffn="swiglu" if said("swiglu") == "True" else "gelu",
        hidden=row.ffn,
        norm="rms" if said("normalization") == "RMSNorm" else "layer",
        position="rope(theta = 10_000)" if rope else "learned",
        bias="false" if said("disable-bias-linear") == "True" else "true",
        dropout=said("hidden-dropout", "0.1"),
        tied="false" if said("untie-embeddings-and-output-weights") == "True" else "true",
        layers=layers,
        data='pairs("{source}-{target}.tsv")\n  languages = [en, de]' if pairs else 'text("x.txt")',
        batch=row.micro,
    )


@cache
def _layout(spec: str) -> Any:
    import tfc

    return tfc.load(spec).plan().layouts["train"]

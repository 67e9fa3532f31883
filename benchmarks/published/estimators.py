"""What others would have said of the same rows: the estimators that ours stand beside."""

from __future__ import annotations

from typing import Any

from benchmarks.published import model

STATE = 18  # bytes of a parameter: weight and gradient, their fp32 copies, two moments (arXiv 1910.02054)


def _whole(profile: Any) -> float:
    """Parameters of the most loaded rank, as Megatron counts them: its layers and one table."""
    row = profile.row
    layers = sum(block.parameters * block.count for block in profile.graph.blocks if block.side)
    tied = profile.layout.model.tied or row.pipeline > 1
    tables = model.padded_vocab(row) * row.width * (1 if tied else 2)
    return (layers / row.pipeline + tables) / row.tensor


def states_only(profile: Any) -> float:
    """18 bytes a parameter, and no activations: what `accelerate` and DeepSpeed's estimators leave it at."""
    return _whole(profile) * STATE


def theoretical(profile: Any) -> float:
    """Bytes by Megatron-LM's own `theoretical_memory_usage.py`.

    Weights and states at 18 bytes a parameter, or 6 and 12 over the copies; activations by arXiv 2205.05198 without
    what attention keeps, and five per cent for the rest.
    """
    row = profile.row
    states = _whole(profile) * (6 + 12 / row.data if profile.sharded else STATE)
    tokens = row.micro * max(row.lengths)
    stream = tokens * row.width
    layers = stream * (10 + 24 / row.tensor) * sum(row.layers)
    ends = row.pipeline * (8 * tokens + stream)
    held = 1 + (row.pipeline - 1) / (row.pipeline * row.chunks) if row.chunks > 1 else 1
    if row.chunks == 1 and row.pipeline > 1:
        held = min(1, row.accumulation / row.pipeline)
    found = (layers + ends) * held
    if row.pipeline == 1:
        found += 2 * (tokens * model.padded_vocab(row) / row.tensor + stream)
    return states + found * 1.05

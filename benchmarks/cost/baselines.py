"""What others say of the same rows: a constant efficiency, and estimators that anyone can install.

- *constant MFU*: FLOPs over the device's peak and one efficiency, the median of the calibration rows
  (tests/cost/h100.csv). On the same rows fitted, it is the honest zero: no more than one number is known.
- *accelerate*: `accelerate estimate-memory`, the largest figure of `estimate_training_usage`
  (accelerate 1.15.0, accelerate/commands/estimate.py): states alone, whatever the batch.
- *DeepSpeed*: `estimate_zero2_model_states_mem_needs` for one GPU without offloading
  (deepspeed 0.19.8, deepspeed/runtime/zero/stage_1_and_2.py): 20 bytes a parameter.
- *llm-analysis*: its own code, for decoders in 16 bits, where it is installed
  (`pip install --no-deps llm-analysis==0.2.2 "fire<0.6"`), given the constant MFU as its efficiency.

SimuMax and Calculon are on no package index (`calculon` there is something else), and have no encoder-decoder.
"""

from __future__ import annotations

import contextlib
import csv
import logging
from collections.abc import Iterable
from functools import cache
from statistics import median
from typing import TYPE_CHECKING, Any

from grid import CALIBRATION, estimate_of, rows

if TYPE_CHECKING:
    from score import Result

    from tfc.cost.estimate import Estimate

MFU, OTHER = "constant MFU", "constant MFU, fitted on these rows"


def of(estimate: Estimate) -> dict[str, dict[str, float]]:
    """Bytes allocated and seconds of a step, as far as each baseline has them."""
    found = {
        MFU: {"step": ideal(estimate) / efficiency()},
        "accelerate estimate-memory": {"allocated": accelerate(estimate)},
        "DeepSpeed's estimator": {"allocated": 20.0 * estimate.parameters},
    }
    return found | llm_analysis(estimate)


def ideal(estimate: Estimate) -> float:
    """Seconds of a step at the device's peak."""
    return float(estimate.mfu * estimate.step_time)


@cache
def efficiency() -> float:
    """The median MFU of the calibration rows, as they were measured."""
    with CALIBRATION.open(encoding="utf-8") as file:
        steps = [
            float(row["step"]) for row in csv.DictReader(line for line in file if not line.startswith("#"))
        ]
    known = zip(rows("calibration"), steps, strict=True)
    return median(ideal(estimate_of(row.draft(), row)) / step for row, step in known)


def calibrated(found: Iterable[Result]) -> None:
    """Add to each row what one efficiency says that was fitted on all of these rows."""
    known = [one for one in found if one.measured.get("step")]
    if not known:
        return
    factor = median(one.measured["step"] / one.others[MFU]["step"] for one in known)
    for one in known:
        one.others[OTHER] = {"step": factor * one.others[MFU]["step"]}


def accelerate(estimate: Estimate) -> float:
    """The largest of its model, gradients, optimizer and step: 16 bytes a parameter in fp32, else 8."""
    return (16.0 if estimate.layout.train.precision.name == "fp32" else 8.0) * estimate.parameters


def llm_analysis(estimate: Estimate) -> dict[str, dict[str, float]]:
    """Its figures for a decoder in 16 bits; nothing where it is not installed, or has no such model."""
    layout = estimate.layout
    if (
        layout.train.kind != "train"
        or layout.model.family != "decoder"
        or layout.train.precision.name == "fp32"
    ):
        return {}
    try:
        with contextlib.redirect_stdout(None):
            from llm_analysis import analysis
    except ImportError:
        return {}
    analysis.logger.setLevel(logging.ERROR)
    try:
        said = _asked(analysis, layout)
    except AssertionError:  # it takes the row not to fit
        return {}
    states_and_activations = said["(weight+op_state+grad+act)_memory_per_gpu"]
    return {
        "llm-analysis": {"allocated": float(states_and_activations), "step": float(said["latency_per_iter"])}
    }


def _asked(analysis: Any, layout: Any) -> dict[str, Any]:
    (side,) = layout.model.sides
    blocks = side.ffn if isinstance(side.ffn, tuple) else (side.ffn,)
    hidden, gated = blocks[0].hidden, blocks[0].name in ("swiglu", "geglu")
    config = analysis.ModelConfig(
        name=layout.model.label,
        num_layers=side.layers,
        n_head=side.heads,
        hidden_dim=side.width if hasattr(side, "width") else layout.model.width,
        vocab_size=layout.model.vocab,
        max_seq_len=layout.longest[1],
        num_key_value_heads=side.kv_heads,
        ffn_embed_dim=hidden,
        expansion_ratio=hidden / layout.model.width,
    )
    made = analysis.LLMAnalysis(
        config,
        analysis.get_gpu_config_by_name("h100-sxm-80gb"),
        analysis.get_dtype_config_by_name("w16a16e16"),
        analysis.ParallelismConfig(),
        flops_efficiency=efficiency(),
    )
    recomputed = analysis.ActivationRecomputation
    return made.training(
        batch_size_per_gpu=int(layout.microbatch),
        gradient_accumulation_steps=int(layout.accumulation),
        seq_len=layout.longest[1],
        activation_recomputation=recomputed.FULL
        if layout.train.recompute.name == "full"
        else recomputed.NONE,
        mlp_gated_linear_units=gated,
    )

"""`program.py`: a graph under onnxruntime, and its memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.backends.deployments import deployments
from tfc.backends.onnx import engine
from tfc.backends.render import render

if TYPE_CHECKING:
    from tfc.plan import Plan

UNSIGNED = ("per_row", "static")  # lowerings whose activations have no sign


def file(plan: Plan) -> str | None:
    """The text of `program.py`, or None where nothing is deployed."""
    deployed = deployments(plan)
    if not deployed:
        return None
    return render(
        "onnx/program.py.j2",
        **engine.context(deployed),
        bfloat16=any(one.numbers == "bfloat16" for one in deployed),
        rounds=any(one.lowering in UNSIGNED for one in deployed),
        engines=any(one.target == "tensorrt" for one in deployed),
    )

"""`program.py`: a graph under onnxruntime, and its memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.backends.deployments import deployments
from tfc.backends.render import render

if TYPE_CHECKING:
    from tfc.plan import Plan


def file(plan: Plan) -> str | None:
    """The text of `program.py`, or None where nothing is deployed."""
    deployed = deployments(plan)
    if not deployed:
        return None
    on_gpu = [one for one in deployed if one.target == "onnxruntime" and not one.device.is_cpu]
    return render(
        "onnx/program.py.j2",
        gpu=bool(on_gpu),
        decodes=any(one.family != "encoder" for one in deployed),
        grows=any(one.target == "onnxruntime" for one in deployed),
        bfloat16=any(one.numbers == "bfloat16" for one in deployed),
    )

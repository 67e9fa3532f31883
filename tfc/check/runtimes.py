"""What ONNX Runtime has no kernels for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.diagnostics.core import Diagnostic, Edit, Fix, Label, Safety

if TYPE_CHECKING:
    from tfc.hardware.device import Device
    from tfc.spec.deploy import Deploy


def in_onnxruntime(deploy: Deploy, device: Device) -> Iterator[Diagnostic]:
    """TFS602: products of integers are for a CPU, and numbers in bfloat16 for a GPU."""
    precision: Any = deploy.precision
    if deploy.target.name != "onnxruntime":
        return
    if device.is_cpu and precision.name == "bf16":
        yield _bfloat16_on_cpu(deploy)
    elif not device.is_cpu and precision.name == "int8" and precision.activations.name != "none":
        yield _rounds_on_gpu(deploy, device)


def _bfloat16_on_cpu(deploy: Any) -> Diagnostic:
    """Torch computes in it there, and ONNX Runtime does not: what is exported could not be loaded."""
    span = deploy.precision.origin.span
    exact = Fix("compute in `fp32`", (Edit(span, "fp32"),), Safety.CHANGES_RUN) if span else None
    return _cannot(
        deploy, "ONNX Runtime computes in bfloat16 on a GPU only", "runs on a CPU", (exact,) if exact else ()
    )


def _rounds_on_gpu(deploy: Any, device: Device) -> Diagnostic:
    """Each product would go by way of the host."""
    span, place = deploy.precision.origin.span, deploy.target.origin.span
    fixes = []
    if span is not None:
        weights = Edit(span, "int8(activations = none)")
        fixes.append(Fix("round the weights only", (weights,), Safety.CHANGES_RUN))
    if place is not None:
        engine = Edit(place, f"tensorrt(on = {device.name})")
        fixes.append(Fix("or build an engine", (engine,), Safety.CHANGES_RUN))
    message = "ONNX Runtime multiplies integers on a CPU only"
    return _cannot(deploy, message, "runs on a GPU", tuple(fixes))


def _cannot(deploy: Any, message: str, where: str, fixes: tuple[Fix, ...]) -> Diagnostic:
    span, place = deploy.precision.origin.span, deploy.target.origin.span
    return Diagnostic(
        "TFS602",
        message,
        (
            *((Label(span, "wanted here"),) if span else ()),
            *((Label(place, where, primary=False),) if place else ()),
        ),
        fixes=fixes,
    )

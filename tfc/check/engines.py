"""What an engine of TensorRT cannot do of what ONNX Runtime can."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.diagnostics.core import Diagnostic, Edit, Fix, Label, Safety

if TYPE_CHECKING:
    from tfc.spec.deploy import Deploy


def rounds_in_engine(deploy: Deploy) -> Iterator[Diagnostic]:
    """TFS602: TensorRT rounds by scales that stand in its graph, and keeps keys and values in floats."""
    precision: Any = deploy.precision
    if deploy.target.name != "tensorrt" or precision.name != "int8":
        return
    if precision.activations.name == "per_row":
        yield _cannot(
            deploy,
            "activations",
            "TensorRT rounds activations by scales that are known before it runs",
            "finds them while it runs",
            "static",
        )
    if precision.kv_cache:
        yield _cannot(
            deploy,
            "kv_cache",
            "TensorRT keeps keys and values in floats",
            "asks for integers",
            "false",
        )


def _cannot(deploy: Deploy, setting: str, message: str, reason: str, instead: str) -> Diagnostic:
    """One value of `int8` that ONNX Runtime has, and TensorRT has not."""
    span, place = deploy.precision.origins[setting].span, deploy.target.origin.span  # type: ignore[union-attr]
    value = f"{setting} = {instead}"
    change = Fix(f"write `{value}`", (Edit(span, value),), Safety.CHANGES_RUN) if span else None
    return Diagnostic(
        "TFS602",
        message,
        (
            *((Label(span, reason),) if span else ()),
            *((Label(place, "an engine", primary=False),) if place else ()),
        ),
        fixes=(change,) if change else (),
    )

"""What a deployed model runs in."""

from __future__ import annotations

from typing import Any

from tfc.fields import Family, Variant, setting


def _on() -> Any:
    return setting(Family("device"), "the device that it runs on", also=("device",))


class Target(Variant, family="target"):
    """What a deployed model runs in."""


class OnnxRuntime(Target, name="onnxruntime"):
    """ONNX Runtime."""

    on: Any = _on()


class TensorRT(Target, name="tensorrt"):
    """An engine of TensorRT, built for one kind of GPU."""

    on: Any = _on()

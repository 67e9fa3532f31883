"""The backends, in the order in which they are asked."""

from __future__ import annotations

from tfc.backends.base import Backend
from tfc.backends.onnx.backend import Onnx
from tfc.backends.tensorrt.backend import TensorRT
from tfc.backends.torch.backend import Torch

BACKENDS: tuple[Backend, ...] = (Torch(), Onnx(), TensorRT())

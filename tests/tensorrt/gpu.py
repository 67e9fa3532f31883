"""A GPU that is not there: CUDA over memory of this process, and a TensorRT whose plans are ONNX graphs.

It holds what is asked of it to what the real ones promise. Fresh memory is full of NaN, a copy beyond what was
allocated is an error, shapes lie within the profile, caches are written in place, or not at all beyond their end.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime

SUCCESS, INVALID = "cudaSuccess", "cudaErrorInvalidValue"
TYPES = {
    "tensor(float)": ("FLOAT", np.float32),
    "tensor(float16)": ("HALF", np.float16),
    "tensor(int64)": ("INT64", np.int64),
}


class Cuda:
    """`cuda.bindings.runtime`, as far as an engine needs it."""

    cudaError_t = SimpleNamespace(cudaSuccess=SUCCESS)
    cudaDeviceAttr = SimpleNamespace(
        cudaDevAttrComputeCapabilityMajor="major", cudaDevAttrComputeCapabilityMinor="minor"
    )
    cudaMemcpyKind = SimpleNamespace(
        cudaMemcpyHostToDevice=(False, True),
        cudaMemcpyDeviceToHost=(True, False),
        cudaMemcpyDeviceToDevice=(True, True),
    )
    cudaMemPoolAttr = SimpleNamespace(cudaMemPoolAttrReleaseThreshold="threshold")
    cudaStreamNonBlocking = 1

    def __init__(self, capability: tuple[int, int] = (8, 9)) -> None:
        self.capability = capability
        self.memory: dict[int, np.ndarray] = {}
        self.streams: dict[int, threading.Thread] = {}
        self.copied = dict.fromkeys(vars(self.cudaMemcpyKind).values(), 0)  # how often

    def cudaDeviceGetAttribute(self, attribute: str, device: int) -> tuple[Any, ...]:
        return SUCCESS, self.capability[attribute == "minor"]

    def cudaStreamCreateWithFlags(self, flags: int) -> tuple[Any, ...]:
        self.streams[100 + len(self.streams)] = threading.current_thread()
        return SUCCESS, 99 + len(self.streams)

    def cudaStreamSynchronize(self, stream: int) -> tuple[Any, ...]:
        return (SUCCESS if stream in self.streams else INVALID,)

    def cudaDeviceGetDefaultMemPool(self, device: int) -> tuple[Any, ...]:
        return SUCCESS, device

    def cudaMemPoolSetAttribute(self, pool: int, attribute: str, value: int) -> tuple[Any, ...]:
        return (SUCCESS,)

    def cudaMallocAsync(self, size: int, stream: int) -> tuple[Any, ...]:
        held = np.full(size, 0xFF, np.uint8)  # NaN, whatever the floats
        self.memory[held.ctypes.data] = held
        return SUCCESS, held.ctypes.data

    def cudaFreeAsync(self, address: int, stream: int) -> tuple[Any, ...]:
        return (INVALID if self.memory.pop(address, None) is None else SUCCESS,)

    def cudaMemsetAsync(self, address: int, value: int, size: int, stream: int) -> tuple[Any, ...]:
        if not self.holds(address, size):
            return (INVALID,)
        ctypes.memset(address, value, size)
        return (SUCCESS,)

    def cudaMemcpyAsync(self, to: int, source: int, size: int, kind: Any, stream: int) -> tuple[Any, ...]:
        for address, there in zip((source, to), kind, strict=True):
            if self.holds(address, size) is not there or stream not in self.streams:
                return (INVALID,)
        self.copied[kind] += 1
        ctypes.memmove(to, source, size)
        return (SUCCESS,)

    def holds(self, address: int, size: int) -> bool:
        """Whether so many bytes are allocated from there on."""
        return any(
            start <= address and address + size <= start + len(held) for start, held in self.memory.items()
        )


class TensorRT:
    """`tensorrt` 11, as far as running an engine needs it."""

    __version__, Builder = "11.4.1", object
    TensorIOMode = SimpleNamespace(INPUT="input", OUTPUT="output")

    class Logger:
        ERROR = 1

        def __init__(self, severity: int) -> None:
            self.severity = severity

    def __init__(self, profile: Mapping[str, int]) -> None:
        self.profile = profile  # the most of each dimension, by its name
        self.engines: list[Engine] = []

    def Runtime(self, logger: Logger) -> TensorRT:
        return self

    def deserialize_cuda_engine(self, plan: bytes) -> Engine | None:
        if plan == b"spoilt":
            return None
        self.engines.append(Engine(plan, self.profile))
        return self.engines[-1]


class TensorRTRtx(TensorRT):
    """`tensorrt_rtx`, whose engines compile kernels when they first run."""

    __version__ = "1.7.1"


class Kernels:
    """A runtime cache."""

    known = b""

    def deserialize(self, known: bytes) -> bool:
        self.known = known
        return True

    def serialize(self) -> bytes:
        return self.known


class Engine:
    """A graph that onnxruntime runs."""

    def __init__(self, plan: bytes, profile: Mapping[str, int]) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(plan, options, providers=["CPUExecutionProvider"])
        self.given = {one.name: one for one in self.session.get_inputs()}
        self.made = {one.name: one for one in self.session.get_outputs()}
        self.names = [*self.given, *self.made]
        self.num_io_tensors, self.profile = len(self.names), profile
        self.contexts: list[Context] = []
        self.kernels: Kernels | None = None  # of TensorRT-RTX

    def get_tensor_name(self, index: int) -> str:
        return self.names[index]

    def get_tensor_dtype(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(name=TYPES[(self.given | self.made)[name].type][0])

    def get_tensor_mode(self, name: str) -> str:
        return "input" if name in self.given else "output"

    def get_aliased_input_tensor(self, name: str) -> str | None:
        return name.removeprefix("new_") if name.startswith("new_") else None

    def get_tensor_profile_shape(self, name: str, profile: int) -> list[tuple[int, ...]]:
        shape = self.given[name].shape
        least = tuple(1 if isinstance(size, str) else size for size in shape)
        most = tuple(self.profile[size] if isinstance(size, str) else size for size in shape)
        return [least, most, most]

    def create_runtime_config(self) -> SimpleNamespace:
        def keep(kernels: Kernels) -> None:
            self.kernels = kernels

        return SimpleNamespace(create_runtime_cache=Kernels, set_runtime_cache=keep)

    def create_execution_context(self, *settings: SimpleNamespace) -> Context:
        self.contexts.append(Context(self))
        return self.contexts[-1]


class Context:
    """One run after the other, for one thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.addresses: dict[str, int] = {}
        self.thread = threading.current_thread()

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        least, _, most = self.engine.get_tensor_profile_shape(name, 0)
        self.shapes[name] = shape
        return len(shape) == len(most) and all(
            low <= size <= high for low, size, high in zip(least, shape, most, strict=True)
        )

    def set_tensor_address(self, name: str, address: int) -> None:
        self.addresses[name] = address

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        known = {
            size: self.shapes[one][axis]
            for one, given in self.engine.given.items()
            for axis, size in enumerate(given.shape)
        }
        return tuple(known[size] if isinstance(size, str) else size for size in self.engine.made[name].shape)

    def execute_async_v3(self, stream: int) -> bool:
        assert threading.current_thread() is self.thread, "a context is for one thread"
        if self.engine.kernels:
            self.engine.kernels.known = b"compiled"
        inputs = {name: self.at(name, self.shapes[name]).copy() for name in self.engine.given}
        outputs = dict(zip(self.engine.made, self.engine.session.run(None, inputs), strict=True))
        for name, values in outputs.items():
            if (source := self.engine.get_aliased_input_tensor(name)) is not None:
                assert self.addresses[name] == self.addresses[source], f"{name} is written in place"
            self.at(name, values.shape)[...] = values
        return True

    def at(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """The tensor that lies where this name is said to lie."""
        kind = np.dtype(TYPES[(self.engine.given | self.engine.made)[name].type][1])
        size = int(np.prod(shape)) * kind.itemsize
        held = (ctypes.c_char * size).from_address(self.addresses[name])
        return np.frombuffer(held, kind).reshape(shape)

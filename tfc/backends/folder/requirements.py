"""`requirements.txt` and `requirements-serve.txt`: what the scripts of a folder import, and nothing more.

A machine that only serves needs no torch: what `serve.py` and `measure.py` import has a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from tfc.backends.deployments import deployments
from tfc.backends.folder.imports import packages, reached
from tfc.files import File

if TYPE_CHECKING:
    from tfc.plan import Plan

# By the module that is imported: the package, and the versions that it was run with.
PACKAGES = {
    "fastapi": "fastapi>=0.115",
    "ml_dtypes": "ml-dtypes>=0.5",
    "numpy": "numpy>=1.26",
    "onnx": "onnx>=1.20",
    "onnxruntime": "onnxruntime>=1.31",
    "prometheus_client": "prometheus-client>=0.22",
    "pydantic": "pydantic>=2.9",
    "rich": "rich>=13",
    "sacrebleu": "sacrebleu>=2.4",
    "safetensors": "safetensors>=0.4",
    "sentencepiece": "sentencepiece>=0.2",
    "tensorboard": "tensorboard>=2.14",
    "tokenizers": "tokenizers>=0.20",
    "torch": "torch>=2.11,<2.14",
    "uvicorn": "uvicorn>=0.34",
}
ON_GPU = {"onnxruntime": "onnxruntime-gpu>=1.31"}
WITHIN = ("pydantic_core", "starlette")  # come with pydantic and fastapi, which pin them
SERVING = ("serve.py", "measure.py")
CUDA = "cuda-python>=12.8"  # memory and streams of a GPU, for engines
LIBRARIES = """\
# Engines are built and run by TensorRT 11, which comes from NVIDIA's own package index, or on GeForce and RTX cards by
# TensorRT-RTX. Install one of the two:
#   tensorrt>=11
#   tensorrt-rtx-cu13-libs tensorrt-rtx-cu13-bindings
"""


def file(plan: Plan, files: Mapping[str, File]) -> str:
    """The text of `requirements.txt`, for all that the folder does."""
    return _text(plan, files, [path for path in files if path.endswith(".py")])


def serving(plan: Plan, files: Mapping[str, File]) -> str | None:
    """The text of `requirements-serve.txt`; None where nothing is served."""
    return _text(plan, files, reached(files, SERVING)) if SERVING[0] in files else None


def _text(plan: Plan, files: Mapping[str, File], scripts: Iterable[str]) -> str:
    """One package a line, in the order of the alphabet; what has to be chosen comes last, as a comment."""
    modules = [module for module in packages(files, scripts) if module not in WITHIN]
    engines = any(one.target == "tensorrt" for one in deployments(plan))
    lines = sorted([*_lines(plan, modules), *([CUDA] if engines else [])])
    return "".join(f"{line}\n" for line in lines) + (LIBRARIES if engines else "")


def _lines(plan: Plan, modules: Iterable[str]) -> Iterator[str]:
    gpu = any(one.target == "onnxruntime" and not one.device.is_cpu for one in deployments(plan))
    known = PACKAGES | (ON_GPU if gpu else {})
    yield from (known.get(module, module.replace("_", "-")) for module in modules)

"""What numbers a model is trained in."""

from __future__ import annotations

from typing import Any

from tfc.fields import Variant, choice, setting

NUMBERS = choice("fp32", "bf16")


def _in_fp32(doc: str) -> Any:
    return setting(NUMBERS, doc, default="fp32", built=lambda numbers: numbers == "fp32")


class Precision(Variant, family="precision"):
    """What numbers the forward and backward pass compute in; `bits` is the width of one."""

    bits = 32


class Fp32(Precision, name="fp32"):
    """32-bit floats throughout."""


class Bf16(Precision, name="bf16"):
    """16-bit floats with the range of 32-bit ones, and master weights."""

    bits = 16
    master: str = _in_fp32("the weights that the optimizer changes")
    reduce: str = _in_fp32("gradients on their way between GPUs")


class Fp16(Precision, name="fp16"):
    """16-bit floats of IEEE 754, with a loss scale, and master weights."""

    bits = 16
    master: str = _in_fp32("the weights that the optimizer changes")
    reduce: str = _in_fp32("gradients on their way between GPUs")


class Fp8(Precision, name="fp8", built=False):
    """8-bit floats in the matrix products, 16-bit ones elsewhere."""

    bits = 8
    recipe: str = setting(choice("tensorwise", "rowwise"), "what shares a scale", default="tensorwise")
    master: str = _in_fp32("the weights that the optimizer changes")
    reduce: str = _in_fp32("gradients on their way between GPUs")

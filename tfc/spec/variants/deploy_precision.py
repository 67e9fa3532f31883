"""What numbers a deployed model computes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfc.fields import (
    COUNT,
    SHARE,
    TRUTH,
    Computed,
    Family,
    ListOf,
    Number,
    Reference,
    Variant,
    setting,
)
from tfc.spec.variants.recompute import PARTS
from tfc.units import Dimension

DEV = "data.dev"


class Activations(Variant, family="activations"):
    """How activations are rounded; `calibrated` is whether that is found from data."""

    calibrated = False


class PerRow(Activations, name="per_row"):
    """By the largest of each row, found while it runs."""


class Static(Activations, name="static"):
    """By scales that calibration found."""

    calibrated = True


class SmoothQuant(Activations, name="smoothquant"):
    """By scales, after outliers have been moved into the weights (Xiao et al. 2022, arXiv 2211.10438)."""

    calibrated = True
    alpha: float = setting(SHARE, "how much of an outlier goes into the weights", default=0.5)


class NoActivations(Activations, name="none"):
    """Not at all: weights only."""


def _activations(given: Mapping[str, Any]) -> Activations:
    target = given.get("target")
    return Static() if target is not None and target.name == "tensorrt" else PerRow()


def _calibrate() -> Any:
    return setting(
        Reference("source"), "the data that scales are found on", default=DEV, also=("calibration_data",)
    )


def _samples() -> Any:
    return setting(Number((Dimension.SAMPLES,), whole=True, least=1), "how much of it", default=512)


def _keep() -> Any:
    return setting(ListOf(PARTS), "parts that are not rounded", default=(), also=("modules_to_not_convert",))


class DeployPrecision(Variant, family="deploy_precision"):
    """What numbers a deployed model computes in; `calibrated` is whether it asks for data."""

    bits = 32

    @property
    def calibrated(self) -> bool:
        return False


class DeployFp32(DeployPrecision, name="fp32"):
    """32-bit floats."""


class DeployFp16(DeployPrecision, name="fp16"):
    """16-bit floats of IEEE 754."""

    bits = 16


class DeployBf16(DeployPrecision, name="bf16"):
    """16-bit floats with the range of 32-bit ones."""

    bits = 16


class DeployFp8(DeployPrecision, name="fp8", built=False):
    """8-bit floats."""

    bits = 8


class Int8(DeployPrecision, name="int8"):
    """8-bit integers."""

    bits = 8
    weights: bool = setting(TRUTH, "weights are rounded", default=True, built=lambda rounded: rounded)
    activations: Activations = setting(
        Family("activations"),
        "how activations are rounded; for TensorRT the default is `static`",
        default=Computed("per_row", _activations),
    )
    kv_cache: bool = setting(
        TRUTH, "the cache of keys and values is rounded", default=False, built=lambda rounded: not rounded
    )
    calibrate: str = _calibrate()
    samples: int = _samples()
    keep: tuple[str, ...] = _keep()

    @property
    def calibrated(self) -> bool:
        return self.activations.calibrated


class Int4(DeployPrecision, name="int4", built=False):
    """4-bit integers for weights, a scale a block."""

    bits = 4
    block: int = setting(COUNT, "weights that share a scale", default=128, also=("group_size",))
    calibrate: str = _calibrate()
    samples: int = _samples()
    keep: tuple[str, ...] = _keep()

    @property
    def calibrated(self) -> bool:
        return True

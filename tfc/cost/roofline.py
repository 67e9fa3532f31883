"""What a device attains: seconds of products, of attention, of bytes that are moved, and of calls.

A measured profile (`tfc.hardware.profile`) answers from measurements of the device; without one `DataSheet` answers the
same questions from what its maker publishes, and the interval is wide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tfc.cost.arithmetic import Amount, largest

if TYPE_CHECKING:
    from tfc.hardware.device import Device

BYTES = {"fp32": 4, "tf32": 4, "bf16": 2, "fp16": 2, "fp8": 2, "int8": 1}
# Flash attention's backward pass does five products where the forward pass does two (Dao 2023, arXiv 2307.08691).
ATTENTION_BACKWARD = 2.5
# Bytes that the optimizer moves for a parameter, all of 4: weight, gradient and two moments read, three written (28);
# the norm of the gradients reads them (4) and clipping reads and writes them (8).
OPTIMIZER_BYTES = 40
# What a call takes of the host, in the forward and in the backward pass, as parts of starting a kernel among others
# (`dispatch` of devices.toml): proportions that `calibrate.py` found of eager PyTorch, which differ little from host to
# host; the scale is that of the captions' two rows in tests/cost/h100.csv.
CALLS = {
    "product": (1.2, 2.2),
    "bias": (0.2, 0.5),
    "cast": (0.55, 0.55),
    "pointwise": (0.4, 0.3),
    "view": (0.25, 0.3),
    "function": (1.3, 1.1),
    "fused": (2.6, 2.4),
    "attention": (2.2, 2.8),
    "norm": (0.8, 0.9),
    "dropout": (1.1, 0.5),
    "lookup": (0.7, 1.0),
    "parameter": (0.0, 0.3),
    "accumulate": (0.0, 0.5),
    "module": (0.25, 0.0),
    "cat": (0.4, 0.6),
    "inplace": (0.35, 0.0),
}


def peak_flops(device: Device, dtype: str) -> float:
    """Dense FLOP/s; of bf16 where the device lacks the precision, which TFS602 tells."""
    return device.peak(dtype if device.computes(dtype) else "bf16")


@dataclass(frozen=True)
class DataSheet:
    """The published figures of a device, asked as a measured profile is."""

    device: Device

    @property
    def trust(self) -> tuple[float, float]:
        return self.device.trust

    def product(self, m: Amount, n: Amount, k: Amount, dtype: str, kind: str) -> Amount:
        """Seconds of a product of (m, k) and (k, n), or of one of its gradients: they take as long."""
        moved = (m * k + k * n + m * n) * BYTES[dtype]
        peak = peak_flops(self.device, dtype) * self.device.attained("products")
        return largest(2 * m * n * k / peak, self._bytes(moved), self.device.floor)

    def attention(
        self,
        batch: Amount,
        heads: Amount,
        kv_heads: Amount,
        width: int,
        queries: Amount,
        keys: Amount,
        mask: str,
        dtype: str,
        backward: bool,
    ) -> Amount:
        """Seconds of a kernel of attention; one that is given a mask computes what it hides."""
        flops = 4 * batch * heads * queries * keys * width * (0.5 if mask == "causal" else 1.0)
        peak = peak_flops(self.device, dtype) * self.device.attained("attention")
        moved = 2 * batch * width * (heads * queries + kv_heads * keys) * BYTES[dtype]
        times = ATTENTION_BACKWARD if backward else 1
        return times * largest(flops / peak, self._bytes(moved), self.device.floor)

    def traffic(self, bytes_: Amount) -> Amount:
        """Seconds of a kernel that reads and writes so many bytes."""
        return largest(self._bytes(bytes_), self.device.floor)

    def optimizer(self, parameters: Amount, tensors: Amount) -> Amount:
        """Seconds in which the device clips the gradients and takes a step."""
        return self._bytes(parameters * OPTIMIZER_BYTES)

    def optimizer_host(self, parameters: Amount, tensors: Amount) -> Amount:
        """Seconds in which the host starts that: lists of tensors are put together one by one."""
        return (20 + 0.3 * tensors) * self.device.dispatch

    def call(self, kind: str) -> tuple[float, float]:
        """Seconds of the host of one call, forward and backward."""
        forward, backward = CALLS[kind]
        return forward * self.device.dispatch, backward * self.device.dispatch

    def collective(self, name: str, ranks: Amount, bytes_: Amount) -> None:
        """Not measured: rings over the links of `links.toml` are reckoned with instead."""
        return None

    def _bytes(self, moved: Amount) -> Amount:
        return moved / (self.device.bandwidth * self.device.attained("traffic"))


def attained(layout: Any) -> Any:
    """What is known of the device of a layout or a deployment: its measured profile, or else its data sheet."""
    return getattr(layout, "profile", None) or DataSheet(layout.device)

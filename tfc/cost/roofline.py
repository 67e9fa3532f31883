"""What a device attains: seconds of products, of attention, and of bytes that are moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfc.cost.arithmetic import Amount, largest

if TYPE_CHECKING:
    from tfc.hardware.device import Device
    from tfc.ops.base import Product


@dataclass(frozen=True)
class Roofline:
    """What a device attains at one precision."""

    device: Device
    dtype: str

    @property
    def peak(self) -> float:
        """Dense FLOP/s; of bf16 where the device lacks the precision, which TFS602 tells."""
        return self.device.peak(self.dtype if self.device.computes(self.dtype) else "bf16")

    def product(self, product: Product, size: int, part: Amount) -> Amount:
        """Seconds of a matrix product of which a rank does a part."""
        moved = (product.m * product.k + product.k * product.n + product.m * product.n) * product.count * size
        return part * largest(
            product.flops / (self.peak * self.device.attained("products")), self._bytes(moved)
        )

    def scores(self, flops: Amount) -> Amount:
        """Seconds of the products of attention."""
        return flops / (self.peak * self.device.attained("attention"))

    def traffic(self, moved: Amount) -> Amount:
        """Seconds in which bytes are read and written."""
        return self._bytes(moved)

    def _bytes(self, moved: Amount) -> Amount:
        return moved / (self.device.bandwidth * self.device.attained("traffic"))

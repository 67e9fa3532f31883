"""The devices that a spec may name, with what their makers publish of them.

The figures lie in `devices.toml`, `links.toml` and `prices.toml`, each with its source; a profile that `tfc calibrate`
measured (`tfc.hardware.profile`) answers in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tfc.fields import BYTES, COUNT, Variant, setting
from tfc.hardware.prices import Price, price_of
from tfc.hardware.tables import published

MIB = 2**20


@dataclass(frozen=True)
class Link:
    """A way between devices: bytes per second that one device sends, and seconds before the first arrives."""

    name: str
    bandwidth: float
    latency: float
    attained: float  # the share of `bandwidth` that a large collective reaches
    shared: bool = False  # whether the devices of a node have one such way among them


def link(name: str) -> Link:
    """The link of that name in `links.toml`."""
    row = published("links.toml")[name]
    shared = row.get("shared", False)
    return Link(name, row["bandwidth"] * 1e9, row["latency"] * 1e-6, row["attained"], shared)


class Device(Variant, family="device"):
    """What a block runs on."""

    @property
    def figures(self) -> dict[str, Any]:
        """The row of `devices.toml`."""
        return published("devices.toml")[self.name]

    @property
    def units(self) -> int:
        """How many of what the row describes this is: cores of a CPU."""
        return 1

    @property
    def is_cpu(self) -> bool:
        return False

    @property
    def kind(self) -> str:
        """What PyTorch calls it: `cuda` or `cpu`."""
        return "cuda"

    def peak(self, dtype: str) -> float:
        """Dense operations per second at `fp32`, `bf16`, `fp16`, `fp8` or `int8`; raises `KeyError` if it has none."""
        return self.figures["peak"][dtype] * 1e12 * self.units

    def computes(self, dtype: str) -> bool:
        """Whether the hardware multiplies matrices of `dtype`."""
        return dtype in self.figures["peak"]

    @property
    def capacity(self) -> float:
        """Bytes of memory."""
        return self.figures["memory"] * MIB

    @property
    def memory(self) -> float:
        """Bytes of memory, as the driver shows them."""
        return self.capacity

    @property
    def bandwidth(self) -> float:
        """Bytes per second to and from its memory."""
        return self.figures["bandwidth"] * 1e9 * self.units

    @property
    def overhead(self) -> float:
        """Bytes that a process takes before it holds a tensor: CUDA context, or interpreter and libraries."""
        return self.figures["context"] * MIB

    @property
    def scratch(self) -> float:
        """Bytes that torch allocates for the libraries of matrix products."""
        return self.figures["scratch"] * MIB

    @property
    def capability(self) -> tuple[int, int] | None:
        """CUDA compute capability; none of a CPU."""
        found = self.figures.get("capability")
        return tuple(found) if found else None

    @property
    def architecture(self) -> str:
        """As engines are named for it: `sm89`, and nothing for a CPU."""
        return "sm{}{}".format(*self.capability) if self.capability else ""

    @property
    def power(self) -> float:
        """Watts at the limit of the board."""
        return self.figures["power"] * self.units

    @property
    def dispatch(self) -> float:
        """Seconds of CPU time in which PyTorch starts one kernel."""
        return self.figures["dispatch"] * 1e-6

    @property
    def floor(self) -> float:
        """Seconds that the shortest kernel takes."""
        return self.figures["floor"] * 1e-6

    def attained(self, what: str) -> float:
        """The share of its peak (`products`, `attention`) or of its bandwidth (`traffic`) that kernels reach."""
        return self.figures["attained"][what]

    @property
    def trust(self) -> tuple[float, float]:
        """The factors within which a time predicted from these figures is believed."""
        low, high = self.figures["trust"]
        return low, high

    @property
    def node_link(self) -> Link:
        """Between the devices of one node."""
        return link(self.figures["node_link"])

    @property
    def fabric(self) -> Link:
        """Between nodes."""
        return link(self.figures["fabric"])

    @property
    def price(self) -> Price | None:
        """For one hour: a list price, or what the user gave in its place; none where none is known."""
        return price_of(self.name, self.units)


class Cpu(Device, name="cpu"):
    """A machine without a GPU; its figures are those of a recent server core with AVX2, times `cores`."""

    cores: int = setting(COUNT, "cores that training may use", default=4)
    memory: float = setting(BYTES, "memory of the machine", default=16 * 2**30)

    @property
    def units(self) -> int:
        return self.cores

    @property
    def is_cpu(self) -> bool:
        return True

    @property
    def kind(self) -> str:
        return "cpu"

    @property
    def capacity(self) -> float:
        return self.memory

    @property
    def node_link(self) -> Link:
        return link("loopback")

    @property
    def fabric(self) -> Link:
        return link("ethernet_100g")


class L4(Device, name="l4"):
    """NVIDIA L4, 24 GB: a card of 72 W for serving."""


class A100(Device, name="a100_40gb"):
    """NVIDIA A100 SXM, 40 GB."""


class A100Large(Device, name="a100_80gb"):
    """NVIDIA A100 SXM, 80 GB."""


class A100Pcie(Device, name="a100_pcie_40gb"):
    """NVIDIA A100 as a PCIe card, 40 GB."""


class A100LargePcie(Device, name="a100_pcie_80gb"):
    """NVIDIA A100 as a PCIe card, 80 GB."""


class H100(Device, name="h100_80gb"):
    """NVIDIA H100 SXM, 80 GB."""


class H100Pcie(Device, name="h100_pcie_80gb"):
    """NVIDIA H100 as a PCIe card, 80 GB."""


class H200(Device, name="h200"):
    """NVIDIA H200 SXM, 141 GB."""

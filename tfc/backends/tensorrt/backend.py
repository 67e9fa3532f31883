"""The files that build and run engines of TensorRT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.backends.assembly import Part, assemble
from tfc.backends.deployments import deployments
from tfc.files import FileSet

if TYPE_CHECKING:
    from tfc.plan import Plan

PARTS: tuple[Part, ...] = ()


class TensorRT:
    """Engines for NVIDIA's GPUs."""

    name = "tensorrt"

    def needs(self, plan: Plan) -> bool:
        """Whether a deployment asks for an engine."""
        return any(one.target == "tensorrt" for one in deployments(plan))

    def files(self, plan: Plan) -> FileSet:
        """The scripts of the folder that build engines and run them."""
        return assemble(plan, PARTS)

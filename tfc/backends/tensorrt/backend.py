"""The files that build and run engines of TensorRT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.backends.assembly import Part, assemble
from tfc.backends.tensorrt import engines
from tfc.files import FileSet

if TYPE_CHECKING:
    from tfc.plan import Plan

PARTS = (
    Part("build_engine.py", engines.build_engine, ("deploy",)),
    Part("tensorrt_program.py", engines.program, ("deploy",)),
)


class TensorRT:
    """Engines for NVIDIA's GPUs."""

    name = "tensorrt"

    def needs(self, plan: Plan) -> bool:
        """Whether a deployment asks for an engine."""
        return bool(engines.of_tensorrt(plan))

    def files(self, plan: Plan) -> FileSet:
        """The scripts of the folder that build engines and run them."""
        return assemble(plan, PARTS)

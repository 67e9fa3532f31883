"""The files that make a trained model answer: graphs, their numbers, the runtime and the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.backends.assembly import Part, assemble
from tfc.backends.onnx import engine, export, graphs, lowering, measure, program, serve
from tfc.files import FileSet

if TYPE_CHECKING:
    from tfc.plan import Plan

PARTS: tuple[Part, ...] = (
    Part("program.py", program.file, ("deploy",)),
    Part("engine.py", engine.file, ("deploy", "model")),
    Part("graphs.py", graphs.file, ("deploy", "model")),
    Part("lowering.py", lowering.file, ("deploy",)),
    Part("export.py", export.file, ("deploy", "model", "data")),
    Part("measure.py", measure.file, ("deploy", "data.lengths")),
    Part("serve.py", serve.file, ("deploy",)),
    Part("routes.py", serve.routes, ("deploy",)),
    Part("batching.py", serve.batching, ("deploy.metrics",)),
    Part("refusals.py", serve.refusals, ("deploy.metrics",)),
    Part("open_inference.py", serve.open_inference, ("deploy",)),
)


class Onnx:
    """ONNX graphs of the models that are deployed, for whatever runs them."""

    name = "onnx"

    def needs(self, plan: Plan) -> bool:
        """Whether anything is deployed."""
        return bool(plan.spec.deploys)

    def files(self, plan: Plan) -> FileSet:
        """The scripts of the folder that export, run and serve."""
        return assemble(plan, PARTS)

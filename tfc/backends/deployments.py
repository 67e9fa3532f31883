"""What the generated code of a deployment has to know, one value for each `deploy` block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tfc.backends.traits import constant

if TYPE_CHECKING:
    from tfc.hardware.device import Device
    from tfc.plan import Plan
    from tfc.spec.data import Data
    from tfc.spec.deploy import Deploy, Server
    from tfc.spec.model import Model


@dataclass(frozen=True)
class Deployment:
    """One `deploy` block with nothing left open."""

    name: str  # the label of the block, and of its folder under runs/deploys/
    block: Deploy
    model: Model
    data: Data | None  # that the model learns from; None where nothing trains it

    @property
    def config(self) -> str:
        """The name of the model's Config in `model.py`."""
        return constant(self.model.label)

    @property
    def family(self) -> str:
        return self.model.family

    @property
    def target(self) -> str:
        """`onnxruntime` or `tensorrt`."""
        return self.block.target.name

    @property
    def device(self) -> Device:
        return self.block.target.on  # type: ignore[attr-defined]

    @property
    def precision(self) -> Any:
        return self.block.precision

    @property
    def lowering(self) -> str:
        """How projections become nodes of a graph: `float`, or how INT8 rounds."""
        if self.precision.name != "int8":
            return "float"
        engine, activations = self.target == "tensorrt", self.precision.activations.name
        match activations:
            case "none":
                return "dequantized" if engine else "weights"
            case "per_row":
                return "per_row"
        return "symmetric" if engine else "static"

    @property
    def keep(self) -> tuple[str, ...]:
        """The parts that are not rounded."""
        return getattr(self.precision, "keep", ())

    @property
    def smooths(self) -> bool:
        """Whether outliers of activations are moved into the weights."""
        return getattr(getattr(self.precision, "activations", None), "name", "") == "smoothquant"

    @property
    def tells(self) -> bool:
        """Whether the model is told the language, since each has adapters of its own."""
        return any(getattr(side.adapters, "per", "") == "language" for side in self.model.sides)

    @property
    def numbers(self) -> str:
        """What is not rounded to integers: `float32`, `float16` or `bfloat16`."""
        if self.precision.name == "bf16":
            return "bfloat16"
        half = self.precision.name == "fp16" or (self.precision.name == "int8" and not self.device.is_cpu)
        return "float16" if half else "float32"

    @property
    def decoding(self) -> Any:
        return self.block.decoding

    @property
    def server(self) -> Server:
        return self.block.server


def deployments(plan: Plan) -> tuple[Deployment, ...]:
    """Those of a spec, in its order."""
    spec = plan.solved
    learnt = {block.model: block for block in (*spec.trains.values(), *spec.distills.values())}
    found = []
    for label, block in spec.deploys.items():
        model = spec.model_of(block)
        learning = learnt.get(model.label)
        found.append(Deployment(label, block, model, spec.data_of(learning) if learning else None))
    return tuple(found)

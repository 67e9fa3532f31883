"""`lowering.py`: how a projection becomes nodes of a graph, one class for each way that a deployment asks for.

A new way is a class here, which enters the registry by being defined, and a template of the same name. The
generated class inherits as the one here does, and only those that some deployment needs are generated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from tfc.backends.deployments import Deployment, deployments
from tfc.backends.render import render
from tfc.backends.traits import alike

if TYPE_CHECKING:
    from tfc.plan import Plan

LOWERINGS: dict[str, type[Lowering]] = {}


class Lowering:
    """A way; `module` is the generated class, `note` what its file says of it."""

    module: ClassVar[str]
    template: ClassVar[str]
    note: ClassVar[str] = ""
    calibrated: ClassVar[bool] = False

    def __init_subclass__(cls, template: str, name: str = "") -> None:
        cls.module, cls.template = cls.__name__, f"onnx/lowering/{template}.py.j2"
        if name:
            LOWERINGS[name] = cls


class Float(Lowering, template="float", name="float"):
    """Numbers as they are."""


class Rounded(Float, template="rounded"):
    """What all that round weights have in common."""


class PerRow(Rounded, template="per_row", name="per_row"):
    """INT8 for ONNX Runtime on a CPU, with a scale a row that is found as it runs."""

    note = "PerRow: weights and activations in 8 bits, each row of activations with its own scale"


class Calibrated(Rounded, template="calibrated"):
    """What all with scales of a calibration have in common."""

    calibrated = True


class Static(Calibrated, template="static", name="static"):
    """INT8 for ONNX Runtime on a CPU, with a scale a projection that calibration has found."""

    note = "Static: weights and activations in 8 bits, with one scale of activations a projection"


class Dequantized(Rounded, template="dequantized", name="dequantized"):
    """INT8 weights for TensorRT."""

    note = "Dequantized: weights in 8 bits, as TensorRT reads them"


class Symmetric(Calibrated, Dequantized, template="symmetric", name="symmetric"):
    """INT8 for TensorRT."""

    note = "Symmetric: weights and activations in 8 bits around 0, as TensorRT multiplies them"


class WeightsOnly(Rounded, template="weights", name="weights"):
    """INT8 weights for ONNX Runtime."""

    note = "WeightsOnly: weights in 8 bits in the file, activations as they are"


def file(plan: Plan) -> str | None:
    """The text of `lowering.py`, or None where nothing is deployed."""
    found = deployments(plan)
    return render("onnx/lowering.py.j2", **context(found)) if found else None


def context(found: Iterable[Deployment]) -> dict[str, Any]:
    """What the templates of `lowering.py` see."""
    found = tuple(found)
    kinds = list(dict.fromkeys(LOWERINGS[one.lowering] for one in found))
    needed = dict.fromkeys(base for kind in kinds for base in _bases(kind))
    return {
        "templates": [kind.template for kind in needed],
        "notes": [kind.note for kind in kinds if kind.note],
        "rounds": Rounded in needed,
        "chooses": any(one.tells for one in found),
        **ways(found),
    }


def ways(found: Iterable[Deployment]) -> dict[str, Any]:
    """What some or all of some deployments do beside rounding weights."""
    found = tuple(found)
    calibrated = [one for one in found if LOWERINGS[one.lowering].calibrated]
    return {
        "keeps": any(one.keep for one in found),
        "calibrates": how_many(found, calibrated),
        "smooths": how_many(calibrated, [one for one in calibrated if one.smooths]),
    }


def how_many(of: Sequence[Any], those: Sequence[Any]) -> str:
    """`all`, `some`, or nothing: a text, so that a template can ask for any and for all."""
    return "" if not those else "all" if len(those) == len(of) else "some"


def call(one: Deployment, found: tuple[Deployment, ...]) -> str:
    """The code that makes the lowering of a deployment, from its `facts` and the `scales` of its calibration."""
    kind, numbers = LOWERINGS[one.lowering], alike(other.numbers for other in found)
    arguments = [repr(numbers) if numbers else 'facts["numbers"]']
    if issubclass(kind, Rounded) and ways(found)["keeps"]:
        arguments.append('facts["keep"]')
    if kind.calibrated:
        arguments.append('scales=scales["steps"]')
        if ways(found)["smooths"]:
            arguments.append('smooth=scales["smooth"]')
    return f"{kind.module}({', '.join(arguments)})"


def _bases(kind: type[Lowering]) -> list[type[Lowering]]:
    """The class and those that it inherits from, the first of them first; Float is what others are held against."""
    return [base for base in reversed(kind.__mro__) if issubclass(base, Float)]

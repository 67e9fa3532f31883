"""`build_engine.py` and `tensorrt_program.py`: engines of TensorRT, built and run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc.backends.constants import Constant, said
from tfc.backends.deployments import Deployment, deployments
from tfc.backends.render import render

if TYPE_CHECKING:
    from tfc.plan import Plan


def of_tensorrt(plan: Plan) -> tuple[Deployment, ...]:
    """The deployments that run in an engine."""
    return tuple(one for one in deployments(plan) if one.target == "tensorrt")


def build_engine(plan: Plan) -> str | None:
    """The text of `build_engine.py`, or None where nothing runs in an engine."""
    built = of_tensorrt(plan)
    if not built:
        return None
    families = {one.family for one in built}
    return render(
        "tensorrt/build_engine.py.j2",
        architectures=_architectures(built),
        single=built[0].name if len(built) == 1 else "",
        width=_width(built),
        fp32=any(one.numbers == "float32" for one in built),
        reads=families & {"encoder_decoder", "encoder"},
        decodes=families & {"encoder_decoder", "decoder"},
        prompts="decoder" in families,
    )


def program(plan: Plan) -> str | None:
    """The text of `tensorrt_program.py`, or None where nothing runs in an engine."""
    built = of_tensorrt(plan)
    if not built:
        return None
    return render(
        "tensorrt/tensorrt_program.py.j2",
        in_place=any(one.family != "encoder" for one in built),
    )


def _width(built: tuple[Deployment, ...]) -> str:
    """How the code finds the hypotheses of a sentence; nothing where there is always one."""
    beams = [one.family != "encoder" and one.decoding.name == "beam" for one in built]
    if all(beams):
        return 'facts["decoding"]["width"]'
    return 'facts.get("decoding", {}).get("width", 1)' if any(beams) else ""


def _architectures(built: tuple[Deployment, ...]) -> Constant:
    """What the GPU of each deployment is called: `ARCHITECTURES = {"api": "sm89"}`."""
    places = dict.fromkeys(said(one.block, "target") for one in built)
    names = {one.name: one.device.architecture for one in built}
    return Constant("ARCHITECTURES", names, f"of GPUs that engines are for ({', '.join(places)})")

"""`engine.py`: texts in, texts out, of what has been exported."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tfc.backends.deployments import deployments
from tfc.backends.render import render

if TYPE_CHECKING:
    from tfc.backends.deployments import Deployment
    from tfc.plan import Plan
    from tfc.spec.model import Side

ENGINES = {"encoder_decoder": "Translator", "decoder": "Generator", "encoder": "Encoder"}
DECODINGS = ("beam", "sample", "greedy")  # in the order in which the code asks


def file(plan: Plan) -> str | None:
    """The text of `engine.py`, or None where nothing is deployed."""
    deployed = deployments(plan)
    return render("onnx/engine.py.j2", **context(deployed)) if deployed else None


def context(deployed: tuple[Deployment, ...]) -> dict[str, Any]:
    """What the templates of `engine.py` see."""
    family = deployed[0].family
    used = {one.decoding.name for one in deployed}
    tokenizer = next((one.data.tokenizer.name for one in deployed if one.data is not None), "")
    told = [[_told(side) for side in one.model.sides] for one in deployed]
    found = {
        "family": family,
        "engine": ENGINES[family],
        "several": len(deployed) > 1,
        "decodes": family != "encoder",
        "decodings": [name for name in DECODINGS if name in used],
        "ratio": _how_many(one.decoding.ratio is not None for one in deployed),
        "top_k": _how_many(getattr(one.decoding, "top_k", None) is not None for one in deployed),
        "top_p": _how_many(getattr(one.decoding, "top_p", None) is not None for one in deployed),
        "gives": sorted({one.block.gives for one in deployed}) if family == "encoder" else [],
        "tensorrt": _how_many(one.target == "tensorrt" for one in deployed),
        "gpu": _how_many(not one.device.is_cpu for one in deployed if one.target == "onnxruntime"),
        "grows": _how_many(one.target == "onnxruntime" for one in deployed if family != "encoder"),
        "tokenizer_file": tokenizer != "bytes",
        "ends": tokenizer != "bytes" or family == "encoder_decoder",
        "told_encoder": _how_many(sides[0] for sides in told) if family != "decoder" else "",
        "told_decoder": _how_many(sides[-1] for sides in told) if family != "encoder" else "",
    }
    found["told"] = found["told_encoder"] or found["told_decoder"]
    return found | {"summary": _summary(family), "points": _points(found)}


def _how_many(holds: Iterable[bool]) -> str:
    """`all`, `some`, or nothing: a text, so that a template can ask for any and for all."""
    found = set(holds)
    return "" if True not in found else "all" if len(found) == 1 else "some"


def _told(side: Side) -> bool:
    """Whether it has adapters for each language, and so is told the language."""
    return getattr(side.adapters, "per", "") == "language"


def _summary(family: str) -> str:
    what = {
        "encoder_decoder": "Translates texts",
        "decoder": "Writes on from prompts",
        "encoder": "Reads texts",
    }[family]
    return f"{what} with the graphs that `export.py` has made, without torch."


def _points(found: dict[str, Any]) -> list[str]:
    """What is notable."""
    points = ["texts of one bucket share a batch, and what becomes of a text does not depend on the others"]
    if found["family"] == "encoder_decoder":
        ways = [name for name in ("greedy", "beam") if name in found["decodings"]]
        if ways:
            points.append(f"{' and '.join(ways)} decoding as in evaluate.py, token for token")
    if found["decodes"]:
        points.append("a text that is done leaves its batch; the last rows move into the gaps")
    return points

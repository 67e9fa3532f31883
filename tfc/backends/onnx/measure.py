"""`measure.py`: how fast what is exported answers, how large it is, how much memory it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfc.backends.constants import literal
from tfc.backends.deployments import Deployment, deployments
from tfc.backends.onnx import engine
from tfc.backends.render import render

if TYPE_CHECKING:
    from tfc.plan import Plan

Shape = tuple[int, int, int]  # texts of a batch, tokens that are read of each, and written


def file(plan: Plan) -> str | None:
    """The text of `measure.py`, or None where nothing is deployed."""
    deployed = deployments(plan)
    return render("onnx/measure.py.j2", **context(deployed)) if deployed else None


def context(deployed: tuple[Deployment, ...]) -> dict[str, Any]:
    """What the template of `measure.py` sees."""
    shapes = [(one.name, _shapes(one)) for one in deployed]
    told = any(_typical(one) for one in deployed)
    on_gpu = tuple(one.name for one in deployed if not one.device.is_cpu)
    return engine.context(deployed) | {
        "measured": f"`{deployed[0].name}`" if len(deployed) == 1 else "what is exported",
        "writes": deployed[0].family != "encoder",
        "shapes": [(name, f"[{', '.join(map(literal, found))}]") for name, found in shapes],
        "lengths": "of usual and of the greatest lengths" if told else "of the greatest lengths",
        "gpu": "" if not on_gpu else "all" if len(on_gpu) == len(deployed) else "some",
        "on_gpu": literal(on_gpu),
        "first": _first_piece(deployed[0]),
    }


def _shapes(one: Deployment) -> list[Shape]:
    """One text and a full batch, of each pair of lengths."""
    lengths = dict.fromkeys(pair for pair in (_typical(one), _longest(one)) if pair)
    batches = dict.fromkeys((1, one.block.batch[1]))
    return [(batch, *pair) for pair in lengths for batch in batches]


def _typical(one: Deployment) -> tuple[int, int] | None:
    """What the data say of a source and a target."""
    given: Any = one.data.lengths if one.data is not None else None
    if given is None or one.family != "encoder_decoder":
        return None
    source, target = given if isinstance(given, tuple) else (given, given)
    return min(int(source), one.block.input[1]), min(int(target), one.block.output[1])


def _longest(one: Deployment) -> tuple[int, int]:
    """The longest input, with the longest output that it leaves room for."""
    read, written = one.block.input[1], one.block.output[1]
    if one.family == "encoder":
        return read, 0
    if one.family == "encoder_decoder":
        return read, written
    read = min(read, max(1, one.model.context - written + 1, one.model.context // 2))
    return read, min(written, one.model.context - read + 1)


def _first_piece(one: Deployment) -> int:
    """The first id that is no special token."""
    if one.data is None or one.data.tokenizer.name != "bytes":
        return 4
    return 3 if one.data.parallel_text else 0

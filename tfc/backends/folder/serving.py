"""What a README says of exporting, serving and asking."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tfc.backends.deployments import Deployment, deployments
from tfc.backends.folder.imports import reached
from tfc.backends.folder.learning import listed
from tfc.backends.translation import languages
from tfc.files import File

if TYPE_CHECKING:
    from tfc.plan import Plan

PRECISIONS = {
    "fp32": "in fp32",
    "fp16": "in fp16",
    "bf16": "in bf16",
    "int8": "in INT8",
}
ROUTES = {"encoder_decoder": "/translate", "decoder": "/generate", "encoder": "/encode"}
FIELDS = {"encoder_decoder": '["translations"]', "decoder": '["texts"]', "encoder": ""}
ENGLISH = "Good morning."  # short, so that a small model may read it


@dataclass(frozen=True)
class Served:
    """One deployment in words."""

    name: str
    model: str
    precision: str
    place: str
    decoding: str
    port: int


def serving(plan: Plan, files: Mapping[str, File]) -> dict[str, Any]:
    """What the template sees of a folder that serves."""
    found = deployments(plan)
    first = found[0]
    several = len(found) > 1
    asked = _asked(first)
    return {
        "deployments": [_served(one) for one in found],
        "widest": max(len(one.name) for one in found),
        "exports": list(_exports(found, several)) if "export.py" in files else [],
        "calibrated": listed(tuple(dict.fromkeys(_calibrated(found)))),
        "engines": listed(tuple(dict.fromkeys(_engines(found)))),
        "engine": next((one.name for one in found if one.target == "tensorrt"), ""),
        "carried": _names(path for path in (*reached(files, ["serve.py"]), "requirements-serve.txt")),
        "measures": "measure.py" in files,
        "route": ROUTES[first.family],
        "asked": json.dumps(asked, ensure_ascii=False),
        "python": _literal({**asked, _texts(first): [asked[_texts(first)], _second(first)]}),
        "field": FIELDS[first.family],
        "answers": _answers(first),
        "paths": list(_paths(found)),
    }


def _served(one: Deployment) -> Served:
    place = "an engine of TensorRT" if one.target == "tensorrt" else "under onnxruntime"
    where = "the CPU" if one.device.is_cpu else f"a GPU (`{one.device.name}`)"
    decoding = ""
    if one.family != "encoder":
        width = getattr(one.decoding, "width", None)
        how = {"greedy": "the likeliest token each time", "beam": f"a beam of {width}"}
        decoding = ", " + how.get(one.decoding.name, "tokens drawn by chance")
    precision = PRECISIONS.get(one.precision.name, f"in {one.precision.name}")
    return Served(one.name, one.model.label, precision, f"{place} on {where}", decoding, one.server.port)


def _exports(found: tuple[Deployment, ...], several: bool) -> Iterator[str]:
    for one in found:
        name = f" {one.name}" if several else ""
        yield f"python export.py{name}" + (" --data DIR" if one.family == "encoder_decoder" else "")
        if one.target == "tensorrt":
            yield f"python build_engine.py{name}"


def _calibrated(found: tuple[Deployment, ...]) -> Iterator[str]:
    for one in found:
        if one.precision.calibrated:
            yield f"{one.precision.samples} texts of `{one.precision.calibrate}`"


def _engines(found: tuple[Deployment, ...]) -> Iterator[str]:
    for one in found:
        if one.target == "tensorrt":
            capability = one.device.capability
            number = f" (compute capability {'.'.join(map(str, capability))})" if capability else ""
            yield f"`{one.device.name}`{number}"


def _names(paths: Any) -> str:
    """`a.py`, `b.py` and `c.py`."""
    quoted = [f"`{path}`" for path in paths]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"


# ------------------------------------------------------------------------------------------------------ asking


def _texts(one: Deployment) -> str:
    """The name of what is asked about."""
    return "prompt" if one.family == "decoder" else "text"


def _asked(one: Deployment) -> dict[str, Any]:
    """A request for one text."""
    match one.family:
        case "encoder_decoder":
            targets = _targets(one)
            return {"text": _sentence(one), "target": targets[-1] if targets else "de"}
        case "decoder":
            return {"prompt": "Once", "tokens": 32}
    return {"text": "Good <mask>." if one.block.gives == "scores" else ENGLISH}


def _sentence(one: Deployment) -> str:
    """Something to translate, in English where the model reads that."""
    sources = [source for source, _ in languages(one.data).directions] if one.data is not None else []
    english = not sources or any(source.lower().startswith(("en", "source")) for source in sources)
    return ENGLISH if english else f"A sentence in {sources[0]}."


def _second(one: Deployment) -> str:
    if one.family == "decoder":
        return "Then"
    return "Thank you." if ENGLISH in _asked(one)["text"] else "Another."


def _targets(one: Deployment) -> tuple[str, ...]:
    return languages(one.data).targets if one.data is not None else ()


def _answers(one: Deployment) -> str:
    """What comes back."""
    match one.family:
        case "encoder_decoder":
            targets = listed(tuple(f"`{name}`" for name in _targets(one)), "or")
            into = f" `target` is {targets}." if targets else ""
            return f"A string is answered by a string, a list by a list.{into}"
        case "decoder":
            return (
                "A string is answered by a string, a list by a list. `tokens` is how many to write at most, "
                "`temperature` 0 takes the likeliest, and the same `seed` gives the same text."
            )
    given = (
        "the likeliest tokens where `<mask>` stands, with their log-probabilities"
        if one.block.gives == "scores"
        else "a vector for each token"
    )
    return f"The answer is {given}, for each text."


def _paths(found: tuple[Deployment, ...]) -> Iterator[tuple[str, str]]:
    for family in dict.fromkeys(one.family for one in found):
        yield f"POST {ROUTES[family]}", "a text or a list of texts"
    yield "GET /readyz, /livez", "200 when it may be asked; 200 while the process answers"
    if any(one.block.metrics.name != "none" for one in found):
        port = next((p for one in found if (p := _metrics_port(one)) not in (None, one.server.port)), None)
        yield "GET /metrics", "figures for Prometheus" + (f", at port {port}" if port else "")
    yield "/v2", "the Open Inference protocol"
    yield "GET /docs", "all paths, to try"


def _metrics_port(one: Deployment) -> int | None:
    return getattr(one.block.metrics, "port", None)


def _literal(value: Any) -> str:
    """A request as Python is written."""
    return json.dumps(value, ensure_ascii=False)

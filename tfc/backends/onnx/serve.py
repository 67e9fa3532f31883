"""`serve.py` and what stands beside it: the server of a folder's deployments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.backends.constants import literal, said
from tfc.backends.deployments import deployments
from tfc.backends.onnx.lowering import how_many
from tfc.backends.render import render
from tfc.backends.translation import languages

if TYPE_CHECKING:
    from tfc.backends.deployments import Deployment
    from tfc.plan import Plan

# Of engine.json, on the first page.
ABOUT = ("deploy", "model", "family", "target", "device", "precision", "weights", "batch", "input", "output")
PATHS = {
    "encoder_decoder": ("POST /translate", "texts into a language"),
    "decoder": ("POST /generate", "what follows after prompts"),
    "encoder": ("POST /encode", "what the model makes of texts"),
}


def file(plan: Plan) -> str:
    """The text of `serve.py`: settings, life cycle, what is done with a request."""
    return render("serve/serve.py.j2", **context(plan))


def routes(plan: Plan) -> str:
    """The text of `routes.py`: paths, and the shape of what is sent to them."""
    return render("serve/routes.py.j2", **context(plan))


def batching(plan: Plan) -> str:
    """The text of `batching.py`: the queue, its batches, and what is measured of them."""
    return render("serve/batching.py.j2", **context(plan))


def refusals(plan: Plan) -> str:
    """The text of `refusals.py`: what is not answered, and how that is said."""
    return render("serve/refusals.py.j2", **context(plan))


def open_inference(plan: Plan) -> str:
    """The text of `open_inference.py`: the shapes of that protocol."""
    return render("serve/open_inference.py.j2", **context(plan))


def context(plan: Plan) -> dict[str, Any]:
    """What the templates see."""
    found = deployments(plan)
    family = found[0].family
    paths = [PATHS[family], *_paths(found)]
    return {
        "served": " or ".join(one.name for one in found),
        "summary": PATHS[family][0],
        "paths": paths,
        "width": max(len(path) for path, _ in paths),
        "family": family,
        "several": len(found) > 1,
        "only_target": _only_target(found),
        "engines": how_many(found, [one for one in found if one.target == "tensorrt"])
        if family != "encoder"
        else "",
        "told": any(
            getattr(side.adapters, "per", "") == "language" for one in found for side in one.model.sides
        ),
        "samples": any(one.decoding.name == "sample" for one in found),
        "gives": sorted({one.block.gives for one in found}) if family == "encoder" else [],
        "about": (*ABOUT, *(["targets"] if family == "encoder_decoder" else [])),
        **_metrics(found),
        "deploys": [(one.name, list(_settings(one, found))) for one in found],
    }


def _paths(found: tuple[Deployment, ...]) -> Iterator[tuple[str, str]]:
    yield "GET /livez, /readyz", "whether the process answers, and whether it may be asked"
    if _metrics(found)["here"]:
        yield "GET /metrics", "what is measured, for Prometheus"
    yield "/v2/...", "the Open Inference protocol: the same for clients that speak it"
    yield "GET /, /docs", "what is served, and a page to try it on"


def _metrics(found: tuple[Deployment, ...]) -> dict[str, bool]:
    """Whether anything is measured, and where it is read: at the server's port, apart, or not at all."""
    ports = [_metrics_port(one) for one in found]
    none = None in ports
    here = any(port == one.server.port for port, one in zip(ports, found, strict=True))
    apart = any(port not in (None, one.server.port) for port, one in zip(ports, found, strict=True))
    return {
        "measured": here or apart,
        "here": here,
        "apart": apart,
        "none": none,
        "mixed": here + apart + none > 1,
        "field": apart or (here and none),
    }


def _metrics_port(one: Deployment) -> int | None:
    metrics: Any = one.block.metrics
    return None if metrics.name == "none" else metrics.port


def _settings(one: Deployment, found: tuple[Deployment, ...]) -> Iterator[str]:
    """The fields of a deployment's `Settings`, each with the line that decided it."""
    server: Any = one.server
    for name in ("port", "wait", "queue", "deadline", "body", "threads", "self_test"):
        value = getattr(server, name)
        number = float(value) if name in ("wait", "deadline") else int(value)
        yield f"{name}={literal(number)},  # {said(server, name)}"
    if _metrics(found)["field"]:
        yield f"metrics={literal(_metrics_port(one))},  # {said(one.block, 'metrics')}"


def _only_target(found: tuple[Deployment, ...]) -> str:
    """The language that a request need not name: the one that all write, if there is just one."""
    written = {languages(one.data).targets if one.data else () for one in found}
    (targets,) = written if len(written) == 1 else ((),)
    return targets[0] if len(targets) == 1 else ""

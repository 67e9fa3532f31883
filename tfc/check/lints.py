"""What is no fault, and worth knowing: settings without an effect, and sizes that run slowly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.check.pointing import labels, written
from tfc.diagnostics.core import Diagnostic, Severity
from tfc.fields import AUTO, How
from tfc.units import group

if TYPE_CHECKING:
    from tfc.plan import Plan

# What only pairs have, with what a text has instead.
OF_PAIRS = ("sources", "targets", "reverse", "language_token", "longer", "buckets", "lengths")
TENSOR_CORE = 8  # 16-bit numbers: the least that rows of a matrix are cut into


def has_an_effect(plan: Plan) -> Iterator[Diagnostic]:
    """TFS902: a setting that is written, and changes nothing beside the others."""
    for model in plan.spec.models.values():
        yield from _model(model)
    for data in plan.spec.datas.values():
        yield from _data(data)
    for train in (*plan.spec.trains.values(), *plan.spec.distills.values()):
        yield from _training(train, plan.spec.data_of(train))
        if train.compile == "functions" != plan.spec.compiled:
            why = "another block that trains is compiled otherwise, and both share `model.py`"
            yield from _idle(train, "compile", why)


def _idle(block: Any, name: str, why: str, help: str = "") -> Iterator[Diagnostic]:
    # What is inherited has its effect where it is written.
    if block.origin_of(name).how in (How.WRITTEN, How.OVERRIDE):
        message = f"`{name}` has no effect: {why}"
        yield Diagnostic("TFS902", message, labels((block, name, "no effect")), Severity.WARNING, help=help)


def _model(model: Any) -> Iterator[Diagnostic]:
    if model.family != "encoder_decoder":
        for side in model.sides:
            yield from _idle(
                side, "cross", f"there is no source to read in a model of family `{model.family}`"
            )
    elif model.encoder.origins["cross"] != model.decoder.origins["cross"]:
        yield from _idle(model.encoder, "cross", "an encoder reads only itself", "move it to `decoder { }`")


def _data(data: Any) -> Iterator[Diagnostic]:
    if data.train.name == "text":
        for name in OF_PAIRS:
            yield from _idle(data, name, "the data is text, and not pairs")
    elif data.packing:
        yield from _idle(data, "buckets", "packed sequences all have the length of `context`")
    if len(data.written) < 2 and data.parallel_text and data.language_token == "none":
        yield from _idle(data, "sampling", "there is one direction")
    if data.parallel_text and data.sampling.name == "shares":
        yield from _shares(data)


def _shares(data: Any) -> Iterator[Diagnostic]:
    """A direction is drawn by the language that is written; by the one that is read, if all write the same."""
    drawn, verb = (data.written, "written") if len(data.written) > 1 else (data.sources, "read")
    for name, _ in data.sampling.shares:
        if name in data.languages and name not in drawn:
            message = f"the share of `{name}` has no effect: it is not {verb}, and languages that are {verb} are drawn"
            yield Diagnostic("TFS902", message, labels((data, "sampling", "no effect")), Severity.WARNING)


def _training(train: Any, data: Any) -> Iterator[Diagnostic]:
    parallel = train.parallel
    if parallel.pipeline == 1:
        yield from _idle(parallel, "schedule", "there is no pipeline")
    if parallel.tensor == 1:
        yield from _idle(parallel, "sequence", "it divides among the ranks of `tensor`, and there is one")
    if parallel.zero == 0:
        yield from _idle(parallel, "shards", "`zero` shards nothing")
    if train.on.count == 1 and parallel.zero not in (0, AUTO):
        yield from _idle(parallel, "zero", "there is one device")
    if data.dev is None:
        yield from _idle(train, "validate", "there is no `data.dev`", "give `data` a `dev`")


def aligned(plan: Plan) -> Iterator[Diagnostic]:
    """TFS301, a hint: widths that tensor cores would have to pad."""
    for train in plan.spec.trains.values():
        if train.on.device.is_cpu or train.precision.bits > 16:  # type: ignore[attr-defined]
            continue
        model = plan.spec.model_of(train)
        sizes: list[tuple[Any, str, int]] = [(model, "width", model.width)]
        for side in model.sides:
            sizes.append((side, "head_width", side.head_width))
            sizes += [(side, "ffn", ffn.hidden) for ffn in side.ffn]  # type: ignore[attr-defined]
        for block, name, size in sizes:
            if name == "head_width" and not written(block, name) and model.width % block.heads:
                continue  # TFS301 says more of it
            if size % TENSOR_CORE and (written(block, name) or name == "head_width"):
                what = {"ffn": "a hidden width", "head_width": "a head width"}.get(name, "a width")
                place = "heads" if name == "head_width" and not written(block, name) else name
                yield Diagnostic(
                    "TFS301",
                    f"{what} of {group(size)} is not a multiple of {TENSOR_CORE}",
                    labels((block, place, f"{group(size)} here")),
                    Severity.HINT,
                    notes=(
                        "tensor cores multiply 16-bit numbers in eights, and the kernels for others are slower",
                    ),
                )

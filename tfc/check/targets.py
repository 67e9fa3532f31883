"""What the compiler, a card or an engine can do of what the spec says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.check.engines import rounds_in_engine
from tfc.check.pointing import labels, written
from tfc.check.runtimes import in_onnxruntime
from tfc.diagnostics.core import Diagnostic, Edit, Fix, Label, Safety, Severity, Span
from tfc.fields import AUTO, Block, Setting, Variant, settings_of, variants
from tfc.spec.forms import listed
from tfc.spec.match import Match
from tfc.spec.model import Model
from tfc.spec.spec import INNER

if TYPE_CHECKING:
    from tfc.plan import Plan
    from tfc.spec.spec import Spec

LATER = "priced as not yet validated, and refused by `compile`"


def generated(plan: Plan) -> Iterator[Diagnostic]:
    """TFS605: no code is generated for it yet. A warning here, an error of `compile` and `run`."""
    for block in plan.spec.blocks:
        if block.built:
            yield from _block(block)
        else:
            span = block.origin.span
            yield later(f"a `{block.kind}` block is not generated yet", span)
    for train in list(plan.spec.trains.values())[1:]:
        yield later("a second `train` block is not generated yet", train.origin.span)
    for train in plan.spec.trains.values() or plan.spec.distills.values():
        yield from _together(train, plan.spec.model_of(train), plan.spec.data_of(train))
    yield from _learnt_elsewhere(plan.spec)


def _learnt_elsewhere(spec: Spec) -> Iterator[Diagnostic]:
    """A deployment takes its tokenizer, and the text that it is held to, from the block that its model learns in."""
    learnt = {spec.model_of(block).label for block in (*spec.trains.values(), *spec.distills.values())}
    for deploy in spec.deploys.values():
        if (model := spec.model_of(deploy).label) not in learnt:
            yield later(
                f"a deployment of `{model}`, which no block trains, is not generated yet",
                deploy.origin.span,
                "write the `train` block that its weights come from: it says how text becomes tokens, too",
            )


def _block(block: Block) -> Iterator[Diagnostic]:
    """Each value of a block that is not generated; of a model's layers, what its sides make of them."""
    for setting in settings_of(block).values():
        if setting.sides and isinstance(block, Model):
            continue
        yield from _value(getattr(block, setting.attribute), setting, block)
    for name in INNER:
        inner = getattr(block, name, None)
        if isinstance(inner, Block):
            yield from _block(inner)


def _value(value: Any, setting: Setting, holder: Any) -> Iterator[Diagnostic]:
    if isinstance(value, Variant):
        yield from _variant(value, setting, holder)
    elif isinstance(value, tuple):
        for part in dict.fromkeys(part for part in value if isinstance(part, Variant)):
            yield from _variant(part, setting, holder)
    if setting.built is not None and not setting.built(value) and written(holder, setting.name):
        span = holder.span_of(setting.name)
        text = (
            span.text if span is not None and len(span.text) <= 40 and "\n" not in span.text else setting.name
        )
        what = "`match length`" if isinstance(value, Match) else f"`{' '.join(text.split())}`"
        yield later(f"{what} is not generated yet", span)


def _variant(value: Variant, setting: Setting, holder: Any) -> Iterator[Diagnostic]:
    if not value.built:
        ready = [name for name, one in variants(value.family).items() if one.built]
        span = value.origin.span or holder.span_of(setting.name)
        help = f"generated today: {listed(ready).replace(' or ', ' and ')}" if ready else ""
        yield later(
            f"`{setting.name} = {value.name}` is not generated yet",
            span,
            help,
        )
        return
    for inner in settings_of(value).values():
        if inner.name in value.origins or isinstance(getattr(value, inner.attribute), Variant):
            yield from _value(getattr(value, inner.attribute), inner, value)


def later(message: str, span: Span | None, help: str = "") -> Diagnostic:
    """TFS605 at a place."""
    found = (Label(span, LATER),) if span is not None else ()
    return Diagnostic("TFS605", message, found, Severity.WARNING, help=help)


def _together(train: Any, model: Model, data: Any) -> Iterator[Diagnostic]:
    """Values that are generated each by itself, and not yet beside one another."""
    parallel = train.parallel
    if data.parallel_text and data.packing:
        yield later("packing of pairs is not generated yet", data.span_of("packing"))
    if data.train.name == "text" and not data.packing:
        yield later("text that is not packed is not generated yet", data.span_of("packing"))
    if (
        parallel.shards is not AUTO
        and parallel.zero
        and parallel.shards != parallel.data
        and written(parallel, "shards")
    ):
        yield later("hybrid sharding is not generated yet", parallel.span_of("shards"))
    kind = {"pairs": "pairs", "text": "text"}.get(data.train.name)
    wanted = "pairs" if model.family == "encoder_decoder" else "text"
    if kind is not None and kind != wanted:
        article = "an" if model.family.startswith("e") else "a"
        yield later(
            f"{article} `{model.family}` that learns from {kind} is not generated yet",
            data.train.origin.span,
            f"`{model.family}` is generated for {wanted} today",
        )


# ------------------------------------------------------------------------------------------- hardware

NUMBERS = {"int4": "int8"}  # what a precision is computed in, where it is not what it is called


def in_hardware(plan: Plan) -> Iterator[Diagnostic]:
    """TFS602: the card multiplies in the precision that is asked for."""
    spec = plan.spec
    for train in (*spec.trains.values(), *spec.distills.values()):
        yield from _computes(train, train.on.device)
    for deploy in spec.deploys.values():
        device = deploy.target.on  # type: ignore[attr-defined]
        if deploy.target.name == "tensorrt" and device.is_cpu:
            yield Diagnostic(
                "TFS602",
                "an engine of TensorRT runs on a GPU",
                tuple(Label(span, "is none") for span in (device.origin.span,) if span),
                help="write `onnxruntime(on = cpu)`, or name a GPU",
            )
        elif deploy.precision is not AUTO:
            yield from _computes(deploy, device)
            yield from in_onnxruntime(deploy, device)
            yield from rounds_in_engine(deploy)


def _computes(block: Any, device: Any) -> Iterator[Diagnostic]:
    name = block.precision.name
    if device.computes(NUMBERS.get(name, name)):
        return
    span, place = block.precision.origin.span, device.origin.span or block.span_of("on")
    capability = ".".join(map(str, device.capability)) if device.capability else ""
    reason = (
        f"compute capability {capability}; FP8 came with 8.9"
        if capability and name == "fp8"
        else "has no units for it"
    )
    article = "a" if device.is_cpu else "an"
    right = "int8(calibrate = data.dev)" if block.kind == "deploy" else "bf16"
    fixes = []
    if span is not None:
        fixes.append(Fix(f"use `{right.partition('(')[0]}`", (Edit(span, right),), Safety.CHANGES_RUN))
    if place is not None and device.origin.span is not None and name == "fp8":
        fixes.append(Fix("or another card", (Edit(place, "h100_80gb"),), Safety.CHANGES_RUN))
    yield Diagnostic(
        "TFS602",
        f"{article} `{device.name}` does not compute in {name.upper()}",
        (
            *((Label(span, "wanted here"),) if span else ()),
            *((Label(place, reason, primary=False),) if place else ()),
        ),
        fixes=tuple(fixes),
    )


# -------------------------------------------------------------------------------------------- engines


def ranges_are_built(plan: Plan) -> Iterator[Diagnostic]:
    """TFS603: what a budget asks about lies within the shapes that the deployment is built for."""
    for deploy in plan.spec.deploys.values():
        for budget in deploy.budgets:
            for name in ("batch", "input", "output"):
                asked = budget.conditions.get(name)
                low, high = getattr(deploy, name)
                if asked is None or low <= asked <= high or budget.span is None:
                    continue
                yield Diagnostic(
                    "TFS603",
                    f"a budget asks about `{name} = {asked}`, and the deployment is built for {low} to {high}",
                    (
                        Label(budget.span, f"asked at {name} = {asked}"),
                        *(
                            Label(label.span, "what is built", primary=False)
                            for label in labels((deploy, name, ""))
                            if written(deploy, name)
                        ),
                    ),
                    help=f"ask within the range, or widen `{name}`",
                )


def calibrated(plan: Plan) -> Iterator[Diagnostic]:
    """TFS604: a precision that asks for data has it."""
    spec = plan.spec
    for deploy in spec.deploys.values():
        precision: Any = deploy.precision
        if precision is AUTO or not precision.calibrated or spec.source_of(precision.calibrate) is not None:
            continue
        span = precision.origins.get("calibrate", precision.origin).span
        place = next(iter(spec.datas.values())).origin.span if spec.datas else None
        without = "none" if deploy.target.name == "tensorrt" else "per_row"
        yield Diagnostic(
            "TFS604",
            f"`{precision.name}` finds its scales on `{precision.calibrate}`, and there is none",
            (
                *((Label(span, "asks for data"),) if span else ()),
                *(
                    (Label(place, f"has no `{precision.calibrate.rpartition('.')[2]}`", primary=False),)
                    if place
                    else ()
                ),
            ),
            help="give `data` a `dev`"
            + (f", or use `activations = {without}`, which needs none" if precision.name == "int8" else ""),
        )

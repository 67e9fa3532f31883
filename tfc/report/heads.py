"""What each model is, and how each block divides its work, in a line each."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tfc.fields import AUTO, Variant
from tfc.graph.graph import Graph
from tfc.parallel.layout import Layout
from tfc.parallel.serving import Serving
from tfc.plan import Plan
from tfc.spec.match import Match
from tfc.spec.model import Model, Side
from tfc.spec.train import Placement
from tfc.spec.written import written
from tfc.units import SCALES, group, say_count

DEGREES = ("tensor", "pipeline", "context", "data")


def heads(plan: Plan) -> list[str]:
    """`babel  3.2 M parameters, 3 + 3 layers`, and `train  8 x h100_80gb: data 8 (auto), zero 1`."""
    rows = [(name, described(plan.spec.models[name], graph)) for name, graph in plan.graphs.items()]
    rows += [(name, divided(layout, plan)) for name, layout in plan.layouts.items()]
    rows += [(name, served(one.serving, plan)) for name, one in plan.servings.items()]
    width = max((len(name) for name, _ in rows), default=0) + 3
    return [f"{name:<{width}}{text}" for name, text in rows]


def described(model: Model, graph: Graph) -> str:
    """The size of a model and what its layers are."""
    layers = " + ".join(group(side.layers) for side in model.sides)
    kinds = "; ".join(dict.fromkeys(text for side in model.sides if (text := attention(side))))
    return f"{say_count(graph.parameters)} parameters, {layers} layers{f': {kinds}' if kinds else ''}"


def attention(side: Side) -> str:
    """`24 sliding (2 Ki), 8 full`; nothing where every layer is full, which is what one expects."""
    if isinstance(side.attention, Match):
        return "attention by length"
    counts = Counter(side.attention_at(layer) for layer in range(side.layers))
    if {one.name for one in counts} == {"full"}:
        return ""
    if len(counts) == 1:
        return kind(next(iter(counts)))
    return ", ".join(f"{number} {kind(one)}" for one, number in counts.items())


def kind(variant: Variant) -> str:
    window = getattr(variant, "window", None)
    return f"{variant.name} ({power(window)})" if window else variant.name


def power(value: int) -> str:
    """`2 Ki` for 2048: as the spec would write it."""
    scale = next((scale for scale in ("Mi", "Ki") if value % SCALES[scale] == 0), "")
    return f"{value // SCALES[scale]} {scale}" if scale else group(value)


def divided(layout: Layout, plan: Plan) -> str:
    """The devices of a block, the degrees that are not 1, and the micro-batch; `auto` where the compiler chose."""
    given = plan.spec.block(layout.name)
    parallel: Any = given.parallel  # type: ignore[attr-defined]
    several = [name for name in DEGREES if getattr(layout, name) > 1]
    parts = [f"{name} {getattr(layout, name)}{chosen(parallel, name)}" for name in several]
    if layout.zero:
        parts.append(f"zero {layout.zero}{chosen(parallel, 'zero')}")
    if given.recompute is AUTO:  # type: ignore[attr-defined]
        parts.append(f"recompute {written(layout.train.recompute)} (auto)")
    micro = layout.train.microbatch
    times = f", {layout.accumulation} times a step" if layout.accumulation > 1 else ""
    parts.append(f"micro-batch {micro}{chosen(given, 'microbatch')}{times}")
    return f"{learner(layout, plan)}{placed(layout.train.on)}: {', '.join(parts)}"


def learner(layout: Layout, plan: Plan) -> str:
    """`babel_small from babel on `; of a `train` block its model, where there are several."""
    teacher = getattr(layout.train, "teacher_name", "")
    if teacher:
        return f"{layout.model.label} from {teacher} on "
    return f"{layout.model.label} on " if len(plan.spec.models) > 1 else ""


def served(serving: Serving, plan: Plan) -> str:
    """`l4: int8, beam (4), batches of 1 to 16`; the model first, where there are several."""
    deploy = serving.deploy
    width = getattr(deploy.decoding, "width", None)
    decoding = deploy.decoding.name + (f" ({width})" if width else "")
    how = [getattr(deploy.precision, "name", "auto"), *([decoding] if serving.generates else [])]
    least, most = serving.batch
    model = f"{serving.model.label} on " if len(plan.spec.models) > 1 else ""
    return f"{model}{serving.device.name}: {', '.join(how)}, batches of {least} to {most}"


def placed(on: Placement) -> str:
    """`64 x h100_80gb`, or the device alone."""
    return f"{on.count} x {on.device.name}" if on.count > 1 else on.device.name


def chosen(block: Any, name: str) -> str:
    """` (auto)` where the compiler chose."""
    return " (auto)" if getattr(block, name) is AUTO else ""

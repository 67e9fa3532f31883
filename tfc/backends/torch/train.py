"""`train.py`: the loop, its log and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfc.backends.render import render
from tfc.backends.torch.model import construction
from tfc.backends.torch.run import device_words, sharded, trained
from tfc.backends.torch.settings import constants
from tfc.backends.traits import constant as config_name
from tfc.backends.translation import languages
from tfc.fields import How
from tfc.units import Dimension, say_count

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout
    from tfc.plan import Plan

COMPUTE = {"fp32": "torch.float32", "bf16": "torch.bfloat16", "fp16": "torch.float16"}


def file(plan: Plan) -> str | None:
    """The text of `train.py`, or None where nothing is trained."""
    layout = trained(plan)
    return None if layout is None else render("torch/train.py.j2", **context(plan, layout))


def context(plan: Plan, layout: Layout) -> dict[str, Any]:
    """What the templates of `train.py` see."""
    train, model, data = layout.train, layout.model, plan.solved.data_of(layout.train)
    found = {
        "constants": constants(layout, data),
        "config": config_name(model.label),
        "construction": construction(plan.solved, train, COMPUTE[train.precision.name]),
        "full_name": layout.name,
        "name": model.label,
        "block": "NAME" if train.label in ("", model.label) else "BLOCK",
        "device": layout.device.kind,
        "cuda": layout.device.kind == "cuda",
        "epochs": train.epochs is not None,
        "moved": train.checkpoint.to is not None,
        "drops": any(side.dropout for side in model.sides),
        "compiled": train.compile == "blocks",
        "shapes": max(8, len(layout.buckets) + 1),
        "masked": model.family == "encoder",
    }
    found |= _division(layout) | _learning(layout) | _judging(layout, data)
    return found | {
        "summary": _summary(plan, layout),
        "points": _points(layout, found),
        "remedy": _remedy(layout),
    }


def _division(layout: Layout) -> dict[str, Any]:
    """One device, DDP or FSDP2; one micro-batch a step or several."""
    distributed, scaler = layout.count > 1, layout.train.precision.name == "fp16"
    replicated = distributed and not sharded(layout)
    loss = "(loss * parallel.WORLD)" if replicated else "loss"
    return {
        "distributed": distributed,
        "sharded": sharded(layout),
        "replicated": replicated,
        "accumulated": layout.accumulation > 1,
        "scaler": scaler,
        "forward": "replica" if replicated else "model",
        "backward": f"scaler.scale({loss.strip('()')}).backward()" if scaler else f"{loss}.backward()",
        "stopping": "stopping" if distributed else "signals",
    }


def _learning(layout: Layout) -> dict[str, Any]:
    schedule = layout.train.schedule
    several = len(layout.buckets) > 1
    return {
        "schedule": schedule.name,
        "warmup": schedule.warmup,
        "floor": getattr(schedule, "floor", 0.0),
        "ends": schedule.name in ("linear", "cosine"),
        "peak": layout.device.computes(layout.train.precision.name),
        "flops_of_batch": "FLOPS[batch.labels.shape[1]]" if several else "FLOPS",
    }


def _judging(layout: Layout, data: Any) -> dict[str, Any]:
    """When a run is validated, and what is made of it."""
    train = layout.train
    dev, several = data.dev is not None, len(languages(data).named) > 1
    worst = getattr(train.stop, "on", "mean") == "worst"
    mean = "sum(losses.values()) / len(losses)" if several else "next(iter(losses.values()))"
    return {
        "dev": dev,
        "several": several,
        "worst": worst and several,
        "score": "max(losses.values())" if worst and several else mean,
        "patience": train.stop.name == "patience" and dev,
        "average": train.average.name == "last",
        "with_checkpoint": train.origin_of("validate").how is How.DEFAULT,
        "timed_checkpoint": train.checkpoint.every.dimension is Dimension.TIME,
        "timed_validation": dev
        and train.origin_of("validate").how is not How.DEFAULT
        and train.validate.dimension is Dimension.TIME,
    }


def _summary(plan: Plan, layout: Layout) -> str:
    parameters = say_count(plan.graphs[layout.model.label].parameters)
    name = config_name(layout.model.label)
    return f"Trains {name} ({parameters} parameters) on {device_words(layout)}, in {layout.train.precision.name}."


def _points(layout: Layout, found: dict[str, Any]) -> list[str]:
    """What is notable about the run."""
    parts = ["micro-batches"] * found["accumulated"] + ["ranks"] * found["distributed"]
    follows = ", dropout too" if found["drops"] else ""
    points = [
        "the loss is per target token of a whole step"
        + (f", over all its {' and '.join(parts)}" if parts else ""),
        f"a step follows from its number and the weights before it{follows}: a run that was stopped\n"
        "  and goes on has the losses of one that was not",
    ]
    if found["average"]:
        points.append(
            f"weights.safetensors holds the mean of the last {layout.train.average.count} checkpoints"
        )
    elif found["dev"]:
        points.append("weights.safetensors holds the weights that were best on dev")
    return points


def _remedy(layout: Layout) -> str:
    """What a user can do who runs out of memory."""
    text = "A smaller train.microbatch needs less"
    return text + (", and so does recompute = full" if layout.train.recompute.name == "none" else "")

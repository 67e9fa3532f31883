"""`train.py`: the loop, its log and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfc.backends.layouts import device_words, sharded, trained
from tfc.backends.render import render
from tfc.backends.torch.checkpoint import keeps, kept
from tfc.backends.torch.model import construction
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
    if layout is None:
        return None
    own = {"summary": _summary(plan, layout), "points": points(layout), "distils": False}
    return render("torch/train.py.j2", **context(plan, layout), **own)


def context(plan: Plan, layout: Layout) -> dict[str, Any]:
    """What the templates see that `train.py` and `distill.py` share."""
    train, model, data = layout.train, layout.model, plan.solved.data_of(layout.train)
    several = keeps(plan)
    return {
        "constants": [*constants(layout, data), *([kept(train)] if several else [])],
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
        "keeps": several,
        "no_setting": f'!= "{config_name(model.label)}"',
        "remedy": _remedy(layout),
        **_batches(layout),
        **_division(layout),
        **_learning(layout),
        **_judging(layout, data),
    }


def _batches(layout: Layout) -> dict[str, Any]:
    """Where batches come from, and what is made of one."""
    distributed = layout.count > 1
    model = "replica" if distributed and not sharded(layout) else "model"
    return {
        "batches": f"Batches(prepared, MICROBATCH, SEED{', parallel.RANK, parallel.WORLD' * distributed})",
        "epoch_of": "batches",
        "loss_of_batch": f"{model}(*batch.to(device).inputs)",
        "inherits": False,
        "asked": [],
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


def points(layout: Layout) -> list[str]:
    """What is notable about a run."""
    parts = ["micro-batches"] * (layout.accumulation > 1) + ["ranks"] * (layout.count > 1)
    follows = ", dropout too" if any(side.dropout for side in layout.model.sides) else ""
    found = [
        "the loss is per target token of a whole step"
        + (f", over all its {' and '.join(parts)}" if parts else ""),
        f"a step follows from its number and the weights before it{follows}: a run that was stopped\n"
        "  and goes on has the losses of one that was not",
    ]
    if layout.train.average.name == "last":
        found.append(
            f"weights.safetensors holds the mean of the last {layout.train.average.count} checkpoints"
        )
    elif layout.spec.data_of(layout.train).dev is not None:
        found.append("weights.safetensors holds the weights that were best on dev")
    return found


def _remedy(layout: Layout) -> str:
    """What a user can do who runs out of memory."""
    text = f"A smaller {layout.name}.microbatch needs less"
    return text + (", and so does recompute = full" if layout.train.recompute.name == "none" else "")

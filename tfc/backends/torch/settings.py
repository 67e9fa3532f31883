"""The settings at the head of `train.py`, each with its unit and the line that decided it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfc.backends.constants import Constant, with_origin
from tfc.cost.roofline import peak_flops
from tfc.fields import How
from tfc.units import Dimension, Quantity

if TYPE_CHECKING:
    from tfc.parallel.layout import Layout
    from tfc.spec.data import Data

LOG = 10  # steps


def constants(layout: Layout, data: Data) -> list[Constant]:
    """All of them, in the order of the file."""
    train = layout.train
    found = [Constant("NAME", layout.model.label)]
    if train.label not in ("", layout.model.label):
        found.append(Constant("BLOCK", train.label))
    found += [*_length(layout), *_batch(layout), *_optimizer(layout), *_keeping(layout, data)]
    found.append(Constant("SEED", train.seed, with_origin("", train, "seed")))
    found.append(Constant("LOG", LOG, "steps from line to line"))
    return [*found, *_speed(layout)]


def _length(layout: Layout) -> Iterator[Constant]:
    train = layout.train
    if train.epochs is not None:
        yield Constant(
            "EPOCHS", float(train.epochs), with_origin("times that the data are read", train, "epochs")
        )
        return
    name = "steps" if train.steps is not None else "tokens"
    yield Constant("STEPS", layout.steps, with_origin("optimizer steps", train, name))


def _batch(layout: Layout) -> Iterator[Constant]:
    train = layout.train
    unit = "tokens, padding included," if layout.counts_tokens else "sequences"
    where = " of each rank" if layout.count > 1 else ""
    yield Constant(
        "MICROBATCH", layout.micro, with_origin(f"{unit} of a forward pass{where}", train, "microbatch")
    )
    if layout.accumulation > 1 or train.epochs is not None:
        meaning = with_origin("micro-batches of a step", train, "accumulation")
        yield Constant("ACCUMULATION", layout.accumulation, meaning)


def _optimizer(layout: Layout) -> Iterator[Constant]:
    optimizer: Any = layout.train.optimizer
    schedule = layout.train.schedule
    yield Constant("LEARNING_RATE", float(optimizer.lr), with_origin("the highest", optimizer, "lr"))
    yield Constant("BETAS", tuple(optimizer.betas), with_origin("", optimizer, "betas"))
    yield Constant("EPSILON", float(optimizer.eps), with_origin("", optimizer, "eps"))
    meaning = with_origin("of matrices and tables, not of vectors", optimizer, "weight_decay")
    yield Constant("WEIGHT_DECAY", float(optimizer.weight_decay), meaning)
    yield Constant("CLIP", float(optimizer.clip), with_origin("the longest gradient", optimizer, "clip"))
    if schedule.warmup:
        yield Constant("WARMUP", schedule.warmup, with_origin("steps", schedule, "warmup"))
    if getattr(schedule, "floor", 0):
        yield Constant("FLOOR", float(schedule.floor), with_origin("of the highest rate", schedule, "floor"))


def _keeping(layout: Layout, data: Data) -> Iterator[Constant]:
    """Checkpoints, validation and the end."""
    train, kept = layout.train, layout.train.checkpoint
    yield Constant("CHECKPOINT", *_every(kept.every, with_origin("", kept, "every")))
    if kept.to is not None:
        yield Constant("CHECKPOINTS", kept.to, with_origin("their folder, from --data", kept, "to"))
    if data.dev is not None and train.origin_of("validate").how is not How.DEFAULT:
        yield Constant("VALIDATE", *_every(train.validate, with_origin("", train, "validate")))
    if train.stop.name == "patience" and data.dev is not None:
        meaning = with_origin("validations without a better loss", train.stop, "checks")
        yield Constant("PATIENCE", train.stop.checks, meaning)
    if train.average.name == "last":
        yield Constant("AVERAGE", train.average.count, with_origin("checkpoints", train.average, "count"))


def _every(every: Quantity, place: str) -> tuple[int | float, str]:
    unit = "seconds" if every.dimension is Dimension.TIME else "steps"
    return int(every.value) if every.value == int(every.value) else every.value, f"{unit} ({place})"


def _speed(layout: Layout) -> Iterator[Constant]:
    """FLOPs of a token and of the devices, for the MFU."""
    train, device = layout.train, layout.device
    dtype = train.precision.name
    if not device.computes(dtype):
        return
    flops = {bucket[1] or bucket[0]: _flops_of_token(layout, bucket) for bucket in layout.buckets}
    if len(flops) == 1:
        yield Constant("FLOPS", flops.popitem()[1], "of a token, forward and backward")
    else:
        yield Constant("FLOPS", flops, "of a token, forward and backward, by its bucket")
    peak = peak_flops(device, dtype) * layout.count
    count = f"{layout.count} x " if layout.count > 1 else ""
    yield Constant("PEAK", float(f"{peak:.4g}"), f"FLOP/s in {dtype} of {count}{device.name}")


def _flops_of_token(layout: Layout, bucket: tuple[int, int]) -> float:
    forward = layout.graph.at(1, *bucket).useful_flops
    return float(f"{3 * forward / sum(bucket):.4g}")

"""The block `train`, `parallel` and `checkpoint` in it, and what it shares with `distill`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tfc.fields import (
    AUTO,
    COUNT,
    INDEX,
    TEXT,
    TRUTH,
    Auto,
    Block,
    Computed,
    Devices,
    Either,
    Family,
    ListOf,
    Number,
    Reference,
    Variant,
    choice,
    default,
    setting,
)
from tfc.spec.budget import Budget
from tfc.spec.variants.source import on_this_machine
from tfc.units import Dimension, Quantity

SEQUENCES_OR_TOKENS = (Dimension.SEQUENCES, Dimension.TOKENS)
LARGEST_BATCH = (
    10**12
)  # whose divisors are found in no time; the largest that is trained with are of 10^8 tokens
STEPS_OR_TIME = Number((Dimension.STEPS, Dimension.TIME), above=0)
ZERO_STAGE = Number((Dimension.COUNT,), whole=True, least=0, most=3)


@dataclass(frozen=True)
class Placement:
    """Where a block runs: `nodes x per_node x device`."""

    nodes: int
    per_node: int
    device: Variant

    @property
    def count(self) -> int:
        """Devices in all."""
        return self.nodes * self.per_node


def _one(value: Any) -> bool:
    return value in (1, AUTO)


class Parallel(Block, kind="parallel"):
    """How the work is divided among the devices."""

    data: int | Auto = setting(
        COUNT, "what the others leave", default=AUTO, auto=True, also=("dp", "replicas")
    )
    tensor: int | Auto = setting(
        COUNT,
        "each layer divided among so many",
        default=1,
        auto=True,
        also=("tp", "tensor_model_parallel_size"),
        built=_one,
    )
    pipeline: int | Auto = setting(
        COUNT,
        "the layers divided among so many",
        default=1,
        auto=True,
        also=("pp", "pipeline_model_parallel_size"),
        built=_one,
    )
    context: int | Auto = setting(
        COUNT,
        "each sequence divided among so many",
        default=1,
        auto=True,
        also=("cp", "context_parallel_size"),
        built=_one,
    )
    sequence: bool = setting(
        TRUTH,
        "what `tensor` does not divide is divided by tokens",
        default=False,
        also=("sp", "sequence_parallel"),
    )
    zero: int | Auto = setting(
        ZERO_STAGE,
        "0 is DDP; 1 shards the optimizer's state; 2 and 3 are FSDP2",
        default=0,
        auto=True,
        also=("fsdp", "sharding_strategy", "zero_stage"),
        built=lambda stage: stage != 1,
    )
    shards: int | Auto = setting(
        COUNT,
        "ranks that `zero` shards over; fewer is hybrid",
        default=Computed("data", lambda given: given["data"]),
        also=("hsdp",),
    )
    schedule: Variant = setting(
        Family("pipeline_schedule"),
        "in which order the stages of a pipeline work",
        default=default("pipeline_schedule", "one_f_one_b"),
    )


class Checkpoint(Block, kind="checkpoint"):
    """What is kept of a run while it goes on."""

    to: str | None = setting(
        TEXT,
        "the folder; in `runs/` if none is given",
        default=None,
        also=("output_dir", "save_dir"),
        built=on_this_machine,
    )
    every: Quantity = setting(
        STEPS_OR_TIME,
        "between one and the next",
        default=Computed("10 min", lambda given: Quantity(600, Dimension.TIME)),
        also=("save_steps",),
    )
    keep: int = setting(COUNT, "how many", default=3, also=("save_total_limit",))
    write: Variant = setting(Family("write"), "how it is written", default=default("write", "blocking"))


def together(runs: Iterable[Any]) -> str:
    """How the `model.py` that several runs share is written: for compiled layers, with fused functions, or plainly.

    Functions are fused if all runs are for it: without a GPU their bodies would only take more memory.
    """
    ways = [run.compile for run in runs]
    return "blocks" if "blocks" in ways else "functions" if ways and {*ways} == {"functions"} else "none"


def _compiled(given: Mapping[str, Any]) -> str:
    return "none" if given["on"].device.is_cpu else "functions"


def _precision(given: Mapping[str, Any]) -> Variant:
    name = "fp32" if given["on"].device.name == "cpu" else "bf16"
    return default("precision", name).rule(given)


def _loss(given: Mapping[str, Any]) -> Variant:
    name = "masked" if given.get("model.family") == "encoder" else "cross_entropy"
    return default("loss", name).rule(given)


class Training(Block):
    """What `train` and `distill` share."""

    data: str = setting(
        Reference("data"), "what is learnt from", default=Computed("the only one", lambda given: None)
    )
    on: Placement = setting(
        Devices(), "nodes and GPUs, or GPUs, or a device", also=("devices", "gpus", "world_size")
    )
    steps: int | None = setting(
        Number((Dimension.STEPS,), whole=True, least=1),
        "optimizer steps; exactly one of `steps`, `tokens` and `epochs`",
        default=None,
        also=("max_steps",),
    )
    tokens: int | None = setting(
        Number((Dimension.TOKENS,), whole=True, least=1), "tokens, as in `batch`", default=None
    )
    epochs: float | None = setting(
        Number((Dimension.EPOCHS,), above=0),
        "times that the data is read",
        default=None,
        also=("num_train_epochs",),
    )
    batch: Quantity = setting(
        Number(SEQUENCES_OR_TOKENS, whole=True, least=1, most=LARGEST_BATCH),
        "of one optimizer step, over all GPUs and micro-batches; tokens are positions, padding included, "
        "source plus target",
        also=("global_batch_size", "train_batch_size"),
    )
    microbatch: Quantity | Auto = setting(
        Number(SEQUENCES_OR_TOKENS, whole=True, least=1, most=LARGEST_BATCH, bare=Dimension.SEQUENCES),
        "of one GPU in one forward pass",
        default=AUTO,
        auto=True,
        also=("micro_batch_size", "per_device_train_batch_size"),
    )
    accumulation: int | Auto = setting(
        COUNT,
        "micro-batches of one optimizer step on one GPU: `batch / (microbatch * parallel.data)`",
        default=AUTO,
        auto=True,
        also=("gradient_accumulation_steps",),
    )
    precision: Variant = setting(
        Family("precision"),
        "what numbers are computed in",
        default=Computed("`bf16`, `fp32` on a `cpu`", _precision),
        also=("dtype", "mixed_precision"),
    )
    optimizer: Variant = setting(Family("optimizer"), "how weights are changed", also=("optim",))
    schedule: Variant = setting(
        Family("schedule"),
        "how the learning rate goes over the run",
        default=default("schedule", "constant"),
        also=("lr_scheduler",),
    )
    recompute: Variant | Auto = setting(
        Family("recompute"),
        "what the backward pass computes again, to keep less",
        default=default("recompute", "none"),
        auto=True,
        also=("activation_checkpointing", "gradient_checkpointing"),
    )
    compile: str = setting(
        choice("none", "functions", "blocks"),
        "`torch.compile`: of the steps between matrix products, or of each layer whole",
        default=Computed("`functions` on a GPU, `none` on a CPU", _compiled),
        also=("torch_compile",),
    )
    offload: str | tuple[str, ...] = setting(
        Either((choice("none"), ListOf(choice("optimizer", "parameters"), least=1))),
        "to the host's memory",
        default="none",
        also=("cpu_offload",),
        built=lambda parts: parts == "none",
    )
    validate: Quantity = setting(
        STEPS_OR_TIME,
        "between one validation and the next",
        default=Computed("with each checkpoint", lambda given: given["checkpoint"].every),
        also=("eval_steps",),
    )
    stop: Variant = setting(
        Family("stop"),
        "when a run ends before its last step",
        default=default("stop", "none"),
        also=("early_stopping",),
    )
    average: Variant = setting(
        Family("average"), "of the last checkpoints", default=default("average", "none")
    )
    prune: tuple[Variant, ...] = setting(
        ListOf(Family("pruning"), single=True),
        "what is cut out of the model",
        default=default("pruning", "none"),
    )
    quantize: Variant = setting(
        Family("quantize"),
        "training that knows of the rounding",
        default=default("quantize", "none"),
        also=("qat",),
    )
    preemption: Variant = setting(
        Family("preemption"), "what happens when a node is taken away", default=default("preemption", "none")
    )
    launch: Variant = setting(
        Family("launch"), "how the processes are started", default=default("launch", "torchrun")
    )
    profile: str | None = setting(
        TEXT,
        "the file that `tfc calibrate` wrote; the one shipped for the device if none is given",
        default=None,
    )
    seed: int = setting(INDEX, "of all that is left to chance", default=0)
    parallel: Parallel = field()
    checkpoint: Checkpoint = field()
    budgets: tuple[Budget, ...] = field(default=(), compare=False)


class Train(Training, kind="train", also=("training", "trainer")):
    """How a model is trained."""

    model: str = setting(
        Reference("model"), "what is trained", default=Computed("the only one", lambda given: None)
    )
    loss: Variant = setting(
        Family("loss"),
        "what is learnt",
        default=Computed("`cross_entropy`; `masked` for an encoder", _loss),
        also=("criterion", "objective"),
    )
    trainable: str = setting(
        choice("all", "adapters"),
        "which parameters change",
        default="all",
        also=("freeze",),
        built=lambda which: which == "all",
    )
